//! What a table creator made before the seal, or beside it: `apply` takes over nothing of a stranger's, and where somebody gave it to
//! whoever deploys, nobody's code with it.

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::apply::{Applied, ApplyError, Options, apply};
use pgseal_postgres::embedded::{SUPERUSER, Server};
use pgseal_postgres::project::{Compiled, Input, prepare};
use pgseal_postgres::testing;
use tokio_postgres::Client;

use crate::examples::findings;

const SCHEMA: &str = "
    create schema app;
    create extension if not exists citext;
    create type app.span as range (subtype = int4);
    create type app.status as enum ('a', 'b');
    create sequence app.tickets;
    create table app.notes (id int primary key, owner uuid not null, body text);
    create table app.booked (id int primary key, owner uuid not null, at app.span);
    create index booked_at on app.booked using gist (at);
    create table app.future (id int primary key, owner uuid not null, body text);
    create table app.names (id int primary key, owner uuid not null, name citext);
    create table app.events (id int not null, owner uuid not null, body text) partition by list (id);
    create function app.chk(a anyelement) returns boolean language sql stable as 'select a is null';
    create table app.ruled (id int primary key, owner uuid not null);
    create view app.open as select id from app.notes;
    create materialized view app.totals as select owner, count(*) as c from app.notes group by owner;
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [roles]
    member = { default = true }
    [tables]
    "app.notes" = "owned(owner)"
    "app.booked" = "owned(owner)"
    "app.future" = "owned(owner)"
    "app.names" = "owned(owner)"
    "app.events" = { model = "owned(owner)", columns.owner = { update = "never" } }
    "app.ruled" = { select = "app.chk(owner)" }
    [functions]
    "app.chk(anyelement)" = { execute = ["member"] }
    [views]
    "app.open" = { select = ["member"] }
    "app.totals" = { select = ["member"], materialized = true, refresh = ["member"], because = "counts" }
"#;

/// What the creator made long before, as the application's own role may have.
const BEFORE: &str = "
    create schema app; grant create, usage on schema app to $t; create schema tcs authorization $t; set role $t;
    create extension citext schema public;
    create table app.notes (id int primary key, owner uuid not null, body text);
    create table app.events (id int not null, owner uuid not null, body text) partition by list (id);
    create table app.ev1 partition of app.events default;
    create materialized view app.totals as select owner, count(*) as c from app.notes group by owner;
    create function tcs.own(int) returns int language plpgsql immutable as 'begin return 1; end';
    create function tcs.vol() returns void language plpgsql as 'begin alter role $t superuser; end';
    create function tcs.evil(a int, b int) returns float8 language plpgsql immutable as
      $$ begin if current_user <> session_user then perform set_config('role', 'none', true); perform tcs.vol(); end if; return 1; end $$;
    create type tcs.span as range (subtype = int4, subtype_diff = tcs.evil);
    create function tcs.fires() returns trigger language plpgsql as 'begin return new; end';
    create table tcs.other (id int);
";

/// Everything else that a creator may have made which the project declares.
const DECLARED: &str = "
    set role $t;
    create type app.status as enum ('a', 'b');
    create sequence app.tickets;
    create view app.open with (security_invoker) as select id from app.notes;
    create function app.chk(a anyelement) returns boolean language sql stable as 'select a is null';
    reset role; alter schema app owner to $t;
";

/// Whose the relations and types in the schema are from now on.
const GIVE: &str = "
    do $do$ declare what text; begin
      for what in
        select format('table %s', oid::regclass) from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p', 'm')
        union all
        select format('type %s', oid::regtype) from pg_type
        where typnamespace = 'app'::regnamespace and typname in ('span', 'status')
      loop
        execute format('alter %s owner to $to', what);
      end loop;
    end $do$
";

