//! Founders: the role that writes a founder's membership, and `seal.create_<group>(..)`, which inserts the group's own row and
//! returns it. INSERT .. RETURNING cannot: Postgres asks for the select rule before the membership is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Command};
use crate::compile::capability::{Capability, Reach};
use crate::compile::grants;
use crate::compile::output::Output;
use crate::model::{Group, May};
use crate::sql::{dollar, ident, literal};

/// Adds both for every group with a founder.
pub fn all(output: &mut Output<'_>, schema: &Catalog, capabilities: &[Capability<'_>]) {
    let model = output.model;
    for (name, group) in &model.groups {
        if group.founder.is_some() {
            role(output, schema, name, group);
            create_function(output, schema, capabilities, name, group);
        }
    }
}

fn role(output: &mut Output<'_>, schema: &Catalog, name: &str, group: &Group) {
    let role = output.founder_role(name);
    output.role(&role);
    let mut columns: BTreeSet<String> = group.key.iter().cloned().collect();
    columns.insert(group.member.clone());
    columns.extend(group.rank.iter().map(|(column, _)| column.clone()));
    let may = May { tables: BTreeMap::from([(group.table.clone(), BTreeMap::from([(Command::Insert, columns)]))]) };
    grants::own_rights(output, schema, &role, "found", &may);
}

fn create_function(
    output: &mut Output<'_>,
    schema: &Catalog,
    capabilities: &[Capability<'_>],
    name: &str,
    group: &Group,
) {
    let Some(founder) = &group.founder else { return };
    let Some(table) = schema.tables.get(&founder.table) else { return };
    let callers: Vec<String> = capabilities
        .iter()
        .filter(|capability| capability.reach(output.model, &founder.table, table, Command::Insert) != Reach::Nothing)
        .filter(|capability| capability.reach(output.model, &founder.table, table, Command::Select) != Reach::Nothing)
        .map(|capability| capability.role.clone())
        .collect();
    let key = table.primary_key();
    if callers.is_empty() || key.is_empty() {
        return;
    }
    let rules = output.model.tables.get(&founder.table);
    let hidden =
        |column: &str| rules.and_then(|rules| rules.columns.get(column)).is_some_and(|said| said.select.is_some());
    let visible: Vec<String> =
        table.columns.iter().filter(|c| !hidden(&c.name)).map(|c| format!("t.{}", ident(&c.name))).collect();
    let writable: Vec<String> =
        table.columns.iter().filter(|c| c.generated.is_none()).map(|c| literal(&c.name)).collect();
    // The key must be known before the row is there; where it has a default, the default is asked for it.
    let mut lines = String::new();
    for column in key {
        let default = table.column(column).and_then(|column| {
            column.default.clone().or_else(|| {
                column.identity.map(|_| {
                    format!(
                        "nextval(pg_get_serial_sequence({}, {}))",
                        literal(&founder.table.sql()),
                        literal(&column.name)
                    )
                })
            })
        });
        if let Some(default) = default {
            lines.push_str(&format!(
                "  if not given ? {0} then\n    given := given || jsonb_build_object({0}, {default});\n  end if;\n",
                literal(column)
            ));
        }
    }
    let overriding =
        if table.columns.iter().any(|c| c.identity == Some('a')) { " overriding system value" } else { "" };
    let (relation, matches) = (
        founder.table.sql(),
        key.iter().map(|column| format!("t.{0} = made.{0}", ident(column))).collect::<Vec<_>>().join(" and "),
    );
    let insert = literal(&format!(
        "insert into {0} (%1$s){overriding} select %1$s from jsonb_populate_record(null::{0}, $1)",
        relation.replace('%', "%%")
    ));
    let body = format!(
        "\ndeclare\n  given jsonb := new_row;\n  made {relation};\n  listed text;\n  answer jsonb;\nbegin\n{lines}  \
         made := jsonb_populate_record(null::{relation}, given);\n  \
         select string_agg(format('%I', k), ', ' order by k) into listed from jsonb_object_keys(given) as k where k in ({writable});\n  \
         execute format({insert}, listed) using given;\n  \
         select to_jsonb(r) into answer from (select {visible} from {relation} as t where {matches}) as r;\n  \
         return jsonb_populate_record(null::{relation}, answer);\nend\n",
        writable = writable.join(", "),
        visible = visible.join(", "),
    );
    let function = format!("create_{name}");
    let sql = format!(
        "create or replace function seal.{}(new_row jsonb)\nreturns {relation}\nlanguage plpgsql volatile\nset search_path = pg_catalog, pg_temp\nas {}",
        ident(&function),
        dollar(&body)
    );
    let owner = output.seal();
    output.function_with(&function, vec!["jsonb".to_owned()], &sql, &owner, false, &callers);
    output.use_schema(&founder.table.schema, &owner);
}
