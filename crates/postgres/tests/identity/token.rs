//! An application's session tries tokens that are not meant for it, are no tokens, or are no longer any.

use std::time::Duration;

use pgseal_postgres::testing::servers;
use pgseal_postgres::token::{Claims, TokenKey, app_login, create_key, drop_key, mint, revoke, sign};
use serde_json::{Value, json};
use tokio_postgres::Client;

use super::sealed::{ANN, BOB, Sealed, open, value, who};

const IS_ANN: &str = "a0000000-0000-4000-8000-000000000001 member human 1";

struct Application {
    sealed: Sealed,
    key: TokenKey,
    client: Client,
    now: u64,
}

impl Application {
    async fn new(server: &'static pgseal_postgres::embedded::Server) -> Self {
        let sealed = Sealed::new(server).await;
        let key = create_key(&sealed.control, &sealed.prefix).await.unwrap();
        let login = app_login(&sealed.control, &sealed.prefix, &sealed.url(), "member").await.unwrap();
        let client = open(&login.url).await.unwrap();
        let now = sealed.value("select floor(extract(epoch from clock_timestamp()))::bigint").await.parse().unwrap();
        Self { sealed, key, client, now }
    }

    fn claims(&self) -> Claims {
        Claims::new(&self.sealed.prefix, "member", Some(ANN))
    }

    /// What a good token says, to be bent.
    fn payload(&self) -> Value {
        let prefix = &self.sealed.prefix;
        json!({"sub": ANN, "cap": "role_member", "login": format!("{prefix}_app_member"), "iat": self.now, "exp": self.now + 300})
    }

    fn signed(&self, payload: &Value) -> String {
        sign(&self.key, payload.to_string().as_bytes())
    }

    /// Who a session is with that token: none where Postgres does not even take the text.
    async fn who(&self, token: &str) -> Option<String> {
        self.client.query("select set_config('seal.token', $1, false)", &[&token]).await.ok()?;
        Some(who(&self.client).await)
    }

    async fn good(&self) {
        let token = mint(&self.key, &self.claims(), self.now);
        assert_eq!(self.who(&token).await.as_deref(), Some(IS_ANN));
    }
}

#[tokio::test]
async fn a_token_is_for_one_transaction_when_it_is_set_so() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        let token = mint(&app.key, &app.claims(), app.now);
        assert_eq!(who(&app.client).await, "0");
        app.client.batch_execute(&format!("begin; set local seal.token = '{token}'")).await.unwrap();
        assert_eq!(who(&app.client).await, IS_ANN);
        app.client.batch_execute("savepoint s; set local seal.token = ''; release s").await.unwrap();
        assert_eq!(who(&app.client).await, "0");
        app.client.batch_execute(&format!("set local seal.token = '{token}'; commit")).await.unwrap();
        assert_eq!(who(&app.client).await, "0");
        app.client
            .batch_execute(&format!("begin; savepoint s; set local seal.token = '{token}'; rollback to s"))
            .await
            .unwrap();
        assert_eq!(who(&app.client).await, "0");
        app.client.batch_execute("commit").await.unwrap();
        app.good().await;
    }
}

#[tokio::test]
async fn no_bit_of_a_token_can_change() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        let token = mint(&app.key, &app.claims(), app.now);
        app.good().await;
        let mut tried = 0;
        for (at, bit) in (0..token.len()).flat_map(|at| (0..7).map(move |bit| (at, bit))) {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(bent) = String::from_utf8(bytes) else { continue };
            tried += 1;
            // A NUL byte is refused by the protocol itself.
            let Ok(rows) = app.client.query("select set_config('seal.token', $1, false)", &[&bent]).await else {
                continue;
            };
            assert_eq!(rows.len(), 1);
            assert_eq!(
                value(&app.client, "select coalesce(seal.me()::text, 'nobody')").await.unwrap(),
                "nobody",
                "byte {at} bit {bit}"
            );
        }
        assert!(tried > 1000, "{tried}");
        app.good().await;
    }
}

