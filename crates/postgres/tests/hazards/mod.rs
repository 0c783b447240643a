//! The ways in which others leak, one by one (`docs/hazards.md`): each is tried on one sealed project, and on a twin that is
//! protected as most databases are, where it works.
//!
//! One database of each per server, shared by all hazards. Whatever is tried is undone, and one hazard at a time has a database.

mod channels;
mod code;
mod drift;
mod escapes;
mod logic;
mod objects;
mod server;
mod sessions;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::diff::diff;
use pgseal_engine::plan::order;
use pgseal_engine::render::render;
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::DatabaseError;
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::embedded::{DEPLOYER, SUPERUSER, Server};
use pgseal_postgres::introspect::introspect;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::scratch::Scratch;
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::examples::findings;

/// Two people who share nothing. Ann is the attacker.
pub const ANN: &str = "00000000-0000-0000-0000-00000000000a";
pub const BOB: &str = "00000000-0000-0000-0000-00000000000b";

/// What the names of the sealed project's roles begin with.
pub const PREFIX: &str = "hz";

/// What a superuser begins with who has gone past the guard.
const UNGUARDED: &str = "begin; set local seal.applying = on";

/// A role with nothing, for an attempt to give something to.
pub const MAKER: &str = "maker_beside_hz";

const SEED: &str = "
    insert into app.orgs values ('a0000000-0000-0000-0000-000000000000', 'ours'), ('b0000000-0000-0000-0000-000000000000', 'VICTIM');
    insert into app.memberships values
        ('a0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000a', 'owner'),
        ('b0000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000b', 'owner');
    insert into app.docs (owner_id, title, salary) values
        ('00000000-0000-0000-0000-00000000000a', 'mine', 10), ('00000000-0000-0000-0000-00000000000b', 'VICTIM', 55555);
    insert into app.people (owner_id, name, salary) values
        ('00000000-0000-0000-0000-00000000000a', 'ann', 10), ('00000000-0000-0000-0000-00000000000b', 'VICTIM', 55555);
    insert into app.projects (id, org_id, name) values
        ('a1000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', 'mine'),
        ('b1000000-0000-0000-0000-000000000000', 'b0000000-0000-0000-0000-000000000000', 'VICTIM');
    insert into app.tasks (org_id, project_id, title) values
        ('a0000000-0000-0000-0000-000000000000', 'a1000000-0000-0000-0000-000000000000', 'mine'),
        ('b0000000-0000-0000-0000-000000000000', 'b1000000-0000-0000-0000-000000000000', 'VICTIM');
    insert into app.bookings values ('b0000000-0000-0000-0000-000000000000', 1, '[1,9)');
    insert into app.events select o.id, at, o.name from app.orgs as o, unnest(array[1, 11, 16, 31, 99]) as at;
    insert into app.posts values (1, '00000000-0000-0000-0000-00000000000a', 'mine'), (2, '00000000-0000-0000-0000-00000000000b', 'VICTIM');
    insert into app.long_posts values
        (3, '00000000-0000-0000-0000-00000000000a', 'mine', ''), (4, '00000000-0000-0000-0000-00000000000b', 'VICTIM', 'VICTIM');
    insert into app.vault values (1, 'VICTIM');
    insert into app.history values (2, '{\"title\": \"VICTIM\"}');
    insert into app.orders (owner_id) values ('00000000-0000-0000-0000-00000000000b');
    insert into app.files values (1, 'a0000000-0000-0000-0000-000000000000', 'here', null), (2, 'a0000000-0000-0000-0000-000000000000', 'gone', now()),
        (3, 'b0000000-0000-0000-0000-000000000000', 'VICTIM', null);
    insert into app.loose values (1, '00000000-0000-0000-0000-00000000000a', 'mine'), (2, '00000000-0000-0000-0000-00000000000b', 'VICTIM');
    insert into app.notices values (1, 'a0000000-0000-0000-0000-000000000000', 'out', now() - interval '1 hour'),
        (2, 'a0000000-0000-0000-0000-000000000000', 'VICTIM, not yet', now() + interval '10 hours'),
        (3, 'a0000000-0000-0000-0000-000000000000', 'VICTIM, not any more', now() - interval '30 hours'),
        (4, 'b0000000-0000-0000-0000-000000000000', 'VICTIM', now() - interval '1 hour');
    refresh materialized view app.totals;
    analyze;
";

/// Those who have a session on the sealed project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Owner of their own organization.
    Ann,
    /// Likewise.
    Bob,
    /// Ann, in the role `staff`.
    Staff,
    /// Nobody.
    Visitor,
    /// A service.
    Nightly,
    /// An agent of Ann's.
    Agent,
}