/// What the creator makes, what `apply` says of it once the table is given to whoever deploys, and what takes it away.
const REFUSED: [(&str, &str, &str); 26] = [
    (
        "create type app.span as range (subtype = int4, subtype_diff = tcs.evil)",
        "subtype_diff = tcs.evil(integer,integer)",
        "drop type app.span",
    ),
    (
        "create function app.chk(a uuid) returns boolean language sql stable as 'select true'",
        "function app.chk(uuid), which belongs to `$t`, is called like the project's app.chk",
        "drop function app.chk(uuid)",
    ),
    (
        "create function app.same(a uuid, b text) returns boolean language sql immutable as 'select true'; \
         create operator app.= (leftarg = uuid, rightarg = text, function = app.same)",
        "operator app.=(uuid,text), which belongs to `$t`, is in a schema of the project's",
        "drop function app.same(uuid, text) cascade",
    ),
    (
        "create type tcs.futy as (id int, owner uuid, body text); create table app.future of tcs.futy (primary key (id), owner not null)",
        "table app.future is made of type tcs.futy, which belongs to `$t`",
        "drop type tcs.futy cascade",
    ),
    (
        "create index mine on app.ev1 (tcs.own(id))",
        "table app.ev1: has the index mine (`CREATE INDEX mine ON app.ev1 USING btree (tcs.own(id))`), which app.events does not have: run `drop index app.mine`",
        "drop index app.mine",
    ),
    (
        "create table app.kid (at tcs.span) inherits (app.notes); create index mine on app.kid using gist (at)",
        "is made of type tcs.span, which belongs to `$t`",
        "drop table app.kid",
    ),
    (
        "create statistics app.mine on id, owner from app.ev1",
        "table app.ev1 has statistics object app.mine, which belongs to `$t`",
        "drop statistics app.mine",
    ),
    (
        "alter table app.ev1 add constraint mine check (tcs.own(id) = 1)",
        "table app.ev1: has the constraint mine (`CHECK ((tcs.own(id) = 1))`), which app.events does not have: run `alter table app.ev1 drop constraint mine`",
        "alter table app.ev1 drop constraint mine",
    ),
    (
        "alter table app.ev1 alter body set default tcs.own(1)::text",
        "table app.ev1: has the default `(tcs.own(1))::text` of column body, which app.events does not have: run `alter table app.ev1 alter body drop default`",
        "alter table app.ev1 alter body drop default",
    ),
    (
        "create domain tcs.odd as int check (tcs.own(value) = 1); create table app.kid (odd tcs.odd) inherits (app.notes)",
        "is made of type tcs.odd, which belongs to `$t`",
        "drop table app.kid; drop domain tcs.odd",
    ),
    (
        "create collation tcs.mine (locale = 'C'); create index mine on app.ev1 (body collate tcs.mine)",
        "index app.mine on app.ev1 is made of collation tcs.mine, which belongs to `$t`",
        "drop collation tcs.mine cascade",
    ),
    (
        "create index mine on app.totals (tcs.own(c::int))",
        "index mine on app.totals: is not in the schema",
        "drop index app.mine",
    ),
    (
        "create table app.future (id int primary key, owner uuid not null, body text collate \"C\")",
        "has the collation",
        "drop table app.future",
    ),
    (
        "create type app.status as enum ('a', 'b'); create function tcs.tojson(s app.status) returns json language sql as 'select null::json'; \
         create cast (app.status as json) with function tcs.tojson(app.status)",
        "cast (app.status AS json): is not in the schema: add `create cast (app.status AS json) WITH FUNCTION tcs.tojson(app.status)` to it, or run `drop cast (app.status AS json)`",
        "drop type app.status cascade",
    ),
    (
        "create type app.status as enum ('a', 'b'); create cast (app.status as int) with inout as implicit",
        "cast (app.status AS integer): is not in the schema: add `create cast (app.status AS integer) WITH INOUT AS IMPLICIT` to it, or run `drop cast (app.status AS integer)`",
        "drop type app.status cascade",
    ),
    (
        "create function tcs.tojson(n app.notes) returns json language sql as 'select null::json'; \
         create cast (app.notes as json) with function tcs.tojson(app.notes)",
        "cast (app.notes AS json): is not in the schema: add `create cast (app.notes AS json) WITH FUNCTION tcs.tojson(app.notes)` to it, or run `drop cast (app.notes AS json)`",
        "drop function tcs.tojson(app.notes) cascade",
    ),
    (
        "create function tcs.totext(n app.ev1[]) returns text language sql as 'select null::text'; \
         create cast (app.ev1[] as text) with function tcs.totext(app.ev1[]) as implicit",
        "cast (app.ev1[] AS text): is not in the schema: add `create cast (app.ev1[] AS text) WITH FUNCTION tcs.totext(app.ev1[]) AS IMPLICIT` to it, or run `drop cast (app.ev1[] AS text)`",
        "drop function tcs.totext(app.ev1[]) cascade",
    ),
    (
        "create table tcs.keys (owner uuid primary key); \
         alter table app.ev1 add constraint mine foreign key (owner) references tcs.keys on update cascade on delete cascade",
        "which app.events does not have: run `alter table app.ev1 drop constraint mine`",
        "drop table tcs.keys cascade",
    ),
    (
        "alter table app.ev1 set schema tcs; reset role; alter table tcs.ev1 owner to pgseal",
        "table tcs.ev1 is in schema tcs, which belongs to `$t`: `alter table tcs.ev1 set schema app`",
        "alter table tcs.ev1 set schema app",
    ),
    (
        "create table tcs.p (id int); create table app.kid (primary key (id)) inherits (app.notes, tcs.p)",
        "table app.kid is a child of tcs.p too, which belongs to `$t`: `alter table app.kid no inherit tcs.p`",
        "drop table app.kid; drop table tcs.p",
    ),
    (
        "create sequence app.tickets as int increment by -2 maxvalue 7 cache 5 cycle",
        "sequence app.tickets: is `AS integer INCREMENT BY -2 MINVALUE -2147483648 MAXVALUE 7 CACHE 5 CYCLE`: run `alter sequence app.tickets AS bigint \
         INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1 NO CYCLE`",
        "alter sequence app.tickets AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1 NO CYCLE; drop sequence app.tickets",
    ),
    (
        "create domain app.chk as text check (tcs.own(1) = 1)",
        "type app.chk, which belongs to `$t`, is called like the project's app.chk",
        "drop domain app.chk",
    ),
    (
        "create extension hstore schema app; create function app.akeys(v text) returns text language sql as 'select v'",
        "function app.akeys(text), which belongs to `$t`, is called like that of an extension, app.akeys",
        "drop function app.akeys(text); drop extension hstore",
    ),
    (
        "create extension hstore schema app; alter extension hstore add table app.ev1",
        "table app.ev1 is part of extension hstore, which belongs to `$t`: `alter extension hstore drop table app.ev1`",
        "alter extension hstore drop table app.ev1; drop extension hstore",
    ),
    (
        "reset role; create foreign data wrapper wrapped; grant usage on foreign data wrapper wrapped to $t; set role $t; \
         create server mine foreign data wrapper wrapped; create foreign table app.ev2 partition of app.events for values in (2) server mine; \
         reset role; alter foreign table app.ev2 owner to pgseal",
        "table app.ev2 is on server mine, which belongs to `$t`: `alter server mine owner to pgseal`",
        "drop foreign data wrapper wrapped cascade",
    ),
    (
        "create unlogged table app.ev3 partition of app.events for values in (3)",
        "table app.ev3 is unlogged: `alter table app.ev3 set logged`",
        "drop table app.ev3",
    ),
];

