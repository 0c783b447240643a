//! System objects: PUBLIC loses those of every class that the project does not keep open. The owner of the database, the
//! project's own roles that need them and Postgres' roles for the purpose keep them.

use std::collections::BTreeSet;

use super::output::Output;
use crate::catalog::{Acl, Catalog, Grantee, Privilege, SystemClass, calls};

pub(super) fn close(output: &mut Output<'_>, schema: &Catalog) {
    let mut system = std::mem::take(&mut output.catalog.system);
    let definers = definers(output, schema);
    for (signature, acl) in &mut system.functions {
        let Some(class) = closed(output, SystemClass::of_function(&signature.name.name)) else { continue };
        if withdraw(acl, Privilege::Execute) {
            let callers = definers.iter().filter(|(_, text)| calls(text, &signature.name.name));
            for role in keepers(output, class).iter().chain(callers.map(|(role, _)| role)) {
                acl.grant(role, Privilege::Execute);
            }
        }
    }
    for (name, relation) in &mut system.relations {
        let Some((class, hidden)) = SystemClass::of_relation(&name.name) else { continue };
        if closed(output, Some(class)).is_none() || !withdraw(&mut relation.acl, Privilege::Select) {
            continue;
        }
        for role in keepers(output, class) {
            relation.acl.grant(&role, Privilege::Select);
        }
        if hidden.is_empty() {
            continue;
        }
        for (_, acl) in relation.columns.iter_mut().filter(|(column, _)| !hidden.contains(&column.as_str())) {
            acl.grants.entry(Grantee::Public).or_default().insert(Privilege::Select);
        }
    }
    output.catalog.system = system;
}

fn closed(output: &Output<'_>, class: Option<SystemClass>) -> Option<SystemClass> {
    class.filter(|class| !output.model.keep_open.contains(class))
}

/// Takes a privilege from PUBLIC; whether it had it.
fn withdraw(acl: &mut Acl, privilege: Privilege) -> bool {
    let Some(held) = acl.grants.get_mut(&Grantee::Public) else { return false };
    let had = held.remove(&privilege);
    if held.is_empty() {
        acl.grants.remove(&Grantee::Public);
    }
    had
}

/// INVARIANT: the project's owner is always among them: that is how an object that pgseal closed is told from one that somebody
/// else closed, which no setting opens again.
fn keepers(output: &Output<'_>, class: SystemClass) -> BTreeSet<String> {
    let mut roles = BTreeSet::from(["pg_database_owner".to_owned(), output.owner()]);
    match class {
        // The seal role locks where the last of a group's highest rank may leave, and looks at the backend of a lease.
        SystemClass::AdvisoryLocks => roles.extend([output.seal()]),
        SystemClass::Statistics => roles.extend([output.seal(), "pg_read_all_stats".to_owned()]),
        SystemClass::Estimates | SystemClass::Sizes => roles.extend(["pg_read_all_stats".to_owned()]),
        SystemClass::Signals => roles.extend(["pg_signal_backend".to_owned()]),
        // The guard compares what functions do.
        SystemClass::Sources => roles.extend([output.seal()]),
        SystemClass::LargeObjects | SystemClass::Notify | SystemClass::Snapshots => {}
    }
    // What pg_dump reads.
    let backup = format!("{}_backup", output.model.prefix);
    let dumped = matches!(
        class,
        SystemClass::Estimates
            | SystemClass::LargeObjects
            | SystemClass::Snapshots
            | SystemClass::Sources
            | SystemClass::Statistics
    );
    if dumped && output.catalog.roles.contains_key(&backup) {
        roles.insert(backup);
    }
    roles
}

/// The roles of functions that run as definer, each with its function's text in lower case.
fn definers(output: &Output<'_>, schema: &Catalog) -> Vec<(String, String)> {
    let definers = output.model.functions.iter().filter(|(_, function)| function.definer.is_some());
    definers
        .filter_map(|(signature, _)| {
            let text = schema.functions.get(signature)?.definition.to_ascii_lowercase();
            Some((output.definer_role(signature), text))
        })
        .collect()
}
