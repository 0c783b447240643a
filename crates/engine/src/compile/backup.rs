//! The role that reads everything for a dump, and writes nothing: SELECT on every table and sequence of the project, and a policy
//! TO it on every table, columns that are hidden from others included.
//!
//! INVARIANT: no restrictive policy names it, so that no row is left out of a dump. What says who a session is (the tables of
//! schema `seal`) is not for it: a dump with signing keys in it would be a way in.

use super::identity::SCHEMA;
use super::output::Output;
use super::policies;
use crate::catalog::{Command, Privilege, TableKind};

/// Adds the role and its rights. Comes last: everything that is dumped must be there.
pub(super) fn all(output: &mut Output<'_>) {
    let role = output.model.backup_name();
    output.role(&role);
    // With it a dump fails where a row would be left out; without it (see `reach`) the policies below are what it reads by.
    if let Some(made) = output.catalog.roles.get_mut(&role) {
        made.bypassrls = true;
    }
    output.catalog.database.grant(&role, Privilege::Connect);
    let mut schemas = Vec::new();
    for (name, table) in output.catalog.tables.iter_mut().filter(|(name, _)| name.schema != SCHEMA) {
        // The rows of a foreign table are another server's to dump.
        if table.kind == TableKind::Foreign {
            continue;
        }
        table.acl.grant(&role, Privilege::Select);
        table.policies.insert("seal_backup".to_owned(), policies::unconditional(&role, Command::Select));
        schemas.push(name.schema.clone());
    }
    for (name, sequence) in output.catalog.sequences.iter_mut().filter(|(name, _)| name.schema != SCHEMA) {
        sequence.acl.grant(&role, Privilege::Select);
        schemas.push(name.schema.clone());
    }
    for schema in schemas {
        output.use_schema(&schema, &role);
    }
}