#[tokio::test]
async fn what_is_no_token_is_nobody_and_no_error() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        let good = mint(&app.key, &app.claims(), app.now);
        let parts: Vec<&str> = good.split('.').collect();
        let (id, payload, mac) = (parts[1], parts[2], parts[3]);
        let long = "A".repeat(1 << 20);
        let shapes = [
            String::new(),
            " ".to_owned(),
            ".".to_owned(),
            "...".to_owned(),
            "v1...".to_owned(),
            "\u{e9}\u{1f600}".to_owned(),
            "null".to_owned(),
            format!("v1.{id}.{payload}."),
            format!("v1.{id}.{payload}"),
            format!("v1.{id}..{mac}"),
            format!("v1..{payload}.{mac}"),
            format!("v2.{id}.{payload}.{mac}"),
            format!("v1.none.{payload}.{mac}"),
            format!("v1.{id}.{payload}.none"),
            format!("v1.{id}.{payload}.{}", "0".repeat(64)),
            format!("v1.{id}.{payload}.{mac}."),
            format!("v1.{id}.{payload}.{mac}.{mac}"),
            format!("v1.{id}.{payload}.{mac}{mac}"),
            format!(" {good}"),
            format!("{good}\n"),
            format!("v1.{id}.{payload}.{}", mac.to_uppercase()),
            format!("v1.{id}.{payload}=.{mac}"),
            format!("{good}{good}"),
            format!("v1.{id}.{long}.{mac}"),
            long,
            // What a JSON web token without a signature looks like.
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEifQ.".to_owned(),
        ];
        for token in shapes {
            assert_eq!(app.who(&token).await.as_deref(), Some("0"), "{token:.100}");
        }
        // What Postgres does not take as text at all.
        assert!(app.client.batch_execute("set seal.token = E'\\xff\\xfe'").await.is_err());
        assert!(app.client.query("select set_config('seal.token', $1, false)", &[&"a\0b"]).await.is_err());
        app.good().await;
    }
}

