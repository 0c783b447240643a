//! `pgseal url`: a connection URL on which one principal acts.
//!
//! Comes in: who, and a control connection. Goes out: a URL with a login role of its own, leased for a while; or the end of such leases.

use std::collections::BTreeMap;
use std::time::Duration;

use pgseal_engine::syntax::access;
use pgseal_postgres::connect::Target;
use pgseal_postgres::lease::{Lease, LeaseError, Whose, issue, logins, revoke};
use pgseal_postgres::project::Input;
use serde::Serialize;
use serde_json::Value;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::waiting::Watch;
use crate::{project, report};

/// Print a connection URL on which one principal acts, or end it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgseal url --as 6a1f7e0c-0000-4000-8000-000000000001
  pgseal url --as 6a1f7e0c-0000-4000-8000-000000000001 --agent triage --ttl 1h
  psql \"$(pgseal url --role nightly)\"
  pgseal url --revoke acme_s81234   (or the URL that was printed)
  pgseal url --revoke-all 6a1f7e0c-0000-4000-8000-000000000001")]
#[command(group = clap::ArgGroup::new("end").args(["revoke", "revoke_all", "revoke_ended"]).conflicts_with_all(["principal", "role", "agent", "ttl", "connections", "claims"]))]
pub struct Args {
    /// The id of the person; a service role or a visitor has none
    #[arg(long = "as", value_name = "ID")]
    principal: Option<String>,
    /// The role that the person acts in; the model's default role unless given
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Act as this agent, for the person
    #[arg(long, value_name = "AGENT", requires = "principal")]
    agent: Option<String>,
    /// For how long
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    ttl: Duration,
    /// How many connections at once
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    connections: u32,
    /// What `claim('name')` tells; may be given more than once
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    claims: Vec<(String, String)>,
    /// End a lease now: its login, or the URL that was printed
    #[arg(long, value_name = "LOGIN|URL")]
    revoke: Option<String>,
    /// End every lease of a person now, those of agents that act for them too
    #[arg(long, value_name = "ID")]
    revoke_all: Option<String>,
    /// End what is still connected after its lease has ended
    #[arg(long)]
    revoke_ended: bool,
    /// The sealed database, as a role that may create roles
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

#[derive(Debug, Serialize)]
struct Issued {
    url: String,
    login: String,
    seconds: u64,
}

#[derive(Debug, Serialize)]
struct Ended {
    revoked: Vec<String>,
}

/// Leases a login and prints its URL, or ends leases.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let project = project::read(context.project.as_deref())?.input;
    if args.revoke.is_some() || args.revoke_all.is_some() || args.revoke_ended {
        return end(args, &project.settings.role_prefix, context.json).await;
    }
    let role = args.role.clone().unwrap_or_else(|| default_role(&project));
    has_a_person(&project, &role, args.principal.is_some())?;
    let mut lease = Lease::new(&format!("role_{role}"), args.principal.as_deref());
    if let (Some(agent), Some(person)) = (&args.agent, &args.principal) {
        lease = Lease::new(&format!("agent_{agent}"), Some(agent)).acting_for(person, &format!("role_{role}"));
    }
    lease.ttl = args.ttl;
    lease.connections = args.connections;
    lease.claims = claims(&args.claims);
    let target = Target::parse(&args.database_url)?;
    let control = target.connect().await?;
    let work = issue(&control, &project.settings.role_prefix, &args.database_url, &lease);
    let (outcome, waited) = Watch::of(&control, &target).await?.during(work, LeaseError::is_lock_timeout).await;
    let login = outcome.map_err(|error| match waited {
        Some(advice) => Failure::new(error.to_string()).help(advice),
        None => error.into(),
    })?;
    let issued = Issued { url: login.url, login: login.role, seconds: args.ttl.as_secs() };
    if context.json {
        report::print_json(&issued)?;
    } else {
        report::print(&format!("{}\n", issued.url))?;
    }
    Ok(Answer::Yes)
}

