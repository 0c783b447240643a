//! D5: what SELECT alone tells about rows that it does not return.

use pgseal_postgres::testing;

use super::{BOB, Session, Who, sealed, twin};

const PLANS: [&str; 3] = [
    "set local enable_seqscan = off; set local enable_sort = off",
    "set local enable_seqscan = off; set local enable_sort = off; set local enable_bitmapscan = off; set local enable_indexonlyscan = off",
    "set local enable_seqscan = off; set local enable_sort = off; set local enable_indexscan = off; set local enable_indexonlyscan = off",
];

/// What EXPLAIN ANALYZE says to a question, without its number, estimates and time.
async fn plan(session: &Session, settings: &str, salary: i64) -> String {
    let sql = format!(
        "{settings}; explain (analyze, costs off, timing off, summary off, buffers off) select id from app.docs where salary > {salary} order by salary"
    );
    session.attempt(&sql).await.unwrap().text.replace(&salary.to_string(), "N")
}

/// Hazards 95, 96, 98: a question about a hidden value, asked of the executor's counters. Behind the tenant's column no index tells.
/// A sequential scan still does, to whoever may EXPLAIN: `docs/hazards.md` says so.
#[tokio::test]
async fn h096_bisection() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let ask = |salary: i64| {
            format!(
                "{}; explain (analyze, costs off, timing off, summary off) select id from docs where salary > {salary} order by salary",
                PLANS[0]
            )
        };
        let removed = twin.attempt("", "twin_authenticated", &ask(55_554)).await.unwrap().text;
        let none = twin.attempt("", "twin_authenticated", &ask(55_555)).await.unwrap().text;
        assert!(removed.contains("Rows Removed by Filter: 1") && !none.contains("Removed"), "{removed}\n{none}");
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        // Of her own rows she may know everything: all questions are beyond them.
        for settings in PLANS {
            let below = plan(&ann, settings, 55_554).await;
            let above = plan(&ann, settings, 55_555).await;
            assert_eq!(below, above, "{settings}");
            assert!(!below.is_empty());
        }
    }
    super::logic::said("check/rules-that-let-too-many-in", "index-tells", "[tables.\"app.docs\"]");
}

/// The backend of a session.
async fn pid(session: &Session) -> String {
    session.attempt("select pg_backend_pid()").await.unwrap().text.replace('|', "")
}

/// Hazards 101, 102: queries of others, and ending them. Each lease has a login of its own.
#[tokio::test]
async fn h101_other_sessions() {
    let asks = "select 'SECRET LITERAL' where false";
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        twin.operator
            .batch_execute("drop role if exists twin_pool; create role twin_pool login password 'pool'")
            .await
            .unwrap();
        let mut config = server.config(twin.database, "twin_pool");
        config.password("pool");
        let pool = async || {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(async move { drop(connection.await) });
            Session { client, server }
        };
        let (victim, attacker) = (pool().await, pool().await);
        let victims = pid(&victim).await;
        victim.client.simple_query(asks).await.unwrap();
        let seen =
            attacker.attempt(&format!("select query from pg_stat_activity where pid = {victims}")).await.unwrap();
        assert!(seen.text.contains(asks), "{seen:?}");
        let ended = attacker.attempt(&format!("select pg_terminate_backend({victims})")).await.unwrap();
        assert_eq!(ended.text, "t|");
        drop((victim, attacker));
        twin.operator.batch_execute("drop role twin_pool").await.unwrap();
        drop(twin);

        let sealed = sealed(server).await;
        let bob = sealed.session(Who::Bob).await;
        let bobs = pid(&bob).await;
        bob.client.simple_query(asks).await.unwrap();
        let shows = |answer: &Result<super::Answer, pgseal_postgres::DatabaseError>| match answer {
            Ok(answer) => answer.text.contains(asks),
            Err(error) => {
                assert!(error.is("42501"), "{error:?}");
                false
            }
        };
        // The operator sees it, so it is there to be seen.
        let there =
            sealed.attempt("", "pgseal", &format!("select query from pg_stat_activity where pid = {bobs}")).await;
        assert!(shows(&there), "{there:?}");
        for who in [Who::Ann, Who::Staff, Who::Visitor, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            for sql in [
                format!("select query from pg_stat_activity where pid = {bobs}"),
                format!("select query from pg_stat_get_activity({bobs})"),
                "select query from pg_stat_activity where query like '%SECRET' || ' LITERAL%'".to_owned(),
            ] {
                let answer = session.attempt(&sql).await;
                assert!(!shows(&answer), "{sql}: {answer:?}");
            }
            for function in ["pg_terminate_backend", "pg_cancel_backend"] {
                session.refused("42501", &format!("select {function}({bobs})")).await;
            }
        }
        bob.rows(1, "select 1").await;
    }
}

