//! The pgseal compiler, from text to SQL. It computes and does nothing else: no IO, no clock, no randomness, no environment.
//!
//! ```text
//! access.toml ─parse─► Ast ─resolve─► Model ─compile─► Catalog (desired) ─diff─► Changes ─order─► Plan ─render─► SQL
//! ```

pub mod catalog;
pub mod check;
pub mod compile;
pub mod diagnostic;
pub mod diff;
pub mod evaluate;
pub mod matrix;
pub mod model;
pub mod plan;
pub mod render;
pub mod source;
pub mod sql;
pub mod syntax;
