//! A small project as compiled by hand, so that these tests do not depend on what the compiler makes of a model: roles with a
//! prefix of its own, one of each kind of object, pgseal's own schema.

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::catalog::{
    Acl, Catalog, Command, Function, ObjectId, Policy, Privilege, Role, Schema, Signature, Statement, Table,
};
use pgseal_engine::diff::diff;
use pgseal_engine::plan::order;
use pgseal_engine::render::render;
use pgseal_engine::sql::QualifiedName;
use pgseal_postgres::apply::{Applied, ApplyError, Options, apply};
use pgseal_postgres::embedded::Server;
use pgseal_postgres::introspect::introspect;
use pgseal_postgres::scratch::Scratch;
use tokio_postgres::Client;

pub fn table(name: &str) -> QualifiedName {
    QualifiedName::new("app", name)
}

fn function(schema: &str, name: &str, arguments: &[&str]) -> ObjectId {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    ObjectId::Function(Signature { name: QualifiedName::new(schema, name), arguments })
}

/// What a user's schema files say.
pub fn schema() -> Vec<Statement> {
    let notes = || ObjectId::Table(table("notes"));
    let public = |name: &str| QualifiedName::new("public", name);
    [
        (ObjectId::Schema("app".to_owned()), "create schema app"),
        (ObjectId::Extension("citext".to_owned()), "create extension citext"),
        (ObjectId::Type(table("status")), "create type app.status as enum ('draft', 'sent')"),
        (ObjectId::Type(table("email")), "create domain app.email as text check (value like '%@%')"),
        (ObjectId::Table(table("orgs")), "create table app.orgs (id uuid primary key default gen_random_uuid(), name text)"),
        (
            notes(),
            "create table app.notes (id bigint generated always as identity primary key, org_id uuid not null references \
             app.orgs on delete cascade, author uuid, body text, status app.status not null default 'draft', number serial, \
             mail app.email)",
        ),
        (notes(), "comment on table app.notes is 'what people wrote'"),
        (
            ObjectId::Constraint(table("notes"), "body_short".to_owned()),
            "alter table app.notes add constraint body_short check (length(body) < 1000) -- a comment at the end",
        ),
        (ObjectId::Index(table("notes"), "notes_org".to_owned()), "create index notes_org on app.notes (org_id)"),
        (
            ObjectId::Table(table("events")),
            "create table app.events (at timestamptz not null, what text) partition by range (at)",
        ),
        (
            ObjectId::Table(table("events_2030")),
            "create table app.events_2030 partition of app.events for values from ('2030-01-01') to ('2031-01-01')",
        ),
        (ObjectId::Table(public("Tags")), "create table \"Tags\" (id int primary key)"),
        (ObjectId::Sequence(table("tickets")), "create sequence app.tickets"),
        (
            ObjectId::View(table("open_notes")),
            "create view app.open_notes as select id, body from app.notes where status = 'draft'",
        ),
        (
            function("app", "count_notes", &[]),
            "create function app.count_notes() returns bigint language sql stable as 'select count(*) from app.notes'",
        ),
        (
            function("app", "merge", &["uuid", "uuid"]),
            "create function app.merge(old uuid, new uuid) returns void language sql security definer \
             begin atomic update app.notes set author = new where author = old; end",
        ),
        (
            function("app", "touch", &[]),
            "create function app.touch() returns trigger language plpgsql as $$ begin return new; end $$",
        ),
        (
            ObjectId::Trigger(table("notes"), "touch".to_owned()),
            "create trigger touch before update on app.notes for each row execute function app.touch()",
        ),
        (
            ObjectId::Other("statistics".to_owned()),
            "create statistics app.notes_statistics on org_id, author from app.notes",
        ),
    ]
    .map(|(object, sql)| Statement { object, sql: sql.to_owned() })
    .to_vec()
}

/// pgseal's own objects, much simplified.
fn own() -> Vec<Statement> {
    let path = "language plpgsql security definer set search_path = pg_catalog, pg_temp";
    [
        (ObjectId::Schema("seal".to_owned()), "create schema seal".to_owned()),
        (ObjectId::Table(QualifiedName::new("seal", "lease")), "create table seal.lease (login name primary key)".to_owned()),
        (
            function("seal", "is_live", &["text"]),
            format!("create function seal.is_live(capability text) returns boolean stable {path} as 'begin return true; end'"),
        ),
        (
            function("seal", "check_notes", &[]),
            format!("create function seal.check_notes() returns trigger {path} as 'begin return new; end'"),
        ),
        (
            ObjectId::Trigger(table("notes"), "aaaa_seal_columns".to_owned()),
            "create trigger aaaa_seal_columns after update on app.notes for each row execute function seal.check_notes()"
                .to_owned(),
        ),
    ]
    .map(|(object, sql)| Statement { object, sql })
    .to_vec()
}

