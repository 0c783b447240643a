//! Which statements are run: those whose object is not there. Each brings what seals its object, so that nothing can stand
//! between the two.

use std::collections::{BTreeMap, BTreeSet};

use super::change::AclChange;
use super::{Change, Scope, Securable, functions, tables, views};
use pg_query::protobuf::Token;

use crate::catalog::{Catalog, Grantee, ObjectId, Privilege, Statement, TableKind};
use crate::compile::identity::SCHEMA;
use crate::sql::QualifiedName;

/// How the desired catalog spells names.
pub(super) struct Spelling<'a> {
    desired: &'a Catalog,
    /// The table of each index, by schema and name.
    indexes: BTreeMap<(&'a str, &'a str), &'a QualifiedName>,
}

impl<'a> Spelling<'a> {
    pub(super) fn new(desired: &'a Catalog) -> Self {
        let mut indexes = BTreeMap::new();
        for (name, table) in &desired.tables {
            for index in table.indexes.keys() {
                indexes.entry((name.schema.as_str(), index.as_str())).or_insert(name);
            }
        }
        for (name, view) in &desired.views {
            for index in view.indexes.keys() {
                indexes.entry((name.schema.as_str(), index.as_str())).or_insert(name);
            }
        }
        Self { desired, indexes }
    }

    /// A statement's object with its name as the catalog spells it: argument types may be written in more than one way, and an
    /// index may be named by itself.
    pub(super) fn settle(&self, object: &ObjectId) -> ObjectId {
        let desired = self.desired;
        match object {
            ObjectId::Function(signature) if !desired.functions.contains_key(signature) => {
                let mut same = desired
                    .functions_named(&signature.name)
                    .filter(|(other, _)| other.arguments.len() == signature.arguments.len());
                match (same.next(), same.next()) {
                    (Some((only, _)), None) => ObjectId::Function(only.clone()),
                    _ => object.clone(),
                }
            }
            ObjectId::Index(name, other) => {
                let of_view = desired.views.get(name).is_some_and(|view| view.indexes.contains_key(other));
                if of_view || desired.tables.get(name).is_some_and(|table| table.indexes.contains_key(other)) {
                    return object.clone();
                }
                let owner = self.indexes.get(&(name.schema.as_str(), name.name.as_str()));
                owner.map_or_else(|| object.clone(), |table| ObjectId::Index((*table).clone(), name.name.clone()))
            }
            _ => object.clone(),
        }
    }
}

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
    let mut changes = Vec::new();
    for statement in &scope.desired.statements {
        let object = scope.spelling.settle(&statement.object);
        let first = seen.insert(object.clone());
        if is_absent(scope, &object) {
            let fill = fill(scope, statement, &object);
            changes.push(run(scope, statement, object, first));
            changes.extend(fill);
        } else if first {
            changes.extend(replace(scope, &object));
        }
    }
    // What only its definition makes comes last.
    for signature in scope.desired.functions.keys() {
        let object = ObjectId::Function(signature.clone());
        if !seen.contains(&object) {
            changes.extend(replace(scope, &object));
        }
    }
    for name in scope.desired.views.keys() {
        let object = ObjectId::View(name.clone());
        if !seen.contains(&object) {
            changes.extend(replace(scope, &object));
        }
    }
    changes
}

