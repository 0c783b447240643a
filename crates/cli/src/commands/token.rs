//! `pgseal token`: a signed token for one principal, and the keys that sign.
//!
//! Minting reads the project for its role prefix and asks no database. Keys and logins are made on a control connection.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pgseal_engine::compile::identity::TOKEN_LIFE;
use pgseal_postgres::connect::Target;
use pgseal_postgres::token::{self, Claims, TokenKey};
use serde::Serialize;

use crate::commands::Context;
use crate::commands::url::{claim, claims, default_role, duration};
use crate::exit::{Answer, Failure};
use crate::{project, report};

/// Mint a signed token for one principal
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true).multiple(true).args(["user", "new_key", "new_login", "revoke"]),
    after_help = "\
Examples:
  pgseal token --new-key --new-login --database-url postgres://deploy@db.example.org/acme   (prints two lines for a .env file)
  pgseal token --user 6a1f7e0c-0000-4000-8000-000000000001 --ttl 5m
  pgseal token --revoke 7Gk2Yb0QxT1a --database-url postgres://deploy@db.example.org/acme"
)]
pub struct Args {
    /// The id of the person
    #[arg(long, value_name = "ID", conflicts_with_all = ["new_key", "new_login", "revoke"])]
    user: Option<String>,
    /// The role that the person acts in, whose application login presents the token; the model's default role unless given
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// For how long; a day at most
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    ttl: Duration,
    /// What `claim('name')` tells; may be given more than once
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    claims: Vec<(String, String)>,
    /// Bind the token to one backend (`select pg_backend_pid()`)
    #[arg(long, value_name = "PID")]
    pid: Option<i32>,
    /// The key that signs, `<key id>.<secret>`
    #[arg(long, value_name = "KEY", env = "PGSEAL_TOKEN_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Make a key for this database and print it, this once
    #[arg(long, requires = "database_url")]
    new_key: bool,
    /// Make the role's application login, or give it a new password, and print its URL, this once
    #[arg(long, requires = "database_url")]
    new_login: bool,
    /// End every token that this key has signed up to now
    #[arg(long, value_name = "KEY_ID", requires = "database_url")]
    revoke: Option<String>,
    /// The sealed database, as a role that may create roles
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct Made {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(rename = "PGSEAL_TOKEN_KEY", skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(rename = "DATABASE_URL", skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<String>,
}

/// Mints, or does what was asked for with keys and logins.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let project = project::read(context.project.as_deref())?.input;
    let prefix = &project.settings.role_prefix;
    let role = args.role.clone().unwrap_or_else(|| default_role(&project));
    let made = match &args.user {
        Some(user) => Made { token: Some(mint(args, prefix, &role, user)?), ..Made::default() },
        None => administer(args, prefix, &role).await?,
    };
    if context.json {
        report::print_json(&made)?;
    } else {
        let assigned = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{name}={value}\n")).unwrap_or_default()
        };
        let token = made.token.as_ref().map(|token| format!("{token}\n")).unwrap_or_default();
        let revoked = made.revoked.as_ref().map(|key| format!("revoked what `{key}` signed\n")).unwrap_or_default();
        let lines = [revoked, token, assigned("PGSEAL_TOKEN_KEY", &made.key), assigned("DATABASE_URL", &made.url)];
        report::print(&lines.concat())?;
    }
    Ok(Answer::Yes)
}

fn mint(args: &Args, prefix: &str, role: &str, user: &str) -> Result<String, Failure> {
    let help = "`pgseal token --new-key --database-url URL` makes one; keep it in PGSEAL_TOKEN_KEY";
    let Some(text) = &args.key else { return Err(Failure::new("there is no key to sign with").help(help)) };
    let key = TokenKey::parse(text).ok_or_else(|| Failure::new("the key is not `<key id>.<secret>`").help(help))?;
    if args.ttl > Duration::from_secs(TOKEN_LIFE) {
        return Err(Failure::new("a token lives a day at most").help("mint one for each transaction, `--ttl 5m`"));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims =
        Claims { ttl: args.ttl, pid: args.pid, claims: claims(&args.claims), ..Claims::new(prefix, role, Some(user)) };
    Ok(token::mint(&key, &claims, now))
}

async fn administer(args: &Args, prefix: &str, role: &str) -> Result<Made, Failure> {
    let Some(url) = &args.database_url else {
        return Err(Failure::new("no database is given").help("say `--database-url URL`, or set DATABASE_URL"));
    };
    let control = Target::parse(url)?.connect().await?;
    let mut made = Made::default();
    if let Some(key) = &args.revoke {
        if !token::revoke(&control, prefix, key).await? {
            return Err(Failure::new(format!("there is no key `{key}` in this database"))
                .help("the key's id is what stands before the dot in PGSEAL_TOKEN_KEY"));
        }
        made.revoked = Some(key.clone());
    }
    if args.new_key {
        made.key = Some(token::create_key(&control, prefix).await?.reveal());
    }
    if args.new_login {
        made.url = Some(token::app_login(&control, prefix, url, role).await?.url);
    }
    Ok(made)
}
