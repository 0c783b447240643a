//! The guard: event triggers that close what somebody makes beside pgseal, and refuse what weakens a sealed object.
//!
//! A model comes in, the functions and the record that they compare with come out. INVARIANT: whoever is let through is a member
//! of the owner's role as the session, and says so; no setting alone, and nothing that the session makes, is believed.
//!
//! Each DDL command runs three functions at its end, in this order: `seal.guard_begin` (as the seal role) finds out what the
//! command made, `seal.guard_close` (as whoever runs it, who owns what is made) closes that, `seal.guard_verify` (as the seal
//! role) compares what was touched with `seal.guarded`, and records what was made. `seal.guard_drop` runs where something is
//! dropped. `seal.guard_record`, which `apply` calls at its end, writes the whole record.

use std::collections::BTreeSet;

use super::identity::SCHEMA;
use super::output::Output;
use crate::catalog::{EventTrigger, Function, ObjectId, Signature, Table};
use crate::sql::{QualifiedName, dollar, literal};

/// The setting that says of a transaction that it is `apply`'s. It lets nobody through but members of the owner's role.
pub const APPLYING: &str = "seal.applying";

/// What decides how names and expressions are printed; and no time spent on compiling queries that run once.
const PINNED: [(&str, &str); 9] = [
    ("search_path", "pg_catalog, pg_temp"),
    ("quote_all_identifiers", "off"),
    ("standard_conforming_strings", "on"),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "1"),
    ("jit", "off"),
];

/// What decides about access, of all objects or some: `$1` which part of it, `$2` relations, `$3` functions, `$4` schemas.
const STATE: &str = include_str!("guard/state.sql");
const EXPECTED: &str = include_str!("guard/expected.sql");

/// One row for each object. Where there is no state, the object is somebody else's and was there before the guard.
const TABLE: &str = "create table seal.guarded (object text primary key, state jsonb)";

/// The record, so that the order of the columns and the name of the key are known.
pub fn table() -> QualifiedName {
    QualifiedName::new(SCHEMA, "guarded")
}

/// The name of the function that writes the record.
pub fn record() -> Signature {
    Signature { name: QualifiedName::new(SCHEMA, "guard_record"), arguments: Vec::new() }
}

/// A query for the objects of which the record says something else than the database holds.
pub fn unrecorded(prefix: &str) -> String {
    format!(
        "select coalesce(e.object, g.object) as object from ({}) as e full join seal.guarded as g on g.object = e.object \
         where g.object is null or e.object is null or g.state is distinct from e.state",
        expected(prefix)
    )
}

fn expected(prefix: &str) -> String {
    let state = filled(STATE, prefix);
    let all = state.replace("$1", "'all'").replace("($2 is null or c.oid = any ($2))", "true");
    let all =
        all.replace("($3 is null or f.oid = any ($3))", "true").replace("($4 is null or n.oid = any ($4))", "true");
    filled(EXPECTED, prefix).replace("{{state}}", &all.replace("$4 is null and ", ""))
}

/// A text with the conditions that it names.
fn filled(text: &str, prefix: &str) -> String {
    let name = |rest: &str| literal(&format!("{prefix}_{rest}"));
    let ours = |role: &str| {
        let begins: Vec<String> = ["fn_", "found_", "view_", "role_", "agent_"]
            .iter()
            .map(|begin| format!("pg_catalog.starts_with({role}::text, {})", name(begin)))
            .collect();
        format!("({role} in ({}, {}, {}) or {})", name("owner"), name("seal"), name("backup"), begins.join(" or "))
    };
    // By the owner of schema `seal` too, whose number stays where roles are renamed.
    let member = |role: &str| format!("pg_catalog.pg_has_role(session_user, ({role}), 'member')");
    let through = format!(
        "coalesce(pg_catalog.current_setting('{APPLYING}', true) = 'on' and coalesce({}, {}), false)",
        member(&format!("select r.oid from pg_catalog.pg_roles as r where r.rolname = {}", name("owner"))),
        member("select n.nspowner from pg_catalog.pg_namespace as n where n.nspname = 'seal'"),
    );
    let mut filled = text.replace("{{through}}", &through);
    filled = filled.replace("{{login}}", &literal(&format!("^{prefix}_(s[0-9]+$|app_)")));
    for (what, acl, owner) in ACLS {
        let granted = GRANTED.replace("{acl}", acl).replace("{owner}", owner);
        filled = filled.replace(&format!("{{{{privileges:{what}}}}}"), &granted);
    }
    for alias in ["m", "c"] {
        filled = filled.replace(&format!("{{{{made:{alias}}}}}"), &MADE.replace("made.", &format!("{alias}.")));
    }
    for role in ["r.rolname", "s.state ->> 'owner'", "g.state ->> 'owner'"] {
        filled = filled.replace(&format!("{{{{ours:{role}}}}}"), &ours(&format!("({role})")));
    }
    filled
}

