//! Each kind of difference is found, and nothing else is.

use std::collections::BTreeSet;

use super::fixture::{acl, empty, function, index, name, policy, sealed};
use super::{Change, diff, foreign};
use crate::catalog::{
    Acl, Catalog, Column, Command, Constraint, ConstraintKind, Function, Grantee, Membership, Privilege, Role, Schema,
    Sequence, Table, Trigger, Type, TypeKind, View,
};

/// What leads from a changed database back to the sealed one, in words; what is lent is left out.
fn repair(change: impl FnOnce(&mut Catalog)) -> Vec<String> {
    let mut live = sealed();
    change(&mut live);
    assert_eq!(diff(&live, &live), [], "a catalog equals itself");
    words(&diff(&live, &sealed()))
}

/// What leads from the sealed database to a changed model.
fn evolve(change: impl FnOnce(&mut Catalog)) -> Vec<String> {
    let mut desired = sealed();
    change(&mut desired);
    words(&diff(&sealed(), &desired))
}

fn words(changes: &[Change]) -> Vec<String> {
    changes.iter().filter(|change| !matches!(change, Change::Lend(_))).map(ToString::to_string).collect()
}

fn notes(catalog: &mut Catalog) -> &mut Table {
    catalog.tables.get_mut(&name("app", "notes")).unwrap()
}

#[test]
fn equal_catalogs_have_no_difference() {
    assert_eq!(diff(&sealed(), &sealed()), []);
}

#[test]
fn everything_is_made_on_an_empty_database() {
    let made = words(&diff(&empty(), &sealed()));
    for expected in [
        "create role acme_owner",
        "revoke connect, temporary on the database from public",
        "grant connect on the database to acme_role_member",
        "schema app: owner becomes acme_owner",
        "revoke usage on schema public from public",
        "revoke execute on future functions of acme_owner from public",
        "create table app.notes",
        "grant select on table app.notes to acme_role_member",
        "grant update (\"From\") on table app.notes to acme_role_member",
        "create policy seal_select_member on app.notes",
        "create function seal.me()",
        "create extension citext",
    ] {
        assert!(made.iter().any(|line| line == expected), "{expected} is missing in {made:#?}");
    }
    assert!(!made.iter().any(|line| line.contains("drop") || line.contains("shall")), "{made:#?}");
}

#[test]
fn row_security_that_was_switched_off_is_switched_on() {
    let on = ["table app.notes: row-level security on, forced on"];
    assert_eq!(repair(|live| notes(live).row_security = false), on);
    assert_eq!(repair(|live| notes(live).force_row_security = false), on);
}

#[test]
fn policies_are_made_again_dropped_and_replaced() {
    assert_eq!(
        repair(|live| drop(notes(live).policies.remove("seal_gate_member"))),
        ["create policy seal_gate_member on app.notes"]
    );
    assert_eq!(
        repair(|live| drop(notes(live).policies.insert("open".to_owned(), policy(Command::Delete, true, "true")))),
        ["drop policy open on app.notes"]
    );
    assert_eq!(
        repair(|live| notes(live).policies.get_mut("seal_select_member").unwrap().using = Some("true".to_owned())),
        ["drop policy seal_select_member on app.notes", "create policy seal_select_member on app.notes"]
    );
    assert_eq!(
        repair(|live| notes(live).policies.get_mut("seal_select_member").unwrap().roles.clear()).len(),
        2,
        "a policy for everybody is another one"
    );
}

#[test]
fn privileges_that_nobody_gave_are_revoked_from_whomever() {
    assert_eq!(
        repair(|live| notes(live).acl.grant("stranger", Privilege::Truncate)),
        ["revoke truncate on table app.notes from stranger"]
    );
    assert_eq!(
        repair(|live| {
            notes(live).acl.grants.insert(Grantee::Public, BTreeSet::from([Privilege::Select]));
        }),
        ["revoke select on table app.notes from public"]
    );
    assert_eq!(
        repair(|live| notes(live).columns[1].acl.grant("stranger", Privilege::Select)),
        ["revoke select (body) on table app.notes from stranger"]
    );
    assert_eq!(
        repair(|live| live.functions.get_mut(&function("seal", "me")).unwrap().acl.grant("x", Privilege::Execute)),
        ["revoke execute on function seal.me() from x"]
    );
    assert_eq!(
        repair(|live| live.schemas.get_mut("seal").unwrap().acl.grant("x", Privilege::Create)),
        ["revoke \"create\" on schema seal from x"].map(|line| line.replace('"', ""))
    );
}

