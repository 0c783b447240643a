//! What `apply` did and what stays open, for people: many changes of one kind are one line. What concerns others, and what goes,
//! is always named. `--verbose` and `--json` have all of it.

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::catalog::ObjectId;
use pgseal_engine::diff::{Change, Securable};
use pgseal_postgres::apply::Open;

/// So many changes are shown one by one.
const FEW: usize = 20;
/// So many names stand in a line.
const NAMES: usize = 6;
/// So many of a kind are shown one by one.
const ALONE: usize = 3;

/// The changes, a line each, or a line for each kind where there are many.
pub(super) fn changes(changes: &[Change], verbose: bool) -> String {
    let one = |change: &Change| format!("  {change}\n");
    if verbose || changes.len() <= FEW {
        return changes.iter().map(one).collect();
    }
    let mut kinds: Vec<(&str, Vec<&Change>)> = Vec::new();
    for change in changes {
        let kind = kind(change).unwrap_or_default();
        match kinds.iter_mut().find(|(known, _)| *known == kind && !kind.is_empty()) {
            Some((_, of_kind)) => of_kind.push(change),
            None => kinds.push((kind, vec![change])),
        }
    }
    let lines = kinds.iter().map(|(kind, of_kind)| match of_kind.len() {
        0..=ALONE => of_kind.iter().copied().map(one).collect(),
        count => format!("  {}: {count}{}\n", kind, names(of_kind)),
    });
    let lines: String = lines.collect();
    format!("{lines}{} changes in all; `--verbose` shows each\n", changes.len())
}

/// Transactions of others whose outcome is not known yet.
pub(super) fn unsettled(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    format!(
        "not certain yet: what others wrote in transactions that are still open is seen by nobody before they end:\n{lines}\
         wait until they end, or end them, and run `pgseal apply` again\n"
    )
}

/// The kind that a change is counted under; none for what is always named.
fn kind(change: &Change) -> Option<&'static str> {
    Some(match change {
        Change::CreateRole { .. } => "create roles",
        Change::CreatePolicy { .. } => "create policies",
        Change::CreateTrigger { .. } => "create triggers",
        Change::CreateEventTrigger { .. } => "create event triggers, which guard what is made beside `apply`",
        Change::Refresh { .. } => "refresh materialized views",
        Change::ReplaceFunction { function, .. } if function.name.schema == "seal" => {
            "replace functions of pgseal's own"
        }
        Change::Run { statement, .. } => made(&statement.object),
        Change::Grant(acl) | Change::Revoke(acl) | Change::RevokeGrantOption(acl) => match &acl.on {
            Securable::SystemFunctions(..) | Securable::SystemRelation(_) => {
                "take what is Postgres' own from PUBLIC, and give it to whom it is for"
            }
            Securable::Table(_) | Securable::View(_) | Securable::MaterializedView(_) | Securable::Sequence(_) => {
                "grant and revoke privileges on tables, views and sequences"
            }
            Securable::Function(..) => "grant and revoke privileges on functions",
            Securable::Default(..) => "close what will be made",
            Securable::Schema(name) if name != "public" => "grant and revoke privileges on schemas",
            _ => return None,
        },
        _ => return None,
    })
}

fn made(object: &ObjectId) -> &'static str {
    let schema = match object {
        ObjectId::Table(name) | ObjectId::View(name) | ObjectId::Trigger(name, _) => name.schema.as_str(),
        ObjectId::Function(signature) => signature.name.schema.as_str(),
        ObjectId::Schema(name) => name.as_str(),
        _ => "",
    };
    match object {
        ObjectId::Trigger(..) => "create triggers",
        _ if schema == "seal" => "create what is pgseal's own",
        ObjectId::Schema(_) => "create schemas",
        ObjectId::Extension(_) => "create extensions",
        ObjectId::Type(_) => "create types",
        ObjectId::Sequence(_) => "create sequences",
        ObjectId::Table(_) => "create tables",
        ObjectId::View(_) => "create views",
        ObjectId::Function(_) => "create functions",
        ObjectId::Index(..) => "create indexes",
        ObjectId::Constraint(..) => "create constraints",
        ObjectId::Policy(..) | ObjectId::Other(_) => "create other objects",
    }
}

