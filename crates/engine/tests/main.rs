//! The engine's tests that read files: one binary, a module each.

mod cases;
mod fuzz_readers;
mod resolve;
mod schema;
