//! Reading what a user wrote: `access.toml`, `pgseal.toml`, rules, schema files. Text in, trees with spans and findings out.

pub mod access;
pub mod ast;
mod document;
pub(crate) mod parser;
pub(crate) mod plain;
pub mod rule;
pub mod schema;
pub mod seed;
pub mod settings;
pub mod term;
mod tokens;
