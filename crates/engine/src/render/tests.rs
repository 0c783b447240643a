//! What a plan looks like as SQL, and that all of it is SQL.

use crate::catalog::{Acl, Catalog, Policy, Privilege, Signature};
use crate::diff::diff;
use crate::diff::fixture::{empty, function, name, sealed};
use crate::plan::order;
use crate::render::{render, script};
use crate::sql::QualifiedName;

fn statements(current: &Catalog, desired: &Catalog) -> Vec<String> {
    let plan = order(diff(current, desired));
    assert_eq!(plan.unsupported, []);
    let rendered = render(&plan);
    for statement in &rendered {
        pg_query::parse(statement).unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    assert_eq!(rendered, render(&order(diff(current, desired))), "the same bytes every time");
    rendered
}

fn position(statements: &[String], begins: &str) -> usize {
    let found = statements.iter().position(|statement| statement.starts_with(begins));
    found.unwrap_or_else(|| panic!("no statement begins with `{begins}` in {statements:#?}"))
}

#[test]
fn a_table_is_sealed_by_the_statement_that_follows_its_creation() {
    let made = statements(&empty(), &sealed());
    let create = position(&made, "create table app.notes");
    assert_eq!(made[create - 1], "set local role acme_owner");
    let after: Vec<&String> = made[create + 1..].iter().filter(|sql| !sql.starts_with("set local role")).collect();
    assert_eq!(after[0], "alter table app.notes enable row level security, force row level security");
    assert!(after[1].starts_with("revoke select, insert") && after[1].ends_with("from public cascade"), "{}", after[1]);
}

#[test]
fn the_order_closes_before_it_opens() {
    let made = statements(&empty(), &sealed());
    let order = [
        "do $seal$\nbegin\n  create role acme_owner",
        "do $seal$\ndeclare\n  role text",
        "do $seal$\nbegin\n  execute format('revoke connect, temporary on database",
        "create schema app",
        "alter schema app owner to acme_owner",
        "revoke usage on schema public from public",
        "create extension citext",
        "alter default privileges for role acme_owner revoke execute on functions from public",
        "grant usage, create on schema public to",
        "create table app.notes",
        "create view app.open_notes",
        "alter view app.open_notes set (security_invoker",
        "create function app.count_notes()",
        "revoke execute on function app.count_notes() from public",
        "create policy seal_gate_member",
        "create policy seal_select_member",
        "grant select on table app.notes",
    ];
    let positions: Vec<usize> = order
        .iter()
        .filter(|begins| !begins.starts_with("grant usage, create on schema public"))
        .map(|begins| position(&made, begins))
        .collect();
    assert!(positions.is_sorted(), "{positions:?} {made:#?}");
}

#[test]
fn what_is_lent_is_taken_back_at_the_end() {
    let made = statements(&empty(), &sealed());
    let last = made.last().unwrap();
    assert!(last.contains("revoke %1$I from %2$I granted by %3$I"), "{last}");
    assert!(last.contains("'acme_owner', 'acme_seal'"), "{last}");
    let lent: Vec<&String> =
        made.iter().filter(|sql| sql.contains("on schema") && sql.ends_with("to acme_owner")).collect();
    for grant in lent {
        let back = grant.replacen("grant", "revoke", 1).replace(" to acme_owner", " from acme_owner");
        assert!(made.contains(&back), "{back}");
    }
}

#[test]
fn nothing_to_do_is_no_statement() {
    assert_eq!(statements(&sealed(), &sealed()), [""; 0]);
}

#[test]
fn a_live_table_is_narrowed_first() {
    let mut live = sealed();
    let table = live.tables.get_mut(&name("app", "notes")).unwrap();
    table.acl.grant("stranger", Privilege::Delete);
    table.row_security = false;
    table.policies.insert(
        "open".to_owned(),
        Policy { command: None, permissive: true, roles: Default::default(), using: None, check: None },
    );
    table.policies.remove("seal_gate_member");
    table.policies.remove("seal_select_member");
    table.acl.grants.remove(&crate::catalog::Grantee::Role("acme_role_member".to_owned()));
    let made = statements(&live, &sealed());
    let positions = [
        "alter table app.notes enable row level security",
        "revoke delete on table app.notes from stranger",
        "drop policy open on app.notes",
        "create policy seal_gate_member on app.notes as restrictive",
        "create policy seal_select_member on app.notes as permissive for select to acme_role_member using",
        "grant select on table app.notes to acme_role_member",
    ]
    .map(|begins| position(&made, begins));
    assert!(positions.is_sorted(), "{positions:?} {made:#?}");
}

#[test]
fn a_replaced_view_names_its_options() {
    let mut live = sealed();
    live.views.get_mut(&name("app", "open_notes")).unwrap().definition = " SELECT 1 AS id;".to_owned();
    let made = statements(&live, &sealed());
    assert!(made.contains(
        &"create or replace view app.open_notes (id) with (security_invoker = true, security_barrier = false) as  SELECT id \
          FROM app.notes"
            .to_owned()
    ));
}

#[test]
fn a_comment_at_the_end_does_not_swallow_what_follows() {
    let text = script(&order(diff(&empty(), &sealed())));
    assert!(text.contains("-- counts\n;\n"), "{text}");
    let sql = text.replace("\\set ON_ERROR_STOP on\n", "");
    assert_eq!(pg_query::parse(&sql).unwrap().protobuf.stmts.len(), 2 + 1 + statements(&empty(), &sealed()).len());
}

#[test]
fn names_stay_names() {
    let evil = "x\"; drop table t; --\n'$seal$";
    let mut desired = sealed();
    let signature = Signature { name: QualifiedName::new("app", evil), arguments: Vec::new() };
    let mut made = desired.functions[&function("seal", "me")].clone();
    made.acl = Acl::default();
    made.acl.grant(evil, Privilege::Execute);
    made.settings = ["search_path=\"a,\"\"b\", pg_temp".to_owned(), "app.x=1; --".to_owned()].into();
    desired.functions.insert(signature.clone(), made);
    desired.statements.push(crate::catalog::Statement {
        object: crate::catalog::ObjectId::Function(signature),
        sql: "select 1".to_owned(),
    });
    let mut role = desired.roles["acme_seal"].clone();
    role.comment = Some(format!("pgseal: {evil}"));
    desired.roles.insert(evil.to_owned(), role.clone());
    desired.database.grant(evil, Privilege::Connect);
    desired.schemas.get_mut("app").unwrap().owner = evil.to_owned();
    desired.default_privileges.insert((evil.to_owned(), None, 'f'), Acl::default());
    let table = desired.tables.get_mut(&name("app", "notes")).unwrap();
    let policy = table.policies["seal_select_member"].clone();
    table.policies.insert(evil.to_owned(), policy);
    table.columns[0].acl.grant(evil, Privilege::Select);
    for statement in statements(&empty(), &desired) {
        assert_eq!(pg_query::parse(&statement).unwrap().protobuf.stmts.len(), 1, "{statement}");
    }
    let options =
        statements(&empty(), &desired).into_iter().find(|sql| sql.starts_with("alter function app.\"x")).unwrap();
    assert!(options.ends_with("set app.x = '1; --' set search_path = 'a,\"b', 'pg_temp'"), "{options}");
}
