//! Who is here: attacks on leases and tokens by sessions that write their own SQL. Every refusal stands beside an identity
//! that works, so that a refusal of everything would not pass.

mod clients;
mod front_end;
mod identity_type;
mod lease;
mod parallel;
mod pool;
mod revoked;
mod sealed;
mod token;
