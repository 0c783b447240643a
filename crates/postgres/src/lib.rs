//! pgseal talking to a database: a private server of its own, connections, introspection, the scratch database, single
//! statements, leases and tokens.

pub mod apply;
pub mod backup;
pub mod connect;
pub mod database_error;
pub mod effect;
pub mod embedded;
pub mod introspect;
pub mod lease;
pub mod load;
mod pipeline;
pub mod project;
pub mod scratch;
pub mod statement;
pub mod testing;
pub mod token;
pub mod waiting;

pub use database_error::DatabaseError;
pub use tokio_postgres::Client;
