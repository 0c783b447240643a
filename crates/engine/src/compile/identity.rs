//! The `seal` schema's own objects: who is here, decided by what only the control connection can write or sign.
//! A model comes in, statements come out. INVARIANT: nothing that a session can set is believed unless a key signed it; a
//! missing, expired or wrong identity is null or false and never an error.
//!
//! All functions are PL/pgSQL, which keeps its plans for the whole session, and are keyed on `session_user`, which neither
//! `SET ROLE` nor `SECURITY DEFINER` changes. They run as `<prefix>_seal`, the only role that reads the two tables.

use crate::catalog::{ObjectId, Privilege, Signature, Statement};
use crate::model::{IdentitySource, Model};
use crate::sql::{QualifiedName, dollar, literal};

/// The schema of everything here.
pub const SCHEMA: &str = "seal";

/// The longest token that is looked at, in bytes.
pub const TOKEN_LIMIT: usize = 4096;

/// The longest life of a token, in seconds: a day.
pub const TOKEN_LIFE: u64 = 86_400;

/// How far into the future a token may say that it was made, in seconds, because clocks differ.
pub const CLOCK_SKEW: u64 = 60;

/// The server and database that one is connected to, as SQL: what leases and keys are made for, so that neither is worth anything
/// in a copy that was restored elsewhere. A copy of the server's files is the same server. The database's number is that of its folder,
/// which is cheaper to have than its row of `pg_database`; its name may be another's by now.
pub const AUDIENCE: &str = "((pg_catalog.pg_control_system()).system_identifier::text || '/' || \
     pg_catalog.split_part(pg_catalog.pg_relation_filepath('pg_catalog.pg_proc'::pg_catalog.regclass), '/', -2))";

/// Statements that make the schema `seal`, its tables and its functions, in an order that loads. The owner of all of them
/// must be `<prefix>_seal`, which needs USAGE on the schema of the identity type where that is not `pg_catalog`.
pub fn objects(model: &Model) -> Vec<Statement> {
    let mut objects = vec![
        Statement { object: ObjectId::Schema(SCHEMA.to_owned()), sql: format!("create schema {SCHEMA}") },
        Statement { object: ObjectId::Table(QualifiedName::new(SCHEMA, "lease")), sql: lease_table(model) },
        Statement { object: ObjectId::Table(QualifiedName::new(SCHEMA, "token_key")), sql: KEY_TABLE.to_owned() },
        Statement { object: ObjectId::Table(anchor()), sql: ANCHOR_TABLE.to_owned() },
    ];
    objects.extend(
        functions(model)
            .into_iter()
            .map(|function| Statement { object: ObjectId::Function(function.signature()), sql: function.sql() }),
    );
    objects
}

/// What every capability role (`<prefix>_role_*`, `<prefix>_agent_*`) holds: USAGE on the schema and EXECUTE on these. Nobody
/// else holds anything, and nobody but the owner holds anything on the tables and the other functions.
pub fn executable() -> Vec<(Signature, Privilege)> {
    [("me", None), ("claim", Some("text")), ("is_live", Some("text")), ("is_agent", None), ("is_human", None)]
        .into_iter()
        .map(|(name, argument)| (signature(name, argument), Privilege::Execute))
        .collect()
}

fn signature(name: &str, argument: Option<&str>) -> Signature {
    Signature {
        name: QualifiedName::new(SCHEMA, name),
        arguments: argument.map(|argument| argument.split(", ").map(str::to_owned).collect()).unwrap_or_default(),
    }
}

