//! What a partition or child has of its own, beyond what it is part of: nothing that runs where its parent's rows are written, and
//! nothing that tells. What everybody's partitions have stays.

use pgseal_postgres::apply::ApplyError;
use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::testing;
use tokio_postgres::error::SqlState;

use super::adopted::Adopted;

/// What is made of a partition, or child, and what `apply` says of it; with what takes it away.
const REFUSED: [(&str, &str, &str); 13] = [
    (
        "alter table app.ev1 add constraint mine check (ts_rewrite('a'::tsquery, 'select ''a''::tsquery, tcs.q()') is not null)",
        "has the constraint mine (`CHECK ((ts_rewrite(",
        "alter table app.ev1 drop constraint mine",
    ),
    (
        "alter table app.ev1 add constraint mine check (set_config('search_path', 'tcs, pg_catalog', false) is not null)",
        "has the constraint mine (`CHECK ((set_config(",
        "alter table app.ev1 drop constraint mine",
    ),
    (
        "alter table app.ev1 add constraint mine check (body < 'x' or id > 1)",
        "has the constraint mine (`CHECK (((body < 'x'::text) OR (id > 1)))`)",
        "alter table app.ev1 drop constraint mine",
    ),
    (
        "alter table app.ev1 add constraint mine check (id > 1) not valid",
        "has the constraint mine (`CHECK ((id > 1)) NOT VALID`)",
        "alter table app.ev1 drop constraint mine",
    ),
    (
        "alter table app.ev1 add constraint mine exclude (body with =)",
        "has the constraint mine (`EXCLUDE USING btree (body WITH =)`)",
        "alter table app.ev1 drop constraint mine",
    ),
    (
        "alter table app.ev1 add constraint mine unique (body)",
        "has the index mine (`CREATE UNIQUE INDEX mine ON app.ev1 USING btree (body)`)",
        "alter table app.ev1 drop constraint mine",
    ),
    (
        "create unique index mine on app.ev1 (id) where body is null",
        "has the index mine (`CREATE UNIQUE INDEX mine ON app.ev1 USING btree (id) WHERE (body IS NULL)`)",
        "drop index app.mine",
    ),
    (
        "create index mine on app.ev1 (lower(body))",
        "has the index mine (`CREATE INDEX mine ON app.ev1 USING btree (lower(body))`)",
        "drop index app.mine",
    ),
    (
        "create statistics app.mine on lower(body), id from app.ev1",
        "has the statistics app.mine",
        "drop statistics app.mine",
    ),
    (
        "alter table app.ev1 alter body set default query_to_xml('select 1', true, true, '')::text",
        "has the default `(query_to_xml(",
        "alter table app.ev1 alter body drop default",
    ),
    (
        "alter table app.ev1 add constraint mine foreign key (id) references app.notes on delete cascade",
        "has the constraint mine (`FOREIGN KEY (id) REFERENCES app.notes(id) ON DELETE CASCADE`)",
        "alter table app.ev1 drop constraint mine",
    ),
    (
        "create table app.kid (loud text generated always as (upper(body)) stored) inherits (app.notes)",
        "has the generating expression `(upper(body)) STORED` of column loud",
        "alter table app.kid drop column loud",
    ),
    (
        "create table app.sub partition of app.events for values in (77) partition by list (lower(body))",
        "has the partitioning `FOR VALUES IN (77) PARTITION BY LIST (lower(body))`",
        "alter table app.events detach partition app.sub",
    ),
];

/// What the partitions and children of honest people have.
const HONEST: &str = "
    create table app.march (body text, id int not null, owner uuid not null, constraint bound check (id >= 300 and id < 400 and id is not null));
    create index march_body on app.march (body desc) where body is not null;
    create index march_owner on app.march (owner) include (id);
    create statistics app.march_statistics on id, owner from app.march;
    alter table app.march add constraint word check (body <> all (array['a', 'b'])), alter body set default 'draft';
    alter table app.events attach partition app.march for values in (300, 301);
    create table app.april partition of app.events for values in (400) partition by list (id);
    create table app.april_first partition of app.april for values in (400);
    create table app.heir (more text default now()::text, primary key (id), at timestamptz default now()) inherits (app.notes);