/// Ends what was asked for, each as far as it can be, and tells what could not.
async fn end(args: &Args, prefix: &str, json: bool) -> Result<Answer, Failure> {
    let given = args.revoke.as_deref().map(login_of).transpose()?;
    let target = Target::parse(&args.database_url)?;
    let mut control = target.connect().await?;
    let watch = Watch::of(&control, &target).await?;
    let found = match (given, &args.revoke_all) {
        (Some(login), _) => vec![login],
        (None, Some(person)) => logins(&mut control, prefix, Whose::Person(person)).await?,
        (None, None) => logins(&mut control, prefix, Whose::Ended).await?,
    };
    let mut lines = String::new();
    let mut failures = Vec::new();
    let mut waited = None;
    for login in &found {
        let (outcome, advice) = watch.during(revoke(&control, prefix, login), LeaseError::is_lock_timeout).await;
        waited = waited.or(advice);
        match outcome {
            Ok(true) => lines += &format!("revoked the lease of `{login}`\n"),
            Ok(false) => lines += &format!("the lease of `{login}` had ended: what was left of it is taken away\n"),
            Err(error) => failures.push(error),
        }
    }
    if !failures.is_empty() {
        if !json {
            report::print(&lines)?;
        }
        let problems: Vec<String> = failures.iter().map(ToString::to_string).collect();
        let failure = Failure::new(problems.join("; "));
        if let Some(advice) = waited {
            return Err(failure.help(advice));
        }
        return Err(match failures.as_slice() {
            [LeaseError::NoLease { .. }] => failure.help(
                "`pgseal url --json` says the login of each URL; `pgseal url --revoke-all ID` ends every lease of a person",
            ),
            _ => failure,
        });
    }
    if found.is_empty() {
        "there is no lease to end\n".clone_into(&mut lines);
    }
    if json {
        report::print_json(&Ended { revoked: found })?
    } else {
        report::print(&lines)?
    }
    Ok(Answer::Yes)
}

/// A login as it stands, or out of a URL or `key=value` string.
fn login_of(given: &str) -> Result<String, Failure> {
    if !given.contains("://") && !given.contains('=') {
        return Ok(given.to_owned());
    }
    let target = Target::parse(given)?;
    target.user().map(str::to_owned).ok_or_else(|| {
        Failure::new("the URL to revoke names no user").help("give the one that `pgseal url` printed, or its login")
    })
}

/// The role that rules speak of unless they say otherwise, as `access.toml` declares it.
pub fn default_role(project: &Input) -> String {
    let (ast, _) = access::parse(&project.sources, &project.access);
    ast.roles.into_iter().find(|role| role.default).map_or_else(|| "member".to_owned(), |role| role.name.value)
}

/// A role of people speaks for somebody, a service role and the anonymous one for nobody: anything else would be a session that is
/// not what was asked for.
fn has_a_person(project: &Input, role: &str, given: bool) -> Result<(), Failure> {
    let (ast, _) = access::parse(&project.sources, &project.access);
    let anonymous = ast.roles.iter().find(|role| role.anonymous).map_or("visitor", |role| role.name.value.as_str());
    let service = ast.roles.iter().any(|declared| declared.service && declared.name.value == role);
    let kind = if role == anonymous { "the role of whoever is not signed in" } else { "a service role" };
    match (given, service || role == anonymous) {
        (true, true) => {
            Err(Failure::new(format!("`{role}` is {kind}, which nobody acts in as a person")).help(format!(
                "leave out `--as`, or name a role of people: `pgseal url --as ID --role {}`",
                default_role(project)
            )))
        }
        (false, false) => Err(Failure::new(format!("`{role}` is a role of people, and it is not said who acts"))
            .help(format!("say who: `pgseal url --as ID --role {role}`; a service role and `{anonymous}` have no id"))),
        _ => Ok(()),
    }
}

/// Claims as leases and tokens take them.
pub fn claims(given: &[(String, String)]) -> BTreeMap<String, Value> {
    given.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect()
}

/// `90s`, `5m`, `2h`, `1d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write it as `90s`, `5m`, `2h` or `1d`".to_owned();
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.strip_prefix(number) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86_400,
        _ => return Err(wrong()),
    };
    let seconds: u64 = number.parse().map_err(|_| wrong())?;
    match seconds.checked_mul(factor) {
        Some(0) => Err("it must be longer than nothing".to_owned()),
        // What Postgres' intervals and clocks can hold with room to spare.
        Some(total) if total <= 3_155_760_000 => Ok(Duration::from_secs(total)),
        _ => Err("a hundred years are enough".to_owned()),
    }
}

/// `name=value`.
pub fn claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as `name=value`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86_400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "5", "m", "0s", "-1s", "1.5h", "5 m", "5x", "99999999999999999999d", "9999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_claim_has_a_name() {
        assert_eq!(claim("plan=a=b"), Ok(("plan".to_owned(), "a=b".to_owned())));
        assert!(claim("plan").is_err());
        assert!(claim("=x").is_err());
    }
}