#[test]
fn a_table_privilege_takes_those_on_columns_with_it_so_they_are_given_again() {
    assert_eq!(
        repair(|live| notes(live).acl.grant("acme_role_member", Privilege::Update)),
        [
            "revoke update on table app.notes from acme_role_member",
            "grant update (\"From\") on table app.notes to acme_role_member",
        ]
    );
}

#[test]
fn the_grant_option_is_revoked_and_what_it_may_have_given_is_given_again() {
    let repaired = repair(|live| {
        let acl = &mut notes(live).acl;
        acl.grantable = acl.grants.clone();
    });
    assert_eq!(
        repaired,
        [
            "revoke the grant option for select on table app.notes from acme_role_member",
            "grant select on table app.notes to acme_role_member",
            "grant update (\"From\") on table app.notes to acme_role_member",
        ]
    );
}

#[test]
fn what_an_administrator_gave_to_somebody_else_on_the_database_stays() {
    assert_eq!(repair(|live| live.database.grant("monitoring", Privilege::Connect)), [""; 0]);
    assert_eq!(
        repair(|live| live.database.grant("acme_role_member", Privilege::Temporary)),
        ["revoke temporary on the database from acme_role_member"]
    );
}

#[test]
fn default_privileges_are_closed_again_and_others_of_ours_go() {
    assert_eq!(
        repair(|live| drop(live.default_privileges.remove(&("acme_owner".to_owned(), None, 'f')))),
        ["revoke execute on future functions of acme_owner from public"]
    );
    assert_eq!(
        repair(|live| {
            let key = ("acme_owner".to_owned(), Some("app".to_owned()), 'r');
            live.default_privileges.insert(key, acl("stranger", &[Privilege::Select]));
            let theirs = ("postgres".to_owned(), None, 'r');
            live.default_privileges.insert(theirs, acl("stranger", &[Privilege::Select]));
        }),
        ["revoke select on future tables of acme_owner in schema app from stranger"]
    );
}

#[test]
fn owners_come_back_and_taking_over_is_told_apart() {
    assert_eq!(
        repair(|live| notes(live).owner = "acme_seal".to_owned()),
        ["table app.notes: owner acme_seal becomes acme_owner"]
    );
    let mut live = sealed();
    notes(&mut live).owner = "postgres".to_owned();
    assert!(diff(&live, &sealed()).iter().any(Change::takes_over));
    notes(&mut live).owner = "acme_seal".to_owned();
    assert!(!diff(&live, &sealed()).iter().any(Change::takes_over));
}

#[test]
fn functions_are_replaced_or_made_anew() {
    let me = function("seal", "me");
    assert_eq!(
        repair(|live| live.functions.get_mut(&me).unwrap().definition.push_str("-- true")),
        ["replace function seal.me()"]
    );
    assert_eq!(
        repair(|live| live.functions.get_mut(&me).unwrap().returns = "text".to_owned()),
        [
            "drop function seal.me()",
            "grant execute on function seal.me() to acme_role_member",
            "create function seal.me()"
        ]
    );
    assert_eq!(
        repair(|live| {
            let stray = Function { owner: "postgres".to_owned(), kind: 'f', ..Function::default() };
            live.functions.insert(function("seal", "open"), stray.clone());
            live.functions.insert(function("app", "theirs"), stray);
            let old = Function { owner: "acme_owner".to_owned(), kind: 'p', ..Function::default() };
            live.functions.insert(function("app", "old"), old);
        }),
        ["drop procedure app.old()", "drop function seal.open()"]
    );
}

#[test]
fn a_policy_makes_way_for_a_function_that_is_made_anew() {
    let repaired = evolve(|desired| {
        desired.functions.get_mut(&function("seal", "me")).unwrap().returns = "text".to_owned();
        notes(desired).policies.get_mut("seal_select_member").unwrap().using = Some("(id = 1)".to_owned());
    });
    assert!(!repaired.iter().any(|line| line.contains("policy")), "{repaired:#?}");
    let mut live = sealed();
    notes(&mut live).policies.get_mut("seal_select_member").unwrap().using = Some("(id = seal.me())".to_owned());
    let mut desired = live.clone();
    desired.functions.get_mut(&function("seal", "me")).unwrap().returns = "text".to_owned();
    let changes = words(&diff(&live, &desired));
    for expected in ["drop policy seal_select_member on app.notes", "create policy seal_select_member on app.notes"] {
        assert!(changes.iter().any(|line| line == expected), "{expected} is missing in {changes:#?}");
    }
}

