//! Leaving a group, and the last one of its highest rank: by every statement, by cascades, for agents, at the same time.

use pgseal_postgres::lease::Lease;
use pgseal_postgres::testing;

use crate::attacks::{ANN, BOB, Sealed, Session};

const CARL: &str = "00000000-0000-0000-0000-00000000000c";

const SCHEMA: &str = "
    create schema app;
    create table app.users (id uuid primary key, name text);
    create table app.orgs (id int primary key, name text);
    create table app.members (
        org_id int not null references app.orgs on delete cascade,
        user_id uuid references app.users on delete cascade on update cascade,
        role text not null,
        revoked_at timestamptz,
        unique (org_id, user_id)
    );
    create index on app.members (user_id);
    create function app.forget(person uuid) returns void language sql
    begin atomic
        delete from app.users where id = person;
    end;
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [groups.org]
    table = "app.members"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    where = "revoked_at is null"
    granted_by = "admin"
    [tables]
    "app.users" = { select = "org_peer(id)", update = { before = "id = me()", after = "true" }, delete = "id = me()" }
    "app.orgs" = { select = "org(id)", delete = "org(id, 'owner')" }
    [tables."app.members"]
    select = "org(org_id)"
    insert = "org(org_id, 'admin') and org(org_id, role)"
    update = "user_id = me() or org(org_id, 'admin')"
    delete = "user_id = me() or org(org_id, 'admin')"
    [functions."app.forget(uuid)"]
    execute = ["member"]
    runs_as = "definer"
    may = { "app.users" = ["select", "delete"] }
    because = "a person is forgotten"
    [agents.triage]
    acts_for = "member"
    may = { "app.members" = ["select", "update", "delete", "insert"], "app.users" = ["select", "delete"] }
"#;

/// Ann alone owns 1, where Carl is admin and Bob a viewer; she owns 2 together with Bob; she is alone in 3.
fn seed() -> String {
    format!(
        "delete from app.members; delete from app.orgs; delete from app.users;
         insert into app.users values ('{ANN}', 'ann'), ('{BOB}', 'bob'), ('{CARL}', 'carl');
         insert into app.orgs values (1, 'one'), (2, 'two'), (3, 'three');
         insert into app.members values (1, '{ANN}', 'owner'), (1, '{CARL}', 'admin'), (1, '{BOB}', 'viewer'),
           (2, '{ANN}', 'owner'), (2, '{BOB}', 'owner'), (3, '{ANN}', 'owner')"
    )
}

fn past_rules(sql: &str) -> String {
    format!("set session_replication_role = replica; {sql}; reset session_replication_role")
}

const LAST: &str = "the last owner of `org` cannot leave";

async fn agent_of(sealed: &Sealed<'_>, person: &str) -> Session {
    sealed.session(Lease::new("agent_triage", Some("bot")).acting_for(person, "role_member")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_the_last_owner_may_leave_and_the_last_one_may_not() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "op_leave", SCHEMA, ACCESS, &seed()).await;
        let (ann, bob, carl) = (sealed.member(ANN).await, sealed.member(BOB).await, sealed.member(CARL).await);
        let bot = agent_of(&sealed, ANN).await;
        // The last owner of 1, in every shape; the agent that acts for her too.
        for session in [&ann, &bot] {
            for sql in [
                "delete from app.members where org_id = 1 and user_id = seal.me()",
                "delete from app.members",
                "delete from app.members where org_id = 1",
                "update app.members set role = 'admin' where org_id = 1 and user_id = seal.me()",
                "update app.members set role = 'viewer'",
                "update app.members set revoked_at = now() where org_id = 1 and user_id = seal.me()",
                "update app.members set user_id = null where org_id = 1 and user_id = seal.me()",
                "with gone as (delete from app.members where org_id = 1 and user_id = seal.me() returning 1) select * from gone",
                "merge into app.members m using (select 1) s on m.org_id = 1 and m.user_id = seal.me() when matched then delete",
                &format!(
                    "insert into app.members values (1, '{ANN}', 'owner') on conflict (org_id, user_id) do update set role = 'viewer'"
                ),
                // Out of one group and into another, of which she is an owner as well.
                "update app.members set org_id = 3 where org_id = 1 and user_id <> seal.me(); delete from app.members where org_id = 1",
            ] {
                session.refused(LAST, sql).await;
            }
            // Hers, which others own too; hers, once somebody else owns it.
            session.rows(1, "delete from app.members where org_id = 2 and user_id = seal.me()").await;
            session.rows(1, "update app.members set role = 'viewer' where org_id = 2 and user_id = seal.me()").await;
            session.rows(2, &format!("update app.members set role = 'owner' where org_id = 1 and user_id = '{CARL}'; delete from app.members where org_id = 1 and user_id = seal.me()")).await;
            // The same rank again is no leaving.
            session
                .rows(1, "update app.members set role = role, org_id = org_id where org_id = 1 and user_id = seal.me()")
                .await;
        }
        // The others leave as they like, and take nobody with them whose rank is above theirs.
        bob.rows(2, "delete from app.members where user_id = seal.me()").await;
        carl.rows(1, "delete from app.members where user_id = seal.me()").await;
        carl.rows(1, &format!("delete from app.members where org_id = 1 and user_id = '{BOB}'")).await;
        carl.refused("a membership of", "update app.members set role = 'admin' where role = 'owner'").await;
        carl.rows(0, "delete from app.members where role = 'owner'").await;
        bob.rows(0, "delete from app.members where org_id = 1 and user_id <> seal.me()").await;
    }
}

