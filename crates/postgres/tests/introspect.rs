//! Introspection of a schema that holds one of everything.