/// Only who holds the key can make these; still they are nobody.
#[tokio::test]
async fn signed_nonsense_is_nobody() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        let bent = |field: &str, value: Value| {
            let mut payload = app.payload();
            payload[field] = value;
            app.signed(&payload)
        };
        let without = |field: &str| {
            let mut payload = app.payload();
            payload.as_object_mut().unwrap().remove(field);
            app.signed(&payload)
        };
        assert_eq!(app.who(&app.signed(&app.payload())).await.as_deref(), Some(IS_ANN));
        let now = app.now;
        let mut tokens = vec![
            ("[]", app.signed(&json!([]))),
            ("a string", app.signed(&json!("login"))),
            ("null", app.signed(&Value::Null)),
            ("{}", app.signed(&json!({}))),
            ("no exp", without("exp")),
            ("no iat", without("iat")),
            ("no cap", without("cap")),
            ("no login", without("login")),
            ("no sub", without("sub")),
            ("exp as text", bent("exp", json!("99999999999"))),
            ("exp null", bent("exp", Value::Null)),
            ("exp true", bent("exp", json!(true))),
            ("exp passed", bent("exp", json!(now - 1))),
            ("a life of years", bent("exp", json!(now + 1_000_000_000))),
            ("iat in the future", bent("iat", json!(now + 200))),
            ("iat null", bent("iat", Value::Null)),
            ("sub as number", bent("sub", json!(1))),
            ("sub as object", bent("sub", json!({"a": 1}))),
            ("sub no uuid", bent("sub", json!("1 or 1=1"))),
            ("sub empty", bent("sub", json!(""))),
            ("cap of a visitor", bent("cap", json!("role_visitor"))),
            ("cap of staff", bent("cap", json!("role_staff"))),
            ("cap of an agent", bent("cap", json!("agent_triage"))),
            ("cap as array", bent("cap", json!(["role_member"]))),
            ("login of another", bent("login", json!(format!("{}_app_staff", app.sealed.prefix)))),
            ("login null", bent("login", Value::Null)),
            ("claims as array", bent("claims", json!([1]))),
            ("pid as text", bent("pid", json!("1"))),
            ("pid 0", bent("pid", json!(0))),
            ("pid huge", bent("pid", json!(1e30))),
            ("pid null", bent("pid", Value::Null)),
            ("pid of another", bent("pid", json!(1))),
            ("a start without a pid", bent("start", json!(1))),
            ("a start as text", bent("start", json!("now"))),
        ];
        tokens.push(("bytes that are no UTF-8", sign(&app.key, &[0xff, 0xfe, 0x00])));
        tokens.push(("overlong UTF-8", sign(&app.key, b"{\"a\":\"\xc0\xaf\xe0\x80\xaf\xed\xa0\x80\"}")));
        tokens.push(("a NUL", sign(&app.key, b"{}\0")));
        for (name, token) in tokens {
            assert_eq!(app.who(&token).await.as_deref(), Some("0"), "{name}");
        }
        // 15 cannot ask whether a text is JSON: there it is an error, and nobody either way.
        for payload in ["", "{", "no json", "{\"a\":\"\\u0000\"}", "{\"a\":1e999999}", &"[".repeat(2000)] {
            let token = sign(&app.key, payload.as_bytes());
            app.client.query("select set_config('seal.token', $1, false)", &[&token]).await.unwrap();
            match value(&app.client, "select coalesce(seal.me()::text, 'nobody')").await {
                Ok(me) => assert_eq!(me, "nobody", "{payload:.20}"),
                Err(error) => assert!(server.major() == 15, "{payload:.20}: {error}"),
            }
        }
        app.good().await;
    }
}

#[tokio::test]
async fn more_than_ascii_can_be_signed() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        let mut claims = app.claims();
        claims.claims =
            [("city".to_owned(), "K\u{f6}ln \u{1f600} \\ \"".into()), ("seats".to_owned(), 3.into())].into();
        let token = mint(&app.key, &claims, app.now);
        assert_eq!(app.who(&token).await.as_deref(), Some(IS_ANN));
        let told =
            value(&app.client, "select concat_ws('|', seal.claim('city'), seal.claim('seats'), seal.claim('sub'))")
                .await
                .unwrap();
        assert_eq!(told, "K\u{f6}ln \u{1f600} \\ \"|3");
    }
}