/// Hazard 105: `ctid`, `xmin` and gaps speak of one's own rows only; that others write in between is told by them.
#[tokio::test]
async fn h105_system_columns_are_of_visible_rows() {
    for server in testing::servers().await.unwrap() {
        let unprotected = "create table t (id integer generated always as identity, v text); insert into t (v) values ('x'), ('VICTIM');
            grant select on t to twin_authenticated";
        twin(server).await.leaks(unprotected, "twin_authenticated", "select v from t where ctid = '(0,2)'").await;
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.rows(1, "select ctid, xmin, tableoid::regclass from app.docs").await;
        ann.rows(1, "select ctid, title from app.docs where ctid in (select format('(0,%s)', n)::tid from generate_series(1, 50) as n)").await;
        ann.rows(1, "select ctid, title from app.docs where ctid between '(0,0)' and '(99,0)'").await;
        ann.rows(1, "update app.docs set title = 'x' where ctid = any (select format('(0,%s)', n)::tid from generate_series(1, 50) as n)").await;
    }
}

/// Hazard 107: collected values of a table with rules are shown to nobody who is bound by them.
#[tokio::test]
async fn h107_statistics() {
    let read = "select most_common_vals, histogram_bounds from pg_stats where tablename in ('docs', 'pay', 'people', 'projects')";
    for server in testing::servers().await.unwrap() {
        let setup = "create table pay as select 55555 as salary from generate_series(1, 100); analyze pay; grant select on pay to twin_authenticated";
        twin(server).await.leaks(setup, "twin_authenticated", read).await;
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Staff, Who::Visitor, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            for sql in [read, "select * from pg_stats_ext where tablename = 'docs'"] {
                let answer = session.attempt(sql).await;
                let nothing = match &answer {
                    Ok(answer) => answer.rows == 0,
                    Err(error) => error.is("42501"),
                };
                assert!(nothing, "{who:?} {sql}: {answer:?}");
            }
            session.refused("42501", "select * from pg_statistic").await;
            session.refused("42501", "select * from pg_statistic_ext_data").await;
        }
    }
}

/// Hazard 108: whoever may delete from a table may lock all of it; nobody else, and nobody what they may not touch.
#[tokio::test]
async fn h108_locks() {
    for server in testing::servers().await.unwrap() {
        twin(server).await.reaches(0, "", "twin_authenticated", "lock table docs in access exclusive mode").await;
        let sealed = sealed(server).await;
        for (who, tables) in [
            (Who::Visitor, &["docs", "tasks", "vault", "memberships", "titles"][..]),
            (Who::Nightly, &["docs", "tasks", "vault", "people"]),
            (Who::Agent, &["docs", "tasks", "vault", "projects"]),
            (Who::Ann, &["vault", "history", "orgs"]),
        ] {
            let session = sealed.session(who).await;
            for table in tables {
                for mode in ["access exclusive", "exclusive", "share", "share update exclusive"] {
                    session.refused("42501", &format!("lock table app.{table} in {mode} mode")).await;
                }
            }
        }
        for table in ["seal.lease", "seal.token_key"] {
            sealed.session(Who::Ann).await.refused("42501", &format!("lock table {table} in access share mode")).await;
        }
        // DELETE has no narrower form: open, and said so.
        sealed.session(Who::Ann).await.rows(0, "lock table app.docs in access exclusive mode").await;
        let agent = sealed.session(Who::Agent).await;
        agent.refused("42501", "select id from app.docs for update").await;
        sealed.session(Who::Ann).await.rows(1, "select id from app.docs for update").await;
    }
}