/// One row for each pool login that was ever leased. A login with a row never speaks by a token.
///
/// `role` and `acts_for_role` are capabilities, that is a database role's name without the prefix: `role_member`,
/// `agent_triage`. `principal` is who was let in (the agent itself, for an agent), `acts_for` the person it acts for, whom
/// `seal.me()` then tells. A lease with a `pid` speaks to that backend alone. `audience` is the server and database that it was
/// made for: see [`AUDIENCE`]. One that is revoked keeps its end: until then an older snapshot takes it for live, and its login is
/// nobody else's.
fn lease_table(model: &Model) -> String {
    format!(
        "\
create table seal.lease (
  login_role name primary key,
  epoch bigint not null default 1,
  pid integer,
  backend_start timestamptz,
  principal text,
  acts_for text,
  acts_for_role text,
  role text not null,
  audience text not null,
  claims jsonb not null default '{{}}',
  expires_at timestamptz not null,
  revoked boolean not null default false,
  ceilings jsonb not null default '{{}}',
  constraint lease_agent check (starts_with(role, 'agent_') = (acts_for is not null) and (acts_for is null) = (acts_for_role is null)),
  constraint lease_backend check (backend_start is null or pid is not null),
  constraint lease_login check (not starts_with(login_role::text, {}))
)",
        literal(&app_prefix(model)),
    )
}

/// Keys that tokens are checked with: the two padded blocks of HMAC, so that a check costs no padding. Whoever reads them
/// can sign, so nobody but the owner does. `audience` is the server and database that the key was made for. `epoch` is in seconds since 1970: what was made up to then is revoked.
const KEY_TABLE: &str = "\
create table seal.token_key (
  id text primary key check (id ~ '^[A-Za-z0-9]{1,32}$'),
  inner_block bytea not null check (octet_length(inner_block) = 64),
  outer_block bytea not null check (octet_length(outer_block) = 64),
  audience text not null,
  epoch bigint not null default 0,
  not_after timestamptz not null default 'infinity'
)";

/// A table without rows, of which every capability may read the one column.
///
/// A session has the privileges of its capability, and that is all that `DROP OWNED BY` the capability asks for: it would take the
/// capability out of every policy, the restrictive ones included. It ends in an error, and does nothing, where it meets a
/// column that somebody else granted.
const ANCHOR_TABLE: &str = "create table seal.anchor (held boolean)";

/// See [`ANCHOR_TABLE`].
pub fn anchor() -> QualifiedName {
    QualifiedName::new(SCHEMA, "anchor")
}

/// The column of [`anchor`].
pub const ANCHOR_COLUMN: &str = "held";

struct Function {
    name: &'static str,
    argument: Option<&'static str>,
    parameters: &'static str,
    returns: String,
    body: String,
    /// The same for a whole session, so that it is declared immutable: Postgres asks once and keeps the answer in the plans of the
    /// functions that call it, which no other session sees. No index or column may rest on it.
    fixed: bool,
    /// Only called by the others: as their owner, with their `search_path`, and executable by nobody else.
    private: bool,
}

impl Function {
    fn signature(&self) -> Signature {
        signature(self.name, self.argument)
    }

    fn sql(&self) -> String {
        let rights = if self.private { "" } else { " security definer\n  set search_path = pg_catalog, pg_temp" };
        let volatility = if self.fixed { "immutable" } else { "stable" };
        format!(
            "create function {SCHEMA}.{}({}) returns {}\n  language plpgsql {volatility} parallel safe{rights}\n  as {}",
            self.name,
            self.parameters,
            self.returns,
            dollar(&format!("\n{}\n", self.body.trim())),
        )
    }
}

fn functions(model: &Model) -> Vec<Function> {
    let plain = |name, returns: &str, body: String| Function {
        name,
        argument: None,
        parameters: "",
        returns: returns.to_owned(),
        private: false,
        fixed: false,
        body,
    };
    let other = match model.source {
        IdentitySource::Lease => token(model),
        IdentitySource::Postgrest => front_end(""),
        IdentitySource::Supabase => front_end(SUPABASE_SUBJECT),
    };
    vec![
        Function {
            name: "is_backend",
            argument: Some("integer, numeric"),
            parameters: "bound_pid integer, bound_start numeric",
            returns: "boolean".to_owned(),
            private: true,
            fixed: false,
            body: IS_BACKEND.to_owned(),
        },
        Function {
            private: true,
            fixed: true,
            ..plain("audience", "text", format!("begin\n  return {AUDIENCE};\nend"))
        },
        Function { private: true, ..plain("presented", "jsonb", other) },
        plain("me", &model.identity_type, me(model)),
        Function {
            name: "claim",
            argument: Some("text"),
            parameters: "name text",
            returns: "text".to_owned(),
            private: false,
            fixed: false,
            body: claim(model),
        },
        Function {
            name: "is_live",
            argument: Some("text"),
            parameters: "capability text",
            returns: "boolean".to_owned(),
            private: false,
            fixed: false,
            body: is_live(model),
        },
        plain("is_agent", "boolean", is_agent(model)),
        plain("is_human", "boolean", is_human(model)),
    ]
}

