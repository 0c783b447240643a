//! What must happen to a database: plain data, each variant complete in itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::catalog::{
    EventTrigger, Grantee, Membership, ObjectId, Policy, Privilege, Role, Signature, Statement, SystemClass, View,
};
use crate::sql::{QualifiedName, ident};

/// Something that privileges are held on, or that has an owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Securable {
    /// The database that one is connected to.
    Database,
    /// A schema.
    Schema(String),
    /// An enum, domain, composite or range type.
    Type(QualifiedName),
    /// A sequence.
    Sequence(QualifiedName),
    /// A table.
    Table(QualifiedName),
    /// A view.
    View(QualifiedName),
    /// A materialized view.
    MaterializedView(QualifiedName),
    /// A function, window function (`f`, `w`), procedure (`p`) or aggregate (`a`).
    Function(Signature, char),
    /// What objects get that a role will create: the role, the schema or none, `r S f T n`.
    Default(String, Option<String>, char),
    /// Functions of Postgres' own, of one class.
    SystemFunctions(SystemClass, BTreeSet<Signature>),
    /// A catalog or view of Postgres' own.
    SystemRelation(QualifiedName),
}

impl fmt::Display for Securable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => f.write_str("the database"),
            Self::Schema(name) => write!(f, "schema {}", ident(name)),
            Self::Type(name) => write!(f, "type {name}"),
            Self::Sequence(name) => write!(f, "sequence {name}"),
            Self::Table(name) => write!(f, "table {name}"),
            Self::View(name) => write!(f, "view {name}"),
            Self::MaterializedView(name) => write!(f, "materialized view {name}"),
            Self::Function(signature, kind) => write!(f, "{} {signature}", routine_word(*kind)),
            Self::SystemFunctions(class, functions) => {
                write!(f, "{} system functions ({})", functions.len(), class.word())
            }
            Self::SystemRelation(name) => write!(f, "{name}"),
            Self::Default(role, schema, kind) => {
                let what = match kind {
                    'r' => "tables",
                    'S' => "sequences",
                    'f' => "functions",
                    'T' => "types",
                    _ => "schemas",
                };
                write!(f, "future {what} of {}", ident(role))?;
                schema.as_ref().map_or(Ok(()), |schema| write!(f, " in schema {}", ident(schema)))
            }
        }
    }
}

/// `function`, `procedure` or `aggregate`, for a `pg_proc.prokind`.
pub fn routine_word(kind: char) -> &'static str {
    match kind {
        'p' => "procedure",
        'a' => "aggregate",
        _ => "function",
    }
}

/// Privileges on one object, given to or taken from some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AclChange {
    /// On what.
    pub on: Securable,
    /// Which; with no columns, on the whole object.
    pub privileges: BTreeMap<Privilege, BTreeSet<String>>,
    /// Whose.
    pub grantees: BTreeSet<Grantee>,
}

/// What whoever deploys, if no superuser, and the roles that own objects need while a plan runs. Taken back at its end, in
/// the same transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Lend {
    /// The roles that whoever deploys acts as.
    pub roles: BTreeSet<String>,
    /// Privileges on schemas.
    pub schemas: Vec<SchemaLoan>,
    /// The roles that may CREATE in the database.
    pub database: BTreeSet<String>,
}

/// Privileges on one schema for one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaLoan {
    /// The schema.
    pub schema: String,
    /// Who gets them.
    pub role: String,
    /// USAGE and CREATE, as far as the role does not keep them.
    pub privileges: BTreeSet<Privilege>,
}