/// A person is deleted, and the memberships with them: groups are emptied, but nobody is left in one that has no owner.
#[tokio::test(flavor = "multi_thread")]
async fn a_cascade_leaves_nobody_in_a_group_without_an_owner() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "op_cascade", SCHEMA, ACCESS, &seed()).await;
        let (ann, bob, carl) = (sealed.member(ANN).await, sealed.member(BOB).await, sealed.member(CARL).await);
        let bot = agent_of(&sealed, ANN).await;
        for (session, sql) in [
            (&ann, "delete from app.users where id = seal.me()"),
            (&ann, "delete from app.users"),
            (&bot, "delete from app.users where id = seal.me()"),
            (&carl, &*format!("select app.forget('{ANN}')")),
        ] {
            session.refused(LAST, sql).await;
        }
        // Another id is the same person.
        ann.rows(1, "update app.users set id = gen_random_uuid()").await;
        bob.rows(1, "delete from app.users where id = seal.me()").await;
        carl.rows(1, "delete from app.users where id = seal.me()").await;
        carl.rows(1, &format!("select app.forget('{BOB}')")).await;
        // A group goes with all its members, whatever the isolation.
        for isolation in ["read committed", "repeatable read", "serializable"] {
            let sql = format!("set transaction isolation level {isolation}; delete from app.orgs");
            ann.rows(3, &sql).await;
        }
        // Once 1 has another owner Ann can go: 3, in which nobody else is, stays without members.
        ann.run(&format!("update app.members set role = 'owner' where org_id = 1 and user_id = '{CARL}'"))
            .await
            .unwrap();
        ann.rows(1, "delete from app.users where id = seal.me()").await;
        // Deleting somebody at a stricter isolation cannot see who else leaves meanwhile.
        ann.refused(
            "at READ COMMITTED",
            "set transaction isolation level serializable; delete from app.users where id = seal.me()",
        )
        .await;
        // Whoever operates is not bound.
        sealed.operate(&past_rules(&seed())).await;
        sealed.operate(&format!("begin; delete from app.users where id = '{ANN}'; rollback")).await;
        sealed.operate(&format!("begin; delete from app.members where user_id = '{ANN}'; rollback")).await;
    }
}

/// Two owners are deleted at once: the second waits, and is refused.
#[tokio::test(flavor = "multi_thread")]
async fn two_owners_deleted_at_once_leave_one() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "op_both", SCHEMA, ACCESS, &seed()).await;
        sealed
            .operate(&past_rules(&format!(
                "insert into app.members values (2, '{CARL}', 'viewer'); delete from app.members where org_id <> 2"
            )))
            .await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        ann.run("begin; delete from app.users where id = seal.me()").await.unwrap();
        let waiting = format!(
            "select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.usename = '{}' and not l.granted",
            bob.login
        );
        let bob_goes = async { bob.run("delete from app.users where id = seal.me()").await };
        let ann_commits = async {
            // Bob's statement waits for Ann's transaction before she commits.
            loop {
                let row = sealed.scratch.client().query_one(&waiting, &[]).await.unwrap();
                if row.get::<_, i64>(0) > 0 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            ann.run("commit").await.unwrap();
        };
        let both = async { tokio::join!(bob_goes, ann_commits) };
        let (bob_gone, ()) =
            tokio::time::timeout(std::time::Duration::from_secs(30), both).await.expect("Bob waits for nobody");
        assert!(bob_gone.unwrap_err().message.contains(LAST));
        let owners = "select count(*) from app.members where org_id = 2 and role = 'owner'";
        assert_eq!(sealed.scratch.client().query_one(owners, &[]).await.unwrap().get::<_, i64>(0), 1);
    }
}
