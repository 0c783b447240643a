//! Tests over the repository itself: what the documents say of the sources, and what no source may hold.

mod tidy;