pub(super) struct Adopted<'a> {
    server: &'a Server,
    pub prefix: &'static str,
    pub compiled: Compiled,
}

impl<'a> Adopted<'a> {
    pub async fn new(server: &'a Server, prefix: &'static str) -> Self {
        let adopted = Self::empty(server, prefix).await;
        adopted.run("grant create on database $p_db to $t").await;
        adopted.run(BEFORE).await;
        adopted
    }

    async fn empty(server: &'a Server, prefix: &'static str) -> Self {
        let mut sources = Sources::default();
        let access = vec![sources.add("access.toml", ACCESS)];
        let schema = vec![sources.add("schema.sql", SCHEMA)];
        let (mut settings, _) = settings::parse(&sources, None, "adopted");
        settings.role_prefix = prefix.to_owned();
        let input = Input { sources, settings, access, schema };
        let project = prepare(&input, server).await.unwrap();
        let compiled = project.compiled.clone().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)));
        let adopted = Self { server, prefix, compiled };
        let administrator = server.connect("postgres", SUPERUSER).await.unwrap();
        administrator.batch_execute(&adopted.filled("create role $t login")).await.unwrap();
        administrator.batch_execute(&adopted.filled("create database $p_db")).await.unwrap();
        adopted
    }

    pub fn filled(&self, sql: &str) -> String {
        sql.replace("$p", self.prefix).replace("$t", &format!("creator_of_{}", self.prefix))
    }

    pub async fn connect(&self, user: &str) -> Client {
        self.server.connect(&self.filled("$p_db"), &self.filled(user)).await.unwrap()
    }

    /// As a superuser.
    pub async fn run(&self, sql: &str) {
        let sql = self.filled(sql);
        self.connect(SUPERUSER).await.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    pub async fn holds(&self, sql: &str) -> bool {
        let sql = format!("select {}", self.filled(sql));
        let row = self.connect(SUPERUSER).await.query_one(&sql, &[]).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error:?}")).get(0)
    }

    /// The creator's tables and types become somebody else's.
    pub async fn give(&self, to: &str) {
        self.run(&GIVE.replace("$to", to)).await;
    }

    /// Trusts the creator, so that what hangs on things is looked at for itself.
    pub async fn apply(&self, dry_run: bool) -> Result<Applied, ApplyError> {
        self.apply_trusting(&["$t"], dry_run).await
    }

    async fn apply_trusting(&self, trust: &[&str], dry_run: bool) -> Result<Applied, ApplyError> {
        let mut client = self.connect(SUPERUSER).await;
        let trust: Vec<String> = trust.iter().map(|role| self.filled(role)).collect();
        let options = Options { yes: true, dry_run, trust: &trust, ..Options::default() };
        apply(&mut client, &self.compiled.canonical, self.prefix, options).await
    }
}