/// On or of what the changes are: the first few names.
fn names(changes: &[&Change]) -> String {
    let names: BTreeSet<String> = changes.iter().filter_map(|change| name(change)).collect();
    if names.is_empty() {
        return String::new();
    }
    let shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    let more = match names.len().saturating_sub(NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(" ({}{more})", shown.join(", "))
}

fn name(change: &Change) -> Option<String> {
    match change {
        Change::CreateRole { name, .. } => Some(name.clone()),
        Change::CreatePolicy { table, .. } => Some(table.sql()),
        Change::CreateTrigger { relation, .. } => Some(relation.sql()),
        Change::Refresh { view, .. } => Some(view.sql()),
        Change::Run { statement, .. } => match &statement.object {
            ObjectId::Table(name) | ObjectId::View(name) | ObjectId::Type(name) | ObjectId::Sequence(name)
                if name.schema != "seal" =>
            {
                Some(name.sql())
            }
            ObjectId::Function(signature) if signature.name.schema != "seal" => Some(signature.sql()),
            ObjectId::Index(table, _) | ObjectId::Constraint(table, _) | ObjectId::Trigger(table, _) => {
                Some(table.sql())
            }
            ObjectId::Schema(name) | ObjectId::Extension(name) if name != "seal" => Some(name.clone()),
            _ => None,
        },
        Change::Grant(acl) | Change::Revoke(acl) | Change::RevokeGrantOption(acl) => match &acl.on {
            Securable::Table(name)
            | Securable::View(name)
            | Securable::MaterializedView(name)
            | Securable::Sequence(name) => Some(name.sql()),
            Securable::Schema(name) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// What is open, what keeps it so once for all that it keeps so, and the SQL that closes it where that can be read at a glance.
pub(super) fn open(open: &[Open]) -> String {
    const LONGEST: usize = 160;
    let mut reasons: Vec<&str> = Vec::new();
    let mut by_reason: BTreeMap<&str, Vec<&Open>> = BTreeMap::new();
    for one in open {
        if !by_reason.contains_key(one.why.as_str()) {
            reasons.push(&one.why);
        }
        by_reason.entry(&one.why).or_default().push(one);
    }
    let block = |why: &str| {
        let of_reason = by_reason.get(why).map(Vec::as_slice).unwrap_or_default();
        let head = match of_reason {
            [one] => format!("left open: {} ({why})\n", one.what),
            several => {
                let what: String = several.iter().map(|one| format!("  {}\n", one.what)).collect();
                format!("left open ({why}):\n{what}")
            }
        };
        let sql: Vec<&String> = of_reason.iter().flat_map(|one| &one.sql).collect();
        let close: String = match sql.iter().any(|sql| sql.chars().count() > LONGEST) {
            true => "    `--json` has the SQL that closes it\n".to_owned(),
            false => sql.iter().map(|sql| format!("    {sql};\n")).collect(),
        };
        format!("{head}{close}")
    };
    reasons.into_iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use pgseal_engine::catalog::Role;
    use pgseal_engine::diff::Change;
    use pgseal_engine::sql::QualifiedName;
    use pgseal_postgres::apply::Open;

    use super::{changes, open};

    fn roles(count: usize) -> Vec<Change> {
        (0..count).map(|n| Change::CreateRole { name: format!("r{n:02}"), role: Role::default() }).collect()
    }

    #[test]
    fn few_are_shown_one_by_one_and_many_are_counted() {
        assert_eq!(changes(&roles(2), false), "  create role r00\n  create role r01\n");
        let drop = Change::DropRule { table: QualifiedName::new("app", "t"), name: "gone".to_owned() };
        let many: Vec<Change> = roles(21).into_iter().chain([drop.clone(), drop]).collect();
        let said = "  create roles: 21 (r00, r01, r02, r03, r04, r05 and 15 more)\n  drop rule gone on app.t\n  drop rule gone on app.t\n\
                    23 changes in all; `--verbose` shows each\n";
        assert_eq!(changes(&many, false), said);
        assert_eq!(changes(&many, true).lines().count(), 23);
    }

    #[test]
    fn one_reason_is_given_once() {
        let one = |what: &str, why: &str, sql: &str| Open {
            what: what.to_owned(),
            why: why.to_owned(),
            sql: vec![sql.to_owned()],
        };
        let said = open(&[one("a", "x", "close a"), one("b", "y", "close b"), one("c", "x", "close c")]);
        assert_eq!(said, "left open (x):\n  a\n  c\n    close a;\n    close c;\nleft open: b (y)\n    close b;\n");
    }
}