#[test]
fn views_keep_their_invoker_are_replaced_or_made_anew() {
    let view = name("app", "open_notes");
    assert_eq!(
        repair(|live| live.views.get_mut(&view).unwrap().security_invoker = false),
        ["set the options of view app.open_notes"]
    );
    assert_eq!(
        repair(|live| live.views.get_mut(&view).unwrap().definition = " SELECT 1 AS id;".to_owned()),
        ["replace view app.open_notes"]
    );
    let anew = repair(|live| {
        live.views.get_mut(&view).unwrap().columns[0].1 = "integer".to_owned();
        let reader = View {
            owner: "acme_owner".to_owned(),
            reads: BTreeSet::from([(view.clone(), "id".to_owned())]),
            ..View::default()
        };
        live.views.insert(name("app", "another"), reader);
    });
    assert_eq!(
        anew,
        [
            "drop view app.another",
            "drop view app.open_notes",
            "grant select on table app.open_notes to acme_role_member",
            "create view app.open_notes",
        ]
        .map(|line| line.replace("table app.open", "view app.open"))
    );
}

#[test]
fn triggers_and_rules_that_nobody_wanted_go() {
    let trigger = |enabled| Trigger {
        definition: "CREATE TRIGGER t BEFORE INSERT ON app.notes FOR EACH ROW EXECUTE FUNCTION seal.me()".to_owned(),
        function: function("seal", "me"),
        before: true,
        enabled,
        inherited: false,
    };
    assert_eq!(
        repair(|live| {
            notes(live).triggers.insert("t".to_owned(), trigger('O'));
            notes(live).rules.insert("r".to_owned(), "CREATE RULE r AS ..".to_owned());
        }),
        ["drop rule r on app.notes", "drop trigger t on app.notes"]
    );
    let mut desired = sealed();
    notes(&mut desired).triggers.insert("t".to_owned(), trigger('O'));
    assert_eq!(words(&diff(&sealed(), &desired)), ["create trigger t on app.notes"]);
    let mut live = desired.clone();
    notes(&mut live).triggers.insert("t".to_owned(), trigger('D'));
    assert_eq!(words(&diff(&live, &desired)), ["set when trigger t on app.notes fires"]);
}

#[test]
fn new_indexes_are_applied_and_unknown_ones_named() {
    let definition = "CREATE INDEX notes_body ON app.notes USING btree (body)";
    assert_eq!(
        evolve(|desired| drop(notes(desired).indexes.insert("notes_body".to_owned(), index(definition)))),
        ["create index notes_body on app.notes"]
    );
    assert_eq!(
        repair(|live| notes(live).indexes.get_mut("notes_id").unwrap().definition.push_str(" WHERE true")),
        ["drop index notes_id on app.notes", "create index notes_id on app.notes"]
    );
    assert_eq!(
        repair(|live| drop(notes(live).indexes.insert("notes_body".to_owned(), index(definition)))),
        [format!("index notes_body on app.notes: is not in the schema: add `{definition}` to it, or drop the index")]
    );
}

#[test]
fn what_a_table_is_made_of_is_named_and_not_changed() {
    let column = Column { name: "Done".to_owned(), type_name: "boolean".to_owned(), ..Column::default() };
    assert_eq!(
        evolve(|desired| notes(desired).columns.push(column)),
        ["table app.notes: column `\"Done\"` (boolean) is new"]
    );
    assert_eq!(
        evolve(|desired| {
            let body = &mut notes(desired).columns[1];
            body.not_null = true;
            body.type_name = "character varying(20)".to_owned();
            body.default = Some("''::text".to_owned());
        }),
        [
            "table app.notes: column `body` is text, shall be character varying(20)",
            "table app.notes: column `body` is nullable, shall be NOT NULL",
            "table app.notes: column `body` has the default none, shall have `''::text`",
        ]
    );
    let constraint = Constraint {
        kind: ConstraintKind::Check,
        definition: "CHECK ((id > 0))".to_owned(),
        columns: vec!["id".to_owned()],
        references: None,
        validated: true,
    };
    assert_eq!(
        evolve(|desired| drop(notes(desired).constraints.insert("positive".to_owned(), constraint.clone()))),
        ["table app.notes: constraint `positive` (CHECK ((id > 0))) is new"]
    );
    assert_eq!(
        repair(|live| drop(notes(live).constraints.insert("positive".to_owned(), constraint))),
        ["table app.notes: constraint `positive` is no longer in the schema"]
    );
    assert_eq!(
        evolve(|desired| drop(desired.tables.remove(&name("app", "notes"))))[0..1],
        ["table app.notes: is no longer in the schema: drop it by hand, then apply again"]
    );
    assert_eq!(evolve(|desired| notes(desired).columns.swap(0, 1)), [""; 0], "their order carries nothing");
}