/// Whether this session is the backend that an identity is bound to. A parallel worker has a pid of its own: it belongs to
/// its leader. Its leader, and any backend's start, are told only where `<prefix>_seal` is a member of `pg_read_all_stats`;
/// else they are unknown, and unknown is no.
const IS_BACKEND: &str = "\
declare
  this_pid integer := pg_catalog.pg_backend_pid();
begin
  if bound_pid = this_pid and bound_start is null then
    return true;
  end if;
  if bound_pid <> this_pid then
    select activity.leader_pid into this_pid from pg_catalog.pg_stat_get_activity(this_pid) as activity;
    if this_pid is distinct from bound_pid then
      return false;
    end if;
  end if;
  return bound_start is null
      or coalesce((select extract(epoch from activity.backend_start) = bound_start from pg_catalog.pg_stat_get_activity(bound_pid) as activity), false);
end";

/// Reads the lease of this login: `subject`, `capability` and `live` are then set, and FOUND tells whether there is a row.
fn lease(model: &Model, more: &str, into: &str) -> String {
    format!(
        "  select lease.role, coalesce(lease.acts_for, lease.principal){more},
      not lease.revoked and lease.expires_at > pg_catalog.clock_timestamp()
      and (lease.pid is null or lease.pid = pg_catalog.pg_backend_pid() and lease.backend_start is null
           or seal.is_backend(lease.pid, extract(epoch from lease.backend_start)))
      and {fits}
      and lease.audience = seal.audience()
    into held, subject{into}, live
    from seal.lease as lease
    where lease.login_role = session_user;",
        fits = fits(model),
    )
}

const LEASE_VARIABLES: &str = "  held text;\n  subject text;\n  live boolean;\n";

/// Whether the lease's capability is still one of the model's, and for an agent whether the person has the role.
fn fits(model: &Model) -> String {
    use std::fmt::Write;
    let mut arms = String::new();
    for (name, agent) in &model.agents {
        let people: Vec<String> = model
            .roles
            .iter()
            .filter(|(role, declared)| **role == agent.acts_for || declared.includes.contains(&agent.acts_for))
            .map(|(role, _)| literal(&format!("role_{role}")))
            .collect();
        let holds = if people.is_empty() {
            "false".to_owned()
        } else {
            format!("lease.acts_for_role in ({})", people.join(", "))
        };
        let _ = write!(arms, " when {} then {holds}", literal(&format!("agent_{name}")));
    }
    let roles: Vec<String> = model.roles.keys().map(|role| literal(&format!("role_{role}"))).collect();
    let known = if roles.is_empty() { "false".to_owned() } else { format!("lease.role in ({})", roles.join(", ")) };
    if arms.is_empty() { known } else { format!("case lease.role{arms} else {known} end") }
}

/// Sets `held` and `subject` from the lease, or runs `presented` where another source speaks; returns `dead` where there is
/// neither. `live` is null if there is no lease, false if it is not live.
///
/// An application's login has no lease (a constraint of the table says so) and no other login is believed a token.
fn who(model: &Model, lease: &str, presented: &str, dead: &str) -> String {
    match model.source {
        IdentitySource::Lease => format!(
            "  if pg_catalog.starts_with(session_user::text, {app}) then\n{presented}  else\n{lease}\n    \
             if live is not true then\n      return {dead};\n    end if;\n  end if;\n",
            app = literal(&app_prefix(model)),
        ),
        IdentitySource::Postgrest | IdentitySource::Supabase => {
            // A login of the pool never speaks by claims, also where its row is gone.
            format!(
                "{lease}\n  if not found and session_user !~ {pool} then\n{presented}  elsif live is not true then\n    return {dead};\n  end if;\n",
                pool = literal(&format!("^{}_s[0-9]+$", model.prefix)),
            )
        }
    }
}