#[tokio::test]
async fn a_token_is_for_one_backend_login_and_database() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        let Application { sealed, key, client, now } = &app;
        let pid: i32 = value(client, "select pg_backend_pid()").await.unwrap().parse().unwrap();
        let bound = mint(key, &Claims { pid: Some(pid), ..app.claims() }, *now);
        assert_eq!(app.who(&bound).await.as_deref(), Some(IS_ANN));
        let login = app_login(&sealed.control, &sealed.prefix, &sealed.url(), "member").await.unwrap();
        let other = open(&login.url).await.unwrap();
        other.batch_execute(&format!("set seal.token = '{bound}'")).await.unwrap();
        assert_eq!(who(&other).await, "0", "another backend");
        other.batch_execute(&format!("set seal.token = '{}'", mint(key, &app.claims(), *now))).await.unwrap();
        assert_eq!(who(&other).await, IS_ANN);

        // A start is told only to a seal role that may read statistics; then the right one is believed and no other.
        let start = sealed
            .value(&format!("select extract(epoch from backend_start) from pg_stat_activity where pid = {pid}"))
            .await;
        let started = |start: &str| {
            let mut payload = app.payload();
            payload["pid"] = pid.into();
            sign(key, payload.to_string().replacen('{', &format!("{{\"start\":{start},"), 1).as_bytes())
        };
        let exact = started(&start);
        assert_eq!(app.who(&exact).await.as_deref(), Some("0"), "unknown is no");
        sealed.control.batch_execute(&format!("grant pg_read_all_stats to {}_seal", sealed.prefix)).await.unwrap();
        assert_eq!(app.who(&exact).await.as_deref(), Some(IS_ANN));
        assert_eq!(app.who(&started("1")).await.as_deref(), Some("0"), "another start");

        // Another login: of another role, of the pool, of nobody.
        let staff =
            open(&app_login(&sealed.control, &sealed.prefix, &sealed.url(), "staff").await.unwrap().url).await.unwrap();
        let good = mint(key, &app.claims(), *now);
        staff.batch_execute(&format!("set seal.token = '{good}'")).await.unwrap();
        assert_eq!(who(&staff).await, "0", "another login");
        let ann_as_staff = mint(key, &Claims::new(&sealed.prefix, "staff", Some(ANN)), *now);
        staff.batch_execute(&format!("set seal.token = '{ann_as_staff}'")).await.unwrap();
        assert_eq!(value(&staff, "select seal.is_live('role_staff')").await.unwrap(), "t");
        sealed.control.batch_execute(&format!("set seal.token = '{good}'")).await.unwrap();
        assert_eq!(sealed.value("select coalesce(seal.me()::text, 'nobody')").await, "nobody", "a superuser");

        // A copy of the database, keys and all.
        let copy = format!("{}_copy", sealed.database);
        let Application { sealed, key, now, client } = app;
        let (prefix, good) =
            (sealed.prefix.clone(), mint(&key, &Claims::new(&sealed.prefix, "member", Some(ANN)), now));
        drop((client, other, staff));
        let Sealed { control, .. } = sealed;
        drop(control);
        let administrator = open(&server.url("postgres")).await.unwrap();
        let ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = ";
        administrator.simple_query(&format!("{ended}'{}'", sealed.database)).await.unwrap();
        administrator
            .batch_execute(&format!("grant connect on database {} to {prefix}_role_member", sealed.database))
            .await
            .unwrap();
        let mut made = server.create_database(&copy, Some(&sealed.database)).await;
        for _ in 0..50 {
            if made.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            made = server.create_database(&copy, Some(&sealed.database)).await;
        }
        made.unwrap();
        administrator
            .batch_execute(&format!("grant connect on database {copy} to {prefix}_role_member"))
            .await
            .unwrap();
        for (database, expected) in [(&sealed.database, IS_ANN), (&copy, "0")] {
            let client = open(&server.url_as(database, &format!("{prefix}_app_member"))).await.unwrap();
            client.batch_execute(&format!("set seal.token = '{good}'")).await.unwrap();
            assert_eq!(who(&client).await, expected, "{database}");
        }
    }
}

#[tokio::test]
async fn a_token_ends() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        let Application { sealed, key, client, .. } = &app;
        // In the middle of a transaction.
        let now: u64 =
            sealed.value("select floor(extract(epoch from clock_timestamp()))::bigint").await.parse().unwrap();
        let short = mint(key, &Claims { ttl: Duration::from_secs(2), ..app.claims() }, now);
        client.batch_execute(&format!("begin; set local seal.token = '{short}'")).await.unwrap();
        assert_eq!(who(client).await, IS_ANN);
        client.batch_execute("select pg_sleep(2.6)").await.unwrap();
        assert_eq!(who(client).await, "0");
        assert_eq!(value(client, "select (not seal.is_human()) is true").await.unwrap(), "f");
        client.batch_execute("commit").await.unwrap();

        // The epoch moves on: what was made up to now ends, what is made from now on does not.
        let now: u64 =
            sealed.value("select floor(extract(epoch from clock_timestamp()))::bigint").await.parse().unwrap();
        let before = mint(key, &app.claims(), now);
        assert_eq!(app.who(&before).await.as_deref(), Some(IS_ANN));
        assert!(revoke(&sealed.control, &sealed.prefix, &key.id).await.unwrap());
        assert_eq!(app.who(&before).await.as_deref(), Some("0"));
        let after = mint(key, &app.claims(), now + 3);
        assert_eq!(app.who(&after).await.as_deref(), Some(IS_ANN));

        // A key that has ended, and one that is gone.
        sealed.control.batch_execute("update seal.token_key set not_after = clock_timestamp()").await.unwrap();
        assert_eq!(app.who(&after).await.as_deref(), Some("0"));
        sealed.control.batch_execute("update seal.token_key set not_after = 'infinity'").await.unwrap();
        assert_eq!(app.who(&after).await.as_deref(), Some(IS_ANN));
        assert!(drop_key(&sealed.control, &sealed.prefix, &key.id).await.unwrap());
        assert!(!drop_key(&sealed.control, &sealed.prefix, &key.id).await.unwrap());
        assert_eq!(app.who(&after).await.as_deref(), Some("0"));
    }
}