/// Errors that would tell a hidden row from none: for each pair of statements the same answer.
#[tokio::test]
async fn errors_tell_no_hidden_row_from_none() {
    let (theirs, nobodys) = ("b0000000-0000-0000-0000-000000000000", "c0000000-0000-0000-0000-000000000000");
    let (project, no_project) = ("b1000000-0000-0000-0000-000000000000", "c1000000-0000-0000-0000-000000000000");
    for server in testing::servers().await.unwrap() {
        let existence = "create table child (doc bigint references docs, owner_id uuid); grant insert on child to twin_authenticated";
        let twin = twin(server).await;
        twin.reaches(1, existence, "twin_authenticated", "insert into child values (2)").await;
        twin.tells("23503", existence, "twin_authenticated", "insert into child values (777)").await;
        drop(twin);
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Staff, Who::Visitor, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            for sql in [
                "insert into app.projects (org_id, name) values ('{org}', 'x')",
                "insert into app.projects (org_id, name) values ('{org}', 'VICTIM') on conflict do nothing",
                "insert into app.projects (org_id, name) values ('{org}', 'VICTIM') on conflict (org_id, name) do update set name = 'x'",
                "insert into app.tasks (org_id, project_id, title) values ('{org}', '{project}', 'x')",
                "insert into app.tasks (org_id, project_id, title) values ('a0000000-0000-0000-0000-000000000000', '{project}', 'x')",
                "insert into app.tasks (org_id, project_id, title) values ('a0000000-0000-0000-0000-000000000000', '{project}', null)",
                "update app.tasks set project_id = '{project}'",
                "update app.tasks set org_id = '{org}', project_id = '{project}'",
                "update app.projects set org_id = '{org}'",
                "update app.projects set name = 'x' where id = '{project}'",
                "delete from app.projects where id = '{project}'",
                "select * from app.projects where id = '{project}' for update nowait",
                "select * from app.projects where id = '{project}' for key share skip locked",
                "insert into app.memberships values ('{org}', seal.me(), 'viewer')",
                "insert into app.memberships values ('{org}', '00000000-0000-0000-0000-00000000000b', 'viewer')",
                "update app.memberships set org_id = '{org}'",
                "delete from app.memberships where org_id = '{org}'",
                "insert into app.bookings values ('{org}', 1, '[1,9)')",
                "insert into app.events values ('{org}', 1, 'x')",
                "merge into app.projects p using (select 1) s on p.id = '{project}' when matched then delete when not matched then do nothing",
                "update app.orgs set id = '{org}'",
                "select * from app.vault where id = case when '{org}' = 'b0000000-0000-0000-0000-000000000000' then 1 else 2 end",
                "select '{org}' = any (seal.org_keys()::text[])",
                "select has_table_privilege('app.projects', 'select'), row_security_active('app.projects'), 1 from app.projects where org_id = '{org}'",
            ] {
                let with = |org: &str, project: &str| sql.replace("{org}", org).replace("{project}", project);
                let answers =
                    [session.attempt(&with(theirs, project)).await, session.attempt(&with(nobodys, no_project)).await];
                let [there, none] = answers.map(|answer| match answer {
                    Ok(answer) => format!("{} {}", answer.rows, answer.text),
                    Err(error) => format!("{error:?}")
                        .replace(theirs, "ORG")
                        .replace(nobodys, "ORG")
                        .replace(project, "PROJECT")
                        .replace(no_project, "PROJECT"),
                });
                assert_eq!(there, none, "{} {who:?} {sql}", server.version());
                assert!(!there.contains("VICTIM"), "{sql}: {there}");
            }
        }
        // What remains: a primary key of one column is unique across tenants, so its random value is confirmed to whoever knows it.
        let ann = sealed.session(Who::Ann).await;
        ann.refused("23505", &format!("insert into app.projects (id, org_id, name) values ('{project}', 'a0000000-0000-0000-0000-000000000000', 'x')")).await;
        ann.refused("42501", &format!("insert into app.docs (owner_id) values ('{BOB}')")).await;
    }
}
