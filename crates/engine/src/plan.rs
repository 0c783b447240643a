//! Changes in, the order to make them in out. One transaction holds all of it; the order makes each statement possible, and
//! closes before it opens.
//!
//! 1. Roles, because everything names them. Memberships that nobody gave are taken away before any is lent.
//! 2. Whoever deploys is lent the owners' roles.
//! 3. The database is closed to PUBLIC; schemas are made, handed over, closed and opened to the roles that use them.
//! 4. Extensions, while functions that they bring still get EXECUTE for PUBLIC; only then default privileges are closed.
//! 5. What is live is narrowed: owners, row-level security, revokes, permissive policies that go, rewrite rules that go.
//! 6. Statements in their order, each object sealed before the next is made.
//! 7. Restrictive policies, then triggers, then permissive policies.
//! 8. What is no longer wanted and what only restricted goes; views and functions after all that called them.
//! 9. Grants: the last thing that opens anything. Materialized views that are new are filled.
//! 10. What was lent is taken back, what the guard compares with is written down, and the guard begins.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalog::ObjectId;
use crate::diff::{Change, Lend, Securable};

/// The steps of a plan, in groups that follow each other. The order of the variants is the order of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Roles and their attributes.
    Roles,
    /// Memberships that were not given.
    Leave,
    /// The owners' roles are lent.
    LendRoles,
    /// Memberships that were given.
    Join,
    /// PUBLIC loses the database.
    CloseDatabase,
    /// Schemas are made.
    Schemas,
    /// Schemas are handed over.
    SchemaOwners,
    /// Who may use which schema.
    SchemaPrivileges,
    /// Extensions.
    Extensions,
    /// What future objects get.
    Defaults,
    /// Owners may create in schemas that are not theirs.
    LendSchemas,
    /// Objects are handed over.
    Owners,
    /// Flags of row-level security on tables that are there.
    RowSecurity,
    /// Privileges are taken.
    Revoke,
    /// Policies that let somebody in, and rewrite rules, go.
    Narrow,
    /// What is made anew goes.
    DropAnew,
    /// The schema files and pgseal's own objects.
    Statements,
    /// Indexes without a statement.
    Indexes,
    /// Restrictive policies.
    Restrict,
    /// Triggers that differ or are not wanted go.
    DropTriggers,
    /// Triggers and rewrite rules.
    Triggers,
    /// Permissive policies.
    Permit,
    /// Restrictive policies that are not wanted.
    Unrestrict,
    /// Views that are not wanted.
    DropViews,
    /// Functions that are not wanted.
    DropFunctions,
    /// Privileges are given.
    Grant,
    /// Materialized views are filled.
    Fill,
    /// Schemas that are not wanted.
    DropSchemas,
    /// What has been run is written down.
    Record,
    /// Privileges on schemas that were lent are taken back.
    TakeBackPrivileges,
    /// What the guard compares with is written down: nothing that it looks at changes after.
    RecordGuarded,
    /// The owners' roles are taken back.
    TakeBack,
    /// The guard begins.
    Guard,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", content = "of", rename_all = "snake_case")]
pub enum Action {
    /// Makes a change.
    Make(Change),
    /// Lends roles to whoever deploys.
    LendRoles(BTreeSet<String>),
    /// Lends privileges on schemas and the database.
    LendPrivileges(Lend),
    /// Takes privileges back.
    TakeBackPrivileges(Lend),
    /// Takes roles back.
    TakeBack(BTreeSet<String>),
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When.
    pub phase: Phase,
    /// As which role; none: whoever deploys.
    pub run_as: Option<String>,
    /// What.
    pub action: Action,
}

/// An order of changes that works.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
    /// What cannot be applied. INVARIANT: with one of these nothing is.
    pub unsupported: Vec<Change>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.unsupported.is_empty()
    }
}

/// Puts changes into the order in which they can be made.
pub fn order(changes: Vec<Change>) -> Plan {
    let mut plan = Plan::default();
    for change in changes {
        match change {
            Change::Unsupported { .. } => plan.unsupported.push(change),
            Change::Lend(lend) => plan.steps.extend(lending(lend)),
            Change::Run { statement, run_as, seal } => {
                let phase = statement_phase(&statement.object);
                let run = Change::Run { statement, run_as: run_as.clone(), seal: Vec::new() };
                plan.steps.push(Step { phase, run_as, action: Action::Make(run) });
                let sealing = |change| Step { phase, run_as: None, action: Action::Make(change) };
                plan.steps.extend(seal.into_iter().map(sealing));
            }
            other => {
                plan.steps.push(Step { phase: phase(&other), run_as: run_as(&other), action: Action::Make(other) })
            }
        }
    }
    // Stable: within a phase the order in which they were found stays.
    plan.steps.sort_by_key(|step| step.phase);
    plan
}