/// The access lists that the state holds, and whose object each is of.
const ACLS: [(&str, &str, &str); 4] = [
    ("relation", "c.relacl", "c.relowner"),
    ("column", "t.attacl", "c.relowner"),
    ("function", "coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))", "f.proowner"),
    ("schema", "n.nspacl", "n.nspowner"),
];

/// What an access list gives to others than the owner.
const GRANTED: &str = "(
        select pg_catalog.jsonb_agg(e.entry order by e.entry collate \"C\")
        from (
          select pg_catalog.concat(case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end,
            ' ', a.privilege_type, case when a.is_grantable then '*' end) as entry
          from pg_catalog.aclexplode({acl}) as a where a.grantee <> {owner}
        ) as e
      )";

/// Whether a row of `pg_event_trigger_ddl_commands()` is of something that was not there before.
const MADE: &str = "coalesce(made.classid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
      and made.command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE FOREIGN TABLE', 'CREATE VIEW',
        'CREATE MATERIALIZED VIEW', 'CREATE SEQUENCE', 'CREATE FUNCTION', 'CREATE PROCEDURE', 'CREATE AGGREGATE')
      and not made.in_extension and made.schema_name is distinct from 'pg_temp'
      and not exists (select from seal.guarded as g where g.object = pg_catalog.concat(made.object_type, ' ', made.object_identity)), false)";

struct Part {
    name: &'static str,
    arguments: &'static [&'static str],
    header: &'static str,
    body: String,
    definer: bool,
    pinned: bool,
}

impl Part {
    fn sql(&self) -> String {
        let pins: String = match self.pinned {
            true => PINNED
                .iter()
                .map(|(name, value)| match *name {
                    "search_path" => format!("\n  set search_path = {value}"),
                    _ => format!("\n  set {} = {}", name.to_ascii_lowercase(), literal(value)),
                })
                .collect(),
            false => String::new(),
        };
        let rights = if self.definer { " security definer" } else { "" };
        let body = dollar(&format!("\n{}\n", self.body.trim()));
        format!("create function {SCHEMA}.{}{}\n  language plpgsql{rights}{pins}\n  as {body}", self.name, self.header)
    }
}

fn parts(prefix: &str) -> Vec<Part> {
    let trigger = |name, text: &str, definer| Part {
        name,
        arguments: &[],
        header: "() returns event_trigger",
        body: filled(text, prefix),
        definer,
        pinned: true,
    };
    vec![
        Part {
            name: "guard_state",
            arguments: &["text", "oid[]", "oid[]", "oid[]"],
            header: "(text, oid[], oid[], oid[]) returns table (object text, class oid, id oid, state jsonb)",
            body: format!(
                "#variable_conflict use_column\nbegin\n  return query\n{};\nend",
                filled(STATE, prefix).trim()
            ),
            definer: false,
            pinned: false,
        },
        trigger("guard_begin", include_str!("guard/begin.sql"), true),
        trigger("guard_close", include_str!("guard/close.sql"), false),
        trigger("guard_verify", include_str!("guard/verify.sql"), true),
        trigger("guard_drop", include_str!("guard/drop.sql"), true),
        Part {
            name: "guard_record",
            arguments: &[],
            header: "() returns void",
            body: include_str!("guard/record.sql").replace("{{expected}}", expected(prefix).trim()),
            definer: false,
            pinned: true,
        },
    ]
}

/// Adds the record, the functions and the event triggers.
pub(super) fn all(output: &mut Output<'_>) {
    if !output.model.guard {
        return;
    }
    let seal = output.seal();
    let entry = Table { owner: seal.clone(), row_security: true, ..Table::default() };
    output.catalog.tables.insert(table(), entry);
    output.statement(ObjectId::Table(table()), TABLE);
    for part in parts(&output.model.prefix) {
        let signature = Signature {
            name: QualifiedName::new(SCHEMA, part.name),
            arguments: part.arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        };
        let settings: BTreeSet<String> = match part.pinned {
            true => PINNED.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            false => BTreeSet::new(),
        };
        let sql = part.sql();
        output.catalog.functions.insert(
            signature.clone(),
            Function {
                owner: seal.clone(),
                kind: 'f',
                language: "plpgsql".to_owned(),
                security_definer: part.definer,
                settings,
                definition: sql.clone(),
                ..Function::default()
            },
        );
        output.statement(ObjectId::Function(signature), &sql);
    }
    // They run in the order of their names. Also in a session that replays (`session_replication_role`).
    for (name, event) in [
        ("begin", "ddl_command_end"),
        ("close", "ddl_command_end"),
        ("drop", "sql_drop"),
        ("verify", "ddl_command_end"),
    ] {
        let function = Signature { name: QualifiedName::new(SCHEMA, format!("guard_{name}")), arguments: Vec::new() };
        let trigger = EventTrigger { event: event.to_owned(), tags: BTreeSet::new(), function, enabled: 'A' };
        output.catalog.event_triggers.insert(format!("seal_guard_{name}"), trigger);
    }
}