fn words(applied: &Applied) -> Vec<String> {
    applied.changes.iter().map(ToString::to_string).collect()
}

/// Whoever agrees to everything, and deploys as a superuser, has nothing of it either.
#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_stranger_is_not_taken_over() {
    for server in testing::servers().await.unwrap() {
        let adopted = Adopted::new(server, "notadopted").await;
        adopted.run(DECLARED).await;
        let mut given = Vec::new();
        for (object, statement) in [
            ("schema app", "schema app"),
            ("table app.events", "table app.events"),
            ("table app.ev1", "table app.ev1"),
            ("table app.notes", "table app.notes"),
            ("type app.status", "type app.status"),
            ("sequence app.tickets", "sequence app.tickets"),
            ("view app.open", "view app.open"),
            ("materialized view app.totals", "materialized view app.totals"),
            ("function app.chk(anyelement)", "function app.chk(anyelement)"),
        ] {
            // A definer of the creator's, given to a superuser, would make the creator one.
            given.push(match object.starts_with("function") {
                true => (object, format!("drop {statement}")),
                false => (object, format!("alter {statement} owner to {SUPERUSER}")),
            });
        }
        // What goes with an extension of the creator's goes when the creator likes.
        let held = [
            "schema app is part of extension hstore, which belongs to `$t`: `alter extension hstore drop schema app`",
            "index app.notes_pkey goes with extension hstore, which belongs to `$t`: `alter index app.notes_pkey no depends on extension hstore`",
        ];
        adopted.run("set role $t; create extension hstore schema public; alter extension hstore add schema app; alter index app.notes_pkey depends on extension hstore").await;
        let creator = adopted.connect("$t").await;
        creator.batch_execute("begin; drop extension hstore cascade").await.unwrap();
        let gone = "select to_regclass('app.notes') is null";
        assert!(creator.query_one(gone, &[]).await.unwrap().get::<_, bool>(0), "the attack is real");
        creator.batch_execute("rollback").await.unwrap();
        // Until the last of them is given.
        while !given.is_empty() {
            let error = adopted.apply(false).await.unwrap_err();
            assert!(matches!(&error, ApplyError::OfOthers(lines) if lines.len() == given.len()), "{error}");
            let text = error.to_string();
            for (object, statement) in &given {
                let line = adopted.filled(&format!("\n  {object} belongs to `$t`: `{statement}`"));
                assert!(text.contains(&line), "{line}: {text}");
            }
            let (_, statement) = given.remove(0);
            adopted.run(&statement).await;
        }
        let error = adopted.apply(false).await.unwrap_err().to_string();
        for line in held.map(|line| adopted.filled(line)) {
            assert!(error.contains(&line), "{line}: {error}");
        }
        adopted
            .run("alter extension hstore drop schema app; alter index app.notes_pkey no depends on extension hstore")
            .await;
        adopted.apply(false).await.unwrap();
        assert_eq!(adopted.apply(false).await.unwrap().changes, []);
    }
}

