//! Two access control lists of one object; what must be revoked and granted to get from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{AclChange, Change, Securable};
use crate::catalog::{Acl, Grantee, Privilege, SystemRelation, Table, View};

/// (whose, which, on which column or none for the whole object).
type Held = BTreeSet<(Grantee, Privilege, Option<String>)>;

/// Both sides of one object.
pub(super) struct Sides {
    on: Securable,
    current: Held,
    current_grantable: Held,
    desired: Held,
    desired_grantable: Held,
}

fn held(acl: &BTreeMap<Grantee, BTreeSet<Privilege>>, column: Option<&str>, into: &mut Held) {
    for (grantee, privileges) in acl {
        into.extend(privileges.iter().map(|privilege| (grantee.clone(), *privilege, column.map(str::to_owned))));
    }
}

impl Sides {
    /// An object without columns of its own.
    pub(super) fn new(on: Securable, current: &Acl, desired: &Acl) -> Self {
        let mut sides = Self {
            on,
            current: Held::new(),
            current_grantable: Held::new(),
            desired: Held::new(),
            desired_grantable: Held::new(),
        };
        held(&current.grants, None, &mut sides.current);
        held(&current.grantable, None, &mut sides.current_grantable);
        held(&desired.grants, None, &mut sides.desired);
        held(&desired.grantable, None, &mut sides.desired_grantable);
        sides
    }

    /// A table with its columns; `current` is none where the table is new.
    pub(super) fn table(on: Securable, current: Option<&Table>, desired: &Table) -> Self {
        let none = Acl::default();
        let columns = |table: &Table| -> Vec<(String, Acl)> {
            table.columns.iter().map(|column| (column.name.clone(), column.acl.clone())).collect()
        };
        let live = current.map(columns).unwrap_or_default();
        Self::new(on, current.map_or(&none, |table| &table.acl), &desired.acl).columns(&live, &columns(desired))
    }

    /// A view with its columns; `current` is none where the view is new.
    pub(super) fn view(on: Securable, current: Option<&View>, desired: &View) -> Self {
        let none = Acl::default();
        let columns = |view: &View| -> Vec<(String, Acl)> {
            view.column_acls.iter().map(|(name, acl)| (name.clone(), acl.clone())).collect()
        };
        let live = current.map(columns).unwrap_or_default();
        Self::new(on, current.map_or(&none, |view| &view.acl), &desired.acl).columns(&live, &columns(desired))
    }

    /// A system catalog with its columns.
    pub(super) fn system(on: Securable, current: &SystemRelation, desired: &SystemRelation) -> Self {
        let columns = |relation: &SystemRelation| -> Vec<(String, Acl)> {
            relation.columns.iter().map(|(name, acl)| (name.clone(), acl.clone())).collect()
        };
        Self::new(on, &current.acl, &desired.acl).columns(&columns(current), &columns(desired))
    }

    fn columns(mut self, current: &[(String, Acl)], desired: &[(String, Acl)]) -> Self {
        for (name, acl) in current {
            held(&acl.grants, Some(name), &mut self.current);
            held(&acl.grantable, Some(name), &mut self.current_grantable);
        }
        for (name, acl) in desired {
            held(&acl.grants, Some(name), &mut self.desired);
            held(&acl.grantable, Some(name), &mut self.desired_grantable);
        }
        self
    }

    /// Leaves out whom it does not concern.
    pub(super) fn only(mut self, concerns: impl Fn(&Grantee) -> bool) -> Self {
        for side in [&mut self.current, &mut self.current_grantable, &mut self.desired, &mut self.desired_grantable] {
            side.retain(|(grantee, ..)| concerns(grantee));
        }
        self
    }

    /// Revokes first, then what is granted.
    pub(super) fn changes(self) -> Vec<Change> {
        let revoke: Held = self.current.difference(&self.desired).cloned().collect();
        let optional: Held = self.current_grantable.difference(&self.desired_grantable).cloned().collect();
        let options: Held = optional.intersection(&self.desired).cloned().collect();
        // REVOKE of a table privilege takes the same privilege on its columns with it, and CASCADE takes what those with
        // the grant option gave away: what was wanted of it is granted again.
        let swept = |entry: &(Grantee, Privilege, Option<String>)| {
            !optional.is_empty() || (entry.2.is_some() && revoke.contains(&(entry.0.clone(), entry.1, None)))
        };
        let grant: Held =
            self.desired.iter().filter(|entry| !self.current.contains(*entry) || swept(entry)).cloned().collect();
        let mut changes: Vec<Change> = self.grouped(&revoke).into_iter().map(Change::Revoke).collect();
        changes.extend(self.grouped(&options).into_iter().map(Change::RevokeGrantOption));
        changes.extend(self.grouped(&grant).into_iter().map(Change::Grant));
        changes
    }

    /// One change for all who get or lose the same.
    fn grouped(&self, entries: &Held) -> Vec<AclChange> {
        let mut by_grantee: BTreeMap<(&Grantee, bool), BTreeMap<Privilege, BTreeSet<String>>> = BTreeMap::new();
        for (grantee, privilege, column) in entries {
            let privileges = by_grantee.entry((grantee, column.is_some())).or_default();
            privileges.entry(*privilege).or_default().extend(column.clone());
        }
        let mut by_privileges: BTreeMap<BTreeMap<Privilege, BTreeSet<String>>, BTreeSet<Grantee>> = BTreeMap::new();
        for ((grantee, _), privileges) in by_grantee {
            by_privileges.entry(privileges).or_default().insert(grantee.clone());
        }
        by_privileges
            .into_iter()
            .map(|(privileges, grantees)| AclChange { on: self.on.clone(), privileges, grantees })
            .collect()
    }
}

/// What PUBLIC has on an object that was just made, by Postgres' built-in defaults: `f` and `T` as in
/// `pg_default_acl.defaclobjtype`. Defaults for one schema only add, so they start from nothing.
pub(super) fn built_in(kind: char, schema: Option<&str>) -> Acl {
    let privilege = match (kind, schema) {
        ('f', None) => Privilege::Execute,
        ('T', None) => Privilege::Usage,
        _ => return Acl::default(),
    };
    Acl { grants: BTreeMap::from([(Grantee::Public, BTreeSet::from([privilege]))]), ..Acl::default() }
}