/// One difference between what is and what shall be, as the thing to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A role is missing on the server.
    CreateRole {
        /// Its name.
        name: String,
        /// What it shall be.
        role: Role,
    },
    /// A role of ours lacks an attribute.
    AlterRole {
        /// Its name.
        name: String,
        /// What it is.
        from: Role,
        /// What it shall be.
        to: Role,
    },
    /// A membership is missing or has other options.
    Join {
        /// The role.
        role: String,
        /// Who becomes a member.
        member: String,
        /// How.
        membership: Membership,
    },
    /// A membership that was not given.
    Leave {
        /// The role.
        role: String,
        /// Who is a member no longer.
        member: String,
    },
    /// A schema that no statement makes.
    CreateSchema(String),
    /// A schema of ours that is no longer wanted; it must be empty by then.
    DropSchema(String),
    /// A statement of the schema files or of pgseal's own.
    Run {
        /// The statement.
        statement: Statement,
        /// The role that runs it; none: whoever deploys.
        run_as: Option<String>,
        /// What must follow at once: nothing may stand between an object and its sealing.
        seal: Vec<Change>,
    },
    /// A function's definition differs.
    ReplaceFunction {
        /// Which.
        function: Signature,
        /// `pg_proc.prokind`.
        kind: char,
        /// `CREATE OR REPLACE ..`.
        definition: String,
        /// Its owner, who replaces it.
        run_as: Option<String>,
    },
    /// A function of ours is no longer wanted, or is made anew under the same signature.
    DropFunction {
        /// Which.
        function: Signature,
        /// `pg_proc.prokind`.
        kind: char,
        /// It is made again in the same plan.
        recreated: bool,
    },
    /// SECURITY DEFINER and SET clauses of a function whose statement may not say them.
    FunctionOptions {
        /// Which.
        function: Signature,
        /// `pg_proc.prokind`.
        kind: char,
        /// SECURITY DEFINER, as opposed to INVOKER.
        security_definer: bool,
        /// `SET` clauses, as in `pg_proc.proconfig`.
        settings: BTreeSet<String>,
    },
    /// A view's query differs; `CREATE OR REPLACE VIEW` drops `security_invoker`, so the options are part of it.
    ReplaceView {
        /// Which.
        view: QualifiedName,
        /// What it shall be.
        to: Box<View>,
        /// Its owner, who replaces it.
        run_as: Option<String>,
    },
    /// A view of ours is no longer wanted, or is made anew.
    DropView {
        /// Which.
        view: QualifiedName,
        /// Materialized.
        materialized: bool,
        /// It is made again in the same plan.
        recreated: bool,
    },
    /// A materialized view that is made, or whose owner changes, is filled as its owner sees the rows.
    Refresh {
        /// Which.
        view: QualifiedName,
        /// Its owner.
        run_as: Option<String>,
    },
    /// `security_invoker`, `security_barrier` and `check_option` of a view.
    ViewOptions {
        /// Which.
        view: QualifiedName,
        /// Options and their values.
        set: BTreeMap<String, String>,
        /// Options that it shall not have.
        reset: BTreeSet<String>,
    },
    /// An object belongs to somebody else.
    Owner {
        /// What.
        object: Securable,
        /// Whose it is; empty where this plan makes it.
        from: String,
        /// Whose it shall be.
        to: String,
        /// The present owner is none of pgseal's roles, so this takes the object over.
        takes_over: bool,
    },
    /// The flags of row-level security.
    RowSecurity {
        /// Which table.
        table: QualifiedName,
        /// ENABLE.
        enabled: bool,
        /// FORCE.
        forced: bool,
    },
    /// A policy that is missing.
    CreatePolicy {
        /// On which table.
        table: QualifiedName,
        /// Its name.
        name: String,
        /// What it says.
        policy: Policy,
        /// Its text was printed by Postgres, with every name qualified.
        qualified: bool,
    },
    /// A policy that differs or is not wanted.
    DropPolicy {
        /// On which table.
        table: QualifiedName,
        /// Its name.
        name: String,
        /// PERMISSIVE: dropping it narrows. Dropping a restrictive one widens.
        permissive: bool,
        /// One of the same name is made in the same plan.
        replaced: bool,
    },
    /// A trigger that is missing.
    CreateTrigger {
        /// On which table or view.
        relation: QualifiedName,
        /// Its name.
        name: String,
        /// `CREATE TRIGGER ..`.
        definition: String,
    },
    /// Whether a trigger fires.
    TriggerState {
        /// On which table or view.
        relation: QualifiedName,
        /// Its name.
        name: String,
        /// `O` origin, `D` disabled, `R` replica, `A` always.
        enabled: char,
    },
    /// A trigger that differs or is not wanted.
    DropTrigger {
        /// On which table or view.
        relation: QualifiedName,
        /// Its name.
        name: String,
    },
    /// An index whose definition differs is made again.
    CreateIndex {
        /// On which table.
        table: QualifiedName,
        /// Its name.
        name: String,
        /// `CREATE INDEX ..`.
        definition: String,
    },
    /// An index whose definition differs.
    DropIndex {
        /// On which table.
        table: QualifiedName,
        /// Its name.
        name: String,
    },
    /// A rewrite rule that is missing.
    CreateRule {
        /// On which table.
        table: QualifiedName,
        /// Its name.
        name: String,
        /// `CREATE RULE ..`.
        definition: String,
    },
    /// A rewrite rule that differs or is not wanted.
    DropRule {
        /// On which table.
        table: QualifiedName,
        /// Its name.
        name: String,
    },
    /// Privileges that are missing.
    Grant(AclChange),
    /// Privileges that were not given.
    Revoke(AclChange),
    /// Privileges held WITH GRANT OPTION.
    RevokeGrantOption(AclChange),
    /// Which [`ObjectId::Other`] statements have been run is written down: a catalog holds no trace of them.
    Record(BTreeSet<String>),
    /// An event trigger is missing.
    CreateEventTrigger {
        /// Its name.
        name: String,
        /// What it shall be.
        trigger: EventTrigger,
    },
    /// An event trigger of the guard that differs or is not wanted.
    DropEventTrigger(String),
    /// What the guard compares with is written down.
    RecordGuarded {
        /// The owner of the record.
        run_as: String,
    },
    /// What is needed while the plan runs; there is at most one, and only beside other changes.
    Lend(Lend),
    /// A difference that cannot be applied here. With one of these nothing is applied.
    Unsupported {
        /// What differs: `table app.x`.
        object: String,
        /// How, and what to do.
        difference: String,
    },
}