/// A project on one server.
pub struct Project {
    pub server: &'static Server,
    pub prefix: String,
}

impl Project {
    pub fn new(server: &'static Server, name: &str) -> Self {
        // Parallel test processes have servers of their own; within one the name tells them apart.
        Self { server, prefix: format!("apply_{name}") }
    }

    fn role(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }

    /// The compiled catalog of some schema files, in pgseal's words.
    pub async fn raw(&self, files: &[Statement]) -> Catalog {
        let scratch = Scratch::new(self.server).await.unwrap();
        let loaded = scratch.load(files).await.unwrap().unwrap();
        let mut catalog = scratch.introspect(&self.prefix).await.unwrap();
        scratch.close(None).await.unwrap();
        catalog.server_major = 0;
        catalog.database = Acl::default();
        catalog.database_owner.clear();
        catalog.roles.clear();
        catalog.memberships.clear();
        for role in ["owner", "seal", "role_visitor", "role_member", "fn_merge"] {
            let comment = Some(format!("pgseal: {}", self.prefix));
            catalog.roles.insert(self.role(role), Role { comment, ..Role::default() });
        }
        self.close(&mut catalog);
        catalog.statements = loaded;
        self.seal(&mut catalog);
        catalog
    }

    fn close(&self, catalog: &mut Catalog) {
        let owner = self.role("owner");
        catalog.default_privileges =
            [self.role("owner"), self.role("seal")].map(|role| ((role, None, 'f'), Acl::default())).into();
        for (name, schema) in &mut catalog.schemas {
            schema.acl = Acl::default();
            if name != "public" {
                schema.owner.clone_from(&owner);
            }
        }
        catalog.types.values_mut().for_each(|it| it.owner.clone_from(&owner));
        for sequence in catalog.sequences.values_mut() {
            (sequence.owner, sequence.acl) = (owner.clone(), Acl::default());
        }
        for table in catalog.tables.values_mut() {
            (table.owner, table.acl) = (owner.clone(), Acl::default());
            (table.row_security, table.force_row_security) = (true, true);
        }
        for view in catalog.views.values_mut() {
            (view.owner, view.acl) = (owner.clone(), Acl::default());
            view.security_invoker = true;
        }
        for function in catalog.functions.values_mut() {
            (function.owner, function.acl) = (owner.clone(), Acl::default());
        }
    }

    fn seal(&self, catalog: &mut Catalog) {
        let (member, seal, definer) = (self.role("role_member"), self.role("seal"), self.role("fn_merge"));
        catalog.database.grant(&member, Privilege::Connect);
        catalog.schemas.insert("seal".to_owned(), Schema { owner: seal.clone(), acl: Acl::default() });
        for (schema, role) in
            [("app", &member), ("app", &definer), ("seal", &member), ("seal", &definer), ("app", &seal)]
        {
            catalog.schemas.get_mut(schema).unwrap().acl.grant(role, Privilege::Usage);
        }
        for statement in own() {
            match &statement.object {
                ObjectId::Table(name) => {
                    let lease = Table { owner: seal.clone(), ..Table::default() };
                    catalog.tables.insert(name.clone(), lease);
                }
                ObjectId::Function(signature) => {
                    let mut own =
                        Function { owner: seal.clone(), kind: 'f', security_definer: true, ..Function::default() };
                    own.settings.insert("search_path=pg_catalog, pg_temp".to_owned());
                    own.acl.grant(&member, Privilege::Execute);
                    catalog.functions.insert(signature.clone(), own);
                }
                _ => {}
            }
            catalog.statements.push(statement);
        }
        if let Some(merge) = catalog.functions.iter_mut().find(|(signature, _)| signature.name == table("merge")) {
            merge.1.owner.clone_from(&definer);
            merge.1.settings.insert("search_path=pg_catalog, pg_temp".to_owned());
            merge.1.acl.grant(&member, Privilege::Execute);
        }
        if let Some(view) = catalog.views.get_mut(&table("open_notes")) {
            view.acl.grant(&member, Privilege::Select);
        }
        if let Some(notes) = catalog.tables.get_mut(&table("notes")) {
            notes.acl.grant(&member, Privilege::Select);
            for column in notes.columns.iter_mut().filter(|column| column.name == "body") {
                column.acl.grant(&member, Privilege::Update);
            }
            let policy = |command, permissive, role: &str, using: &str| Policy {
                command,
                permissive,
                roles: BTreeSet::from([role.to_owned()]),
                using: Some(using.to_owned()),
                check: None,
            };
            notes.policies = BTreeMap::from([
                ("seal_select_member".to_owned(), policy(Some(Command::Select), true, &member, "status = 'sent'")),
                ("seal_gate_member".to_owned(), policy(None, false, &member, "(select seal.is_live('role_member'))")),
                ("seal_fn_merge".to_owned(), policy(Some(Command::Update), true, &definer, "true")),
            ]);
        }
        if let Some(tickets) = catalog.sequences.get_mut(&table("tickets")) {
            tickets.acl.grant(&member, Privilege::Usage);
        }
    }

