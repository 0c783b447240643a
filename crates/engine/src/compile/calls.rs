//! Who executes the functions of `seal` that answer for one rule or group: whoever runs the policies, triggers, views, defaults and
//! functions that call them, and nobody else. Told by the text of what was compiled, which names them in full.

use std::collections::BTreeSet;

use pg_query::protobuf::Token;

use crate::catalog::{Catalog, Command, Grantee, Privilege, Signature, Table};
use crate::compile::grants::computed;
use crate::compile::output::Output;
use crate::model::privilege;
use crate::sql::{QualifiedName, ident};
use crate::syntax::parser;

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
    let (calls, written) = (|text: &str| text.contains(&call), |text: &str| is_called(text, &name.name, false));
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
                if computed(schema, made, command).into_iter().any(written) {
                    callers.extend(who_may(table, command));
                }
            }
        }
    }
    for (signature, function) in &catalog.functions {
        if signature.name.schema == "seal" || !written(&function.definition) {
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

/// Whether SQL of the user's calls a function of `seal`, as its tokens say: in a body, and in literals where it executes some.
/// Comments call nothing. Without its schema it is called where `search_path` names that.
fn is_called(text: &str, name: &str, in_path: bool) -> bool {
    // Scanning takes longer than looking.
    if !text.contains(name) {
        return false;
    }
    let Ok(tokens) = parser::scan(text) else { return true };
    let parts: Vec<(Token, &str)> = tokens
        .iter()
        .filter(|token| !matches!(token.token(), Token::SqlComment | Token::CComment))
        .filter_map(|token| {
            let (start, end) = (usize::try_from(token.start).ok()?, usize::try_from(token.end).ok()?);
            Some((token.token(), text.get(start..end)?))
        })
        .collect();
    let part = |at: Option<usize>| at.and_then(|at| parts.get(at)).map_or("", |(_, part)| *part);
    let is = |part: &str, wanted: &str| {
        part == ident(wanted) || part.trim_matches('"') == wanted || part.to_ascii_lowercase() == wanted
    };
    let in_path = in_path || parts.iter().any(|(_, part)| is(part.trim_matches('\''), "search_path"));
    let executes = parts.iter().any(|(kind, _)| *kind == Token::Execute);
    parts.iter().enumerate().any(|(at, (kind, own))| {
        if *kind == Token::Sconst {
            let body = own
                .strip_prefix('$')
                .and_then(|rest| rest.split_once('$'))
                .and_then(|(tag, rest)| rest.strip_suffix('$')?.strip_suffix(tag)?.strip_suffix('$'));
            return match body {
                Some(body) => is_called(body, name, in_path),
                None => executes && is_called(own.trim_matches('\''), name, in_path),
            };
        }
        let before = part(at.checked_sub(1));
        let qualified = before == "." && is(part(at.checked_sub(2)), "seal");
        is(own, name) && part(Some(at + 1)) == "(" && (qualified || (in_path && before != "."))
    })
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

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn calls_of_the_user_are_told_by_tokens() {
        let body = |text: &str| {
            format!("CREATE FUNCTION app.f() RETURNS uuid[] LANGUAGE plpgsql\nAS $function$ {text} $function$")
        };
        for (text, called) in [
            ("begin return seal.org_keys('owner'); end", true),
            ("begin return Seal . \"org_keys\" ('owner'); end", true),
            ("begin execute 'select seal.org_keys(null)'; end", true),
            ("begin execute $q$ select seal.org_keys(null) $q$; end", true),
            ("begin /* seal.org_keys() */ return null; end -- seal.org_keys()", false),
            ("begin raise exception 'seal.org_keys() is not for you'; end", false),
            ("begin return app.org_keys('owner'); end", false),
            ("begin return org_keys('owner'); end", false),
            ("begin return seal.org_keys_of('owner'); end", false),
            ("declare org_keys int; begin return org_keys; end", false),
        ] {
            assert_eq!(is_called(&body(text), "org_keys", false), called, "{text}");
        }
        let path = "CREATE FUNCTION app.f() RETURNS uuid[] LANGUAGE sql SET search_path TO 'seal', 'pg_temp'\nAS $$ select org_keys(null) $$";
        assert!(is_called(path, "org_keys", false));
        assert!(is_called("(seal.org_keys(NULL::text) IS NULL)", "org_keys", false));
    }
}
