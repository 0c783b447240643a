//! Postgres as plain data: the waist of the hourglass, and the only thing that the parts pass to each other.
//! A schema, a desired state, a live database and a scratch database are all a [`Catalog`].
//!
//! Expressions and definitions are text. In an introspected catalog they are what Postgres prints; in a compiled one what
//! pgseal wrote. INVARIANT: two catalogs are compared only if both were introspected (`postgres::scratch` canonicalizes).

mod privilege;
mod system;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use privilege::{Acl, Grantee, Privilege};
pub use system::{Members, System, SystemClass, SystemRelation, calls};

use crate::sql::{QualifiedName, ident, parse_qualified};

/// The identity of a function: its schema, name and the types of its input arguments as `format_type` prints them with an
/// empty search_path (`app.accept_invite(uuid)`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// Schema and name.
    pub name: QualifiedName,
    /// Input argument types, in order.
    pub arguments: Vec<String>,
}

impl Signature {
    /// As SQL: `app.accept_invite(uuid, text)`.
    pub fn sql(&self) -> String {
        format!("{}({})", self.name.sql(), self.arguments.join(", "))
    }
}

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sql())
    }
}

impl Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.sql())
    }
}

/// A map whose keys are no texts, as a list of pairs: JSON knows no other keys.
pub(crate) fn pairs<K: Serialize, V: Serialize, S: serde::Serializer>(
    map: &BTreeMap<K, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(map)
}

/// What kind of thing a name names. Column, policy, trigger, index and constraint live inside their table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum ObjectId {
    /// A schema.
    Schema(String),
    /// An extension.
    Extension(String),
    /// An enum, domain, composite or range type.
    Type(QualifiedName),
    /// A sequence that stands alone (one owned by a column belongs to its table).
    Sequence(QualifiedName),
    /// A table of any kind, partitions included.
    Table(QualifiedName),
    /// A view or materialized view.
    View(QualifiedName),
    /// A function, procedure or aggregate.
    Function(Signature),
    /// A trigger on a table or view: the relation and the trigger's name.
    Trigger(QualifiedName, String),
    /// A policy and its table; only ever one that is not pgseal's.
    Policy(QualifiedName, String),
    /// An index, by its own name, and the table it is on.
    Index(QualifiedName, String),
    /// A named constraint added by ALTER TABLE, and its table.
    Constraint(QualifiedName, String),
    /// Anything else that schema files may create and that carries no access of its own (operators, collations, statistics,
    /// text search configurations, casts): the statement itself, as Postgres' parser fingerprints it.
    Other(String),
}

/// One statement of the schema files, and the object that it creates or belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The object that must be absent for this statement to be run.
    pub object: ObjectId,
    /// The statement, without a final semicolon.
    pub sql: String,
}

/// Everything that decides what a database holds and who may do what with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Catalog {
    /// Major version of the server that it was read from; 0 for a compiled one.
    pub server_major: u32,
    /// Privileges on the database itself.
    pub database: Acl,
    /// Owner of the database, empty in a compiled catalog.
    pub database_owner: String,
    /// The roles of the project (those with its prefix), by name. Login roles of the lease pool are not among them.
    pub roles: BTreeMap<String, Role>,
    /// Who is a member of whom, for the roles above: (role, member).
    #[serde(serialize_with = "pairs")]
    pub memberships: BTreeMap<(String, String), Membership>,
    /// Schemas but for the system's.
    pub schemas: BTreeMap<String, Schema>,
    /// Extensions by name, with the schema that they live in.
    pub extensions: BTreeMap<String, String>,
    /// Enums, domains, composite and range types, without the row types of tables.
    pub types: BTreeMap<QualifiedName, Type>,
    /// Casts that are neither the system's nor an extension's, by what stands in the parentheses: `app.status AS text`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub casts: BTreeMap<String, Cast>,
    /// Sequences.
    pub sequences: BTreeMap<QualifiedName, Sequence>,
    /// Tables: ordinary, partitioned, partitions, foreign.
    pub tables: BTreeMap<QualifiedName, Table>,
    /// Views and materialized views.
    pub views: BTreeMap<QualifiedName, View>,
    /// Functions, procedures, aggregates; members of extensions are left out.
    pub functions: BTreeMap<Signature, Function>,
    /// Default privileges: (the role that creates, the schema or none, `r S f T n`) to what others then get. Present where
    /// they differ from Postgres' built-in defaults.
    #[serde(serialize_with = "pairs")]
    pub default_privileges: BTreeMap<(String, Option<String>, char), Acl>,
    /// Postgres' own objects that tell of others or touch them.
    #[serde(skip_serializing_if = "System::is_empty")]
    pub system: System,
    /// Publications that send rows of tables, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub publications: BTreeMap<String, Publication>,
    /// Event triggers of the guard, by name. Those of others are left out.
    pub event_triggers: BTreeMap<String, EventTrigger>,
    /// Objects of which the guard's record says something else than the database holds; empty where that cannot be told.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unrecorded: BTreeSet<String>,
    /// Whether the guard has a record that whoever reads the catalog may not compare with.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub record_unread: bool,
    /// Which [`ObjectId::Other`] statements have been run, as the comment on schema `seal` says. What a compiled catalog wants
    /// of them stands in its `statements`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub others: BTreeSet<String>,
    /// What the schema files said, in an order that loads. Empty for a live database; never compared.
    pub statements: Vec<Statement>,
}

