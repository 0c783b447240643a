//! The CRM example as its people meet it: real sessions with real leases, what they may do and what is refused, on every server.

use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::prepare;
use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::{DatabaseError, testing};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::examples::{findings, input};

const SEED: &str = "
set session_replication_role = replica;
insert into app.users (id, name, email, phone) select u::uuid, n, n || '@example.org', '555' from (values
  ('00000000-0000-0000-0000-00000000000a', 'ann'), ('00000000-0000-0000-0000-00000000000e', 'ed'),
  ('00000000-0000-0000-0000-000000000001', 'vi'), ('00000000-0000-0000-0000-00000000000b', 'bob'),
  ('00000000-0000-0000-0000-000000000002', 'zoe'), ('00000000-0000-0000-0000-000000000003', 'sam')) as t(u, n);
insert into app.orgs (id, name, parent_id) values
  ('a0000000-0000-0000-0000-000000000000', 'A', null),
  ('a2000000-0000-0000-0000-000000000000', 'A2', 'a0000000-0000-0000-0000-000000000000'),
  ('b0000000-0000-0000-0000-000000000000', 'B', null);
insert into app.memberships (org_id, user_id, role, revoked_at) values
  ('a0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000a', 'owner', null),
  ('a0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000e', 'editor', null),
  ('a0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001', 'viewer', null),
  ('a0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000002', 'owner', now()),
  ('b0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000b', 'admin', null);
insert into app.projects (id, org_id, name) values
  ('aa000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', 'pA'),
  ('ac000000-0000-0000-0000-000000000000', 'a2000000-0000-0000-0000-000000000000', 'pA2'),
  ('bb000000-0000-0000-0000-000000000000', 'b0000000-0000-0000-0000-000000000000', 'pB');
insert into app.tasks (id, project_id, org_id, title, created_by) values
  ('aaa00000-0000-0000-0000-000000000000', 'aa000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', 'tA', '00000000-0000-0000-0000-00000000000a'),
  ('aac00000-0000-0000-0000-000000000000', 'ac000000-0000-0000-0000-000000000000', 'a2000000-0000-0000-0000-000000000000', 'tA2', '00000000-0000-0000-0000-00000000000a'),
  ('bbb00000-0000-0000-0000-000000000000', 'bb000000-0000-0000-0000-000000000000', 'b0000000-0000-0000-0000-000000000000', 'tB', '00000000-0000-0000-0000-00000000000b');
insert into app.comments (task_id, author_id, body) values
  ('aaa00000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000e', 'on A'),
  ('bbb00000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000b', 'on B');
insert into app.invoices (id, org_id, number, status, locked, is_public, card_token, note, created_by) values
  ('1a000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', '1', 'draft', false, false, 'tok-A', 'n', '00000000-0000-0000-0000-00000000000e'),
  ('1b000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', '2', 'sent', true, true, 'tok-L', 'n', '00000000-0000-0000-0000-00000000000a'),
  ('1c000000-0000-0000-0000-000000000000', 'b0000000-0000-0000-0000-000000000000', '1', 'draft', false, false, 'tok-B', 'n', '00000000-0000-0000-0000-00000000000b');
insert into app.notes (author_id, body) values ('00000000-0000-0000-0000-00000000000a', 'ann''s'), ('00000000-0000-0000-0000-00000000000b', 'bob''s');
insert into app.settings values ('secret', '1');
";

/// A session of somebody.
pub struct Session {
    who: &'static str,
    client: Client,
}

impl Session {
    pub async fn open(server: &Server, scratch: &Scratch, prefix: &str, who: &'static str, lease: Lease) -> Self {
        let login = issue(scratch.client(), prefix, &server.url(scratch.name()), &lease).await.unwrap();
        let mut config = server.config(scratch.name(), &login.role);
        config.password(&login.password);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        Self { who, client }
    }

    /// Runs a statement and undoes it; the rows it returned or touched.
    async fn attempt(&self, sql: &str) -> Result<u64, DatabaseError> {
        self.client.batch_execute("begin").await.unwrap();
        let answer = self.client.simple_query(sql).await;
        self.client.batch_execute("rollback").await.unwrap();
        let count = |messages: Vec<SimpleQueryMessage>| {
            messages
                .iter()
                .filter_map(|m| if let SimpleQueryMessage::CommandComplete(n) = m { Some(*n) } else { None })
                .sum()
        };
        answer.map(count).map_err(DatabaseError::from)
    }

    /// It touches exactly that many rows.
    pub async fn rows(&self, expected: u64, sql: &str) {
        match self.attempt(sql).await {
            Ok(rows) => assert_eq!(rows, expected, "{}: {sql}", self.who),
            Err(error) => panic!("{}: {sql}: {error:?}", self.who),
        }
    }