fn lending(lend: Lend) -> Vec<Step> {
    let mut steps = Vec::new();
    if !lend.roles.is_empty() {
        let action = Action::LendRoles(lend.roles.clone());
        steps.push(Step { phase: Phase::LendRoles, run_as: None, action });
        let action = Action::TakeBack(lend.roles.clone());
        steps.push(Step { phase: Phase::TakeBack, run_as: None, action });
    }
    if !lend.schemas.is_empty() || !lend.database.is_empty() {
        let action = Action::LendPrivileges(lend.clone());
        steps.push(Step { phase: Phase::LendSchemas, run_as: None, action });
        let action = Action::TakeBackPrivileges(lend);
        steps.push(Step { phase: Phase::TakeBackPrivileges, run_as: None, action });
    }
    steps
}

fn run_as(change: &Change) -> Option<String> {
    match change {
        Change::ReplaceFunction { run_as, .. }
        | Change::ReplaceView { run_as, .. }
        | Change::Refresh { run_as, .. } => run_as.clone(),
        Change::RecordGuarded { run_as } => Some(run_as.clone()),
        _ => None,
    }
}

fn statement_phase(object: &ObjectId) -> Phase {
    match object {
        ObjectId::Schema(_) => Phase::Schemas,
        ObjectId::Extension(_) => Phase::Extensions,
        _ => Phase::Statements,
    }
}

fn phase(change: &Change) -> Phase {
    match change {
        Change::CreateRole { .. } | Change::AlterRole { .. } => Phase::Roles,
        Change::Leave { .. } => Phase::Leave,
        Change::Join { .. } => Phase::Join,
        Change::CreateSchema(_) => Phase::Schemas,
        Change::DropSchema(_) => Phase::DropSchemas,
        Change::Owner { object: Securable::Schema(_), .. } => Phase::SchemaOwners,
        Change::Owner { .. } => Phase::Owners,
        Change::RowSecurity { .. } => Phase::RowSecurity,
        Change::Grant(acl) => match &acl.on {
            Securable::Schema(_) => Phase::SchemaPrivileges,
            Securable::Default(..) => Phase::Defaults,
            _ => Phase::Grant,
        },
        Change::Revoke(acl) | Change::RevokeGrantOption(acl) => match &acl.on {
            Securable::Database | Securable::SystemFunctions(..) | Securable::SystemRelation(_) => Phase::CloseDatabase,
            Securable::Schema(_) => Phase::SchemaPrivileges,
            Securable::Default(..) => Phase::Defaults,
            _ => Phase::Revoke,
        },
        Change::DropPolicy { permissive: true, .. } | Change::DropRule { .. } => Phase::Narrow,
        // One that is replaced goes and comes back in one place.
        Change::DropPolicy { replaced: true, .. } => Phase::Restrict,
        Change::DropPolicy { .. } => Phase::Unrestrict,
        Change::CreatePolicy { policy, .. } => match policy.permissive {
            true => Phase::Permit,
            false => Phase::Restrict,
        },
        Change::DropView { recreated: true, .. }
        | Change::DropFunction { recreated: true, .. }
        | Change::DropIndex { .. } => Phase::DropAnew,
        Change::DropView { .. } => Phase::DropViews,
        Change::Refresh { .. } => Phase::Fill,
        Change::DropFunction { .. } => Phase::DropFunctions,
        Change::CreateIndex { .. } => Phase::Indexes,
        Change::DropTrigger { .. } => Phase::DropTriggers,
        Change::CreateTrigger { .. } | Change::TriggerState { .. } | Change::CreateRule { .. } => Phase::Triggers,
        Change::Run { statement, .. } => statement_phase(&statement.object),
        Change::Record(_) => Phase::Record,
        Change::RecordGuarded { .. } => Phase::RecordGuarded,
        Change::CreateEventTrigger { .. } | Change::DropEventTrigger(_) => Phase::Guard,
        Change::ReplaceFunction { .. }
        | Change::FunctionOptions { .. }
        | Change::ReplaceView { .. }
        | Change::ViewOptions { .. }
        | Change::Lend(_)
        | Change::Unsupported { .. } => Phase::Statements,
    }
}
