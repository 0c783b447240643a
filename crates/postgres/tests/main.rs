//! Tests against real Postgres servers, the newest installed and 18 if it is there: one binary, a module each.

mod access_model;
mod apply;
mod cases;
mod connect;
mod embedded;
mod examples;
mod identity;
mod introspect;
mod scratch;
mod sealed;
mod versions;