/// A database role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Role {
    /// LOGIN.
    pub login: bool,
    /// SUPERUSER.
    pub superuser: bool,
    /// CREATEDB.
    pub createdb: bool,
    /// CREATEROLE.
    pub createrole: bool,
    /// REPLICATION.
    pub replication: bool,
    /// BYPASSRLS.
    pub bypassrls: bool,
    /// The role's comment; pgseal marks what it made (`pgseal: <prefix>`).
    pub comment: Option<String>,
}

/// A publication: what of the database's tables leaves it, past every rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// FOR ALL TABLES.
    pub all_tables: bool,
    /// FOR TABLES IN SCHEMA.
    pub schemas: BTreeSet<String>,
    /// FOR TABLE: each with its list of columns and its WHERE, as text.
    pub tables: BTreeMap<QualifiedName, String>,
    /// Which commands: `insert, update, delete, truncate`.
    pub publishes: String,
}

/// How a member holds a role. On 15, `inherit` is the member's own attribute and `set` is always true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// ADMIN OPTION.
    pub admin: bool,
    /// INHERIT option.
    pub inherit: bool,
    /// SET option.
    pub set: bool,
}

/// A schema.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Schema {
    /// Its owner.
    pub owner: String,
    /// Who may use it or create in it.
    pub acl: Acl,
}

/// An enum, domain, composite or range type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Type {
    /// Its owner.
    pub owner: String,
    /// What it is.
    pub kind: TypeKind,
}

/// The kinds of type that schema files create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeKind {
    /// Labels in their declared order.
    Enum(Vec<String>),
    /// The base type, NOT NULL, default and CHECK constraints, as text.
    Domain(String),
    /// Attribute names and types.
    Composite(Vec<(String, String)>),
    /// The subtype, and what else says how its values compare: operator class, collation, functions, the type of several ranges.
    Range(String),
}

/// A cast. It is nobody's, and comes and goes with its types.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cast {
    /// The types, or the tables and views whose rows they are, arrays by their elements and multiranges by their ranges.
    pub between: BTreeSet<QualifiedName>,
    /// `WITH FUNCTION app.f(app.status) AS IMPLICIT`, `WITH INOUT`.
    pub definition: String,
}

/// A sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sequence {
    /// Its owner.
    pub owner: String,
    /// The table and column that own it (serial or identity).
    pub owned_by: Option<(QualifiedName, String)>,
    /// Whether it implements an identity column, which needs no privilege.
    pub identity: bool,
    /// `AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 10 CACHE 1 NO CYCLE`: what its numbers are.
    pub definition: String,
    /// Who may use it.
    pub acl: Acl,
}

/// The kinds of table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// An ordinary table, a partition included.
    #[default]
    Ordinary,
    /// A partitioned table.
    Partitioned,
    /// A foreign table: cannot carry row-level security.
    Foreign,
}

