//! Who executes the functions of `seal` that answer for one rule or group: whoever runs the policies, triggers, views, defaults and
//! functions that call them, and nobody else. Told by the text of what was compiled, which names them in full.

use std::collections::{BTreeMap, BTreeSet};

use pg_query::protobuf::Token;

use crate::catalog::{Catalog, Command, Grantee, Privilege, Signature, Table};
use crate::compile::grants::computed;
use crate::compile::output::Output;
use crate::model::privilege;
use crate::sql::{QualifiedName, ident, parse_ident};
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
    let names: BTreeSet<&str> = functions.iter().map(|signature| signature.name.name.as_str()).collect();
    let callers = callers(&output.catalog, schema, &names);
    for signature in functions {
        for role in callers.get(signature.name.name.as_str()).into_iter().flatten() {
            // Its owner needs no grant.
            if let Some(function) = output.catalog.functions.get_mut(signature)
                && function.owner != *role
            {
                function.acl.grant(role, Privilege::Execute);
            }
        }
    }
}

/// Roles by the name of what they call.
type Callers<'n> = BTreeMap<&'n str, BTreeSet<String>>;

/// Each text is read once, whatever the number of functions.
fn callers<'n>(catalog: &Catalog, schema: &Catalog, names: &BTreeSet<&'n str>) -> Callers<'n> {
    let compiled = |text: &str| called_in_full(text, names);
    // What the user wrote may write the name in another way.
    let written = |text: &str| called_by_user(text, names);
    let mut callers = Callers::new();
    let mut add = |called: BTreeSet<&'n str>, roles: &mut dyn Iterator<Item = String>| {
        if !called.is_empty() {
            let roles: BTreeSet<String> = roles.collect();
            for name in called {
                callers.entry(name).or_default().extend(roles.iter().cloned());
            }
        }
    };
    for (table_name, table) in &catalog.tables {
        for policy in table.policies.values() {
            let called = policy.using.iter().chain(&policy.check).flat_map(|text| compiled(text)).collect();
            add(called, &mut policy.roles.iter().cloned());
        }
        for (trigger_name, trigger) in &table.triggers {
            let Some(function) = catalog.functions.get(&trigger.function) else { continue };
            let called = compiled(&function.definition);
            if function.security_definer {
                add(called, &mut std::iter::once(function.owner.clone()));
                continue;
            }
            let head = format!("create trigger {} ", ident(trigger_name));
            let events = trigger.definition.strip_prefix(&head).and_then(|rest| rest.split_once(" on "));
            let fires = |command: &Command| events.is_none_or(|(events, _)| events.contains(command.word()));
            add(called, &mut Command::ALL.into_iter().filter(fires).flat_map(|command| who_may(table, command)));
        }
        if let Some(made) = schema.tables.get(table_name) {
            for command in [Command::Insert, Command::Update] {
                let called = computed(schema, made, command).into_iter().flat_map(written).collect();
                add(called, &mut who_may(table, command).into_iter());
            }
        }
    }
    for function in catalog.functions.iter().filter(|(it, _)| it.name.schema != "seal").map(|(_, function)| function) {
        let called = written(&function.definition);
        match function.security_definer {
            true => add(called, &mut std::iter::once(function.owner.clone())),
            false => add(called, &mut roles(function.acl.grants.keys())),
        }
    }
    // A view's text is what Postgres prints, so a column of that name is not taken for the function.
    for view in catalog.views.values() {
        let owner = view.materialized.then(|| view.owner.clone());
        let acls = std::iter::once(&view.acl).chain(view.column_acls.values());
        add(compiled(&view.definition), &mut owner.into_iter().chain(acls.flat_map(|acl| roles(acl.grants.keys()))));
    }
    callers
}

/// Which of these functions SQL calls that writes every name in full: `seal.name(`.
fn called_in_full<'n>(text: &str, names: &BTreeSet<&'n str>) -> BTreeSet<&'n str> {
    let after = text.match_indices("seal.").filter_map(|(at, schema)| text.get(at + schema.len()..));
    let called = after.filter_map(parse_ident).filter(|(_, rest)| rest.starts_with('('));
    called.filter_map(|(name, _)| names.get(name.as_str()).copied()).collect()
}