impl Who {
    const ALL: [Self; 6] = [Self::Ann, Self::Bob, Self::Staff, Self::Visitor, Self::Nightly, Self::Agent];

    fn lease(self) -> Lease {
        let lease = match self {
            Self::Ann => Lease::new("role_member", Some(ANN)),
            Self::Bob => Lease::new("role_member", Some(BOB)),
            Self::Staff => Lease::new("role_staff", Some(ANN)),
            Self::Visitor => Lease::new("role_visitor", None),
            Self::Nightly => Lease::new("role_nightly", None),
            Self::Agent => Lease::new("agent_triage", Some("bot")).acting_for(ANN, "role_member"),
        };
        Lease { ttl: std::time::Duration::from_secs(24 * 3600), connections: 100, ..lease }
    }
}

/// What statements answered: how many rows they returned or touched, and every value of every row.
#[derive(Debug)]
pub struct Answer {
    pub rows: u64,
    pub text: String,
}

impl Answer {
    fn new(messages: Vec<SimpleQueryMessage>) -> Self {
        let mut answer = Self { rows: 0, text: String::new() };
        for message in messages {
            match message {
                SimpleQueryMessage::CommandComplete(rows) => answer.rows += rows,
                SimpleQueryMessage::Row(row) => {
                    for column in 0..row.len() {
                        answer.text.push_str(row.get(column).unwrap_or("null"));
                        answer.text.push('|');
                    }
                }
                _ => {}
            }
        }
        answer
    }

    /// Whether something of Bob's shows.
    pub fn leaks(&self) -> bool {
        self.text.contains("VICTIM") || self.text.contains("55555")
    }
}

async fn send(client: &Client, sql: &str) -> Result<Answer, DatabaseError> {
    client.simple_query(sql).await.map(Answer::new).map_err(DatabaseError::from)
}

/// What `attack` answers somebody after a superuser ran `setup`; all of it undone.
async fn undone(operator: &Client, setup: &str, user: &str, attack: &str) -> Result<Answer, DatabaseError> {
    operator.batch_execute(UNGUARDED).await.unwrap();
    let answer = match send(operator, setup).await {
        Ok(_) => {
            operator.batch_execute(&format!("set local session authorization {user}")).await.unwrap();
            send(operator, attack).await
        }
        Err(error) => panic!("{setup}: {error:?}"),
    };
    // An attack may have ended the transaction.
    for sql in ["rollback", "reset session authorization", "discard all"] {
        operator.batch_execute(sql).await.unwrap();
    }
    answer
}

/// A database that is protected as most are.
pub struct Twin {
    pub operator: Client,
    database: &'static str,
    server: &'static Server,
    _turn: MutexGuard<'static, ()>,
}

/// The twin of a server, for as long as it is held.
pub async fn twin(server: &'static Server) -> Twin {
    static TURN: [Mutex<()>; 4] = [const { Mutex::const_new(()) }; 4];
    static MADE: [OnceCell<()>; 4] = [const { OnceCell::const_new() }; 4];
    let (at, database) = (server.major() as usize - 15, "hazards_twin");
    let turn = TURN[at].lock().await;
    MADE[at]
        .get_or_init(|| async {
            server.create_database(database, None).await.unwrap();
            let operator = server.connect(database, SUPERUSER).await.unwrap();
            let roles = "create role twin_authenticated; create role twin_anon; create role twin_service bypassrls; \
                         create role twin_app_owner";
            operator.batch_execute(roles).await.unwrap();
            operator.batch_execute(include_str!("twin.sql")).await.unwrap();
        })
        .await;
    let operator = server.connect(database, SUPERUSER).await.unwrap();
    Twin { operator, database, server, _turn: turn }
}

impl Twin {
    /// What `attack` answers a role that the application's claims call Ann, after a superuser ran `setup`; all of it undone.
    pub async fn attempt(&self, setup: &str, role: &str, attack: &str) -> Result<Answer, DatabaseError> {
        let claims = format!("set local request.jwt.claims = '{{\"sub\": \"{ANN}\"}}'");
        undone(&self.operator, &format!("{setup};{claims}"), role, attack).await
    }

    /// The attack shows Ann something of Bob's.
    pub async fn leaks(&self, setup: &str, role: &str, attack: &str) {
        let answer = self.attempt(setup, role, attack).await;
        assert!(matches!(&answer, Ok(answer) if answer.leaks()), "{} {attack}: {answer:?}", self.server.version());
    }

