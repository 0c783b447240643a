//! Tests against real Postgres servers, the oldest installed and the newest: one binary, a module each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod access_model;
mod apply;
mod attacks;
mod cases;
mod catalogue;
mod closing;
mod connect;
mod differential;
mod embedded;
mod examples;
mod guard;
mod hazards;
mod identity;
mod introspect;
mod keywords;
mod load;
mod objects;
mod operation;
mod partitions;
mod scratch;
mod sealed;
mod versions;