    /// It is refused, with words of the message.
    pub async fn refused(&self, message: &str, sql: &str) {
        match self.attempt(sql).await {
            Ok(rows) => panic!("{}: {sql}: {rows} rows", self.who),
            Err(error) => {
                assert!(error.is("42501") && error.message.contains(message), "{}: {sql}: {error:?}", self.who);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crm_holds() {
    for server in testing::servers().await.unwrap() {
        the_crm_holds_on(server).await;
    }
}

async fn the_crm_holds_on(server: &Server) {
    let prefix = "sealedcrm";
    let input = input("crm", prefix);
    let project = prepare(&input, server).await.unwrap();
    let compiled = project.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)));
    let scratch = Scratch::new(server).await.unwrap();
    scratch.run(&compiled.script).await.unwrap();
    scratch.client().batch_execute(SEED).await.unwrap();

    let person = |id: &str| Lease::new("role_member", Some(&format!("00000000-0000-0000-0000-00000000000{id}")));
    let open = |who, lease| Session::open(server, &scratch, prefix, who, lease);
    let ann = open("ann", person("a")).await;
    let ed = open("ed", person("e")).await;
    let vi = open("vi", person("1")).await;
    let bob = open("bob", person("b")).await;
    let zoe = open("zoe", person("2")).await;
    let sam = open("sam", Lease { capability: "role_staff".to_owned(), ..person("3") }).await;
    let visitor = open("visitor", Lease::new("role_visitor", None)).await;
    let nightly = open("nightly", Lease::new("role_nightly", None)).await;
    let agent_of_ed =
        Lease::new("agent_triage", Some("bot-1")).acting_for("00000000-0000-0000-0000-00000000000e", "role_member");
    let agent = open("triage for ed", agent_of_ed).await;

    // Reading: the tenant, the tree below it, and nobody else's.
    for (session, projects) in [(&ann, 2), (&ed, 2), (&vi, 2), (&bob, 1), (&zoe, 0), (&sam, 0)] {
        session.rows(projects, "select * from app.projects").await;
        session.rows(projects, "select * from app.tasks").await;
    }
    visitor.refused("permission denied", "select * from app.projects").await;
    nightly.refused("permission denied", "select * from app.projects").await;
    vi.rows(1, "select * from app.comments").await;
    bob.rows(1, "select * from app.comments").await;
    zoe.rows(0, "select * from app.comments").await;
    vi.rows(3, "select id, name from app.users").await;
    vi.refused("permission denied", "select * from app.users").await;
    vi.rows(3, "select * from app.users_visible").await;
    sam.rows(6, "select * from app.users").await;
    ann.refused("permission denied", "select * from app.settings").await;
    vi.rows(2, "select * from app.open_tasks").await;

    // Writing goes by rank; blind statements reach no more than others.
    vi.refused(
        "row-level security",
        "insert into app.projects (org_id, name) values ('a0000000-0000-0000-0000-000000000000', 'x')",
    )
    .await;
    ed.rows(1, "insert into app.projects (org_id, name) values ('a0000000-0000-0000-0000-000000000000', 'x')").await;
    ed.refused(
        "row-level security",
        "insert into app.projects (org_id, name) values ('b0000000-0000-0000-0000-000000000000', 'x')",
    )
    .await;
    ed.rows(2, "update app.projects set name = 'y'").await;
    vi.rows(0, "update app.projects set name = 'y'").await;
    ed.rows(0, "delete from app.projects").await;
    ann.rows(2, "delete from app.projects").await;
    ed.refused(
        "row-level security",
        "update app.projects set org_id = 'b0000000-0000-0000-0000-000000000000' where name = 'pA'",
    )
    .await;
    ann.refused("permission denied", "truncate app.projects").await;

    // Columns: set by the database, frozen, only by some, along transitions.
    ed.rows(1, "insert into app.tasks (project_id, org_id, title, created_by) values ('aa000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', 'x', '00000000-0000-0000-0000-00000000000b') returning id").await;
    let spoofed = "insert into app.tasks (project_id, org_id, title, created_by) values ('aa000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', 'spoof', '00000000-0000-0000-0000-00000000000b'); select 1 from app.tasks where title = 'spoof' and created_by = '00000000-0000-0000-0000-00000000000e'";
    ed.rows(2, spoofed).await;
    ed.refused("can never change", "update app.tasks set created_by = '00000000-0000-0000-0000-00000000000b'").await;
    ed.rows(1, "update app.tasks set created_by = created_by, title = 'same' where title = 'tA'").await;
    ed.refused(
        "app.invoices.org_id can never change",
        "update app.invoices set org_id = 'a2000000-0000-0000-0000-000000000000' where number = '1'",
    )
    .await;
    ed.rows(1, "update app.invoices set note = 'mine' where number = '1'").await;
    ann.refused("note may not be changed", "update app.invoices set note = 'not mine' where number = '1'").await;
    ed.refused("may not go from", "update app.invoices set status = 'sent' where number = '1'").await;
    ann.rows(1, "update app.invoices set status = 'sent' where number = '1'").await;
    ann.refused("may not go from", "update app.invoices set status = 'paid' where number = '1'").await;
    ann.rows(0, "update app.invoices set status = 'paid' where number = '2'").await; // locked
    ann.refused("permission denied", "delete from app.invoices").await;
    ed.refused("row-level security", "insert into app.invoices (org_id, number, status) values ('a0000000-0000-0000-0000-000000000000', '9', 'paid')").await;
    ed.rows(1, "insert into app.invoices (org_id, number) values ('a0000000-0000-0000-0000-000000000000', '9')").await;
    ed.refused("permission denied", "select card_token from app.invoices").await;
    ed.refused("permission denied", "update app.invoices set card_token = 'x'").await;
    ed.refused("permission denied", "select 1 from app.invoices where card_token = 'tok-A'").await;
    ed.rows(2, "select * from app.invoices_visible").await;
    visitor.rows(1, "select id, number from app.invoices").await;
    nightly.rows(3, "select id from app.invoices").await;
    nightly.rows(2, "update app.invoices set status = 'sent'").await;
    nightly.refused("row-level security", "update app.invoices set status = 'paid'").await;

    // Memberships: nobody hands out more than they hold, nobody promotes itself, the last owner stays.
    bob.rows(1, "insert into app.memberships (org_id, user_id, role) values ('b0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000002', 'admin')").await;
    bob.refused("row-level security", "insert into app.memberships (org_id, user_id, role) values ('b0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000002', 'owner')").await;
    bob.refused(
        "row-level security",
        "update app.memberships set role = 'owner' where user_id = '00000000-0000-0000-0000-00000000000b'",
    )
    .await;
    ed.refused("row-level security", "insert into app.memberships (org_id, user_id, role) values ('a0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000003', 'viewer')").await;
    zoe.refused("row-level security", "insert into app.memberships (org_id, user_id, role) values ('a0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000002', 'owner')").await;
    zoe.rows(0, "update app.memberships set revoked_at = null").await;
    ed.rows(1, "delete from app.memberships where user_id = '00000000-0000-0000-0000-00000000000e'").await;
    ann.refused(
        "the last owner of `org` cannot leave",
        "delete from app.memberships where user_id = '00000000-0000-0000-0000-00000000000a'",
    )
    .await;
    ann.refused(
        "the last owner of `org` cannot leave",
        "update app.memberships set role = 'admin' where user_id = '00000000-0000-0000-0000-00000000000a'",
    )
    .await;
    ann.rows(2, "update app.memberships set role = 'owner' where user_id = '00000000-0000-0000-0000-00000000000e'; delete from app.memberships where user_id = '00000000-0000-0000-0000-00000000000a'").await;
    ann.refused(
        "at both ends",
        "update app.orgs set parent_id = 'b0000000-0000-0000-0000-000000000000' where name = 'A2'",
    )
    .await;
    ann.rows(1, "update app.orgs set parent_id = null where name = 'A2'").await;

    // Whoever founds a group is its first member.
    zoe.rows(3, "insert into app.orgs (id, name) values ('c0000000-0000-0000-0000-000000000000', 'C'); select 1 from app.orgs where name = 'C'; select 1 from app.memberships where role = 'owner'").await;
    zoe.rows(1, "select * from seal.create_org('{\"name\": \"D\"}') where name = 'D' and id is not null").await;
    zoe.refused(
        "row-level security",
        "insert into app.orgs (name, parent_id) values ('E', 'a0000000-0000-0000-0000-000000000000')",
    )
    .await;
    ann.rows(1, "insert into app.orgs (name, parent_id) values ('E', 'a0000000-0000-0000-0000-000000000000')").await;

    // Functions.
    ann.refused(
        "permission denied",
        "select app.merge('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b')",
    )
    .await;
    sam.rows(1, "select app.merge('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b')")
        .await;
    ann.refused("permission denied", "select app.touch()").await;

    // An agent: at most what ed may do, and at most what it is given.
    agent.rows(2, "select * from app.tasks").await;
    agent.rows(2, "update app.tasks set status = 'done'").await;
    agent.refused("permission denied", "update app.tasks set title = 'x'").await;
    agent.refused("permission denied", "select org_id from app.projects").await;
    agent.rows(2, "select id, name from app.projects").await;
    agent.refused("permission denied", "select * from app.comments").await;
    agent.rows(0, "delete from app.tasks where title = 'tB'").await;
}
