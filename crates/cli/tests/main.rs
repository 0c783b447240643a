//! The `pgseal` command run as a user runs it: one binary, a module each.

mod apply;
mod init;
mod pgseal;
mod project;
mod token;
