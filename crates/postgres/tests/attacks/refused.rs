//! What `check` refuses, sealed all the same: the leak is real. Beside it stands what says the same and is not refused, and does not
//! leak.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

const SCHEMA: &str = "create schema app;
    create extension citext schema public;
    create table app.people (id uuid primary key, user_id uuid not null, code text not null unique);
    create index on app.people (user_id);
    create table app.badges (id int primary key, code text references app.people (code), person uuid references app.people (id));
    create index on app.badges (code);
    create index on app.badges (person);
    create table app.shares (id int primary key, doc int not null, user_id uuid not null, suspended boolean not null);
    create index on app.shares (user_id);
    create function app.is_shared(d int) returns boolean language sql stable return exists (select from app.shares s where s.doc = d);
    create table app.docs (id int primary key, owner uuid not null, status citext not null);
    create index on app.docs (owner);
    create table app.pages (id int primary key, doc int not null references app.docs (id), share int references app.shares (id));
    create index on app.pages (doc);
    create index on app.pages (share);
    create table app.offers (id int primary key, ends timestamptz not null);";

const REFUSED: &str = r#"
    [tables]
    "app.shares" = { select = "user_id = me() and not suspended" }
    "app.offers" = { select = "ends > 'now'" }
    [tables."app.people"]
    select = "user_id = me()"
    columns.code = { select = ["staff"] }
    [tables."app.badges"]
    select = "via(code)"
    [tables."app.docs"]
    select = "owner = me() or app.is_shared(id)"
    require = ["status <> 'locked'"]
    [tables."app.pages"]
    select = "via(doc) or via(share)"
    [roles]
    staff = { includes = ["member"] }
"#;

fn seed(ann: &str, bob: &str) -> String {
    format!(
        "set session_replication_role = replica;
         insert into app.people values ('{ann}', '{ann}', 'CODE-A'), ('{bob}', '{bob}', 'CODE-B');
         insert into app.badges values (1, 'CODE-A', '{ann}'), (2, 'CODE-B', '{bob}');
         insert into app.docs values (1, '{ann}', 'open'), (2, '{ann}', 'Locked'), (3, '{bob}', 'open');
         insert into app.shares values (1, 3, '{ann}', true);
         insert into app.pages (id, doc) values (1, 1), (2, 2), (3, 3);
         insert into app.offers values (1, clock_timestamp()), (2, 'infinity');
         reset session_replication_role"
    )
}