/// `seal.me()`: the principal, or for an agent the person it acts for.
fn me(model: &Model) -> String {
    format!(
        "declare\n{LEASE_VARIABLES}begin\n{who}{cast}end",
        who = who(model, &lease(model, "", ""), "    subject := seal.presented() ->> 'sub';\n", "null"),
        cast = cast(&model.identity_type),
    )
}

/// `seal.claim(name)`: a claim of the lease or token, as text.
fn claim(model: &Model) -> String {
    let presented = match model.source {
        IdentitySource::Lease => "    claims := seal.presented() -> 'claims';\n",
        IdentitySource::Postgrest | IdentitySource::Supabase => "    claims := seal.presented();\n",
    };
    format!(
        "declare\n{LEASE_VARIABLES}  claims jsonb;\nbegin\n{who}  return claims ->> name;\nend",
        who = who(model, &lease(model, ", lease.claims", ", claims"), presented, "null"),
    )
}

/// Capabilities that act without a person: services, and the anonymous role.
fn without_person(model: &Model, variable: &str) -> String {
    let names: Vec<String> = model
        .roles
        .iter()
        .filter(|(_, role)| role.service || role.anonymous)
        .map(|(name, _)| literal(&format!("role_{name}")))
        .collect();
    if names.is_empty() { "false".to_owned() } else { format!("{variable} in ({})", names.join(", ")) }
}

/// `seal.is_live(capability)`: this login's lease or token is live, is of that very capability, and says who is here.
fn is_live(model: &Model) -> String {
    let presented = match model.source {
        IdentitySource::Lease => {
            "    said := seal.presented();\n    held := said ->> 'cap';\n    subject := said ->> 'sub';\n"
        }
        // The front end chooses the role that the session acts in: what must be there is a claim. Agents come by leases alone.
        IdentitySource::Postgrest | IdentitySource::Supabase => {
            "    said := seal.presented();\n    \
             if said is not null and not pg_catalog.starts_with(capability, 'agent_') then\n      held := capability;\n    \
             end if;\n    subject := said ->> 'sub';\n"
        }
    };
    format!(
        "declare\n{LEASE_VARIABLES}  said jsonb;\nbegin\n{who}  if held is distinct from capability or capability is null then\n    \
         return false;\n  end if;\n  if {none} then\n    return true;\n  end if;\n{valid}end",
        who = who(model, &lease(model, "", ""), presented, "false"),
        none = without_person(model, "capability"),
        valid = valid(&model.identity_type),
    )
}

/// A lease that is not live is neither an agent's nor a person's, nor none: null, which no rule takes for a yes even under NOT.
const NEITHER: &str = "case when live is null then false end";

/// `seal.is_agent()`: an agent's lease.
fn is_agent(model: &Model) -> String {
    format!(
        "declare\n{LEASE_VARIABLES}begin\n{who}  return pg_catalog.starts_with(held, 'agent_');\nend",
        who = who(model, &lease(model, "", ""), "    return false;\n", NEITHER),
    )
}

/// `seal.is_human()`: a person, acting itself. Null also where a token is presented and is no good.
fn is_human(model: &Model) -> String {
    let presented = match model.source {
        IdentitySource::Lease => {
            "    if coalesce(pg_catalog.current_setting('seal.token', true), '') = '' then\n      return false;\n    end if;\n    \
             said := seal.presented();\n    if said is null then\n      return null;\n    end if;\n    held := said ->> 'cap';\n    \
             subject := said ->> 'sub';\n"
        }
        IdentitySource::Postgrest | IdentitySource::Supabase => "    subject := seal.presented() ->> 'sub';\n",
    };
    format!(
        "declare\n{LEASE_VARIABLES}  said jsonb;\nbegin\n{who}  if pg_catalog.starts_with(held, 'agent_') or {none} then\n    \
         return false;\n  end if;\n{valid}end",
        who = who(model, &lease(model, "", ""), presented, NEITHER),
        none = without_person(model, "held"),
        valid = valid(&model.identity_type),
    )
}

