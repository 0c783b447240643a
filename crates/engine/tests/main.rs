//! The engine's tests that read files: one binary, a module each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod cases;
mod fuzz_readers;
mod resolve;
mod schema;
