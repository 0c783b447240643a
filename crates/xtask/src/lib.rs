//! The repository's own tools: the runner of case folders, which the crates' tests call, and what the tidy test reads.
//! Never part of the `pgseal` command.

pub mod cases;
pub mod tree;