impl Change {
    /// Whether it takes something from everybody in the database, so that somebody else's objects may feel it.
    pub fn is_database_wide(&self) -> bool {
        match self {
            Self::Grant(acl) | Self::Revoke(acl) | Self::RevokeGrantOption(acl) => match &acl.on {
                Securable::Database => acl.grantees.contains(&Grantee::Public),
                Securable::Schema(name) => name == "public",
                Securable::SystemFunctions(..) | Securable::SystemRelation(_) => {
                    acl.grantees.contains(&Grantee::Public)
                }
                _ => false,
            },
            Self::Owner { object: Securable::Schema(name), .. } => name == "public",
            Self::CreateEventTrigger { .. } => true,
            _ => false,
        }
    }

    /// The table of somebody else's that becomes pgseal's.
    pub fn taken_table(&self) -> Option<&QualifiedName> {
        match self {
            Self::Owner { object: Securable::Table(name), takes_over: true, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether an object of somebody else's becomes pgseal's.
    pub fn takes_over(&self) -> bool {
        matches!(self, Self::Owner { takes_over: true, .. })
    }
}

fn acl_words(acl: &AclChange) -> (String, String) {
    let privileges = acl.privileges.iter().map(|(privilege, columns)| match columns.is_empty() {
        true => privilege.word().to_ascii_lowercase(),
        false => format!("{} ({})", privilege.word().to_ascii_lowercase(), crate::sql::idents(columns)),
    });
    let grantees = acl.grantees.iter().map(Grantee::sql);
    (privileges.collect::<Vec<_>>().join(", "), grantees.collect::<Vec<_>>().join(", "))
}

/// One line for people.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateRole { name, .. } => write!(f, "create role {}", ident(name)),
            Self::AlterRole { name, .. } => write!(f, "alter role {}", ident(name)),
            Self::Join { role, member, .. } => {
                write!(f, "grant role {} to {}", ident(role), ident(member))
            }
            Self::Leave { role, member } => {
                write!(f, "revoke role {} from {}", ident(role), ident(member))
            }
            Self::CreateSchema(name) => write!(f, "create schema {}", ident(name)),
            Self::DropSchema(name) => write!(f, "drop schema {}", ident(name)),
            Self::Run { statement, .. } => write!(f, "create {}", statement.object),
            Self::ReplaceFunction { function, kind, .. } => {
                write!(f, "replace {} {function}", routine_word(*kind))
            }
            Self::DropFunction { function, kind, .. } => {
                write!(f, "drop {} {function}", routine_word(*kind))
            }
            Self::FunctionOptions { function, kind, .. } => {
                write!(f, "set the options of {} {function}", routine_word(*kind))
            }
            Self::ReplaceView { view, .. } => write!(f, "replace view {view}"),
            Self::DropView { view, .. } => write!(f, "drop view {view}"),
            Self::Refresh { view, .. } => write!(f, "refresh materialized view {view}"),
            Self::ViewOptions { view, .. } => write!(f, "set the options of view {view}"),
            Self::Owner { object, from, to, .. } if from.is_empty() => {
                write!(f, "{object}: owner becomes {}", ident(to))
            }
            Self::Owner { object, from, to, .. } => write!(f, "{object}: owner {} becomes {}", ident(from), ident(to)),
            Self::RowSecurity { table, enabled, forced } => {
                let word = |on: &bool| if *on { "on" } else { "off" };
                write!(f, "table {table}: row-level security {}, forced {}", word(enabled), word(forced))
            }
            Self::CreatePolicy { table, name, .. } => {
                write!(f, "create policy {} on {table}", ident(name))
            }
            Self::DropPolicy { table, name, .. } => {
                write!(f, "drop policy {} on {table}", ident(name))
            }
            Self::CreateTrigger { relation, name, .. } => {
                write!(f, "create trigger {} on {relation}", ident(name))
            }
            Self::TriggerState { relation, name, .. } => {
                write!(f, "set when trigger {} on {relation} fires", ident(name))
            }
            Self::DropTrigger { relation, name } => {
                write!(f, "drop trigger {} on {relation}", ident(name))
            }
            Self::CreateIndex { table, name, .. } => {
                write!(f, "create index {} on {table}", ident(name))
            }
            Self::DropIndex { table, name } => write!(f, "drop index {} on {table}", ident(name)),
            Self::CreateRule { table, name, .. } => {
                write!(f, "create rule {} on {table}", ident(name))
            }
            Self::DropRule { table, name } => write!(f, "drop rule {} on {table}", ident(name)),
            Self::Grant(acl) => {
                let (privileges, grantees) = acl_words(acl);
                write!(f, "grant {privileges} on {} to {grantees}", acl.on)
            }
            Self::Revoke(acl) => {
                let (privileges, grantees) = acl_words(acl);
                write!(f, "revoke {privileges} on {} from {grantees}", acl.on)
            }
            Self::RevokeGrantOption(acl) => {
                let (privileges, grantees) = acl_words(acl);
                write!(f, "revoke the grant option for {privileges} on {} from {grantees}", acl.on)
            }
            Self::Record(_) => f.write_str("write down which statements have been run"),
            Self::CreateEventTrigger { name, .. } => write!(f, "create event trigger {}", ident(name)),
            Self::DropEventTrigger(name) => write!(f, "drop event trigger {}", ident(name)),
            Self::RecordGuarded { .. } => f.write_str("write down what the guard compares with"),
            Self::Lend(_) => {
                f.write_str("lend the owners' rights to whoever deploys, until the end of the transaction")
            }
            Self::Unsupported { object, difference } => write!(f, "{object}: {difference}"),
        }
    }
}

/// What a statement makes, in words.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(name) => write!(f, "schema {}", ident(name)),
            Self::Extension(name) => write!(f, "extension {}", ident(name)),
            Self::Type(name) => write!(f, "type {name}"),
            Self::Sequence(name) => write!(f, "sequence {name}"),
            Self::Table(name) => write!(f, "table {name}"),
            Self::View(name) => write!(f, "view {name}"),
            Self::Function(signature) => write!(f, "function {signature}"),
            Self::Trigger(relation, name) => write!(f, "trigger {} on {relation}", ident(name)),
            Self::Policy(relation, name) => write!(f, "policy {} on {relation}", ident(name)),
            Self::Index(table, name) => write!(f, "index {} on {table}", ident(name)),
            Self::Constraint(table, name) => write!(f, "constraint {} on {table}", ident(name)),
            Self::Other(_) => f.write_str("another object"),
        }
    }
}