/// What was given away is not taken over where whoever made it, or might have, is still about.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_over_in_company() {
    for server in testing::servers().await.unwrap() {
        let adopted = Adopted::new(server, "company").await;
        adopted.give(SUPERUSER).await;
        adopted.run("create role another_$t").await;
        let refused = async |trust: &[&str], lines: &[&str]| {
            let error = adopted.apply_trusting(trust, false).await.unwrap_err();
            let lines: Vec<String> = lines.iter().map(|line| adopted.filled(line)).collect();
            assert!(matches!(&error, ApplyError::InCompany(said) if *said == lines), "{error}\n{lines:?}");
        };
        let creates = "`$t` may create in schema app";
        let in_database = "`$t` may create in this database";
        refused(&[], &[creates, in_database, "`$t` owns extension citext, schema tcs, table tcs.other and 5 more"])
            .await;
        adopted.run("drop schema tcs cascade; drop extension citext").await;
        refused(&[], &[creates, in_database]).await;
        adopted.run("revoke create on schema app from $t; revoke create on database $p_db from $t; grant create on schema app to public").await;
        refused(&["$t"], &["`PUBLIC` may create in schema app"]).await;
        adopted.run("revoke create on schema app from public; create table app.of_another (id int); alter table app.of_another owner to another_$t").await;
        refused(&["$t"], &["`another_$t` owns table app.of_another"]).await;
        adopted.run("alter database $p_db owner to $t").await;
        refused(&["another_$t"], &[in_database, "`$t` owns this database"]).await;
        adopted.run("alter database $p_db owner to pgseal").await;
        let before = "(select relowner::regrole::text = 'pgseal' from pg_class where oid = 'app.notes'::regclass)";
        assert!(adopted.holds(before).await);
        adopted.apply_trusting(&["another_$t"], false).await.unwrap();
        // Nothing is taken over any more.
        assert_eq!(adopted.apply_trusting(&[], false).await.unwrap().changes, []);
    }
}

