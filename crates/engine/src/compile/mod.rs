//! From a model to the catalog that enforces it.

pub mod identity;
