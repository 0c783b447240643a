//! Tokens: an identity for one transaction of an application's own connection pool, signed by who holds the key.
//!
//! Comes in: a key and what is to be signed. Goes out: the text for `set local seal.token`. Minting needs no database, so it
//! can be done in any language (docs/connect.md). INVARIANT: a token speaks only to the application login of its own role;
//! whoever may write SQL of their own gets a lease instead.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use pgseal_engine::compile::identity::AUDIENCE;
use pgseal_engine::compile::identity::TOKEN_LIFE;
use pgseal_engine::sql::{dollar, ident, literal};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio_postgres::Client;

use crate::lease::{LeaseError, ground, mark, require_role, secret, with_login};

/// What signs tokens. Its text form, `<id>.<secret>`, is what an application keeps in `PGSEAL_TOKEN_KEY`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// The row of `seal.token_key`.
    pub id: String,
    /// 43 characters; they are the HMAC key as they stand.
    pub secret: String,
}

/// Without the secret, so that it does not end up in a log.
impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl TokenKey {
    /// Reads `<id>.<secret>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.trim().split_once('.')?;
        let good = (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let long = secret.len() >= 32 && secret.bytes().all(|byte| byte.is_ascii_graphic());
        (good && long).then(|| Self { id: id.to_owned(), secret: secret.to_owned() })
    }

    /// `<id>.<secret>`. This is the secret itself: show it once, to whoever asked for it.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.id, self.secret)
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The person; none for a service role.
    pub subject: Option<String>,
    /// `role_member`; never an agent's.
    pub capability: String,
    /// The login role that may present it: `<prefix>_app_<role>`.
    pub login: String,
    /// For how long; a day at most.
    pub ttl: Duration,
    /// The backend, where the minter knows it.
    pub pid: Option<i32>,
    /// The backend's start in seconds since 1970, as text, where the minter knows it (`extract(epoch from backend_start)`).
    pub start: Option<serde_json::Number>,
    /// What `seal.claim()` tells.
    pub claims: BTreeMap<String, Value>,
}

impl Claims {
    /// A person in a role, for five minutes.
    pub fn new(prefix: &str, role: &str, subject: Option<&str>) -> Self {
        Self {
            subject: subject.map(str::to_owned),
            capability: format!("role_{role}"),
            login: app_login_name(prefix, role),
            ttl: Duration::from_secs(300),
            pid: None,
            start: None,
            claims: BTreeMap::new(),
        }
    }
}

/// The login role of an application's own pool for a role.
pub fn app_login_name(prefix: &str, role: &str) -> String {
    format!("{prefix}_app_{role}")
}

/// Signs. `now` is in seconds since 1970. The life is cut to what the database accepts.
pub fn mint(key: &TokenKey, claims: &Claims, now: u64) -> String {
    let life = claims.ttl.as_secs().min(TOKEN_LIFE);
    let mut payload = json!({
        "sub": claims.subject,
        "cap": claims.capability,
        "login": claims.login,
        "iat": now,
        "exp": now.saturating_add(life),
    });
    if let Some(fields) = payload.as_object_mut() {
        if let Some(pid) = claims.pid {
            fields.insert("pid".to_owned(), pid.into());
        }
        if let Some(start) = &claims.start {
            fields.insert("start".to_owned(), Value::Number(start.clone()));
        }
        if !claims.claims.is_empty() {
            fields.insert("claims".to_owned(), claims.claims.clone().into_iter().collect());
        }
    }
    sign(key, payload.to_string().as_bytes())
}