    /// The attack touches or returns that many rows.
    pub async fn reaches(&self, rows: u64, setup: &str, role: &str, attack: &str) {
        let answer = self.attempt(setup, role, attack).await;
        assert!(matches!(&answer, Ok(answer) if answer.rows == rows), "{} {attack}: {answer:?}", self.server.version());
    }

    /// The attack's answer is an error, which tells something.
    pub async fn tells(&self, code: &str, setup: &str, role: &str, attack: &str) {
        let answer = self.attempt(setup, role, attack).await;
        assert!(matches!(&answer, Err(error) if error.is(code)), "{} {attack}: {answer:?}", self.server.version());
    }

    /// Another session of a superuser.
    pub async fn connect(&self) -> Client {
        self.server.connect(self.database, SUPERUSER).await.unwrap()
    }
}

/// The sealed project.
pub struct Sealed {
    pub server: &'static Server,
    /// A superuser.
    pub operator: Client,
    /// What was compiled, as Postgres prints it.
    pub desired: &'static Catalog,
    shared: &'static Shared,
    _turn: MutexGuard<'static, ()>,
}

struct Shared {
    database: String,
    desired: Catalog,
    /// As it is while nobody does anything to it.
    before: Catalog,
    /// Login and password of each [`Who`].
    logins: Vec<(String, String)>,
}

/// The sealed database of a server, for as long as it is held.
pub async fn sealed(server: &'static Server) -> Sealed {
    static TURN: [Mutex<()>; 4] = [const { Mutex::const_new(()) }; 4];
    static MADE: [OnceCell<Shared>; 4] = [const { OnceCell::const_new() }; 4];
    let at = server.major() as usize - 15;
    let turn = TURN[at].lock().await;
    let shared = MADE[at].get_or_init(|| share(server)).await;
    let operator = server.connect(&shared.database, SUPERUSER).await.unwrap();
    Sealed { server, operator, desired: &shared.desired, shared, _turn: turn }
}

async fn share(server: &'static Server) -> Shared {
    let mut sources = Sources::default();
    let access = vec![sources.add("access.toml", include_str!("access.toml"))];
    let schema = vec![sources.add("sealed.sql", include_str!("sealed.sql"))];
    let (mut settings, _) = settings::parse(&sources, None, "hazards");
    settings.role_prefix = PREFIX.to_owned();
    let input = Input { sources, settings, access, schema };
    let project = prepare(&input, server).await.unwrap();
    let compiled = project.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)));
    let mut scratch = Scratch::new(server).await.unwrap();
    scratch.run(&compiled.script).await.unwrap();
    // What only a superuser closes.
    let options = Options { yes: true, ..Options::default() };
    apply(scratch.client_mut(), &compiled.canonical, PREFIX, options).await.unwrap();
    let client = scratch.client();
    client.batch_execute(&format!("create role {MAKER}")).await.unwrap();
    let seed = format!("set session_replication_role = replica; {SEED}; reset session_replication_role");
    client.batch_execute(&seed).await.unwrap();
    let mut logins = Vec::new();
    for who in Who::ALL {
        let login = issue(client, PREFIX, &server.url(scratch.name()), &who.lease()).await.unwrap();
        logins.push((login.role, login.password));
    }
    let (desired, before) = (compiled.canonical.clone(), read(client).await);
    assert_eq!(diff(&before, &desired), []);
    Shared { database: scratch.name().to_owned(), desired, before, logins }
}

async fn read(operator: &Client) -> Catalog {
    let mut catalog = introspect(operator, PREFIX).await.unwrap();
    // From 16 on, whoever creates a role holds it with ADMIN OPTION. That is the server's business.
    catalog.memberships.retain(|(_, member), _| member != DEPLOYER);
    catalog
}