fn is_absent(scope: &Scope<'_>, object: &ObjectId) -> bool {
    let current = scope.current;
    let relation = |name: &QualifiedName| current.tables.contains_key(name);
    match object {
        ObjectId::Schema(name) => !current.schemas.contains_key(name),
        ObjectId::Extension(name) => !current.extensions.contains_key(name),
        ObjectId::Type(name) => !current.types.contains_key(name),
        ObjectId::Sequence(name) => !current.sequences.contains_key(name),
        ObjectId::Table(name) => !relation(name),
        ObjectId::View(name) => !current.views.contains_key(name) || scope.anew_views.contains(name),
        ObjectId::Function(name) => !current.functions.contains_key(name) || scope.anew_functions.contains(name),
        // One that differs is dropped, and made from its definition.
        ObjectId::Trigger(relation, name) => match (current.tables.get(relation), current.views.get(relation)) {
            (Some(table), _) => !table.triggers.contains_key(name),
            (None, Some(view)) => !view.triggers.contains_key(name) || scope.anew_views.contains(relation),
            (None, None) => true,
        },
        ObjectId::Index(relation, name) => match current.views.get(relation) {
            Some(view) => !view.indexes.contains_key(name) || scope.anew_views.contains(relation),
            None => {
                current.tables.get(relation).is_none_or(|table| !table.indexes.contains_key(name))
                    || scope.anew_indexes.contains(&(relation.clone(), name.clone()))
            }
        },
        // On a table that is there already it is named as a difference instead.
        ObjectId::Constraint(table, _) => !relation(table),
        // The schema files hold none.
        ObjectId::Policy(..) => false,
        ObjectId::Other(fingerprint) => !current.others.contains(fingerprint),
    }
}

fn run(scope: &Scope<'_>, statement: &Statement, object: ObjectId, first: bool) -> Change {
    // Who deploys may use what is beyond the database; the owner is given what was made of it.
    let beyond = is_beyond(scope, statement, &object);
    let run_as = if beyond { None } else { owner(scope, &object) };
    let mut seal = if first { sealing(scope, &object) } else { Vec::new() };
    if let (true, ObjectId::Table(name), Some(to)) = (beyond && first, &object, owner(scope, &object)) {
        seal.push(Change::Owner { object: Securable::Table(name.clone()), from: String::new(), to, takes_over: false });
    }
    let sql = match filling(scope, statement, &object) {
        Some(without) => format!("{without}\nwith no data"),
        None => statement.sql.clone(),
    };
    Change::Run { statement: Statement { object, sql }, run_as, seal }
}

/// The statement that makes a materialized view and fills it, without WITH DATA. Its query runs as its owner, who may read nothing
/// yet: it is filled when all privileges are given.
fn filling<'a>(scope: &Scope<'_>, statement: &'a Statement, object: &ObjectId) -> Option<&'a str> {
    let ObjectId::View(name) = object else { return None };
    scope.desired.views.get(name).filter(|view| view.materialized)?;
    let tokens = crate::syntax::parser::scan(&statement.sql).ok()?;
    let words: Vec<Token> = tokens.iter().map(|token| token.token()).collect();
    if !words.starts_with(&[Token::Create, Token::Materialized]) || words.ends_with(&[Token::No, Token::DataP]) {
        return None;
    }
    if !words.ends_with(&[Token::With, Token::DataP]) {
        return Some(&statement.sql);
    }
    let with = tokens.get(tokens.len().checked_sub(2)?)?;
    statement.sql.get(..usize::try_from(with.start).ok()?)
}

fn fill(scope: &Scope<'_>, statement: &Statement, object: &ObjectId) -> Option<Change> {
    filling(scope, statement, object)?;
    let ObjectId::View(view) = object else { return None };
    let run_as = scope.desired.views.get(view).and_then(|made| scope.acting(&made.owner));
    Some(Change::Refresh { view: view.clone(), run_as })
}

/// Foreign tables and the servers that they are on.
fn is_beyond(scope: &Scope<'_>, statement: &Statement, object: &ObjectId) -> bool {
    match object {
        ObjectId::Table(name) => scope.desired.tables.get(name).is_some_and(|table| table.kind == TableKind::Foreign),
        ObjectId::Other(_) => crate::syntax::parser::scan(&statement.sql).is_ok_and(|tokens| {
            let words: Vec<Token> = tokens.iter().map(|token| token.token()).take(2).collect();
            words == [Token::Create, Token::Server]
        }),
        _ => false,
    }
}

