//! Names that meet in what is generated: policies, gates, triggers, functions, overloads; names that try to become SQL.

use pgseal_postgres::lease::Lease;
use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

/// A role called `agent_triage` beside an agent called `triage`; roles whose names, joined, are another pair's.
#[tokio::test(flavor = "multi_thread")]
async fn policies_of_different_roles_stay_apart() {
    let schema = "
        create schema app;
        create table app.owners (id int primary key, locked boolean);
        create table app.docs (id int primary key, owner int references app.owners, title text);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [roles]
        agent_triage = { includes = ["member"] }
        a = { includes = ["member"] }
        b_c = { includes = ["member"] }
        a_b = { includes = ["member"] }
        c = { includes = ["member"] }
        [agents.triage]
        acts_for = "member"
        may = { "app.docs" = ["select"] }
        [tables]
        "app.owners" = { select = "not locked", for.a_b.update = "not locked" }
        [tables."app.docs"]
        select = "true"
        for.a.update = "true"
        for.b_c.update = "true"
        for.a_b.update = "true"
        for.c.update = "true"
        require.change = ["via(owner, 'update') or via(owner, 'select')"]
    "#;
    let seed =
        "insert into app.owners values (1, false), (2, true); insert into app.docs values (1, 1, 'x'), (2, 2, 'x')";
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_joined", schema, access, seed).await;
        let role = |role: &str| Lease::new(&format!("role_{role}"), Some(ANN));
        for name in ["a", "b_c", "a_b", "c"] {
            let session = sealed.session(role(name)).await;
            session.rows(2, "select * from app.docs").await;
            session.rows(1, "update app.docs set title = 'y'").await;
        }
        // The gate closes for the role and for the agent: a session whose lease is gone sees nothing.
        let agent = sealed.session(Lease::new("agent_triage", Some("bot")).acting_for(ANN, "role_member")).await;
        let namesake = sealed.session(role("agent_triage")).await;
        for session in [agent, namesake] {
            session.rows(2, "select * from app.docs").await;
            sealed.operate("update seal.lease set expires_at = now() - interval '1 second'").await;
            session.rows(0, "select * from app.docs").await;
            sealed.operate("update seal.lease set expires_at = now() + interval '1 hour'").await;
        }
    }
}

/// EXECUTE that a default, a check or a rule needs reaches the function that is called, and no namesake.
#[tokio::test(flavor = "multi_thread")]
async fn execute_is_derived_for_the_function_that_is_called() {
    let schema = "
        create schema app;
        create schema myapp;
        create function myapp.tidy(value text) returns boolean language sql immutable as 'select value <> '''' ';
        create function app.tidy(value text) returns boolean language sql immutable as 'select true';
        create function app.ok(value text) returns boolean language sql stable as 'select true';
        create function app.ok(value integer) returns text language sql stable security definer set search_path = pg_catalog, pg_temp as 'select secret from app.vault';
        create table app.vault (secret text);
        create table app.notes (id int, body text check (myapp.tidy(body)), kind text default 'app.ok(');
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [roles]
        staff = {}
        [tables]
        "app.vault" = "sealed"
        "app.notes" = { select = "app.ok(body)", insert = "true" }
        [functions."app.ok(integer)"]
        execute = ["staff"]
        runs_as = "definer"
        may = { "app.vault" = ["select"] }
        because = "shows the secret to staff"
    "#;
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_overload", schema, access, "insert into app.vault values ('s')").await;
        let ann = sealed.member(ANN).await;
        ann.rows(2, "insert into app.notes (id, body) values (1, 'x'); select * from app.notes").await;
        ann.refused("permission denied", "select app.ok(1)").await;
        ann.refused("permission denied", "select app.tidy('x')").await;
        let staff = sealed.session(Lease::new("role_staff", Some(BOB))).await;
        staff.rows(1, "select app.ok(1)").await;
    }
}

/// Names with quotes, percent signs, backslashes, line breaks and our own dollar quotes are names, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn names_do_not_become_sql() {
    let schema = r#"
        create schema "a%s'\b";
        create table "a%s'\b"."$seal$ t""x" ("k%I" uuid primary key default gen_random_uuid(), "n\'
-- ""x" text, "u%1$s'" uuid, "par'%L" uuid references "a%s'\b"."$seal$ t""x" ("k%I"));
        create table "a%s'\b"."m'%\" ("o$seal$" uuid references "a%s'\b"."$seal$ t""x" ("k%I"), "u""'" uuid, "r'%s" text);
    "#;
    // TOML has no way to write some of these without its own escapes: each name as SQL quotes it, in TOML's quotes.
    let toml = |sql: &str| format!("\"{}\"", sql.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
    let (orgs, members) = (r#""a%s'\b"."$seal$ t""x""#, r#""a%s'\b"."m'%\""#);
    let access = format!(
        "[identity]\nuser = 'uuid'\n[groups.org]\ntable = {members_key}\nmember = {user}\nkey = {org}\n\
         rank = {{ column = {rank}, order = [\"lo\\\\w'%s\", \"$seal$\\n\"] }}\nparent = {parent}\ngranted_by = \"$seal$\\n\"\nfounder = \"$seal$\\n\"\n\
         [tables.{orgs_key}]\nselect = {select}\ninsert = 'true'\nupdate = {update}\ncolumns.{set} = {{ value = 'me()' }}\n\
         [tables.{members_key}]\nselect = {members_select}\ninsert = {members_insert}\nupdate = {members_select}\n",
        members_key = toml(members),
        orgs_key = toml(orgs),
        user = toml(r#""u""'""#),
        org = toml(r#""o$seal$""#),
        rank = toml(r#""r'%s""#),
        parent = toml(&format!(r#"{orgs}."par'%L""#)),
        select = toml(r#"org("k%I")"#),
        update = toml(r#"org("k%I", E'lo\\w''%s')"#),
        set = toml(r#""u%1$s'""#),
        members_select = toml(r#"org("o$seal$")"#),
        members_insert = toml(r#"org("o$seal$", "r'%s")"#),
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_quoting", schema, &access, "select").await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        let create = r#"select seal.create_org('{"n\\''\n-- \"x": "it''s", "u%1$s''": null, "no such, column": 1}')"#;
        ann.rows(2, &format!(r#"{create}; select * from "a%s'\b"."$seal$ t""x" where "u%1$s'" = '{ANN}'"#)).await;
        ann.run(create).await.unwrap();
        ann.rows(1, r#"update "a%s'\b"."$seal$ t""x" set "par'%L" = null"#).await;
        ann.refused("cannot leave", r#"update "a%s'\b"."m'%\" set "r'%s" = E'lo\\w''%s'"#).await;
        bob.rows(0, r#"select * from "a%s'\b"."$seal$ t""x""#).await;
        bob.rows(0, r#"update "a%s'\b"."$seal$ t""x" set "par'%L" = null"#).await;
    }
}