impl Sealed {
    /// The login role of somebody.
    pub fn login(&self, who: Who) -> &'static str {
        let at = Who::ALL.iter().position(|other| *other == who).unwrap();
        &self.shared.logins[at].0
    }

    /// A session of somebody.
    pub async fn session(&self, who: Who) -> Session {
        let at = Who::ALL.iter().position(|other| *other == who).unwrap();
        let (login, password) = &self.shared.logins[at];
        let mut config = self.server.config(&self.shared.database, login);
        config.password(password);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        Session { client, server: self.server }
    }

    /// What `attack` answers a role (a login of somebody's, [`MAKER`], ..) after a superuser ran `setup`; all of it undone.
    pub async fn attempt(&self, setup: &str, user: &str, attack: &str) -> Result<Answer, DatabaseError> {
        undone(&self.operator, setup, user, attack).await
    }

    /// The same, refused with this SQLSTATE.
    pub async fn refused(&self, code: &str, setup: &str, user: &str, attack: &str) {
        let answer = self.attempt(setup, user, attack).await;
        let hidden = !format!("{answer:?}").contains("VICTIM");
        assert!(
            matches!(&answer, Err(error) if error.is(code)) && hidden,
            "{} {attack}: {answer:?}",
            self.server.version()
        );
    }

    /// Nothing of Bob's shows and nothing of it changes, whether it is refused or not.
    pub async fn nothing(&self, setup: &str, user: &str, attack: &str) {
        let answer = self.attempt(setup, user, attack).await;
        assert!(!format!("{answer:?}").contains("VICTIM"), "{} {attack}: {answer:?}", self.server.version());
    }

    /// What a superuser did is found, in these words, and `apply` refuses: it says what to do.
    pub async fn found(&self, words: &str, tampering: &str) {
        self.operator.batch_execute(UNGUARDED).await.unwrap();
        self.operator.batch_execute(tampering).await.unwrap_or_else(|error| panic!("{tampering}: {error:?}"));
        let refused = order(diff(&self.introspect().await, self.desired)).unsupported;
        self.operator.batch_execute("rollback").await.unwrap();
        assert!(refused.iter().any(|change| change.to_string().contains(words)), "{tampering}: {refused:#?}");
    }

    /// What a superuser did to the catalog is found, in these words, and what `apply` would do about it undoes it.
    pub async fn mended(&self, words: &str, tampering: &str) {
        let (operator, before) = (&self.operator, &self.shared.before);
        operator.batch_execute(UNGUARDED).await.unwrap();
        operator.batch_execute(tampering).await.unwrap_or_else(|error| panic!("{tampering}: {error:?}"));
        let found = diff(&self.introspect().await, self.desired);
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|change| change.contains(words)), "{tampering}: {said:#?}");
        for statement in render(&order(found)) {
            operator
                .batch_execute(&statement)
                .await
                .unwrap_or_else(|error| panic!("{tampering}: {statement}: {error:?}"));
        }
        let after = self.introspect().await;
        operator.batch_execute("rollback").await.unwrap();
        assert!(after == *before, "not undone: {tampering}: {:?}", diff(&after, self.desired));
    }

    /// After what a superuser did, and what `apply` would do about it: the rows of a query. All of it undone.
    pub async fn mend(&self, tampering: &str, query: &str) -> usize {
        let operator = &self.operator;
        operator.batch_execute(UNGUARDED).await.unwrap();
        operator.batch_execute(tampering).await.unwrap_or_else(|error| panic!("{tampering}: {error:?}"));
        for statement in render(&order(diff(&self.introspect().await, self.desired))) {
            operator.batch_execute(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
        assert_eq!(diff(&self.introspect().await, self.desired), [], "{tampering}");
        let rows = operator.query(query, &[]).await.unwrap().len();
        operator.batch_execute("rollback").await.unwrap();
        rows
    }

    /// A membership that a superuser gave is taken back; where the member is a role of the model, `apply` refuses.
    pub async fn no_member(&self, role: &str, member: &str) {
        let given = format!("grant {role} to {member}");
        if self.desired.roles.contains_key(member) {
            self.found(&format!("is a member of {role}"), &given).await;
        } else {
            self.mended(&format!("revoke role {role} from {member}"), &given).await;
        }
    }

    async fn introspect(&self) -> Catalog {
        read(&self.operator).await
    }
}

/// A session of somebody on the sealed project.
pub struct Session {
    pub client: Client,
    server: &'static Server,
}

impl Session {
    /// Runs statements and undoes them.
    pub async fn attempt(&self, sql: &str) -> Result<Answer, DatabaseError> {
        self.client.batch_execute("begin").await.unwrap();
        let answer = send(&self.client, sql).await;
        self.client.batch_execute("rollback").await.unwrap();
        answer
    }

    /// They touch or return exactly that many rows, none of them Bob's.
    pub async fn rows(&self, rows: u64, sql: &str) {
        let answer = self.attempt(sql).await;
        let fine = matches!(&answer, Ok(answer) if answer.rows == rows && !answer.leaks());
        assert!(fine, "{} {sql}: {answer:?}", self.server.version());
    }

    /// They are refused with this SQLSTATE, and the message shows nothing of Bob's.
    pub async fn refused(&self, code: &str, sql: &str) {
        let answer = self.attempt(sql).await;
        let hidden = !format!("{answer:?}").contains("VICTIM");
        assert!(
            matches!(&answer, Err(error) if error.is(code)) && hidden,
            "{} {sql}: {answer:?}",
            self.server.version()
        );
    }
}
