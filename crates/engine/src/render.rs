//! A plan as SQL text, one statement each, for one transaction. The same plan gives the same bytes.
//!
//! INVARIANT: names and literals become SQL in `engine::sql` only. Where a name is known to the server alone (the database,
//! who deploys), a DO block lets Postgres quote it.

mod access;
mod object;

#[cfg(test)]
mod tests;

use crate::catalog::Catalog;
use crate::compile::guard;
use crate::diff::{Change, guarding};
use crate::plan::{Action, Plan, Step};
use crate::sql::{dollar, ident};

/// Names in schema files that are not qualified are in `public`. Temporary objects are looked up last.
const FILES_PATH: &str = "set local search_path = public, pg_temp";

/// What Postgres printed names everything.
const QUALIFIED_PATH: &str = "set local search_path = pg_catalog, pg_temp";

/// Settings on which the meaning of the statements depends, whatever the server's or the role's are.
const SETTINGS: [&str; 9] = [
    FILES_PATH,
    "set local standard_conforming_strings = on",
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO, MDY'",
    "set local intervalstyle = 'postgres'",
    "set local check_function_bodies = on",
    "set local row_security = on",
    "set local client_min_messages = warning",
    // The guard lets this transaction through, if whoever deploys is a member of the owner's role.
    "set local seal.applying = on",
];

/// The key of the advisory lock that every `apply` takes in the database that it changes: the bytes `pgseal`.
pub const LOCK_KEY: i64 = 0x0070_6773_6561_6c00;

/// One statement of a rendered plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// What it is for, in words; the statement itself where that says it best.
    pub purpose: String,
    /// The statement, without a final semicolon.
    pub sql: String,
}

impl Rendered {
    fn plain(sql: String) -> Self {
        Self { purpose: sql.clone(), sql }
    }
}

/// The statements of a plan. They belong into one transaction; they neither begin nor end it. Empty if there is nothing to do.
pub fn render(plan: &Plan) -> Vec<String> {
    with_purpose(plan).into_iter().map(|rendered| rendered.sql).collect()
}

/// The same, each with what it is for.
pub fn with_purpose(plan: &Plan) -> Vec<Rendered> {
    if plan.steps.is_empty() {
        return Vec::new();
    }
    let mut statements: Vec<Rendered> = SETTINGS.iter().map(|setting| Rendered::plain((*setting).to_owned())).collect();
    let (mut role, mut path) = (None::<&str>, FILES_PATH);
    for step in &plan.steps {
        if step.run_as.as_deref() != role {
            role = step.run_as.as_deref();
            statements.push(Rendered::plain(set_role(role)));
        }
        let wanted = search_path(step);
        if wanted != path {
            path = wanted;
            statements.push(Rendered::plain(path.to_owned()));
        }
        let purpose = purpose(&step.action);
        statements.extend(action(&step.action).into_iter().map(|sql| Rendered { purpose: purpose.clone(), sql }));
    }
    if role.is_some() {
        statements.push(Rendered::plain(set_role(None)));
    }
    statements
}

fn purpose(action: &Action) -> String {
    match action {
        Action::Make(change) => change.to_string(),
        Action::LendRoles(_) | Action::LendPrivileges(_) => "lend the owners' rights to whoever deploys".to_owned(),
        Action::TakeBackPrivileges(_) | Action::TakeBack(_) => "take back what was lent".to_owned(),
    }
}

/// The statements of one change, by itself.
pub fn statements(change: &Change) -> Vec<String> {
    make(change)
}

/// The whole as a file that `psql` runs: in one transaction, under the same lock as `apply`.
pub fn script(plan: &Plan) -> String {
    let mut text = String::from("\\set ON_ERROR_STOP on\nbegin;\n");
    text.push_str(&format!("select pg_catalog.pg_advisory_xact_lock({LOCK_KEY});\n"));
    for statement in render(plan) {
        text.push_str(&statement);
        // A comment on the last line would swallow the semicolon.
        let ends_in_comment = statement.lines().last().is_some_and(|line| line.contains("--"));
        text.push_str(if ends_in_comment { "\n;\n" } else { ";\n" });
    }
    text.push_str("commit;\n");
    text
}