    /// The same in the server's words.
    pub async fn canonical(&self, raw: &Catalog) -> Catalog {
        let scratch = Scratch::new(self.server).await.unwrap();
        let empty = scratch.introspect(&self.prefix).await.unwrap();
        let plan = order(diff(&Catalog { roles: BTreeMap::new(), ..empty }, raw));
        assert_eq!(plan.unsupported, []);
        scratch.run_as_superuser(&render(&plan)).await.unwrap();
        let mut canonical = scratch.introspect(&self.prefix).await.unwrap();
        canonical.statements.clone_from(&raw.statements);
        canonical.roles.retain(|role, _| raw.roles.contains_key(role));
        // What whoever deploys to another database of this server administers is theirs.
        canonical.memberships.clear();
        scratch.close(None).await.unwrap();
        self.drop_unused_roles().await;
        canonical
    }

    /// Roles that the scratch database made and no other one uses: whoever deploys makes their own.
    async fn drop_unused_roles(&self) {
        let administrator = self.server.connect("postgres", "pgseal").await.unwrap();
        let query = "select format('drop role %I', rolname) from pg_roles where starts_with(rolname, $1)";
        for row in administrator.query(query, &[&format!("{}_", self.prefix)]).await.unwrap() {
            if let Err(error) = administrator.batch_execute(row.get(0)).await {
                assert_eq!(error.code().unwrap().code(), "2BP01", "{error}");
            }
        }
    }

    /// Compiled from these files.
    pub async fn desired(&self, files: &[Statement]) -> Catalog {
        let raw = self.raw(files).await;
        self.canonical(&raw).await
    }

    pub async fn database(&self, name: &str) -> Database<'_> {
        self.database_of(name, "pgseal").await
    }

    /// A database that somebody owns who is no superuser, but may create roles.
    pub async fn database_of_deployer(&self, name: &str) -> Database<'_> {
        let deployer = format!("deployer_{}", self.prefix);
        let administrator = self.server.connect("postgres", "pgseal").await.unwrap();
        let create = format!("create role {deployer} login createrole");
        if let Err(error) = administrator.batch_execute(&create).await {
            assert!(error.to_string().contains("already exists") || error.code().unwrap().code() == "42710", "{error}");
        }
        self.database_of(name, &deployer).await
    }

    async fn database_of(&self, name: &str, owner: &str) -> Database<'_> {
        let name = format!("{}_{name}", self.prefix);
        let administrator = self.server.connect("postgres", "pgseal").await.unwrap();
        administrator.batch_execute(&format!("drop database if exists {name} with (force)")).await.unwrap();
        administrator.batch_execute(&format!("create database {name} owner {owner}")).await.unwrap();
        Database { project: self, name, owner: owner.to_owned() }
    }
}

/// A target.
pub struct Database<'a> {
    pub project: &'a Project,
    pub name: String,
    pub owner: String,
}

impl Database<'_> {
    pub async fn connect(&self, user: &str) -> Client {
        self.project.server.connect(&self.name, user).await.unwrap()
    }

    pub async fn apply(&self, desired: &Catalog) -> Result<Applied, ApplyError> {
        self.apply_with(desired, Options::default()).await
    }

    pub async fn apply_with(&self, desired: &Catalog, options: Options<'_>) -> Result<Applied, ApplyError> {
        let mut client = self.connect(&self.owner).await;
        apply(&mut client, desired, &self.project.prefix, options).await
    }

    /// As a superuser.
    pub async fn run(&self, sql: &str) {
        let client = self.connect("pgseal").await;
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    pub async fn catalog(&self) -> Catalog {
        introspect(&self.connect("pgseal").await, &self.project.prefix).await.unwrap()
    }

    /// One boolean, as a superuser.
    pub async fn holds(&self, sql: &str) -> bool {
        let row = self.connect("pgseal").await.query_one(&format!("select {sql}"), &[]).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error:?}")).get(0)
    }
}
