//! Groups: per group a function that returns the keys in which the principal has at least a rank (and another for `afresh`), and one
//! that returns the users that it shares a group with. Both speak of the session's own principal only, so anybody may call them.

use crate::compile::equal;
use crate::compile::expression::{Columns, Printer};
use crate::compile::given_up;
use crate::compile::via::set_function;
use crate::model::{Group, Model};
use crate::sql::{QualifiedName, ident, literal};

/// `CREATE FUNCTION` of both, with their names.
pub fn functions(printer: &mut Printer<'_>, name: &str, group: &Group) -> Vec<(String, String)> {
    printer.via.reads_settings = false;
    let counts = counting_rows(printer, group);
    let reads_settings = printer.via.reads_settings;
    let mut made = vec![
        (format!("{name}_keys"), keys(printer, name, group, &counts, reads_settings, false)),
        (format!("{name}_peers"), peers(printer, name, group, &counts, reads_settings)),
    ];
    if group.granted_by.is_some() {
        // Only for what runs as the seal role. It reads literals as the trigger that wrote them.
        made.push((format!("{name}_held"), keys(printer, name, group, &counts, true, true)));
    }
    made
}

/// Position of a rank in the declared order, from 1; null for an unknown or null rank.
pub fn position(labels: &[String], value: &str) -> String {
    let arms: Vec<String> =
        labels.iter().enumerate().map(|(at, label)| format!("when {} then {}", literal(label), at + 1)).collect();
    format!("(case {value} {} end)", arms.join(" "))
}

/// Which rows of the membership table, under the alias `m`, count at all.
fn counting_rows(printer: &mut Printer<'_>, group: &Group) -> String {
    let mut parts: Vec<String> = group.key.iter().map(|key| format!("m.{} is not null", ident(key))).collect();
    if let Some((column, labels)) = &group.rank {
        let known: Vec<String> = labels.iter().map(|label| literal(label)).collect();
        parts.push(format!("m.{}::text in ({})", ident(column), known.join(", ")));
    }
    if let Some(condition) = &group.condition {
        parts.push(format!("({})", printer.print(condition, &group.table, Columns::Alias("m"))));
    }
    parts.join(" and ")
}

/// SQL for whether two keys of one column are the same.
fn same(printer: &Printer<'_>, group: &Group, left: &str, right: &str) -> String {
    equal::equal(printer.schema, kind(printer, group), left, right)
}

/// The type of a key of one column, below all domains.
fn kind<'a>(printer: &Printer<'a>, group: &Group) -> &'a str {
    let key = group.key.first().map_or("", String::as_str);
    equal::kind(printer.schema.tables.get(&group.table), key)
}

fn key_list(group: &Group, alias: &str) -> String {
    group.key.iter().map(|key| format!("{alias}.{}", ident(key))).collect::<Vec<_>>().join(", ")
}

fn keys(printer: &Printer<'_>, name: &str, group: &Group, counts: &str, reads_settings: bool, held: bool) -> String {
    let mut declare = format!("declare\n  principal {} := seal.me();\n", printer.model.identity_type);
    let mut own = format!(
        "select distinct {} from {} as m where m.{} = known.principal and {counts}",
        key_list(group, "m"),
        group.table.sql(),
        ident(&group.member)
    );
    if let Some((column, labels)) = &group.rank {
        declare.push_str(&format!(
            "  wanted integer := case when at_least is null then 1 else {} end;\n",
            position(labels, "at_least")
        ));
        own.push_str(&format!(" and {} >= known.wanted", position(labels, &format!("m.{}::text", ident(column)))));
    }
    let mut edges = group.parent.as_ref().map(|parent| parent.table.sql()).unwrap_or_default();
    if held {
        own = format!("({own} union all {})", given_up::memberships(name, group));
        edges = given_up::edges(name, group).unwrap_or(edges);
    }
    let query = match &group.parent {
        None => own,
        // UNION drops repeats, so a cycle in the tree ends.
        Some(parent) => format!(
            "with recursive reach(key1) as ({own} union select c.{} from reach as r join {edges} as c on {}) select r.key1 from reach as r where r.key1 is not null",
            ident(&parent.key),
            same(printer, group, &format!("c.{}", ident(&parent.column)), "r.key1")
        ),
    };
    let made = set_function(
        &format!("{name}_{}", if held { "held" } else { "keys" }),
        "at_least text default null",
        &group.key_types,
        &declare,
        "principal is not null",
        &query,
        reads_settings,
    );
    // What is there now, whatever the snapshot of who asks.
    if held { made.replacen("stable parallel safe", "volatile", 1) } else { made }
}

fn peers(printer: &Printer<'_>, name: &str, group: &Group, counts: &str, reads_settings: bool) -> String {
    let declare = format!("declare\n  principal {} := seal.me();\n", printer.model.identity_type);
    let keys = format!("seal.{}()", ident(&format!("{name}_keys")));
    let member = format!("m.{}", ident(&group.member));
    let rows =
        format!("select distinct {member} from {} as m where {member} is not null and {counts}", group.table.sql());
    let base = kind(printer, group);
    let (cast, operator) = (equal::cast(printer.schema, base), equal::operator(printer.schema, base));
    let among = if cast.is_empty() {
        format!("({}) in (select a.key1", key_list(group, "m"))
    } else {
        format!("{}{cast} {operator} any (select a.key1{cast}", key_list(group, "m"))
    };
    let query = match (&group.parent, group.key.as_slice()) {
        (None, [key]) => {
            // Asked once: a bare call would be made for every row where no index serves the comparison.
            let kind = group.key_types.first().filter(|_| cast.is_empty()).map_or(base, String::as_str);
            format!("{rows} and m.{}{cast} {operator} any ((select {keys})::{kind}[])", ident(key))
        }
        (None, _) => {
            let table = printer.schema.tables.get(&group.table);
            let of_extension = |key: &String| equal::extension(printer.schema, equal::kind(table, key)).is_some();
            if group.key.iter().any(of_extension) {
                let same = group.key.iter().zip(1..).map(|(key, at)| {
                    let own = format!("m.{}", ident(key));
                    equal::equal(printer.schema, equal::kind(table, key), &own, &format!("k.key{at}"))
                });
                let same: Vec<String> = same.collect();
                format!("{rows} and exists (select 1 from {keys} as k where {})", same.join(" and "))
            } else {
                let columns: Vec<String> = (1..=group.key.len()).map(|at| format!("k.key{at}")).collect();
                format!("{rows} and ({}) in (select {} from {keys} as k)", key_list(group, "m"), columns.join(", "))
            }
        }
        // A member of a node is a member of every node below, so whoever is a member above one of the principal's nodes shares it.
        (Some(parent), _) => format!(
            "with recursive above(key1) as (select unnest({keys}) union select c.{} from above as a join {} as c on {} where c.{} is not null) {rows} and {among} from above as a)",
            ident(&parent.column),
            parent.table.sql(),
            same(printer, group, &format!("c.{}", ident(&parent.key)), "a.key1"),
            ident(&parent.column),
        ),
    };
    set_function(
        &format!("{name}_peers"),
        "",
        std::slice::from_ref(&printer.model.identity_type),
        &declare,
        "principal is not null",
        &query,
        reads_settings,
    )
}

/// Tables that the seal role reads for the groups' sake.
pub fn tables_read(model: &Model) -> impl Iterator<Item = &QualifiedName> {
    model
        .groups
        .values()
        .flat_map(|group| std::iter::once(&group.table).chain(group.parent.as_ref().map(|parent| &parent.table)))
}
