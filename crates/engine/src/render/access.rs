//! Roles, memberships, privileges, and what is lent for the time of a plan.

use std::collections::BTreeSet;

use super::block;
use crate::catalog::{Grantee, Membership, Privilege, Role, Signature};
use crate::diff::{AclChange, Lend, SchemaLoan, Securable, routine_word};
use crate::sql::{ident, idents, literal};

fn attribute_words(role: &Role) -> String {
    let word = |on: bool, yes: &'static str, no: &'static str| if on { yes } else { no };
    [
        word(role.login, "login", "nologin"),
        word(role.superuser, "superuser", "nosuperuser"),
        word(role.createdb, "createdb", "nocreatedb"),
        word(role.createrole, "createrole", "nocreaterole"),
        word(role.replication, "replication", "noreplication"),
        word(role.bypassrls, "bypassrls", "nobypassrls"),
    ]
    .join(" ")
}

/// Roles belong to the whole server, so another database may make the same one at the same time: who comes second takes it as
/// it is, if it carries the project's mark and can do no more than it shall.
pub(super) fn create_role(name: &str, role: &Role) -> String {
    let mark = role.comment.as_deref().unwrap_or_default();
    let (sql, attributes) = (ident(name), attribute_words(role));
    let condition = format!(
        "(pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from {})\n      \
         and rolcanlogin = {} and rolsuper = {} and rolcreatedb = {} and rolcreaterole = {}\n      \
         and rolreplication = {} and rolbypassrls = {}",
        literal(mark),
        role.login,
        role.superuser,
        role.createdb,
        role.createrole,
        role.replication,
        role.bypassrls
    );
    let refusal = literal(&format!(
        "role {sql} exists already and was not made by pgseal for this project, or can do more than it shall"
    ));
    block(&format!(
        "begin\n  create role {sql} {attributes};\n  comment on role {sql} is {mark};\nexception when duplicate_object or \
         unique_violation then\n  if not exists (\n    select from pg_catalog.pg_roles\n    where rolname = {name}\n      and \
         {condition}\n  ) then\n    raise exception using errcode = 'duplicate_object', message = {refusal};\n  end if;\nend",
        mark = literal(mark),
        name = literal(name),
    ))
}

/// Names only what differs: some servers ask for a superuser as soon as an attribute is named.
pub(super) fn alter_role(name: &str, from: &Role, to: &Role) -> String {
    let changed: Vec<String> = attribute_words(from)
        .split(' ')
        .zip(attribute_words(to).split(' '))
        .filter(|(from, to)| from != to)
        .map(|(_, to)| to.to_owned())
        .collect();
    format!("alter role {} {}", ident(name), changed.join(" "))
}

/// A server before 16 knows only the ADMIN OPTION.
pub(super) fn join(role: &str, member: &str, membership: Membership) -> String {
    let (role, member) = (ident(role), ident(member));
    let admin = if membership.admin { " with admin option" } else { "" };
    let newer = format!(
        "grant {role} to {member} with admin {}, inherit {}, set {}",
        membership.admin, membership.inherit, membership.set
    );
    block(&format!(
        "begin\n  if current_setting('server_version_num')::integer >= 160000 then\n    execute {};\n  else\n    execute \
         {};\n  end if;\nend",
        literal(&newer),
        literal(&format!("grant {role} to {member}{admin}")),
    ))
}

/// From 16 on a membership has one row for each who granted it, and who may create roles keeps administering what it made.
pub(super) fn leave(role: &str, member: &str) -> String {
    let (role, member) = (literal(role), literal(member));
    block(&format!(
        "declare\n  kept record;\nbegin\n  if current_setting('server_version_num')::integer < 160000 then\n    execute \
         format('revoke %I from %I', {role}, {member});\n    return;\n  end if;\n  for kept in\n    select g.rolname as \
         grantor, m.admin_option and u.rolcreaterole as administers\n    from pg_catalog.pg_auth_members m\n    join \
         pg_catalog.pg_roles r on r.oid = m.roleid and r.rolname = {role}\n    join pg_catalog.pg_roles u on u.oid = \
         m.member and u.rolname = {member}\n    join pg_catalog.pg_roles g on g.oid = m.grantor\n    where m.set_option or \
         m.inherit_option\n    order by 1\n  loop\n    if kept.administers then\n      execute format('revoke set option \
         for %I from %I granted by %I', {role}, {member}, kept.grantor);\n      execute format('revoke inherit option for \
         %I from %I granted by %I', {role}, {member}, kept.grantor);\n    else\n      execute format('revoke %I from %I \
         granted by %I cascade', {role}, {member}, kept.grantor);\n    end if;\n  end loop;\nend",
    ))
}

