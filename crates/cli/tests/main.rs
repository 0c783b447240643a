//! The `pgseal` command run as a user runs it: one binary, a module each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod apply;
mod backup;
mod init;
mod matrix_page;
mod pgseal;
mod project;
mod token;
mod waiting;