/// Which of these functions SQL of the user's calls, as its tokens say: in a body, and in literals where it executes some.
/// Comments call nothing. Without its schema one is called where `search_path` names that.
fn called_by_user<'n>(text: &str, names: &BTreeSet<&'n str>) -> BTreeSet<&'n str> {
    let mut called = BTreeSet::new();
    // Scanning takes longer than looking.
    let small = text.to_ascii_lowercase();
    if small.contains("seal") || small.contains("search_path") {
        calls_within(text, names, false, &mut called);
    }
    called
}

fn calls_within<'n>(text: &str, names: &BTreeSet<&'n str>, in_path: bool, called: &mut BTreeSet<&'n str>) {
    let Ok(tokens) = parser::scan(text) else {
        called.extend(names.iter().filter(|name| text.contains(**name)));
        return;
    };
    let parts: Vec<(Token, &str)> = tokens
        .iter()
        .filter(|token| !matches!(token.token(), Token::SqlComment | Token::CComment))
        .filter_map(|token| {
            let (start, end) = (usize::try_from(token.start).ok()?, usize::try_from(token.end).ok()?);
            Some((token.token(), text.get(start..end)?))
        })
        .collect();
    let part = |at: Option<usize>| at.and_then(|at| parts.get(at)).map_or("", |(_, part)| *part);
    let is = |part: &str, wanted: &str| part.trim_matches('"').eq_ignore_ascii_case(wanted);
    let in_path = in_path || parts.iter().any(|(_, part)| is(part.trim_matches('\''), "search_path"));
    let executes = parts.iter().any(|(kind, _)| *kind == Token::Execute);
    for (at, (kind, own)) in parts.iter().enumerate() {
        if *kind == Token::Sconst {
            let body = own
                .strip_prefix('$')
                .and_then(|rest| rest.split_once('$'))
                .and_then(|(tag, rest)| rest.strip_suffix('$')?.strip_suffix(tag)?.strip_suffix('$'));
            match body {
                Some(body) => calls_within(body, names, in_path, called),
                None if executes => calls_within(own.trim_matches('\''), names, in_path, called),
                None => {}
            }
            continue;
        }
        let before = part(at.checked_sub(1));
        let qualified = before == "." && is(part(at.checked_sub(2)), "seal");
        if part(Some(at + 1)) == "(" && (qualified || (in_path && before != ".")) {
            called.extend(parse_ident(own).and_then(|(name, _)| names.get(name.as_str())));
        }
    }
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
    use std::collections::BTreeSet;

    use super::{called_by_user, called_in_full};

    #[test]
    fn names_in_full_are_read_whole() {
        let names = BTreeSet::from(["a", "ab", "b c(d", "e\"f", "user"]);
        for (text, called) in [
            ("seal.ab((select seal.a())) or seal.b c(d(", vec!["a", "ab"]),
            ("seal.\"b c(d\"(1) and seal.\"e\"\"f\"()", vec!["b c(d", "e\"f"]),
            ("seal.a is null and seal.\"user\"() and x.ab()", vec!["user"]),
        ] {
            assert_eq!(called_in_full(text, &names), BTreeSet::from_iter(called), "{text}");
        }
    }

    #[test]
    fn calls_of_the_user_are_told_by_tokens() {
        let is_called = |text: &str| called_by_user(text, &BTreeSet::from(["org_keys", "org"])).contains("org_keys");
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
            assert_eq!(is_called(&body(text)), called, "{text}");
        }
        let path = "CREATE FUNCTION app.f() RETURNS uuid[] LANGUAGE sql SET search_path TO 'seal', 'pg_temp'\nAS $$ select org_keys(null) $$";
        assert!(is_called(path));
        assert!(is_called("(seal.org_keys(NULL::text) IS NULL)"));
    }
}