/// A table with everything that hangs on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Which kind.
    pub kind: TableKind,
    /// Its owner.
    pub owner: String,
    /// UNLOGGED.
    pub unlogged: bool,
    /// The tables that it inherits from or is a partition of, in order.
    pub parents: Vec<QualifiedName>,
    /// PARTITION BY, or the bound of a partition; as text.
    pub partition: Option<String>,
    /// ENABLE ROW LEVEL SECURITY.
    pub row_security: bool,
    /// FORCE ROW LEVEL SECURITY.
    pub force_row_security: bool,
    /// Table-wide privileges, the owner's own left out.
    pub acl: Acl,
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// Constraints by name (NOT NULL is a column's).
    pub constraints: BTreeMap<String, Constraint>,
    /// Indexes by name, those behind constraints included.
    pub indexes: BTreeMap<String, Index>,
    /// Extended statistics, as `pg_get_statisticsobjdef` prints them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub statistics: BTreeMap<QualifiedName, String>,
    /// Policies by name.
    pub policies: BTreeMap<String, Policy>,
    /// Triggers by name, internal ones left out.
    pub triggers: BTreeMap<String, Trigger>,
    /// Rewrite rules by name, as `pg_get_ruledef` prints them.
    pub rules: BTreeMap<String, String>,
    /// The user's functions that Postgres runs as whoever writes a row: in checks, generated columns, indexes and types.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<Signature>,
    /// And those in defaults, as whoever inserts one.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub default_calls: BTreeSet<Signature>,
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns of the primary key, in its order; empty if there is none.
    pub fn primary_key(&self) -> &[String] {
        self.constraints.values().find(|c| c.kind == ConstraintKind::PrimaryKey).map_or(&[], |c| c.columns.as_slice())
    }
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as `format_type` prints it with an empty search_path: `uuid`, `character varying(20)`, `app.status`.
    pub type_name: String,
    /// The type below all domains, without length: what decides how values compare.
    pub base_type: String,
    /// NOT NULL.
    pub not_null: bool,
    /// DEFAULT, as text; a generated column's expression stands in `generated`.
    pub default: Option<String>,
    /// GENERATED .. AS IDENTITY: `a`lways, by `d`efault.
    pub identity: Option<char>,
    /// GENERATED ALWAYS AS: `(expression) STORED` or `(expression) VIRTUAL`.
    pub generated: Option<String>,
    /// A collation other than the type's own.
    pub collation: Option<String>,
    /// Privileges on this column alone.
    pub acl: Acl,
}

/// The kinds of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    PrimaryKey,
    /// UNIQUE.
    Unique,
    /// FOREIGN KEY.
    ForeignKey,
    /// CHECK.
    Check,
    /// EXCLUDE.
    Exclusion,
    /// A constraint trigger.
    Trigger,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Constraint {
    /// Which kind.
    pub kind: ConstraintKind,
    /// As `pg_get_constraintdef` prints it.
    pub definition: String,
    /// Its columns, in its order; of a CHECK of the whole row all.
    pub columns: Vec<String>,
    /// What a foreign key points to.
    pub references: Option<References>,
    /// Whether it has been validated.
    pub validated: bool,
}

/// The far end of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct References {
    /// The referenced table.
    pub table: QualifiedName,
    /// The referenced columns, in the order of the referencing ones.
    pub columns: Vec<String>,
    /// ON DELETE as `pg_constraint` says it: `a` no action, `r` restrict, `c` cascade, `n` set null, `d` set default.
    pub on_delete: char,
    /// ON UPDATE, likewise.
    pub on_update: char,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Index {
    /// As `pg_get_indexdef` prints it.
    pub definition: String,
    /// Access method: `btree`, `gin`.
    pub method: String,
    /// Key columns in order; an expression is none.
    pub columns: Vec<Option<String>>,
    /// Every column that it looks at, those in expressions and its WHERE too.
    #[serde(skip)]
    pub reads: BTreeSet<String>,
    /// UNIQUE.
    pub unique: bool,
    /// Has a WHERE.
    pub partial: bool,
    /// Stands behind a constraint.
    pub constraint: bool,
    /// Valid and ready.
    pub valid: bool,
}

/// The commands that policies and rules speak about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// SELECT.
    Select,
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
}

impl Command {
    /// The four, in their usual order.
    pub const ALL: [Self; 4] = [Self::Select, Self::Insert, Self::Update, Self::Delete];

    /// Lower case: `select`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The command that a lower-case word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.word() == word)
    }
}

/// A row-level security policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// The command, none for ALL.
    pub command: Option<Command>,
    /// PERMISSIVE, or RESTRICTIVE.
    pub permissive: bool,
    /// TO whom; `public` is the empty set.
    pub roles: BTreeSet<String>,
    /// USING.
    pub using: Option<String>,
    /// WITH CHECK.
    pub check: Option<String>,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// As `pg_get_triggerdef` prints it.
    pub definition: String,
    /// The function that it runs.
    pub function: Signature,
    /// BEFORE, as opposed to AFTER or INSTEAD OF.
    pub before: bool,
    /// `O` origin, `D` disabled, `R` replica, `A` always.
    pub enabled: char,
    /// A partition's, made with the trigger of the same name of the table that it is part of.
    pub inherited: bool,
}

