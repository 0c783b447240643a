//! Postgres' own functions and catalogs that tell, or let somebody touch, what lies around the tables: statistics, sizes, sources,
//! large objects, notifications, advisory locks, other sessions. Postgres gives them to PUBLIC; a sealed database does not.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Acl, Signature};
use crate::sql::QualifiedName;

/// A class of system objects, closed or kept open together. In pgseal.toml by its word: `keep_open = ["notify"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemClass {
    /// Taking advisory locks, which share one namespace with the application's.
    AdvisoryLocks,
    /// How many rows and pages every table has, as the planner estimates it.
    Estimates,
    /// Large objects, which know no rows.
    LargeObjects,
    /// Sending notifications and messages to logical decoding.
    Notify,
    /// Ending other sessions, or their statements.
    Signals,
    /// Sizes of tables, indexes and databases.
    Sizes,
    /// Giving one's snapshot to other transactions, which then see what it saw.
    Snapshots,
    /// The source code of functions, and the options of foreign servers.
    Sources,
    /// What other sessions do, what is read and written, how values are distributed.
    Statistics,
}

/// What belongs to a class.
#[derive(Debug, Clone, Copy)]
pub struct Members {
    /// Functions of `pg_catalog`, by name; one that ends in `*` stands for all that begin so.
    pub functions: &'static [&'static str],
    /// Catalogs and views of `pg_catalog`: these columns, or with none the whole.
    pub relations: &'static [(&'static str, &'static [&'static str])],
}

impl SystemClass {
    /// All of them, in the order of their words.
    pub const ALL: [Self; 9] = [
        Self::AdvisoryLocks,
        Self::Estimates,
        Self::LargeObjects,
        Self::Notify,
        Self::Signals,
        Self::Sizes,
        Self::Snapshots,
        Self::Sources,
        Self::Statistics,
    ];

    /// As in pgseal.toml.
    pub fn word(self) -> &'static str {
        match self {
            Self::AdvisoryLocks => "advisory_locks",
            Self::Estimates => "estimates",
            Self::LargeObjects => "large_objects",
            Self::Notify => "notify",
            Self::Signals => "signals",
            Self::Sizes => "sizes",
            Self::Snapshots => "snapshots",
            Self::Sources => "sources",
            Self::Statistics => "statistics",
        }
    }

    /// The class of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// What it lets whoever has it do.
    pub fn lets(self) -> &'static str {
        match self {
            Self::AdvisoryLocks => "take advisory locks, the application's own among them",
            Self::Estimates => "read how many rows every table has",
            Self::LargeObjects => "make large objects, and read those that were given to all",
            Self::Notify => "send notifications in anybody's name with `pg_notify`",
            Self::Signals => "end other sessions of the same login",
            Self::Sizes => "read the size of every table",
            Self::Snapshots => "let other sessions see the database as it was, leases that are revoked since included",
            Self::Sources => "read the source of every function and the options of foreign servers",
            Self::Statistics => "read what other sessions do and how many rows are read and written",
        }
    }

    /// What belongs to it. Left to PUBLIC is what only gives back (`pg_advisory_unlock*`, which clients send when they return
    /// a session to its pool) and what tells of nothing but the session itself.
    pub fn members(self) -> Members {
        let functions = |functions| Members { functions, relations: &[] };
        match self {
            Self::AdvisoryLocks => functions(&["pg_advisory_lock*", "pg_advisory_xact_lock*", "pg_try_advisory_*"]),
            Self::Estimates => Members {
                functions: &[],
                relations: &[("pg_class", &["reltuples", "relpages", "relallvisible", "relallfrozen"])],
            },
            Self::LargeObjects => {
                Members { functions: &["lo_*", "loread", "lowrite"], relations: &[("pg_largeobject_metadata", &[])] }
            }
            Self::Notify => functions(&["pg_notify", "pg_notification_queue_usage", "pg_logical_emit_message"]),
            Self::Signals => functions(&["pg_cancel_backend", "pg_terminate_backend"]),
            Self::Sizes => functions(&[
                "pg_database_size",
                "pg_indexes_size",
                "pg_relation_size",
                "pg_table_size",
                "pg_tablespace_size",
                "pg_total_relation_size",
            ]),
            Self::Snapshots => functions(&["pg_export_snapshot"]),
            Self::Sources => Members {
                functions: &["pg_get_functiondef", "pg_get_function_sqlbody"],
                relations: &[("pg_foreign_server", &["srvoptions"]), ("pg_proc", &["prosrc", "prosqlbody", "probin"])],
            },
            Self::Statistics => Members {
                functions: &[
                    "pg_stat_get_*",
                    "pg_stat_have_stats",
                    "currtid*",
                    "pg_lock_status",
                    "pg_blocking_pids",
                    "pg_safe_snapshot_blocking_pids",
                    "pg_isolation_test_session_is_blocked",
                    "pg_prepared_xact",
                    "pg_get_multixact_members",
                    "pg_get_replication_slots",
                    "pg_get_wal_summarizer_state",
                    "pg_available_wal_summaries",
                    "pg_wal_summary_contents",
                    "pg_current_wal_*",
                    "pg_control_*",
                    "pg_last_committed_xact",
                ],
                relations: &[("pg_stats", &[]), ("pg_stats_ext", &[]), ("pg_stats_ext_exprs", &[])],
            },
        }
    }

    /// The class of a function of `pg_catalog`; none if it is of no concern.
    pub fn of_function(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| {
            class.members().functions.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(begin) => name.starts_with(begin),
                None => name == *pattern,
            })
        })
    }

    /// The class of a relation of `pg_catalog` and the columns that belong to it, none for all.
    pub fn of_relation(name: &str) -> Option<(Self, &'static [&'static str])> {
        Self::ALL.into_iter().find_map(|class| {
            let found = class.members().relations.iter().find(|(relation, _)| *relation == name)?;
            Some((class, found.1))
        })
    }
}

