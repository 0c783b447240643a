//! Who executes the functions of `seal` that answer for one rule or group: whoever runs the policies, triggers, views, defaults and
//! functions that call them, and nobody else. Told by the text of what was compiled, which names them in full.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Command, Grantee, Privilege, Signature, Table};
use crate::compile::grants::computed;
use crate::compile::output::Output;
use crate::model::privilege;
use crate::sql::{QualifiedName, ident};

/// The time that rules ask for.
pub const NOW: &str = "seal.now()";

/// Adds `seal.now()` where a rule asks what time it is. A transaction's own time stands still as long as somebody holds it open, a
/// statement's as long as a DO block runs.
pub fn now(output: &mut Output<'_>) -> Option<Signature> {
    let policies = output.catalog.tables.values().flat_map(|table| table.policies.values());
    let conditions = policies.flat_map(|policy| policy.using.iter().chain(&policy.check));
    let statements = output.catalog.statements.iter().map(|statement| &statement.sql);
    if !conditions.chain(statements).any(|text| text.contains(NOW)) {
        return None;
    }
    let sql = "create or replace function seal.now()\nreturns timestamptz\nlanguage plpgsql stable parallel safe\nset search_path = pg_catalog, pg_temp\nas $seal$\nbegin\n  return pg_catalog.clock_timestamp();\nend\n$seal$";
    let seal = output.seal();
    output.function("now", sql, &seal, false, &[]);
    Some(Signature { name: QualifiedName::new("seal", "now"), arguments: Vec::new() })
}

/// Gives EXECUTE on these functions to whoever runs what calls them.
pub fn grant(output: &mut Output<'_>, schema: &Catalog, functions: &[Signature]) {
    for signature in functions {
        for role in callers(&output.catalog, schema, &signature.name) {
            // Its owner needs no grant.
            if let Some(function) = output.catalog.functions.get_mut(signature)
                && function.owner != role
            {
                function.acl.grant(&role, Privilege::Execute);
            }
        }
    }
}

fn callers(catalog: &Catalog, schema: &Catalog, name: &QualifiedName) -> BTreeSet<String> {
    let call = format!("seal.{}(", ident(&name.name));
    // What the user wrote may write the name in another way.
    let (calls, mentions) = (|text: &str| text.contains(&call), |text: &str| text.contains(&name.name));
    let mut callers = BTreeSet::new();
    for (table_name, table) in &catalog.tables {
        for policy in table.policies.values() {
            if policy.using.iter().chain(&policy.check).any(|text| calls(text)) {
                callers.extend(policy.roles.iter().cloned());
            }
        }
        for (trigger_name, trigger) in &table.triggers {
            let runs = catalog.functions.get(&trigger.function);
            let Some(function) = runs.filter(|function| calls(&function.definition)) else { continue };
            if function.security_definer {
                callers.insert(function.owner.clone());
                continue;
            }
            let head = format!("create trigger {} ", ident(trigger_name));
            let events = trigger.definition.strip_prefix(&head).and_then(|rest| rest.split_once(" on "));
            for command in Command::ALL {
                if events.is_none_or(|(events, _)| events.contains(command.word())) {
                    callers.extend(who_may(table, command));
                }
            }
        }
        if let Some(made) = schema.tables.get(table_name) {
            for command in [Command::Insert, Command::Update] {
                if computed(schema, made, command).into_iter().any(mentions) {
                    callers.extend(who_may(table, command));
                }
            }
        }
    }
    for (signature, function) in &catalog.functions {
        if signature.name.schema == "seal" || !mentions(&function.definition) {
            continue;
        }
        match function.security_definer {
            true => drop(callers.insert(function.owner.clone())),
            false => callers.extend(roles(function.acl.grants.keys())),
        }
    }
    // A view's text is what Postgres prints, so a column of that name is not taken for the function.
    for view in catalog.views.values().filter(|view| calls(&view.definition)) {
        if view.materialized {
            callers.insert(view.owner.clone());
        }
        let acls = std::iter::once(&view.acl).chain(view.column_acls.values());
        callers.extend(acls.flat_map(|acl| roles(acl.grants.keys())));
    }
    callers
}

/// Everybody who may do that to a table or to some column of it.
fn who_may(table: &Table, command: Command) -> BTreeSet<String> {
    let wanted = privilege(command);
    let acls = std::iter::once(&table.acl).chain(table.columns.iter().map(|column| &column.acl));
    let held = acls.flat_map(|acl| &acl.grants).filter(|(_, privileges)| privileges.contains(&wanted));
    roles(held.map(|(grantee, _)| grantee)).collect()
}

fn roles<'a>(grantees: impl Iterator<Item = &'a Grantee>) -> impl Iterator<Item = String> {
    grantees.filter_map(|grantee| match grantee {
        Grantee::Role(role) => Some(role.clone()),
        Grantee::Public => None,
    })
}