fn privileges(acl: &AclChange) -> String {
    acl.privileges
        .iter()
        .map(|(privilege, columns)| match columns.is_empty() {
            true => word(*privilege),
            false => format!("{} ({})", word(*privilege), idents(columns)),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn word(privilege: Privilege) -> String {
    privilege.word().to_ascii_lowercase()
}

fn grantees(acl: &AclChange) -> String {
    acl.grantees.iter().map(Grantee::sql).collect::<Vec<_>>().join(", ")
}

pub(super) fn grant(acl: &AclChange) -> String {
    statement("grant", &acl.on, &privileges(acl), &format!("to {}", grantees(acl)))
}

/// What somebody with the grant option gave away goes with it.
pub(super) fn revoke(acl: &AclChange, option: &str) -> String {
    let cascade = if matches!(acl.on, Securable::Default(..)) { "" } else { " cascade" };
    statement("revoke", &acl.on, &format!("{option}{}", privileges(acl)), &format!("from {}{cascade}", grantees(acl)))
}

fn statement(verb: &str, on: &Securable, privileges: &str, who: &str) -> String {
    let on = match on {
        Securable::Database => {
            let format = literal(&format!("{verb} {privileges} on database %I {}", who.replace('%', "%%")));
            return block(&format!("begin\n  execute format({format}, current_database());\nend"));
        }
        Securable::Default(role, schema, kind) => {
            let what = match kind {
                'S' => "sequences",
                'f' => "functions",
                'T' => "types",
                'n' => "schemas",
                _ => "tables",
            };
            let place = schema.as_ref().map_or_else(String::new, |schema| format!(" in schema {}", ident(schema)));
            let of = ident(role);
            return format!("alter default privileges for role {of}{place} {verb} {privileges} on {what} {who}");
        }
        Securable::Schema(name) => format!("schema {}", ident(name)),
        Securable::Type(name) => format!("type {name}"),
        Securable::Sequence(name) => format!("sequence {name}"),
        Securable::Table(name)
        | Securable::View(name)
        | Securable::MaterializedView(name)
        | Securable::SystemRelation(name) => format!("table {name}"),
        Securable::SystemFunctions(_, functions) => {
            format!("function {}", functions.iter().map(Signature::sql).collect::<Vec<_>>().join(", "))
        }
        Securable::Function(signature, 'p') => format!("{} {signature}", routine_word('p')),
        Securable::Function(signature, _) => format!("function {signature}"),
    };
    format!("{verb} {privileges} on {on} {who}")
}

fn array(roles: &BTreeSet<String>) -> String {
    format!("array[{}]::text[]", roles.iter().map(|role| literal(role)).collect::<Vec<_>>().join(", "))
}

/// For whoever deploys, unless a superuser, who needs no membership.
fn for_each_role(roles: &BTreeSet<String>, newer: &str, older: &str) -> String {
    block(&format!(
        "declare\n  role text;\nbegin\n  if (select rolsuper from pg_catalog.pg_roles where rolname = session_user) then\n    \
         return;\n  end if;\n  foreach role in array {} loop\n    if current_setting('server_version_num')::integer >= 160000 \
         then\n      execute format({newer}, role, session_user, session_user);\n    else\n      execute format({older}, role, \
         session_user);\n    end if;\n  end loop;\nend",
        array(roles)
    ))
}

/// The owners' roles, for the time of the transaction.
pub(super) fn lend_roles(roles: &BTreeSet<String>) -> String {
    for_each_role(roles, "'grant %1$I to %2$I with inherit true, set true'", "'grant %I to %I'")
}

/// CREATE and USAGE where owners make what is theirs in schemas that are not.
pub(super) fn lend_privileges(lend: &Lend) -> Vec<String> {
    let mut statements: Vec<String> = lend.schemas.iter().map(|loan| schema_loan(loan, "grant", "to")).collect();
    if !lend.database.is_empty() {
        statements.push(database_loan(lend, "grant", "to"));
    }
    statements
}

/// INVARIANT: every plan that lends takes back.
pub(super) fn take_back_privileges(lend: &Lend) -> Vec<String> {
    let mut statements: Vec<String> = lend.schemas.iter().map(|loan| schema_loan(loan, "revoke", "from")).collect();
    if !lend.database.is_empty() {
        statements.push(database_loan(lend, "revoke", "from"));
    }
    statements
}

/// The roles.
pub(super) fn take_back(roles: &BTreeSet<String>) -> String {
    for_each_role(roles, "'revoke %1$I from %2$I granted by %3$I'", "'revoke %I from %I'")
}

fn schema_loan(loan: &SchemaLoan, verb: &str, preposition: &str) -> String {
    let privileges = loan.privileges.iter().map(|privilege| word(*privilege)).collect::<Vec<_>>().join(", ");
    format!("{verb} {privileges} on schema {} {preposition} {}", ident(&loan.schema), ident(&loan.role))
}

fn database_loan(lend: &Lend, verb: &str, preposition: &str) -> String {
    let who = format!("{preposition} {}", idents(&lend.database));
    statement(verb, &Securable::Database, "create", &who)
}
