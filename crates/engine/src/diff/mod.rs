//! Two catalogs in, what leads from the first to the second out. Nothing is left unnamed: what cannot be applied is
//! [`Change::Unsupported`], and an empty answer means that both say the same.
//!
//! INVARIANT: texts are compared only if both sides were printed by Postgres. A compiled catalog, whose texts are pgseal's
//! own, may be compared with a database that has none of its objects yet.

mod acl;
mod casts;
mod change;
mod foreign;
mod functions;
mod guard;
mod lend;
mod others;
mod parts;
mod policies;
mod publications;
mod relations;
mod removed;
mod roles;
mod schemas;
mod statements;
mod system;
mod tables;
mod triggers;
mod views;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, ObjectId, Signature};
use crate::sql::QualifiedName;
pub use change::{AclChange, Change, Lend, SchemaLoan, Securable, routine_word};
pub use foreign::foreign;
pub(crate) use guard::guarding;
pub use others::{record, recorded};

/// What leads from `current` to `desired`. The order is stable but says nothing; `plan::order` makes the order.
pub fn diff(current: &Catalog, desired: &Catalog) -> Vec<Change> {
    let scope = Scope::new(current, desired);
    let mut changes = roles::changes(&scope);
    changes.extend(schemas::changes(&scope));
    changes.extend(system::changes(&scope));
    changes.extend(relations::types(&scope));
    changes.extend(casts::changes(&scope));
    changes.extend(relations::sequences(&scope));
    changes.extend(tables::changes(&scope));
    changes.extend(views::changes(&scope));
    changes.extend(functions::changes(&scope));
    changes.extend(statements::changes(&scope));
    changes.extend(removed::changes(&scope));
    changes.extend(publications::changes(&scope));
    changes.extend(others::change(&scope));
    changes.extend(guard::changes(&scope));
    changes.extend(guard::record(&scope, &changes));
    changes.extend(lend::change(&scope, &changes));
    changes
}

/// The part of it that concerns system objects.
pub fn system(current: &Catalog, desired: &Catalog) -> Vec<Change> {
    system::changes(&Scope::new(current, desired))
}

/// Partitions and children of sealed tables that the desired catalog does not know, with what seals each.
pub fn late(current: &Catalog, desired: &Catalog) -> BTreeMap<QualifiedName, Vec<Change>> {
    parts::parts(&Scope::new(current, desired))
}

/// Both sides, and what all kinds of comparison need to know about them.
struct Scope<'a> {
    current: &'a Catalog,
    desired: &'a Catalog,
    /// `<prefix>`, from the mark on the desired roles.
    prefix: Option<&'a str>,
    spelling: statements::Spelling<'a>,
    /// What the statements make, with names as the desired catalog spells them.
    made: BTreeSet<ObjectId>,
    /// Views that are dropped and made again.
    anew_views: BTreeSet<QualifiedName>,
    /// Functions that are dropped and made again.
    anew_functions: BTreeSet<Signature>,
    /// Indexes that are dropped and made again.
    anew_indexes: BTreeSet<(QualifiedName, String)>,
}

impl<'a> Scope<'a> {
    fn new(current: &'a Catalog, desired: &'a Catalog) -> Self {
        let prefix = desired.roles.values().find_map(|role| role.comment.as_deref()?.strip_prefix("pgseal: "));
        let spelling = statements::Spelling::new(desired);
        let made = desired.statements.iter().map(|statement| spelling.settle(&statement.object)).collect();
        Self {
            current,
            desired,
            prefix,
            spelling,
            made,
            anew_views: views::made_anew(current, desired),
            anew_functions: functions::made_anew(current, desired),
            anew_indexes: tables::indexes_made_anew(current, desired),
        }
    }

    /// Whether a role is one of pgseal's for this project.
    fn is_ours(&self, role: &str) -> bool {
        self.desired.roles.contains_key(role)
            || self.current.roles.get(role).is_some_and(|live| {
                live.comment.as_deref().and_then(|comment| comment.strip_prefix("pgseal: ")) == self.prefix
                    && self.prefix.is_some()
            })
    }

    /// The role that owns what the schema files make.
    fn owner_role(&self) -> Option<String> {
        let name = format!("{}_owner", self.prefix?);
        self.desired.roles.contains_key(&name).then_some(name)
    }

    /// The owner as a role to act as: only one that this project makes.
    fn acting(&self, owner: &str) -> Option<String> {
        self.desired.roles.contains_key(owner).then(|| owner.to_owned())
    }

    /// A change of owner, if there is one.
    fn owner(&self, object: Securable, current: &str, desired: &str) -> Option<Change> {
        (current != desired && !desired.is_empty()).then(|| Change::Owner {
            takes_over: !self.is_ours(current) && !matches!(object, Securable::Schema(_)),
            object,
            from: current.to_owned(),
            to: desired.to_owned(),
        })
    }
}

/// Says in words that something is there, or not, or not as it shall be.
fn unsupported(object: impl std::fmt::Display, difference: impl Into<String>) -> Change {
    Change::Unsupported { object: object.to_string(), difference: difference.into() }
}
