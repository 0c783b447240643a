//! Groups: per group a function that returns the keys in which the principal has at least a rank (and one that tells it of a single key,
//! for `afresh`), and one that returns the users that it shares a group with. All speak of the session's own principal only, so anybody may call them.

use crate::catalog::Catalog;
use crate::compile::equal;
use crate::compile::expression::{Columns, Printer};
use crate::compile::given_up;
use crate::compile::pins::pins;
use crate::compile::via::set_function;
use crate::model::{Group, Model};
use crate::sql::{QualifiedName, dollar, ident, literal};

/// `CREATE FUNCTION` of both, with their names.
pub fn functions(printer: &mut Printer<'_>, name: &str, group: &Group) -> Vec<(String, String)> {
    printer.via.reads_settings = false;
    let counts = counting_rows(printer, group);
    let reads_settings = printer.via.reads_settings;
    let mut made = vec![
        (format!("{name}_keys"), keys(printer, name, group, &counts, reads_settings)),
        (format!("{name}_peers"), peers(printer, name, group, &counts, reads_settings)),
    ];
    if group.granted_by.is_some() {
        // Only for what runs as the seal role.
        made.push((format!("{name}_held"), held(printer, name, group, &counts)));
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

/// PL/pgSQL that declares whom a function speaks of and which rank it asks for, and SQL for whether a row has that rank.
fn asked(printer: &Printer<'_>, group: &Group) -> (String, String) {
    let mut declare = format!("declare\n  principal {} := seal.me();\n", printer.model.identity_type);
    let mut ranked = String::new();
    if let Some((column, labels)) = &group.rank {
        declare.push_str(&format!(
            "  wanted integer := case when at_least is null then 1 else {} end;\n",
            position(labels, "at_least")
        ));
        ranked = format!(" and {} >= known.wanted", position(labels, &format!("m.{}::text", ident(column))));
    }
    (declare, ranked)
}

fn keys(printer: &Printer<'_>, name: &str, group: &Group, counts: &str, reads_settings: bool) -> String {
    let (declare, ranked) = asked(printer, group);
    let own = format!(
        "select distinct {} from {} as m where m.{} = known.principal and {counts}{ranked}",
        key_list(group, "m"),
        group.table.sql(),
        ident(&group.member)
    );
    let query = match &group.parent {
        None => own,
        // UNION drops repeats, so a cycle in the tree ends.
        Some(parent) => format!(
            "with recursive reach(key1) as ({own} union select c.{} from reach as r join {} as c on {}) select r.key1 from reach as r where r.key1 is not null",
            ident(&parent.key),
            parent.table.sql(),
            same(printer, group, &format!("c.{}", ident(&parent.column)), "r.key1")
        ),
    };
    set_function(
        &format!("{name}_keys"),
        "at_least text default null",
        &group.key_types,
        &declare,
        "principal is not null",
        &query,
        reads_settings,
    )
}

/// The types of what `<group>_held` takes: a key, and a rank. Of no length, which a function's parameters do not have.
pub fn held_arguments(schema: &Catalog, group: &Group) -> Vec<String> {
    let table = schema.tables.get(&group.table);
    group.key.iter().map(|key| equal::kind(table, key).to_owned()).chain(["text".to_owned()]).collect()
}

/// Whether the principal has a rank in one group: of what is there now, whatever the snapshot of who asks, and of what the statement has
/// given up itself. Asked for each row that is written, so by the group's key and not of all memberships.
fn held(printer: &Printer<'_>, name: &str, group: &Group, counts: &str) -> String {
    let (declare, ranked) = asked(printer, group);
    let table = printer.schema.tables.get(&group.table);
    let is = |alias: &str, columns: &[String], keys: &[String]| -> String {
        let pairs = group.key.iter().zip(columns).zip(keys).map(|((key, column), asked)| {
            equal::equal(printer.schema, equal::kind(table, key), &format!("{alias}.{column}"), asked)
        });
        pairs.collect::<Vec<_>>().join(" and ")
    };
    let asked: Vec<String> = (1..=group.key.len()).map(|at| format!("${at}")).collect();
    let (among, keys) = match group.parent {
        None => ("", asked.clone()),
        Some(_) => (", above as a", vec!["a.key1".to_owned()]),
    };
    let columns: Vec<String> = group.key.iter().map(|key| ident(key)).collect();
    let own = format!(
        "select 1 from {} as m{among} where m.{} = known.principal and {} and {counts}{ranked}",
        group.table.sql(),
        ident(&group.member),
        is("m", &columns, &keys)
    );
    let named: Vec<String> = (1..=group.key.len()).map(|at| format!("key{at}")).collect();
    let given_up = format!(
        "select 1 from ({}) as g ({}){among} where {}",
        given_up::memberships(name, group),
        named.join(", "),
        is("g", &named, &keys)
    );
    let holds = format!("exists ({own}) or exists ({given_up})");
    let answer = match &group.parent {
        None => holds,
        // Upwards from the node: UNION drops repeats, so a cycle in the tree ends.
        Some(parent) => format!(
            "(with recursive above(key1) as (select {} union select c.{} from above as b join {} as c on {}) select {holds})",
            asked.join(", "),
            ident(&parent.column),
            given_up::edges(name, group).unwrap_or_default(),
            same(printer, group, &format!("c.{}", ident(&parent.key)), "b.key1"),
        ),
    };
    let body = format!(
        "\n#variable_conflict use_column\n<<known>>\n{declare}begin\n  if principal is null then\n    return false;\n  end if;\n  return {answer};\nend\n"
    );
    let mut parameters = held_arguments(printer.schema, group);
    if let Some(rank) = parameters.last_mut() {
        *rank = "at_least text default null".to_owned();
    }
    format!(
        "create or replace function seal.{}({})\nreturns boolean\nlanguage plpgsql volatile security definer\n{}\nas {}",
        ident(&format!("{name}_held")),
        parameters.join(", "),
        // It reads literals as the trigger that wrote them.
        pins(true),
        dollar(&body)
    )
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
