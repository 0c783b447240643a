//! Views. What can be replaced is replaced; where the columns do not allow it, the view and all that read it are made anew.

use std::collections::{BTreeMap, BTreeSet};

use super::acl::Sides;
use super::{Change, Scope, Securable, tables, triggers, unsupported};
use crate::catalog::{Catalog, ObjectId, View};
use crate::sql::QualifiedName;

/// Views that CREATE OR REPLACE cannot change, and those that read one of them.
pub(super) fn made_anew(current: &Catalog, desired: &Catalog) -> BTreeSet<QualifiedName> {
    let mut anew: BTreeSet<QualifiedName> = desired
        .views
        .iter()
        .filter(|(name, view)| current.views.get(*name).is_some_and(|live| !is_replaceable(live, view)))
        .map(|(name, _)| name.clone())
        .collect();
    loop {
        let readers: Vec<QualifiedName> = current
            .views
            .iter()
            .filter(|(name, view)| !anew.contains(*name) && view.reads.iter().any(|(read, _)| anew.contains(read)))
            .map(|(name, _)| name.clone())
            .collect();
        if readers.is_empty() {
            return anew;
        }
        anew.extend(readers);
    }
}

fn is_replaceable(live: &View, desired: &View) -> bool {
    if live.materialized || desired.materialized {
        let same =
            |(name, definition): (&String, &String)| live.indexes.get(name).is_none_or(|there| there == definition);
        return live.materialized == desired.materialized
            && live.definition == desired.definition
            && desired.indexes.iter().all(same);
    }
    desired.columns.starts_with(&live.columns)
}

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes = drops(scope);
    for (name, desired) in &scope.desired.views {
        let on = securable(name, desired);
        let live = scope.current.views.get(name).filter(|_| !scope.anew_views.contains(name));
        match live {
            Some(live) => {
                let owner = scope.owner(on.clone(), &live.owner, &desired.owner);
                if desired.materialized && owner.is_some() {
                    changes.push(Change::Refresh { view: name.clone(), run_as: scope.acting(&desired.owner) });
                }
                changes.extend(owner);
                changes.extend(tables::rules(name, &live.rules, &desired.rules));
                for (index, definition) in
                    live.indexes.iter().filter(|(index, _)| !desired.indexes.contains_key(*index))
                {
                    changes.push(tables::not_in_the_schema(name, index, definition));
                }
                if is_same_query(live, desired) {
                    changes.extend(options(name, live, desired));
                }
            }
            None if !scope.made.contains(&ObjectId::View(name.clone())) => {
                changes.push(unsupported(&on, "is missing, and no statement creates it"));
            }
            None => {}
        }
        changes.extend(Sides::view(on, live, desired).changes());
        changes.extend(triggers::changes(scope, name, live.map(|live| &live.triggers), &desired.triggers));
    }
    changes
}

/// What reads goes before what is read.
fn drops(scope: &Scope<'_>) -> Vec<Change> {
    let mut left = scope.anew_views.clone();
    let mut changes = Vec::new();
    while !left.is_empty() {
        let is_read = |name: &QualifiedName| {
            left.iter().any(|other| {
                other != name
                    && scope
                        .current
                        .views
                        .get(other)
                        .is_some_and(|view| view.reads.iter().any(|(read, _)| read == name))
            })
        };
        let free: Vec<QualifiedName> = left.iter().filter(|name| !is_read(name)).cloned().collect();
        if free.is_empty() {
            return changes;
        }
        for name in free {
            left.remove(&name);
            let materialized = scope.current.views.get(&name).is_some_and(|view| view.materialized);
            changes.push(Change::DropView { view: name, materialized, recreated: true });
        }
    }
    changes
}

/// The query and its columns.
pub(super) fn is_same_query(live: &View, desired: &View) -> bool {
    (&live.definition, &live.columns) == (&desired.definition, &desired.columns)
}

fn options(name: &QualifiedName, live: &View, desired: &View) -> Option<Change> {
    let values = |view: &View| {
        let flag = |on: bool| on.then(|| "true".to_owned());
        [
            ("security_invoker", flag(view.security_invoker)),
            ("security_barrier", flag(view.security_barrier)),
            ("check_option", view.check_option.clone()),
        ]
    };
    let (mut set, mut reset) = (BTreeMap::new(), BTreeSet::new());
    for ((option, there), (_, wanted)) in values(live).into_iter().zip(values(desired)) {
        match wanted {
            Some(value) if there.as_ref() != Some(&value) => {
                set.insert(option.to_owned(), value);
            }
            None if there.is_some() => {
                reset.insert(option.to_owned());
            }
            _ => {}
        }
    }
    (!set.is_empty() || !reset.is_empty()).then(|| Change::ViewOptions { view: name.clone(), set, reset })
}

/// A view as something that privileges are held on.
pub(super) fn securable(name: &QualifiedName, view: &View) -> Securable {
    if view.materialized { Securable::MaterializedView(name.clone()) } else { Securable::View(name.clone()) }
}
