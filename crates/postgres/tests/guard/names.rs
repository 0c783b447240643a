//! What a creator's function or operator is called: names that the project's code looks up, and names that change beside it.

use pgseal_postgres::apply::Options;
use pgseal_postgres::testing;

use super::Guarded;

const IN_APP: &str = "set seal.applying = on; grant create, usage on schema app to creator_of_$p";

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_what_could_be_called_instead() {
    for server in testing::servers().await.unwrap() {
        let guarded = Guarded::new(server, "guard_names").await;
        guarded.run(IN_APP).await;
        let creator = guarded.connect("creator_of_$p").await;
        let overload = "create function app.steps(n bigint) returns int language sql as 'select 1'";
        let move_there = "create function play.steps(n text) returns int language sql as 'select 1'";
        let rename = "create function app.other(n text) returns int language sql as 'select 1'; alter function app.other(text) rename to steps";
        let operator = "create function play.same(uuid, text) returns boolean language sql as 'select true'; \
                        create operator app.= (leftarg = uuid, rightarg = text, function = play.same)";
        let refused = "pgseal guards schema app: function app.steps";
        guarded
            .refuses(
                &creator,
                &[
                    (overload, "function app.steps(bigint) could be called instead of the project's function of that name"),
                    ("create procedure app.count_notes(n int) language sql as 'select 1'", "procedure app.count_notes"),
                    ("create aggregate app.steps(text) (sfunc = textcat, stype = text)", "aggregate app.steps(text)"),
                    (&format!("{move_there}; alter function play.steps(text) set schema app"), refused),
                    (rename, refused),
                    ("create type app.steps as range (subtype = int4)", "type app.steps could be called instead of the project's function"),
                    (
                        "create type app.wide as range (subtype = int4, multirange_type_name = app.steps)",
                        "type app.wide could be called instead of the project's function",
                    ),
                    ("create function app.lower(v varchar) returns text language sql as 'select 1'", "function app.lower(character varying) could be called instead of Postgres' own"),
                    ("create domain app.strpos as text", "type app.strpos could be called instead of Postgres' own"),
                    ("create domain app.other as text; alter domain app.other rename to steps", "type app.steps could be called instead of the project's function"),
                    ("create function app.kind(v text) returns text language sql as 'select 1'", "function app.kind(text) could be called instead of the project's type"),
                    (operator, "operator app.=(uuid,text) could be called instead of Postgres' own"),
                    (
                        "create function theirs.steps(int) returns int language sql as 'select 1'; do 'begin drop function theirs.steps(int); \
                         create function app.steps() returns int language sql as $$ select 1 $$; end'",
                        refused,
                    ),
                ]
                .map(|(sql, message)| (sql.to_owned(), message.to_owned()))
                .iter()
                .map(|(sql, message)| (sql.as_str(), message.as_str()))
                .collect::<Vec<_>>(),
            )
            .await;
        // What is older than the guard, and is moved there under such a name.
        guarded
            .refuses(
                &creator,
                &[(
                    "alter function theirs.two() rename to steps; alter function theirs.steps() set schema app",
                    refused,
                )],
            )
            .await;
        guarded
            .lets(
                &creator,
                &[
                    "create function app.unlike() returns int language sql as 'select 1'",
                    &operator.replace("app.=", "play.="),
                    move_there,
                ],
            )
            .await;
        // Past the guard, `apply` says it and does nothing else.
        guarded.run(&format!("set seal.applying = on; set role creator_of_$p; {overload}")).await;
        let error = guarded.apply(Options::default()).await.unwrap_err().to_string();
        assert!(error.contains("function app.steps(bigint), which belongs to `creator_of_guard_names`"), "{error}");
        guarded.run("drop function app.steps(bigint)").await;
        let constructors = "create type app.steps as range (subtype = int4)";
        guarded.run(&format!("set seal.applying = on; set role creator_of_$p; {constructors}")).await;
        let error = guarded.apply(Options::default()).await.unwrap_err().to_string();
        assert!(
            error.contains("function app.steps(integer,integer), which belongs to `creator_of_guard_names`"),
            "{error}"
        );
        guarded.run("drop type app.steps").await;
        for (make, message) in [
            (
                "domain app.steps as text",
                "type app.steps, which belongs to `creator_of_guard_names`, is called like the project's app.steps",
            ),
            (
                "function app.kind(v text) returns text language sql as 'select 1'",
                "function app.kind(text), which belongs to `creator_of_guard_names`, is called like the project's app.kind",
            ),
            (
                "function app.lower(v varchar) returns text language sql as 'select 1'",
                "is called like Postgres' own lower",
            ),
        ] {
            guarded.run(&format!("set seal.applying = on; set role creator_of_$p; create {make}")).await;
            let error = guarded.apply(Options::default()).await.unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
            let kind = make.split(['(', ' ']).take(2).collect::<Vec<_>>().join(" ");
            guarded.run(&format!("drop {kind}")).await;
        }
        guarded.apply(Options::default()).await.unwrap();
        assert_eq!(guarded.apply(Options::default()).await.unwrap().changes, []);
    }
}

/// The texts that are recorded name other objects, which their owners may rename: nothing is opened by that.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_born_closed_stays_closed_whatever_is_renamed() {
    for server in testing::servers().await.unwrap() {
        let guarded = Guarded::new(server, "guard_renamed").await;
        let creator = guarded.connect("creator_of_$p").await;
        creator
            .batch_execute(
                "create type play.ty as (a int); create view play.v as select null::play.ty is null as a; \
                 create function play.f() returns text language sql begin atomic select (null::play.ty is null)::text; end",
            )
            .await
            .unwrap();
        let open = [
            ("grant execute on function play.f() to public", "pgseal guards function play.f()"),
            ("grant select on play.v to public", "pgseal guards view play.v"),
        ];
        guarded.refuses(&creator, &open).await;
        creator.batch_execute("alter type play.ty rename to ty2").await.unwrap();
        // The record follows the texts.
        guarded.apply(Options::default()).await.unwrap();
        assert_eq!(guarded.apply(Options::default()).await.unwrap().changes, []);
        guarded.refuses(&creator, &open).await;
        guarded.lets(&creator, &["comment on function play.f() is 'mine'", "comment on view play.v is 'mine'"]).await;
        // Opened past the guard: what is recorded stays what it was born with.
        guarded.run("set seal.applying = on; grant execute on function play.f() to public; grant select on play.v to public").await;
        guarded.apply(Options::default()).await.unwrap();
        guarded
            .run(
                "set seal.applying = on; revoke all on function play.f() from public; revoke all on play.v from public",
            )
            .await;
        guarded.refuses(&creator, &open).await;
        // No event trigger sees whose it becomes.
        guarded.run("create role heir_of_$p; reassign owned by creator_of_$p to heir_of_$p").await;
        guarded.apply(Options::default()).await.unwrap();
        let heir = guarded.connect("pgseal").await;
        heir.batch_execute(&guarded.filled("set role heir_of_$p")).await.unwrap();
        guarded.refuses(&heir, &open).await;
    }
}