/// Whether a text in lower case calls a function of Postgres' own, with or without its schema. A comment or a literal that looks
/// like a call counts as one.
pub fn calls(lower: &str, name: &str) -> bool {
    lower.match_indices(name).any(|(at, _)| {
        let before = lower.get(..at).and_then(|head| head.chars().next_back());
        let after = lower.get(at + name.len()..).unwrap_or_default();
        before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '$')))
            && after.trim_start_matches(|c: char| c.is_whitespace() || c == '"').starts_with('(')
    })
}

/// Who may do what with the objects of all classes, the owner's own left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct System {
    /// Functions.
    #[serde(serialize_with = "super::pairs")]
    pub functions: BTreeMap<Signature, Acl>,
    /// Catalogs and views.
    #[serde(serialize_with = "super::pairs")]
    pub relations: BTreeMap<QualifiedName, SystemRelation>,
}

impl System {
    /// Whether nothing is known of them.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.relations.is_empty()
    }
}

/// A system catalog or view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SystemRelation {
    /// On the whole.
    pub acl: Acl,
    /// On each column, those of the system (`tableoid`) included.
    pub columns: BTreeMap<String, Acl>,
}

#[cfg(test)]
mod tests {
    use super::{SystemClass, calls};

    #[test]
    fn a_call_is_found_however_it_is_spelt() {
        for text in ["perform pg_notify('a', 'b')", "select pg_catalog.\"pg_notify\" ('a', 'b')"] {
            assert!(calls(text, "pg_notify"), "{text}");
        }
        for text in ["my_pg_notify(1)", "notify a", "select pg_notify_all(1)"] {
            assert!(!calls(text, "pg_notify"), "{text}");
        }
    }

    #[test]
    fn what_only_gives_back_belongs_to_no_class() {
        for (name, class) in [
            ("pg_advisory_xact_lock_shared", Some(SystemClass::AdvisoryLocks)),
            ("pg_try_advisory_lock", Some(SystemClass::AdvisoryLocks)),
            ("pg_advisory_unlock_all", None),
            ("lo_put", Some(SystemClass::LargeObjects)),
            ("lower", None),
            ("pg_column_size", None),
            ("pg_stat_get_activity", Some(SystemClass::Statistics)),
            ("pg_stat_clear_snapshot", None),
        ] {
            assert_eq!(SystemClass::of_function(name), class, "{name}");
        }
        for class in SystemClass::ALL {
            assert_eq!(SystemClass::from_word(class.word()), Some(class));
        }
    }
}