";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_parts_own_runs_or_tells() {
    for server in testing::servers().await.unwrap() {
        let adopted = Adopted::new(server, "parts").await;
        adopted.give(SUPERUSER).await;
        adopted.apply(false).await.unwrap();
        // As the owner of the partition made it before it was given, and the function where nothing born closed stands in its way.
        adopted
            .run(
                "set seal.applying = on; grant usage on schema tcs to public; set role $t; \
                 create function tcs.q() returns tsquery language plpgsql as $$ begin if current_user <> session_user then \
                   perform set_config('role', 'none', true); perform tcs.vol(); perform set_config('role', '$p_owner', true); \
                 end if; return 'b'; end $$; \
                 create function tcs.upper(text) returns text language sql as $$ select 'theirs: ' || current_user $$",
            )
            .await;
        let mut wrong = Vec::new();
        for (make, message, unmake) in REFUSED {
            adopted.run(&format!("set seal.applying = on; {make}")).await;
            real(&adopted, make).await;
            match adopted.apply(false).await {
                Err(ApplyError::Unsupported(changes)) => {
                    let said: Vec<String> = changes.iter().map(ToString::to_string).collect();
                    let line = format!("run `{unmake}`, or say the table in the schema");
                    if !said.iter().any(|said| said.contains(message) && said.contains(&line)) {
                        wrong.push(format!("{make}: {said:?}"));
                    }
                }
                other => wrong.push(format!("{make}: {other:?}")),
            }
            adopted.run(&format!("set seal.applying = on; {unmake}; drop table if exists app.kid, app.sub")).await;
            adopted.apply(false).await.unwrap();
        }
        assert!(wrong.is_empty(), "on {}:\n{}", server.version(), wrong.join("\n"));
        adopted.run(&format!("set seal.applying = on; {HONEST}")).await;
        adopted.apply(false).await.unwrap();
        assert_eq!(adopted.apply(false).await.unwrap().changes, []);
        // They are still what they were.
        let there = "(select count(*) = 2 from pg_constraint where conname in ('bound', 'word')) and to_regclass('app.march_body') is not null \
                     and exists (select from pg_statistic_ext where stxname = 'march_statistics')";
        assert!(adopted.holds(there).await);
    }
}

/// What would have come of it, where that is more than a calculation.
async fn real(adopted: &Adopted<'_>, make: &str) {
    let owner = adopted.connect(SUPERUSER).await;
    let insert = "insert into app.events values (1, gen_random_uuid(), 'value')";
    let begin = adopted.filled("begin; alter table app.ev1 no force row level security; alter table app.events no force row level security; set local role $p_owner");
    let begin = format!("set seal.applying = on; {begin}");
    if make.contains("ts_rewrite") {
        // Whoever loads rows as a superuser makes the creator one.
        owner.batch_execute(&format!("{begin}; {insert}")).await.unwrap();
        let row = owner.query_one(&adopted.filled("select rolsuper from pg_roles where rolname = '$t'"), &[]).await;
        assert!(row.unwrap().get::<_, bool>(0));
    } else if make.contains("set_config") {
        // A name means the creator's function in the session from then on.
        owner.batch_execute(&format!("{begin}; {insert}")).await.unwrap();
        let text: String = owner.query_one("select upper('x')", &[]).await.unwrap().get(0);
        assert!(text.starts_with("theirs: "), "{text}");
    } else if make.contains("exclude") || make.contains("unique (body)") {
        // That somebody else's row has a value.
        owner.batch_execute(&format!("{begin}; {insert}")).await.unwrap();
        let error = owner.batch_execute(insert).await.unwrap_err();
        assert!([SqlState::EXCLUSION_VIOLATION, SqlState::UNIQUE_VIOLATION].contains(error.code().unwrap()));
    }
    owner.batch_execute("rollback").await.unwrap();
}