/// What makes the event triggers of one catalog those of another.
pub(crate) fn event_triggers(current: &Catalog, desired: &Catalog) -> Vec<String> {
    guarding(current, desired).iter().flat_map(make).collect()
}

fn set_role(role: Option<&str>) -> String {
    role.map_or_else(|| "set local role none".to_owned(), |role| format!("set local role {}", ident(role)))
}

fn search_path(step: &Step) -> &'static str {
    match &step.action {
        Action::Make(Change::CreatePolicy { qualified: true, .. })
        | Action::Make(Change::ReplaceView { .. })
        | Action::Make(Change::CreateTrigger { .. })
        | Action::Make(Change::CreateIndex { .. })
        | Action::Make(Change::CreateRule { .. }) => QUALIFIED_PATH,
        _ => FILES_PATH,
    }
}

fn action(action: &Action) -> Vec<String> {
    match action {
        Action::Make(change) => make(change),
        Action::LendRoles(roles) => vec![access::lend_roles(roles)],
        Action::LendPrivileges(lend) => access::lend_privileges(lend),
        Action::TakeBackPrivileges(lend) => access::take_back_privileges(lend),
        Action::TakeBack(roles) => vec![access::take_back(roles)],
    }
}

fn make(change: &Change) -> Vec<String> {
    match change {
        Change::CreateRole { name, role } => vec![access::create_role(name, role)],
        Change::AlterRole { name, from, to } => vec![access::alter_role(name, from, to)],
        Change::Join { role, member, membership } => vec![access::join(role, member, *membership)],
        Change::Leave { role, member } => vec![access::leave(role, member)],
        Change::Grant(acl) => vec![access::grant(acl)],
        Change::Revoke(acl) => vec![access::revoke(acl, "")],
        Change::RevokeGrantOption(acl) => vec![access::revoke(acl, "grant option for ")],
        Change::Owner { object, to, .. } => vec![object::owner(object, to)],
        Change::CreateSchema(name) => vec![format!("create schema {}", ident(name))],
        Change::DropSchema(name) => vec![format!("drop schema {}", ident(name))],
        Change::Run { statement, .. } => vec![statement.sql.clone()],
        Change::ReplaceFunction { definition, .. } => vec![object::replacing(definition)],
        Change::DropFunction { function, kind, .. } => vec![object::drop_function(function, *kind)],
        Change::FunctionOptions { function, kind, security_definer, settings } => {
            vec![object::function_options(function, *kind, *security_definer, settings)]
        }
        Change::ReplaceView { view, to, .. } => vec![object::replace_view(view, to)],
        Change::DropView { view, materialized, .. } => vec![object::drop_view(view, *materialized)],
        Change::Refresh { view, .. } => vec![format!("refresh materialized view {view}")],
        Change::ViewOptions { view, set, reset } => object::view_options(view, set, reset),
        Change::RowSecurity { table, enabled, forced } => vec![object::row_security(table, *enabled, *forced)],
        Change::CreatePolicy { table, name, policy, .. } => vec![object::create_policy(table, name, policy)],
        Change::DropPolicy { table, name, .. } => {
            vec![format!("drop policy {} on {table}", ident(name))]
        }
        Change::CreateTrigger { definition, .. }
        | Change::CreateIndex { definition, .. }
        | Change::CreateRule { definition, .. } => vec![object::bare(definition)],
        Change::TriggerState { relation, name, enabled } => vec![object::trigger_state(relation, name, *enabled)],
        Change::DropTrigger { relation, name } => {
            vec![format!("drop trigger {} on {relation}", ident(name))]
        }
        Change::DropIndex { table, name } => vec![object::drop_index(table, name)],
        Change::DropRule { table, name } => vec![format!("drop rule {} on {table}", ident(name))],
        Change::Record(others) => vec![object::record(others)],
        Change::RecordGuarded { .. } => vec![format!("select {}", guard::record().sql())],
        Change::CreateEventTrigger { name, trigger } => object::create_event_trigger(name, trigger),
        Change::DropEventTrigger(name) => vec![format!("drop event trigger {}", ident(name))],
        // The first is taken apart by the plan, the second stops it.
        Change::Lend(_) | Change::Unsupported { .. } => Vec::new(),
    }
}

/// A DO block around a body.
fn block(body: &str) -> String {
    format!("do {}", dollar(&format!("\n{body}\n")))
}