/// Signs any bytes as the payload of a token.
pub fn sign(key: &TokenKey, payload: &[u8]) -> String {
    let signed = format!("v1.{}.{}", key.id, URL_SAFE_NO_PAD.encode(payload));
    let mac = Hmac::<Sha256>::new_from_slice(key.secret.as_bytes())
        .map(|mac| mac.chain_update(signed.as_bytes()).finalize().into_bytes())
        // HMAC takes keys of every length.
        .unwrap_or_default();
    format!("{signed}.{}", hex(&mac))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC's two blocks of a key: what the database needs to check, and all that it gets.
fn blocks(secret: &str) -> (String, String) {
    use sha2::Digest;
    const BLOCK: usize = 64;
    let mut key =
        if secret.len() > BLOCK { Sha256::digest(secret.as_bytes()).to_vec() } else { secret.as_bytes().to_vec() };
    key.resize(BLOCK, 0);
    let padded = |pad: u8| hex(&key.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
    (padded(0x36), padded(0x5c))
}

/// Makes a key for this database and writes what checks it into `seal.token_key`. The secret is in the answer and nowhere else.
pub async fn create_key(control: &Client, prefix: &str) -> Result<TokenKey, LeaseError> {
    let ground = ground(control, prefix).await?;
    let id: String = secret().chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    let key = TokenKey { id, secret: secret() };
    let (inner, outer) = blocks(&key.secret);
    let block = format!(
        "
declare
  caller text := current_user;
begin
  {enter}
  insert into seal.token_key (id, inner_block, outer_block, audience)
    values ({id}, pg_catalog.decode('{inner}', 'hex'), pg_catalog.decode('{outer}', 'hex'), {AUDIENCE});
  {leave}
end
",
        enter = ground.enter,
        leave = ground.leave,
        id = literal(&key.id),
    );
    control.batch_execute(&format!("do {}", dollar(&block))).await?;
    Ok(key)
}

/// Ends every token that was made up to this second; the key goes on signing. False if there is no such key.
pub async fn revoke(control: &Client, prefix: &str, key: &str) -> Result<bool, LeaseError> {
    let change = format!(
        "update seal.token_key set epoch = greatest(epoch, pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp()))::int8) where id = {};",
        literal(key)
    );
    change_key(control, prefix, &change).await
}

/// Takes a key away. False if there is no such key.
pub async fn drop_key(control: &Client, prefix: &str, key: &str) -> Result<bool, LeaseError> {
    change_key(control, prefix, &format!("delete from seal.token_key where id = {};", literal(key))).await
}

async fn change_key(control: &Client, prefix: &str, change: &str) -> Result<bool, LeaseError> {
    let ground = ground(control, prefix).await?;
    let block = format!(
        "
declare
  caller text := current_user;
begin
  {enter}
  {change}
  if not found then
    raise exception 'no such key' using errcode = 'PS003';
  end if;
  {leave}
end
",
        enter = ground.enter,
        leave = ground.leave,
    );
    match control.batch_execute(&format!("do {}", dollar(&block))).await {
        Err(error) if error.code().is_some_and(|code| code.code() == "PS003") => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

/// A login of an application's own pool.
#[derive(Clone, PartialEq, Eq)]
pub struct AppLogin {
    /// `<prefix>_app_<role>`
    pub role: String,
    /// Its new password; kept nowhere else.
    pub password: String,
    /// The control connection's URL with this login in it.
    pub url: String,
}

/// Without the password, so that it does not end up in a log.
impl std::fmt::Debug for AppLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppLogin").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Makes the application login of a role, or gives it a new password: connections that are open stay.
pub async fn app_login(control: &Client, prefix: &str, url: &str, role: &str) -> Result<AppLogin, LeaseError> {
    let ground = ground(control, prefix).await?;
    let capability = format!("{prefix}_role_{role}");
    require_role(control, &capability).await?;
    let login = app_login_name(prefix, role);
    if login.len() > 63 {
        return Err(LeaseError::Request {
            problem: format!("`{login}` is longer than 63 bytes: shorten the role's name"),
        });
    }
    let marked = control
        .query_opt(
            "select pg_catalog.shobj_description(oid, 'pg_authid') from pg_catalog.pg_roles where rolname = $1",
            &[&login],
        )
        .await?
        .map(|row| row.get::<_, Option<String>>(0) == Some(mark(prefix)));
    let name = ident(&login);
    let make = match marked {
        Some(true) => String::new(),
        Some(false) => {
            return Err(LeaseError::Request {
                problem: format!("there is a role `{login}` that pgseal did not make: rename it"),
            });
        }
        None => format!("create role {name} nologin; comment on role {name} is {};", literal(&mark(prefix))),
    };
    let password = secret();
    let verifier = postgres_protocol::password::scram_sha_256(password.as_bytes());
    let options = if ground.version >= 160_000 { " with inherit true, set false" } else { "" };
    let block = format!(
        "begin
  {make}
  alter role {name} login inherit password {};
  execute {};
end",
        literal(&verifier),
        literal(&format!("grant {} to {name}{options}", ident(&capability))),
    );
    control.batch_execute(&format!("do {}", dollar(&block))).await?;
    let url = with_login(url, &login, &password);
    Ok(AppLogin { role: login, password, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> TokenKey {
        TokenKey { id: "k1".to_owned(), secret: "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG".to_owned() }
    }

    #[test]
    fn a_key_survives_its_text_and_garbage_is_no_key() {
        assert_eq!(TokenKey::parse(&key().reveal()), Some(key()));
        for text in [
            "",
            "k1",
            "k1.",
            ".0123456789abcdefghijklmnopqrstuvwxyz",
            "k_1.0123456789abcdefghijklmnopqrstuvwxyz",
            "k1.short",
        ] {
            assert_eq!(TokenKey::parse(text), None, "{text}");
        }
        assert!(!format!("{:?}", key()).contains(&key().secret));
    }

    #[test]
    fn the_same_claims_at_the_same_time_are_the_same_token() {
        let claims = Claims::new("acme", "member", Some("1"));
        let token = mint(&key(), &claims, 1_700_000_000);
        assert_eq!(token, mint(&key(), &claims, 1_700_000_000));
        assert_eq!(token.split('.').count(), 4);
        assert_ne!(token, mint(&key(), &claims, 1_700_000_001));
    }

    /// RFC 4231, test case 2, by way of the blocks that the database gets.
    #[test]
    fn the_blocks_make_an_hmac() {
        use sha2::Digest;
        let bytes = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let (inner, outer) = blocks("Jefe");
        let once = Sha256::digest([bytes(&inner), b"what do ya want for nothing?".to_vec()].concat());
        let twice = Sha256::digest([bytes(&outer), once.to_vec()].concat());
        assert_eq!(hex(&twice), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