/// A schema alone brings along what stands in it: a function that looks there first would find it.
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_with_a_strangers_objects_is_not_taken_over() {
    for server in testing::servers().await.unwrap() {
        let adopted = Adopted::empty(server, "inhabited").await;
        adopted
            .run("create schema app; create table app.audit (id int); create schema elsewhere; create table elsewhere.kept (id int); \
                  alter table app.audit owner to $t; alter table elsewhere.kept owner to $t")
            .await;
        let error = adopted.apply_trusting(&[], false).await.unwrap_err();
        let said = adopted.filled("`$t` owns table app.audit, table elsewhere.kept");
        assert!(matches!(&error, ApplyError::InCompany(lines) if *lines == [said.as_str()]), "{error}");
        // An empty one is only a name.
        adopted.run("drop table app.audit").await;
        adopted.apply_trusting(&[], false).await.unwrap();
        assert_eq!(adopted.apply_trusting(&[], false).await.unwrap().changes, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_code_comes_along_with_a_table() {
    for server in testing::servers().await.unwrap() {
        let adopted = Adopted::new(server, "adopted").await;
        let mut wrong = Vec::new();
        for (make, message, unmake) in REFUSED {
            adopted.run(&format!("set role $t; {make}")).await;
            adopted.give(SUPERUSER).await;
            match adopted.apply(true).await {
                Err(error) if error.to_string().contains(&adopted.filled(message)) => {}
                Err(error) => wrong.push(format!("{make}: {error}")),
                Ok(_) => wrong.push(format!("{make}: adopted")),
            }
            adopted.run(unmake).await;
            adopted.give("$t").await;
        }
        assert!(wrong.is_empty(), "on {}:\n{}", server.version(), wrong.join("\n"));
        // What a partition has beyond what it is part of goes, as what a table has beyond the schema does.
        adopted
            .run(
                "set role $t; create trigger mine before insert on app.ev1 for each row execute function tcs.fires(); \
                 create policy mine on app.ev1 using (true); create rule mine as on delete to app.ev1 do instead nothing; \
                 create table tcs.child (id int, note int constraint mine references app.notes on delete cascade on update cascade); \
                 create type tcs.kind as enum ('x'); create function tcs.tokind(n app.notes) returns tcs.kind language sql as 'select null::tcs.kind'; \
                 create cast (app.notes as tcs.kind) with function tcs.tokind(app.notes)",
            )
            .await;
        adopted.give(SUPERUSER).await;
        let applied = adopted.apply(false).await.unwrap();
        for drop in ["drop trigger mine", "drop policy mine", "drop rule mine"] {
            assert!(words(&applied).iter().any(|change| change.contains(drop)), "{drop}: {:?}", words(&applied));
        }
        let beyond = "not exists (select from pg_trigger where tgname = 'mine') and not exists (select from pg_policy where polname = 'mine') \
                      and not exists (select from pg_rewrite where rulename = 'mine')";
        assert!(adopted.holds(beyond).await);
        said_and_closed(&adopted, &applied).await;
        made_beside(&adopted).await;
    }
}

/// What is not the project's to take: said, with the SQL that closes it.
async fn said_and_closed(adopted: &Adopted<'_>, applied: &Applied) {
    let of = |applied: &Applied| -> Vec<(String, Vec<String>)> {
        let about = |what: &str| {
            what.starts_with("extension citext belongs to") || what.starts_with("foreign key mine of tcs.child")
        };
        applied.open.iter().filter(|open| about(&open.what)).map(|open| (open.what.clone(), open.sql.clone())).collect()
    };
    let open = of(applied);
    assert_eq!(open.len(), 2, "{:?}", applied.open);
    // Both are real: rows follow the key of a row, and a column goes with the extension.
    adopted.run("insert into app.notes values (7, gen_random_uuid(), 'x'); insert into tcs.child values (1, 7); update app.notes set id = 8").await;
    assert!(adopted.holds("(select note = 8 from tcs.child)").await);
    let creator = adopted.connect(SUPERUSER).await;
    creator.batch_execute(&adopted.filled("set role $t")).await.unwrap();
    creator.batch_execute("begin; drop extension citext cascade; reset role").await.unwrap();
    let gone =
        "select not exists (select from pg_attribute where attrelid = 'app.names'::regclass and attname = 'name')";
    assert!(creator.query_one(gone, &[]).await.unwrap().get::<_, bool>(0));
    creator.batch_execute("rollback").await.unwrap();
    for sql in open.iter().flat_map(|(_, sql)| sql) {
        adopted.run(sql).await;
    }
    assert!(creator.batch_execute("drop extension citext cascade").await.is_err());
    assert_eq!(of(&adopted.apply(false).await.unwrap()), []);
}

/// Beside a sealed table, past the guard: never "nothing to do".
async fn made_beside(adopted: &Adopted<'_>) {
    assert_eq!(adopted.apply(false).await.unwrap().changes, []);
    let attack = "begin; set local role $p_owner; insert into app.ev1 select n, gen_random_uuid() from generate_series(1, 1000) n; commit";
    adopted.run("set seal.applying = on; create index mine on app.ev1 using gist (tcs.span(id, id + 1)); alter table app.ev1 no force row level security").await;
    let error = adopted.apply(false).await.unwrap_err().to_string();
    assert!(
        error.contains("has the index mine (`CREATE INDEX mine ON app.ev1 USING gist (tcs.span(id, (id + 1)))`)"),
        "{error}"
    );
    let superuser = "(select rolsuper from pg_roles where rolname = '$t')";
    assert!(!adopted.holds(superuser).await);
    // The attack is real: what the owner's rows go through makes the creator a superuser.
    adopted.run(attack).await;
    assert!(adopted.holds(superuser).await);
    adopted.run("alter role $t nosuperuser; set seal.applying = on; drop index app.mine; delete from app.ev1; alter table app.ev1 force row level security").await;
    adopted.run("set seal.applying = on; create policy mine on app.ev1 using (tcs.own(id) = 1)").await;
    assert!(words(&adopted.apply(false).await.unwrap()).iter().any(|change| change.contains("policy mine")));
    assert_eq!(adopted.apply(false).await.unwrap().changes, []);
}
