//! pgseal talking to a database.

pub mod lease;
pub mod token;