/// A view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its owner.
    pub owner: String,
    /// Materialized.
    pub materialized: bool,
    /// Its query as Postgres prints it; in a compiled catalog the generated `CREATE VIEW` for views of pgseal's own.
    pub definition: String,
    /// Column names and types.
    pub columns: Vec<(String, String)>,
    /// `security_invoker`.
    pub security_invoker: bool,
    /// `security_barrier`.
    pub security_barrier: bool,
    /// `check_option`: `local` or `cascaded`.
    pub check_option: Option<String>,
    /// Who may do what with it, the owner's own left out.
    pub acl: Acl,
    /// Privileges on single columns, by column; those without any are left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub column_acls: BTreeMap<String, Acl>,
    /// Columns of relations that its query reads, for the grants that an invoker needs. The column is the empty name where it
    /// names none of a relation (`count(*)`).
    pub reads: BTreeSet<(QualifiedName, String)>,
    /// The user's functions that its query calls, those of the views that it reads left out.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<Signature>,
    /// Those of them that Postgres runs whichever columns are read: in WHERE, joins, grouping, sorting.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub whole_calls: BTreeSet<Signature>,
    /// Those that it runs where this column is read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub column_calls: BTreeMap<String, BTreeSet<Signature>>,
    /// Those of which it cannot be told for which columns they are there.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unclear_calls: BTreeSet<Signature>,
    /// Triggers by name (INSTEAD OF).
    pub triggers: BTreeMap<String, Trigger>,
    /// Rewrite rules by name, the one that is the view itself left out.
    pub rules: BTreeMap<String, String>,
    /// Indexes of a materialized view, as `pg_get_indexdef` prints them. They decide nothing about access.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, String>,
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Its owner.
    pub owner: String,
    /// `f`unction, `p`rocedure, `a`ggregate, `w`indow.
    pub kind: char,
    /// Language.
    pub language: String,
    /// Result type as text; `trigger` and `event_trigger` for those.
    pub returns: String,
    /// SECURITY DEFINER.
    pub security_definer: bool,
    /// `i`mmutable, `s`table, `v`olatile.
    pub volatility: char,
    /// LEAKPROOF.
    pub leakproof: bool,
    /// `SET` clauses, `search_path=pg_catalog, pg_temp`.
    pub settings: BTreeSet<String>,
    /// The whole as `CREATE OR REPLACE FUNCTION`.
    pub definition: String,
    /// Who may execute it, the owner's own left out.
    pub acl: Acl,
    /// Objects that its definition needs, where Postgres knows (BEGIN ATOMIC bodies, argument types), as
    /// `pg_identify_object` calls them: `table app.notes`, `function app.f(uuid)`, `type app.status`.
    pub depends_on: BTreeSet<String>,
}

/// An event trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventTrigger {
    /// `ddl_command_end` or `sql_drop`.
    pub event: String,
    /// Command tags; empty: all.
    pub tags: BTreeSet<String>,
    /// The function that it runs.
    pub function: Signature,
    /// `O` origin, `D` disabled, `R` replica, `A` always.
    pub enabled: char,
}

impl Catalog {
    /// The type that SQL calls by this name: `app.status`.
    pub fn type_named(&self, sql: &str) -> Option<(&QualifiedName, &Type)> {
        self.types.get_key_value(&parse_qualified(sql)?).filter(|(name, _)| name.sql() == sql)
    }

    /// The functions of a name, whatever their arguments.
    pub fn functions_named(&self, name: &QualifiedName) -> impl Iterator<Item = (&Signature, &Function)> {
        let first = Signature { name: name.clone(), arguments: Vec::new() };
        self.functions.range(first.clone()..).take_while(move |(signature, _)| signature.name == first.name)
    }

    /// The table or view of that name has this column.
    pub fn has_column(&self, relation: &QualifiedName, column: &str) -> bool {
        self.tables.get(relation).is_some_and(|table| table.column(column).is_some())
            || self.views.get(relation).is_some_and(|view| view.columns.iter().any(|(name, _)| name == column))
    }
}

/// `table.column` as SQL, for messages.
pub fn column_sql(table: &QualifiedName, column: &str) -> String {
    format!("{}.{}", table.sql(), ident(column))
}
