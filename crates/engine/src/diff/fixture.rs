//! A small sealed project, written by hand: what its catalog is before anything, and as compiled.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{
    Acl, Catalog, Column, Command, Function, Grantee, ObjectId, Policy, Privilege, Role, Schema, Signature, Statement,
    Table, View,
};
use crate::sql::QualifiedName;

pub(crate) fn name(schema: &str, name: &str) -> QualifiedName {
    QualifiedName::new(schema, name)
}

pub(crate) fn function(schema: &str, function: &str) -> Signature {
    Signature { name: name(schema, function), arguments: Vec::new() }
}

pub(crate) fn acl(role: &str, privileges: &[Privilege]) -> Acl {
    let mut acl = Acl::default();
    for privilege in privileges {
        acl.grant(role, *privilege);
    }
    acl
}

fn to_public(privileges: &[Privilege]) -> Acl {
    Acl { grants: BTreeMap::from([(Grantee::Public, privileges.iter().copied().collect())]), ..Acl::default() }
}

/// What `create database` gives.
pub(crate) fn empty() -> Catalog {
    Catalog {
        server_major: 18,
        database: to_public(&[Privilege::Connect, Privilege::Temporary]),
        database_owner: "postgres".to_owned(),
        schemas: BTreeMap::from([(
            "public".to_owned(),
            Schema { owner: "pg_database_owner".to_owned(), acl: to_public(&[Privilege::Usage]) },
        )]),
        extensions: BTreeMap::from([("plpgsql".to_owned(), "pg_catalog".to_owned())]),
        ..Catalog::default()
    }
}

fn statement(object: ObjectId, sql: &str) -> Statement {
    Statement { object, sql: sql.to_owned() }
}

pub(crate) fn policy(command: Command, permissive: bool, using: &str) -> Policy {
    Policy {
        command: Some(command),
        permissive,
        roles: BTreeSet::from(["acme_role_member".to_owned()]),
        using: Some(using.to_owned()),
        check: None,
    }
}

/// One table, one view, one function of the user's, one of pgseal's.
pub(crate) fn sealed() -> Catalog {
    let mark = || Role { comment: Some("pgseal: acme".to_owned()), ..Role::default() };
    let mut catalog = Catalog { server_major: 18, ..empty() };
    catalog.database = acl("acme_role_member", &[Privilege::Connect]);
    for role in ["acme_owner", "acme_role_member", "acme_seal"] {
        catalog.roles.insert(role.to_owned(), mark());
    }
    for (schema, owner) in [("app", "acme_owner"), ("seal", "acme_seal")] {
        let usage = acl("acme_role_member", &[Privilege::Usage]);
        catalog.schemas.insert(schema.to_owned(), Schema { owner: owner.to_owned(), acl: usage });
    }
    if let Some(public) = catalog.schemas.get_mut("public") {
        public.acl = Acl::default();
    }
    catalog.default_privileges =
        ["acme_owner", "acme_seal"].into_iter().map(|role| ((role.to_owned(), None, 'f'), Acl::default())).collect();
    catalog.tables.insert(name("app", "notes"), notes());
    catalog.views.insert(
        name("app", "open_notes"),
        View {
            owner: "acme_owner".to_owned(),
            definition: " SELECT id FROM app.notes;".to_owned(),
            columns: vec![("id".to_owned(), "bigint".to_owned())],
            security_invoker: true,
            acl: acl("acme_role_member", &[Privilege::Select]),
            reads: BTreeSet::from([(name("app", "notes"), "id".to_owned())]),
            ..View::default()
        },
    );
    for (signature, owner, definer) in
        [(function("app", "count_notes"), "acme_owner", false), (function("seal", "me"), "acme_seal", true)]
    {
        catalog.functions.insert(
            signature.clone(),
            Function {
                owner: owner.to_owned(),
                kind: 'f',
                language: "sql".to_owned(),
                returns: "bigint".to_owned(),
                security_definer: definer,
                volatility: 's',
                settings: BTreeSet::from(["search_path=pg_catalog, pg_temp".to_owned()]),
                definition: format!("CREATE OR REPLACE FUNCTION {signature}\n RETURNS bigint AS $$select 1$$\n"),
                acl: acl("acme_role_member", &[Privilege::Execute]),
                ..Function::default()
            },
        );
    }
    catalog.statements = vec![
        statement(ObjectId::Schema("app".to_owned()), "create schema app"),
        statement(ObjectId::Extension("citext".to_owned()), "create extension citext"),
        statement(
            ObjectId::Table(name("app", "notes")),
            "create table app.notes (id bigint, body text, \"From\" text)",
        ),
        statement(
            ObjectId::Index(name("app", "notes"), "notes_id".to_owned()),
            "create index notes_id on app.notes (id)",
        ),
        statement(ObjectId::View(name("app", "open_notes")), "create view app.open_notes as select id from app.notes"),
        statement(
            ObjectId::Function(function("app", "count_notes")),
            "create function app.count_notes() returns bigint language sql as 'select 1' -- counts",
        ),
        statement(ObjectId::Schema("seal".to_owned()), "create schema seal"),
        statement(
            ObjectId::Function(function("seal", "me")),
            "create function seal.me() returns bigint language sql as 'select 1'",
        ),
    ];
    catalog.extensions.insert("citext".to_owned(), "public".to_owned());
    catalog
}

fn notes() -> Table {
    let column = |name: &str, type_name: &str| Column {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        base_type: type_name.to_owned(),
        ..Column::default()
    };
    let mut from = column("From", "text");
    from.acl = acl("acme_role_member", &[Privilege::Update]);
    Table {
        owner: "acme_owner".to_owned(),
        row_security: true,
        force_row_security: true,
        acl: acl("acme_role_member", &[Privilege::Select]),
        columns: vec![column("id", "bigint"), column("body", "text"), from],
        indexes: BTreeMap::from([(
            "notes_id".to_owned(),
            index("CREATE INDEX notes_id ON app.notes USING btree (id)"),
        )]),
        policies: BTreeMap::from([
            ("seal_select_member".to_owned(), policy(Command::Select, true, "(id = 1)")),
            ("seal_gate_member".to_owned(), policy(Command::Select, false, "( SELECT seal.is_live('role_member'))")),
        ]),
        ..Table::default()
    }
}

pub(crate) fn index(definition: &str) -> crate::catalog::Index {
    crate::catalog::Index {
        definition: definition.to_owned(),
        method: "btree".to_owned(),
        columns: vec![Some("id".to_owned())],
        reads: std::collections::BTreeSet::from(["id".to_owned()]),
        unique: false,
        partial: false,
        constraint: false,
        valid: true,
    }
}