/// As whom a statement runs: the owner of what it makes. Schemas and extensions are made by whoever deploys. So are triggers,
/// which have no owner and may run a function of another one.
fn owner(scope: &Scope<'_>, object: &ObjectId) -> Option<String> {
    let desired = scope.desired;
    let owner = match object {
        ObjectId::Schema(_) | ObjectId::Extension(_) | ObjectId::Trigger(..) => return None,
        ObjectId::Type(name) => desired.types.get(name).map(|it| &it.owner),
        ObjectId::Sequence(name) => desired.sequences.get(name).map(|it| &it.owner),
        ObjectId::View(name) => desired.views.get(name).map(|it| &it.owner),
        ObjectId::Function(signature) => desired.functions.get(signature).map(|it| &it.owner),
        ObjectId::Table(name) | ObjectId::Index(name, _) | ObjectId::Constraint(name, _) => {
            desired.tables.get(name).map(|it| &it.owner).or_else(|| desired.views.get(name).map(|it| &it.owner))
        }
        ObjectId::Policy(..) | ObjectId::Other(_) => None,
    };
    match owner {
        Some(owner) if !owner.is_empty() => scope.acting(owner),
        _ => scope.owner_role(),
    }
}

/// INVARIANT: a table is closed and has row-level security, a function has lost PUBLIC's EXECUTE and a view runs as its
/// invoker, before the next statement.
fn sealing(scope: &Scope<'_>, object: &ObjectId) -> Vec<Change> {
    let close = |on: Securable, privileges: &[Privilege]| {
        Change::Revoke(AclChange {
            on,
            privileges: privileges.iter().map(|privilege| (*privilege, BTreeSet::new())).collect(),
            grantees: BTreeSet::from([Grantee::Public]),
        })
    };
    match object {
        ObjectId::Table(name) => {
            let Some(table) = scope.desired.tables.get(name) else {
                return Vec::new();
            };
            let row_security = (table.kind != TableKind::Foreign).then(|| tables::sealing(name, table));
            row_security.into_iter().chain([close(Securable::Table(name.clone()), &TABLE)]).collect()
        }
        ObjectId::View(name) => {
            let Some(view) = scope.desired.views.get(name) else {
                return Vec::new();
            };
            let mut seal = vec![close(views::securable(name, view), &TABLE)];
            // The other options are the statement's own.
            if view.security_invoker {
                let set = [("security_invoker".to_owned(), "true".to_owned())].into();
                seal.push(Change::ViewOptions { view: name.clone(), set, reset: BTreeSet::new() });
            }
            seal
        }
        ObjectId::Function(signature) => {
            let Some(function) = scope.desired.functions.get(signature) else {
                return Vec::new();
            };
            let mut seal = vec![close(Securable::Function(signature.clone(), function.kind), &[Privilege::Execute])];
            // Those of ours say their settings themselves.
            let added = signature.name.schema != SCHEMA && !function.settings.is_empty();
            if (function.security_definer || added) && matches!(function.kind, 'f' | 'p' | '\0') {
                seal.push(Change::FunctionOptions {
                    function: signature.clone(),
                    kind: function.kind,
                    security_definer: function.security_definer,
                    settings: function.settings.clone(),
                });
            }
            seal
        }
        _ => Vec::new(),
    }
}

/// What PUBLIC could hold on a relation. (MAINTAIN is newer than the oldest server, and never a default.)
const TABLE: [Privilege; 7] = [
    Privilege::Select,
    Privilege::Insert,
    Privilege::Update,
    Privilege::Delete,
    Privilege::Truncate,
    Privilege::References,
    Privilege::Trigger,
];

/// A function or view that is there and differs.
fn replace(scope: &Scope<'_>, object: &ObjectId) -> Option<Change> {
    match object {
        ObjectId::Function(signature) => {
            let (live, to) = (scope.current.functions.get(signature)?, scope.desired.functions.get(signature)?);
            functions::differs(live, to).then(|| Change::ReplaceFunction {
                function: signature.clone(),
                kind: to.kind,
                definition: to.definition.clone(),
                run_as: scope.acting(&to.owner),
            })
        }
        ObjectId::View(name) => {
            let (live, to) = (scope.current.views.get(name)?, scope.desired.views.get(name)?);
            let replaced = !views::is_same_query(live, to) && !to.materialized && !scope.anew_views.contains(name);
            replaced.then(|| Change::ReplaceView {
                view: name.clone(),
                to: Box::new(to.clone()),
                run_as: scope.acting(&to.owner),
            })
        }
        _ => None,
    }
}