/// Everything that the function of a name that begins so returns.
async fn keys(sealed: &Sealed<'_>, begins: &str) -> String {
    let query = format!("select proname::text from pg_proc where proname like '{begins}%'");
    let row = sealed.scratch.client().query_one(&query, &[]).await.unwrap();
    format!("select string_agg(k::text, ' ') from unnest(seal.{}()) k", row.get::<_, String>(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaks() {
    for server in testing::servers().await.unwrap() {
        let codes = ["key-set-tells", "runs-as-seal", "operator-of-another-schema", "frozen-time"];
        let twin = Sealed::despite(server, "atk_refused", SCHEMA, REFUSED, &codes).await;
        twin.operate(&seed(ANN, BOB)).await;
        let ann = twin.member(ANN).await;
        // The key set tells the column that she may not read.
        ann.refused("permission denied for table people", "select code from app.people").await;
        assert_eq!(ann.value(&keys(&twin, "via_people_select").await).await.as_deref(), Some("CODE-A"));
        // Her share is suspended, and she reads the page all the same; of the locked document she reads the page.
        ann.rows(0, "select from app.shares").await;
        ann.rows(1, "select id from app.docs").await;
        assert_eq!(
            ann.value("select string_agg(id::text, ' ' order by id) from app.pages").await.as_deref(),
            Some("1 2 3")
        );
        // What ended since the rule was made has not ended.
        ann.rows(2, "select from app.offers").await;

        let access = REFUSED
            .replace("via(code)", "via(person)")
            .replace(" or app.is_shared(id)", "")
            .replace("status <> 'locked'", "lower(status::text) <> 'locked'")
            .replace("ends > 'now'", "ends > now()");
        let sealed = Sealed::new(server, "atk_mended", SCHEMA, &access, "select 1").await;
        sealed.operate(&seed(ANN, BOB)).await;
        let ann = sealed.member(ANN).await;
        ann.refused("permission denied for table people", "select code from app.people").await;
        assert_eq!(ann.value(&keys(&sealed, "via_people_select").await).await.as_deref(), Some(ANN));
        ann.rows(1, "select from app.badges").await;
        ann.rows(1, "select id from app.docs").await;
        assert_eq!(
            ann.value("select string_agg(id::text, ' ' order by id) from app.pages").await.as_deref(),
            Some("1")
        );
        ann.rows(1, "select from app.offers").await;
    }
}

const TIMED: &str = "create schema app;
    create function app.by_transaction(at timestamptz) returns boolean language sql stable return at <= now();
    create function app.by_clock(at timestamptz) returns boolean language sql stable return at <= clock_timestamp();
    create table app.held (id int primary key, at timestamptz not null);
    create table app.free (id int primary key, at timestamptz not null);";

/// A function of the user's that asks `now()` is told the time of the transaction: `check` warns of it.
#[tokio::test(flavor = "multi_thread")]
async fn functions_that_ask_now_are_stopped_with_the_transaction() {
    for server in testing::servers().await.unwrap() {
        let access = r#"
            [tables]
            "app.held" = { select = "not app.by_transaction(at)" }
            "app.free" = { select = "not app.by_clock(at)" }
        "#;
        let sealed = Sealed::new(server, "atk_clock", TIMED, access, "select 1").await;
        let ann = sealed.member(ANN).await;
        ann.run("begin; select 1").await.unwrap();
        sealed.operate("insert into app.held values (1, clock_timestamp()); insert into app.free values (1, clock_timestamp())").await;
        assert_eq!(ann.value("select count(*) from app.held").await.as_deref(), Some("1"));
        assert_eq!(ann.value("select count(*) from app.free").await.as_deref(), Some("0"));
        ann.run("rollback; begin").await.unwrap();
        assert_eq!(ann.value("select count(*) from app.held").await.as_deref(), Some("0"));
        ann.run("rollback").await.unwrap();
    }
}

const ROOMS: &str = "create schema app;
    create table app.rooms (id int primary key, owner_id uuid not null, title text, season text, floor int default 2, price int default 7);
    create function app.fits(room app.rooms) returns boolean language sql immutable return (room).floor >= length((room).title);
    create table app.prices (price int, season text, primary key (price, season));
    alter table app.rooms add check (app.fits(rooms.*)), add foreign key (price, season) references app.prices (price, season);
    create index on app.rooms (owner_id);";

/// A CHECK of the whole row and a foreign key of two columns tell a hidden column to who writes the other: `check` warns of both.
#[tokio::test(flavor = "multi_thread")]
async fn constraints_tell_hidden_columns() {
    for server in testing::servers().await.unwrap() {
        let access = r#"
            [tables."app.rooms"]
            select = "owner_id = me()"
            update = "owner_id = me()"
            columns.floor = { select = ["staff"] }
            columns.price = { select = ["staff"] }
            [tables."app.prices"]
            select = "true"
            [roles]
            staff = { includes = ["member"] }
        "#;
        let seed = format!(
            "insert into app.rooms (id, owner_id) values (1, '{ANN}'); insert into app.prices values (7, 'low'), (8, 'high')"
        );
        let sealed = Sealed::new(server, "atk_rooms", ROOMS, access, &seed).await;
        let ann = sealed.member(ANN).await;
        ann.refused("permission denied for table rooms", "select floor, price from app.rooms").await;
        ann.rows(1, "update app.rooms set title = 'xx'").await;
        assert!(ann.attempt("update app.rooms set title = 'xxx'").await.unwrap_err().is("23514"));
        ann.rows(1, "update app.rooms set season = 'low'").await;
        assert!(ann.attempt("update app.rooms set season = 'high'").await.unwrap_err().is("23503"));
    }
}