/// Another project's key, another's secret under our key's name, and our secret under another name.
#[tokio::test]
async fn only_the_key_that_is_named_signs() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        let second = create_key(&app.sealed.control, &app.sealed.prefix).await.unwrap();
        let secret = |id: &TokenKey, secret: &TokenKey| TokenKey { id: id.id.clone(), secret: secret.secret.clone() };
        let stranger = TokenKey { id: app.key.id.clone(), secret: "0".repeat(43) };
        for (key, expected) in [
            (&app.key, IS_ANN),
            (&second, IS_ANN),
            (&secret(&app.key, &second), "0"),
            (&secret(&second, &app.key), "0"),
            (&stranger, "0"),
        ] {
            assert_eq!(app.who(&mint(key, &app.claims(), app.now)).await.as_deref(), Some(expected));
        }
    }
}

/// What a session of the application's own pool may try with SQL of its own. It is not meant to (such a client gets a lease);
/// a token that it does not have is still nothing that it can make.
#[tokio::test]
async fn an_application_session_cannot_make_or_read_what_signs() {
    for server in servers().await.unwrap() {
        let app = Application::new(server).await;
        app.good().await;
        for attack in [
            "table seal.token_key",
            "table seal.lease",
            "copy seal.token_key to stdout",
            "explain table seal.token_key",
            "select seal.presented()",
            "select seal.is_backend(1, null)",
            "update seal.token_key set epoch = 0",
            "insert into seal.lease (login_role, role, audience, principal, expires_at) values (current_user, 'role_member', '', 'x', 'infinity')",
            "create temp table token_key (id text)",
            "create function pg_temp.sha256(bytea) returns bytea language sql as 'select $1'",
            "set role pg_read_all_data",
            "set session authorization default; set session authorization pg_read_all_data",
        ] {
            assert!(value(&app.client, attack).await.is_err(), "`{attack}` was let through");
            assert_eq!(who(&app.client).await, IS_ANN, "after `{attack}`");
        }
        for harmless in [
            "set search_path = pg_temp, public",
            "set standard_conforming_strings = off",
            "set bytea_output = escape",
            "set transform_null_equals = on",
            "set extra_float_digits = -15",
        ] {
            app.client.batch_execute(harmless).await.unwrap();
            assert_eq!(who(&app.client).await, IS_ANN, "after `{harmless}`");
        }
        app.client.batch_execute("discard all").await.unwrap();
        assert_eq!(who(&app.client).await, "0");
        // An application's login can have no lease, so none of its sessions is ever believed both.
        let insert = format!(
            "insert into seal.lease (login_role, role, audience, principal, expires_at) values ('{}_app_member', 'role_member', '', '{BOB}', 'infinity')",
            app.sealed.prefix
        );
        assert!(app.sealed.control.batch_execute(&insert).await.is_err());
    }
}