/// How a text is known to be a value of the identity type without trying: a failed cast is an error that prints the text,
/// and a block that catches it is not allowed in a parallel worker of older servers.
enum Shape {
    /// Any text.
    Text,
    /// A regular expression decides.
    Pattern(&'static str),
    /// Digits, and a range.
    Integer(&'static str),
    /// Only the type's own input function knows.
    Other,
}

fn shape(identity_type: &str) -> Shape {
    match identity_type {
        "text" | "character varying" => Shape::Text,
        "uuid" => Shape::Pattern("^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"),
        "smallint" => Shape::Integer("-32768 and 32767"),
        "integer" => Shape::Integer("-2147483648 and 2147483647"),
        "bigint" => Shape::Integer("-9223372036854775808 and 9223372036854775807"),
        _ => Shape::Other,
    }
}

fn test(identity_type: &str) -> Option<String> {
    match shape(identity_type) {
        // An empty setting or claim is nobody, not somebody without a name.
        Shape::Text => Some("subject <> ''".to_owned()),
        Shape::Pattern(pattern) => Some(format!("subject ~ {}", literal(pattern))),
        Shape::Integer(range) => Some(format!(
            "(case when subject ~ '^-?[0-9]{{1,19}}$' then subject::pg_catalog.numeric between {range} else false end)"
        )),
        Shape::Other => None,
    }
}

/// Returns `subject` as the identity type, or null.
fn cast(identity_type: &str) -> String {
    match test(identity_type) {
        Some(test) => format!("  if {test} then\n    return subject::{identity_type};\n  end if;\n  return null;\n"),
        None => with_input_function(identity_type, &format!("subject::{identity_type}"), "null"),
    }
}

/// Returns whether `subject` is a value of the identity type.
fn valid(identity_type: &str) -> String {
    match test(identity_type) {
        Some(test) => format!("  return coalesce({test}, false);\n"),
        None => with_input_function(identity_type, &format!("(subject::{identity_type}) is not null"), "false"),
    }
}

/// 16 and later can ask. On 15 a subject that is not of the type is an error: the control connection tries it before it writes
/// a lease, so only who signs tokens can bring that about.
fn with_input_function(identity_type: &str, good: &str, bad: &str) -> String {
    format!(
        "  if subject is null then\n    return {bad};\n  end if;\n  \
         if pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 then\n    \
         if not pg_catalog.pg_input_is_valid(subject, {name}) then\n      return {bad};\n    end if;\n  end if;\n  return {good};\n",
        name = literal(identity_type),
    )
}

/// `seal.presented()`: what a signed token in the setting `seal.token` says, if it is good for this session; else null.
///
/// The order matters. INVARIANT: nothing of the token is decoded before its signature has been checked, and what stands before
/// that cannot fail, whatever the text is. Signatures are compared by their hashes, so that time tells nothing of them.
/// The regular expression has no counted repetitions: with them it costs six times as much.
fn token(model: &Model) -> String {
    let people: Vec<String> = model
        .roles
        .iter()
        .filter(|(_, role)| !role.anonymous)
        .map(|(name, _)| literal(&format!("role_{name}")))
        .collect();
    let people = if people.is_empty() { "null".to_owned() } else { people.join(", ") };
    format!(
        "declare
  token text := pg_catalog.current_setting('seal.token', true);
  part text;
  payload bytea;
  inner_block bytea;
  outer_block bytea;
  revoked bigint;
  audience text;
  said jsonb;
  made numeric;
  until numeric;
  seconds numeric;
begin
  if token is null or pg_catalog.octet_length(token) not between 100 and {TOKEN_LIMIT}
     or token !~ '^v1[.][A-Za-z0-9]+[.][A-Za-z0-9_-]+[.][0-9a-f]+$' then
    return null;
  end if;
  select known.inner_block, known.outer_block, known.epoch, known.audience into inner_block, outer_block, revoked, audience
    from seal.token_key as known
    where known.id = pg_catalog.split_part(token, '.', 2) and known.not_after > pg_catalog.clock_timestamp();
  if not found then
    return null;
  end if;
  part := pg_catalog.split_part(token, '.', 4);
  if pg_catalog.length(part) <> 64
     or pg_catalog.sha256(pg_catalog.encode(pg_catalog.sha256(outer_block || pg_catalog.sha256(inner_block || pg_catalog.left(token, -65)::bytea)), 'hex')::bytea)
        <> pg_catalog.sha256(part::bytea)
     or audience <> seal.audience() then
    return null;
  end if;
  part := pg_catalog.split_part(token, '.', 3);
  if pg_catalog.length(part) % 4 = 1 then
    return null;
  end if;
  payload := pg_catalog.decode(pg_catalog.replace(pg_catalog.replace(part, '-', '+'), '_', '/') || pg_catalog.repeat('=', -pg_catalog.length(part) & 3), 'base64');
  part := pg_catalog.encode(payload, 'escape');
  if pg_catalog.length(part) <> pg_catalog.octet_length(payload) then -- more than ASCII, or a backslash
    if pg_catalog.encode(payload, 'hex') !~ {UTF8} or pg_catalog.current_setting('server_encoding') <> 'UTF8' then
      return null;
    end if;
    part := pg_catalog.convert_from(payload, 'UTF8');
  end if;
  if pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 then
    if not pg_catalog.pg_input_is_valid(part, 'pg_catalog.jsonb') then
      return null;
    end if;
  end if;
  said := part::pg_catalog.jsonb;
  if said ->> 'login' is distinct from session_user::text
     or coalesce(said ->> 'cap' not in ({people}), true)
     or {app} || pg_catalog.substr(said ->> 'cap', 6) <> session_user::text
     or pg_catalog.jsonb_typeof(said -> 'iat') <> 'number'
     or pg_catalog.jsonb_typeof(said -> 'exp') <> 'number'
     or pg_catalog.jsonb_typeof(said -> 'sub') not in ('string', 'null')
     or pg_catalog.jsonb_typeof(said -> 'claims') <> 'object' then
    return null;
  end if;
  made := (said -> 'iat')::numeric;
  until := (said -> 'exp')::numeric;
  seconds := extract(epoch from pg_catalog.clock_timestamp());
  if (until > seconds and made > revoked and made <= seconds + {CLOCK_SKEW} and until - made <= {TOKEN_LIFE}) is not true then
    return null;
  end if;
  if said ? 'pid' or said ? 'start' then
    if pg_catalog.jsonb_typeof(said -> 'pid') is distinct from 'number' or pg_catalog.jsonb_typeof(said -> 'start') <> 'number' then
      return null;
    end if;
    if (said -> 'pid')::numeric not between 1 and 2147483647 then
      return null;
    end if;
    if not seal.is_backend((said -> 'pid')::int4, (said -> 'start')::numeric) then
      return null;
    end if;
  end if;
  return said;
end",
        app = literal(&app_prefix(model)),
    )
}

/// What the names of application logins, which are the only ones that tokens speak to, begin with.
fn app_prefix(model: &Model) -> String {
    format!("{}_app_", model.prefix)
}

/// Well-formed UTF-8 without NUL, in hexadecimal.
const UTF8: &str = "'^(?:0[1-9a-f]|[1-7][0-9a-f]|(?:c[2-9a-f]|d[0-9a-f])[89ab][0-9a-f]|\
e0[ab][0-9a-f][89ab][0-9a-f]|e[1-9abcef](?:[89ab][0-9a-f]){2}|ed[89][0-9a-f][89ab][0-9a-f]|\
f0[9ab][0-9a-f](?:[89ab][0-9a-f]){2}|f[123](?:[89ab][0-9a-f]){3}|f48[0-9a-f](?:[89ab][0-9a-f]){2})*$'";

/// Supabase sets the subject by itself too, and its own function reads that first.
const SUPABASE_SUBJECT: &str = "  subject := nullif(pg_catalog.current_setting('request.jwt.claim.sub', true), '');\n";

/// `seal.presented()` behind a trusted front end: the claims that it put into its unsigned setting.
fn front_end(subject: &str) -> String {
    format!(
        "declare
  raw text := nullif(pg_catalog.current_setting('request.jwt.claims', true), '');
  subject text;
  said jsonb;
begin
{subject}  if raw is null and subject is null then
    return null;
  end if;
  if pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 then
    if not pg_catalog.pg_input_is_valid(raw, 'pg_catalog.jsonb') then
      return null;
    end if;
  end if;
  said := coalesce(raw::pg_catalog.jsonb, '{{}}');
  if pg_catalog.jsonb_typeof(said) <> 'object' then
    return null;
  end if;
  if subject is not null then
    said := said || pg_catalog.jsonb_build_object('sub', subject);
  end if;
  return said;
end"
    )
}

#[cfg(test)]
mod tests {
    //! The SQL is run by the tests of `postgres`; here stands what must be so of its text.
    use super::*;
    use crate::model::{Agent, May, Role};
    use crate::source::Span;

    fn model(source: IdentitySource, identity_type: &str) -> Model {
        let role = |anonymous, default, service, includes: &[&str]| Role {
            anonymous,
            default,
            service,
            includes: includes.iter().map(|name| (*name).to_owned()).collect(),
            span: None,
        };
        Model {
            prefix: "acme".to_owned(),
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
            agents: [(
                "triage".to_owned(),
                Agent {
                    acts_for: "member".to_owned(),
                    may: May::default(),
                    ceilings: Default::default(),
                    approve: Vec::new(),
                    span: Span { file: crate::source::FileId(0), start: 0, end: 0 },
                },
            )]
            .into(),
            jobs: Default::default(),
            proves: Vec::new(),
            trusts: Vec::new(),
            add_indexes: false,
            guard: true,
            keep_open: std::collections::BTreeSet::new(),
        }
    }

    /// `standard_conforming_strings = off` and `search_path` are the session's own: no body may mean something else under them.
    #[test]
    fn bodies_do_not_depend_on_session_settings() {
        for source in [IdentitySource::Lease, IdentitySource::Postgrest, IdentitySource::Supabase] {
            for identity_type in ["uuid", "bigint", "text", "app.user_id"] {
                for statement in objects(&model(source, identity_type)) {
                    assert!(!statement.sql.contains('\\'), "{}", statement.sql);
                    if matches!(statement.object, ObjectId::Function(_)) {
                        let fixed = statement.sql.starts_with("create function seal.audience");
                        let private = fixed
                            || statement.sql.starts_with("create function seal.presented")
                            || statement.sql.starts_with("create function seal.is_backend");
                        assert!(
                            private
                                || statement.sql.contains("security definer\n  set search_path = pg_catalog, pg_temp")
                        );
                        let volatility = if fixed { "immutable" } else { "stable" };
                        assert!(statement.sql.contains(&format!("{volatility} parallel safe")));
                    }
                    pg_query::parse(&statement.sql).unwrap();
                }
            }
        }
    }

    #[test]
    fn an_agent_needs_a_person_who_has_the_role() {
        let text = fits(&model(IdentitySource::Lease, "uuid"));
        assert!(
            text.contains("when 'agent_triage' then lease.acts_for_role in ('role_member', 'role_staff')"),
            "{text}"
        );
    }

    #[test]
    fn everything_executable_exists() {
        let made: Vec<ObjectId> =
            objects(&model(IdentitySource::Lease, "uuid")).into_iter().map(|made| made.object).collect();
        for (signature, _) in executable() {
            assert!(made.contains(&ObjectId::Function(signature)));
        }
    }
}