#[test]
fn types_and_sequences_are_named_and_not_changed() {
    let labels = |labels: &[&str]| Type {
        owner: "acme_owner".to_owned(),
        kind: TypeKind::Enum(labels.iter().map(|label| (*label).to_owned()).collect()),
    };
    let (mut live, mut desired) = (sealed(), sealed());
    live.types.insert(name("app", "status"), labels(&["draft"]));
    desired.types.insert(name("app", "status"), labels(&["draft", "sent"]));
    live.sequences.insert(name("app", "s"), Sequence { owner: "acme_owner".to_owned(), ..Sequence::default() });
    assert_eq!(
        words(&diff(&live, &desired)),
        [
            "type app.status: has the labels draft, shall have draft, sent",
            "sequence app.s: is no longer in the schema: drop it by hand, then apply again",
        ]
    );
}

#[test]
fn roles_that_can_do_more_are_refused() {
    let refused = repair(|live| live.roles.get_mut("acme_seal").unwrap().bypassrls = true);
    assert_eq!(refused, ["role acme_seal: has BYPASSRLS, which it was not given: `alter role acme_seal nobypassrls`"]);
    let unmarked = repair(|live| live.roles.get_mut("acme_seal").unwrap().comment = None);
    assert!(unmarked[0].contains("was not made by pgseal"), "{unmarked:?}");
    let member = Membership { admin: false, inherit: true, set: true };
    let joined = repair(|live| {
        live.memberships.insert(("pg_read_all_data".to_owned(), "acme_role_member".to_owned()), member);
    });
    assert!(joined[0].contains("`revoke pg_read_all_data from acme_role_member`"), "{joined:?}");
    assert_eq!(
        repair(|live| _ = live.memberships.insert(("acme_owner".to_owned(), "eve".to_owned()), member)),
        ["revoke role acme_owner from eve"]
    );
    let creator = Membership { admin: true, inherit: false, set: false };
    assert_eq!(
        repair(|live| _ = live.memberships.insert(("acme_owner".to_owned(), "deployer".to_owned()), creator)),
        [""; 0],
        "who creates a role administers it"
    );
}

#[test]
fn roles_that_the_model_dropped_lose_their_rights_and_stay() {
    let repaired = repair(|live| {
        live.roles
            .insert("acme_role_old".to_owned(), Role { comment: Some("pgseal: acme".to_owned()), ..Role::default() });
        notes(live).acl.grant("acme_role_old", Privilege::Select);
        live.database.grant("acme_role_old", Privilege::Connect);
    });
    assert_eq!(
        repaired,
        ["revoke connect on the database from acme_role_old", "revoke select on table app.notes from acme_role_old",]
    );
}

#[test]
fn what_is_neither_ours_nor_wanted_is_listed_and_left() {
    let mut live = sealed();
    live.tables.insert(name("legacy", "t"), Table { owner: "postgres".to_owned(), ..Table::default() });
    live.schemas.insert("legacy".to_owned(), Schema { owner: "postgres".to_owned(), acl: Acl::default() });
    assert_eq!(diff(&live, &sealed()), []);
    let listed: Vec<String> = foreign(&live, &sealed()).iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["schema legacy", "table legacy.t"]);
    assert_eq!(foreign(&sealed(), &sealed()), []);
}

#[test]
fn an_empty_schema_of_ours_goes() {
    assert_eq!(
        repair(|live| {
            let old = Schema { owner: "acme_owner".to_owned(), acl: Acl::default() };
            live.schemas.insert("old".to_owned(), old);
        }),
        ["drop schema old"]
    );
}
