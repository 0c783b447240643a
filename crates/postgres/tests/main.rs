//! Tests against real Postgres servers: one binary, a module each.
