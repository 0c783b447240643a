//! A database with the `seal` schema and one sealed table, made by hand so that these tests stand on `compile::identity` alone.

use std::sync::atomic::{AtomicU32, Ordering};

use pgseal_engine::catalog::ObjectId;
use pgseal_engine::compile::identity;
use pgseal_engine::model::{Agent, IdentitySource, May, Model, Role};
use pgseal_engine::source::{FileId, Span};
use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::{Lease, LeasedLogin, issue};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// Ann, who owns one row.
pub const ANN: &str = "a0000000-0000-4000-8000-000000000001";
/// Bob, who owns three.
pub const BOB: &str = "b0000000-0000-4000-8000-000000000002";

/// What every session is asked: who it is, in which capability, what it sees.
pub const WHO: &str = "select pg_catalog.concat_ws(' ', seal.me(), case when seal.is_live('role_member') then 'member' end, \
    case when seal.is_live('agent_triage') then 'triage' end, case when seal.is_human() then 'human' end, \
    case when seal.is_agent() then 'agent' end, (select pg_catalog.count(*) from app.notes))";

/// A model of a visitor, members, staff, a service role and an agent.
pub fn model(prefix: &str, source: IdentitySource, identity_type: &str) -> Model {
    let role = |anonymous, default, service, includes: &[&str]| Role {
        anonymous,
        default,
        service,
        includes: includes.iter().map(|name| (*name).to_owned()).collect(),
        span: None,
    };
    let agent = Agent {
        acts_for: "member".to_owned(),
        may: May::default(),
        ceilings: Default::default(),
        approve: Vec::new(),
        span: Span { file: FileId(0), start: 0, end: 0 },
    };
    Model {
        prefix: prefix.to_owned(),
        identity_type: identity_type.to_owned(),
        source,
        roles: [
            ("visitor".to_owned(), role(true, false, false, &["visitor"])),
            ("member".to_owned(), role(false, true, false, &["member", "visitor"])),
            ("staff".to_owned(), role(false, false, false, &["member", "staff", "visitor"])),
            ("nightly".to_owned(), role(false, false, true, &["nightly", "visitor"])),
        ]
        .into(),
        groups: Default::default(),
        tables: Default::default(),
        functions: Default::default(),
        views: Default::default(),
        triggers: Default::default(),
        agents: [("triage".to_owned(), agent)].into(),
        jobs: Default::default(),
        proves: Vec::new(),
        trusts: Vec::new(),
        add_indexes: false,
        guard: true,
        keep_open: std::collections::BTreeSet::new(),
    }
}

/// The database, and the control connection to it.
pub struct Sealed {
    pub server: &'static Server,
    pub prefix: String,
    pub database: String,
    pub control: Client,
}

impl Sealed {
    pub async fn new(server: &'static Server) -> Self {
        Self::with(server, IdentitySource::Lease, "uuid").await
    }

    pub async fn with(server: &'static Server, source: IdentitySource, identity_type: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("id{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        Self::in_database(server, &prefix, &format!("identity_{prefix}"), source, identity_type).await
    }

    pub async fn in_database(
        server: &'static Server,
        prefix: &str,
        database: &str,
        source: IdentitySource,
        identity_type: &str,
    ) -> Self {
        server.create_database(database, None).await.unwrap();
        let control = open(&server.url(database)).await.unwrap();
        let sealed = Self { server, prefix: prefix.to_owned(), database: database.to_owned(), control };
        sealed.seal(source, identity_type).await;
        sealed
    }

    async fn seal(&self, source: IdentitySource, identity_type: &str) {
        let prefix = &self.prefix;
        let mut sql = String::new();
        let roles = ["seal", "owner", "role_visitor", "role_member", "role_staff", "role_nightly", "agent_triage"];
        for role in roles {
            sql += &format!(
                "do $$ begin create role {prefix}_{role}; exception when duplicate_object then null; end $$;\n"
            );
        }
        let everybody = roles[2..].iter().map(|role| format!("{prefix}_{role}")).collect::<Vec<_>>().join(", ");
        sql += &format!(
            "revoke connect, temporary on database {0} from public; grant connect on database {0} to {everybody};\n",
            self.database
        );
        for statement in identity::objects(&model(prefix, source, identity_type)) {
            sql += &format!("{};\n", statement.sql);
            sql += &match &statement.object {
                ObjectId::Schema(name) => format!("alter schema {name} owner to {prefix}_seal;\n"),
                ObjectId::Table(name) => format!("alter table {name} owner to {prefix}_seal;\n"),
                ObjectId::Function(name) => {
                    format!(
                        "alter function {name} owner to {prefix}_seal; revoke execute on function {name} from public;\n"
                    )
                }
                other => panic!("{other:?}"),
            };
        }
        sql += &format!("grant usage on schema seal to {everybody};\n");
        for (function, _) in identity::executable() {
            sql += &format!("grant execute on function {function} to {everybody};\n");
        }
        sql += &format!(
            "create schema app; grant usage on schema app to {everybody};
             create table app.notes (id int primary key, owner text, body text);
             alter table app.notes owner to {prefix}_owner;
             alter table app.notes enable row level security; alter table app.notes force row level security;
             grant select on app.notes to {everybody};
             create policy mine on app.notes for select to {everybody} using (owner = (select seal.me()::text));\n"
        );
        for role in ["role_member", "role_staff", "role_nightly", "agent_triage"] {
            sql += &format!(
                "create policy gate_{role} on app.notes as restrictive to {prefix}_{role} using ((select seal.is_live('{role}')));\n"
            );
        }
        sql += &format!(
            "insert into app.notes values (1, '{ANN}', 'a'), (2, '{BOB}', 'b'), (3, '{BOB}', 'b'), (4, '{BOB}', 'b');\n"
        );
        self.control.batch_execute(&sql).await.unwrap();
    }

    pub fn url(&self) -> String {
        self.server.url(&self.database)
    }

    pub async fn issue(&self, lease: &Lease) -> LeasedLogin {
        issue(&self.control, &self.prefix, &self.url(), lease).await.unwrap()
    }

    /// A leased session of Ann's, as a member.
    pub async fn ann(&self) -> Session {
        let login = self.issue(&Lease::new("role_member", Some(ANN))).await;
        Session { client: open(&login.url).await.unwrap(), login }
    }

    /// Makes a login look as if it had rested.
    pub async fn rest(&self, login: &str) {
        let sql = format!(
            "alter role {login} valid until '2020-01-01'; comment on role {login} is 'pgseal: {} until 2020-01-01'",
            self.prefix
        );
        self.control.batch_execute(&sql).await.unwrap();
    }

    pub async fn value(&self, sql: &str) -> String {
        value(&self.control, sql).await.unwrap()
    }
}

/// A session and its login.
pub struct Session {
    pub client: Client,
    pub login: LeasedLogin,
}

/// Connects to a URL.
pub async fn open(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// The first column of the last row of simple queries; empty if there is none.
pub async fn value(client: &Client, sql: &str) -> Result<String, String> {
    let messages = client.simple_query(sql).await.map_err(|error| reason(&error))?;
    let last = messages.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
        _ => None,
    });
    Ok(last.unwrap_or_default())
}

/// What the server said.
pub fn reason(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

/// Asks the session who it is.
pub async fn who(client: &Client) -> String {
    value(client, WHO).await.unwrap()
}
