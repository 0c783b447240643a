//! Founders: the role that writes a founder's membership, the triggers that do so and that let nobody found what was there before,
//! and `seal.create_<group>(..)`, which inserts the group's own row and returns it. INSERT .. RETURNING cannot: Postgres asks for
//! the select rule before the membership is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Column, Command};
use crate::check::facts;
use crate::compile::afresh::at_read_committed;
use crate::compile::capability::{Capability, Reach};
use crate::compile::equal;
use crate::compile::grants;
use crate::compile::output::Output;
use crate::compile::triggers::{Triggers, definer_trigger_function, function_name, trigger_function};
use crate::model::{Expr, Founder, Group, May, RankAtLeast, RuleKind};
use crate::sql::{QualifiedName, dollar, fit_name, ident, literal};

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

impl Triggers<'_> {
    /// The triggers of a table that is a group's own.
    pub(super) fn founded(&mut self, output: &mut Output<'_>, name: &QualifiedName) {
        for (group_name, group) in &self.model.groups {
            if let Some(founder) = group.founder.as_ref().filter(|founder| founder.table == *name) {
                self.founder(output, group_name, group, founder);
            }
            self.is_new(output, name, group_name, group);
        }
    }

    /// Whoever inserts a group's own row becomes its first member, in the same statement.
    fn founder(&mut self, output: &mut Output<'_>, group_name: &str, group: &Group, founder: &Founder) {
        let mut columns = vec![ident(&group.member)];
        let mut values = vec!["seal.me()".to_owned()];
        for (key, referenced) in group.key.iter().zip(&founder.columns) {
            columns.push(ident(key));
            values.push(format!("new.{}", ident(referenced)));
        }
        if let (Some((rank, _)), Some(label)) = (&group.rank, &founder.rank) {
            columns.push(ident(rank));
            values.push(literal(label));
        }
        let insert =
            format!("insert into {} ({}) values ({});", group.table.sql(), columns.join(", "), values.join(", "));
        let body =
            self.for_inserted(&founder.table, &format!("if seal.me() is not null then\n    {insert}\n  end if;"));
        let owner = output.founder_role(group_name);
        let function = function_name(&format!("found_{group_name}"), &founder.table);
        output.function(&function, &definer_trigger_function(&function, &body, false), &owner, true, &[]);
        self.on_insert(output, &founder.table, &fit_name(&format!("seal_founder_{group_name}")), &function);
    }

    /// Who inserts a group's own row makes a new group: nobody was a member of it before, and nothing was its. A row that was
    /// deleted and is inserted again would hand an old group to a new founder, or to those above its new parent. What points to
    /// it by a foreign key is `kept`'s business.
    fn is_new(&mut self, output: &mut Output<'_>, name: &QualifiedName, group_name: &str, group: &Group) {
        let founder = group.founder.as_ref().filter(|founder| founder.table == *name);
        let parent = group
            .parent
            .as_ref()
            .filter(|parent| parent.table == *name && parent.is_group && group.granted_by.is_some());
        let own = match (founder, parent) {
            (Some(founder), _) => founder.columns.clone(),
            (None, Some(parent)) => vec![parent.key.clone()],
            (None, None) => return,
        };
        let mut rows = BTreeSet::from([(group.table.clone(), group.key.clone())]);
        rows.extend(self.asks_without_key(name, &own, group_name));
        // A node without members of its own has those of the nodes above.
        let node = parent.map(|parent| (name.clone(), vec![parent.key.clone()]));
        let tests = |rows: &[&(QualifiedName, Vec<String>)]| {
            let there = |(table, columns): &&(QualifiedName, Vec<String>)| {
                let pairs = columns.iter().zip(&own);
                let far = self.schema.tables.get(table);
                let same: Vec<String> = pairs
                    .map(|(column, own)| {
                        let [there, own] = [format!("m.{}", ident(column)), format!("new.{}", ident(own))];
                        equal::equal(self.schema, equal::kind(far, column), &there, &own)
                    })
                    .collect();
                format!("exists (select 1 from {} as m where {})", table.sql(), same.join(" and "))
            };
            let known = rows.iter().map(there).collect::<Vec<_>>().join(" or ");
            match (parent, founder) {
                (Some(parent), None) => format!("new.{} is not null and ({known})", ident(&parent.column)),
                _ => known,
            }
        };
        let refuse = |known: &str| {
            format!(
                "if {known} then\n    raise exception using errcode = '42501', message = {}, hint = {};\n  end if;",
                literal(&format!("this group of `{group_name}` was there before, and is not founded again")),
                literal("change its row with UPDATE, or delete its memberships and all that is its first"),
            )
        };
        let function = function_name(&format!("new_{group_name}"), name);
        let body = self.for_inserted(name, &refuse(&tests(&rows.iter().chain(&node).collect::<Vec<_>>())));
        let sql = trigger_function(&function, "stable security definer", &body, false);
        output.function(&function, &sql, &output.seal(), true, &[]);
        self.on_insert(output, name, &fit_name(&format!("aaaa_seal_new_{group_name}")), &function);
        // That looks at what was there when the statement began. What a foreign key ties to the group's row cannot have come since.
        let untied: Vec<_> = rows.iter().filter(|(table, columns)| !self.is_tied(table, columns, name, &own)).collect();
        if !untied.is_empty() {
            let mut refuse = format!("{}  {}", at_read_committed(group_name), refuse(&tests(&untied)));
            if let (Some(parent), None) = (parent, founder) {
                // A root is nobody's.
                refuse = format!("if new.{} is not null then\n  {refuse}\n  end if;", ident(&parent.column));
            }
            let function = function_name(&format!("afresh_{group_name}"), name);
            // Before the founder's own membership is there.
            let sql = definer_trigger_function(&function, &self.for_inserted(name, &refuse), false);
            output.function(&function, &sql, &output.seal(), true, &[]);
            self.on_insert(output, name, &fit_name(&format!("aaaa_seal_afresh_{group_name}")), &function);
        }
        self.via.reads.extend(rows.into_iter().map(|(table, _)| table));
    }

    /// Whether a foreign key ties the columns of a table to a group's own row.
    fn is_tied(&self, table: &QualifiedName, key: &[String], name: &QualifiedName, own: &[String]) -> bool {
        let constraints = self.schema.tables.get(table).map(|schema| &schema.constraints);
        constraints.into_iter().flatten().filter(|(_, constraint)| constraint.validated).any(|(_, constraint)| {
            let far = constraint.references.as_ref().filter(|far| far.table == *name);
            far.is_some_and(|far| {
                let pairs: Vec<_> = constraint.columns.iter().zip(&far.columns).collect();
                key.iter().zip(own).all(|pair| pairs.contains(&pair))
            })
        })
    }

    /// Tables whose rules ask for the group by columns that no foreign key ties to the group's row, with the columns: their rows
    /// may be there before the group is. Only where nobody but members writes such rows: others could keep a group from being
    /// founded.
    fn asks_without_key(
        &self,
        name: &QualifiedName,
        own: &[String],
        group_name: &str,
    ) -> BTreeSet<(QualifiedName, Vec<String>)> {
        let mut found = BTreeSet::new();
        for (table, rules) in self.model.tables.iter().filter(|(table, _)| *table != name) {
            if self.schema.tables.get(table).is_none_or(|schema| !schema.parents.is_empty()) {
                continue;
            }
            let tied = |key: &[String]| self.is_tied(table, key, name, own);
            let members_only = |key: &[String]| {
                let member = Expr::InGroup { group: group_name.to_owned(), key: key.to_vec(), rank: RankAtLeast::Any };
                facts::given(rules)
                    .filter(|(_, kind, _)| matches!(kind, RuleKind::Insert | RuleKind::UpdateAfter))
                    .all(|(_, _, rule)| facts::implies(self.model, &rule.expr, &member))
            };
            for rule in facts::all_rules(rules) {
                rule.expr.walk(&mut |expr| {
                    if let Expr::InGroup { group, key, .. } = expr
                        && group == group_name
                        && !tied(key)
                        && members_only(key)
                    {
                        found.insert((table.clone(), key.clone()));
                    }
                });
            }
        }
        found
    }

    /// PL/pgSQL that does something for each inserted row, called `new`.
    fn for_inserted(&self, table: &QualifiedName, what: &str) -> String {
        if self.is_partitioned(table) {
            format!(
                "\ndeclare\n  new record;\nbegin\n  for new in select * from seal_inserted loop\n  {what}\n  end loop;\n  return null;\nend\n"
            )
        } else {
            format!("\nbegin\n  {what}\n  return null;\nend\n")
        }
    }

    /// An AFTER INSERT trigger. A row that moves to another partition is inserted there, but its statement is an UPDATE: a
    /// partitioned table's trigger is the statement's.
    fn on_insert(&self, output: &mut Output<'_>, table: &QualifiedName, name: &str, function: &str) {
        let each = if self.is_partitioned(table) {
            "referencing new table as seal_inserted for each statement"
        } else {
            "for each row"
        };
        let bound = self.bound(table, &[output.owner()]);
        output.trigger_for(table, name, ["after insert", each], &bound, function, false);
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
    let rules = output.model.tables.get(&founder.table);
    let hidden =
        |column: &str| rules.and_then(|rules| rules.columns.get(column)).is_some_and(|said| said.select.is_some());
    let shown: Vec<&Column> = table.columns.iter().filter(|column| !hidden(&column.name)).collect();
    let visible: Vec<String> = shown.iter().map(|column| format!("t.{}", ident(&column.name))).collect();
    let key = table.primary_key();
    let of_database = |column: &Column| {
        let said = rules.and_then(|rules| rules.columns.get(&column.name)).is_some_and(|said| said.value.is_some());
        said || column.default.is_some() || column.identity.is_some() || column.generated.is_some()
    };
    let given =
        table.columns.iter().filter(|column| key.contains(&column.name) || (column.not_null && !of_database(column)));
    let given: Vec<&Column> = given.collect();
    // It runs as its caller: who may not give what a row needs, or not read what is returned, cannot use it.
    let reaches = |capability: &Capability<'_>, command: Command, columns: &[&Column]| match capability.reach(
        output.model,
        &founder.table,
        table,
        command,
    ) {
        Reach::Nothing => false,
        Reach::Table => true,
        Reach::Columns(held) => columns.iter().all(|column| held.contains(&column.name)),
    };
    let callers: Vec<String> = capabilities
        .iter()
        .filter(|capability| {
            reaches(capability, Command::Insert, &given) && reaches(capability, Command::Select, &shown)
        })
        .map(|capability| capability.role.clone())
        .collect();
    if callers.is_empty() || key.is_empty() {
        return;
    }
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
        "\ndeclare\n  given jsonb := new_row;\n  made {relation};\n  listed text;\n  answer jsonb;\nbegin\n  if jsonb_typeof(given) is distinct from 'object' then\n    \
         raise exception using errcode = '22023', message = {no_row}, hint = {row_hint};\n  end if;\n{lines}  \
         made := jsonb_populate_record(null::{relation}, given);\n  \
         select string_agg(format('%I', k), ', ' order by k) into listed from jsonb_object_keys(given) as k where k in ({writable});\n  \
         if listed is null then\n    \
         raise exception using errcode = '22023', message = {no_column}, hint = {row_hint};\n  end if;\n  \
         execute format({insert}, listed) using given;\n  \
         select to_jsonb(r) into answer from (select {visible} from {relation} as t where {matches}) as r;\n  \
         return jsonb_populate_record(null::{relation}, answer);\nend\n",
        writable = writable.join(", "),
        visible = visible.join(", "),
        no_row = literal(&format!("a new row of {relation} is a JSON object")),
        no_column = literal(&format!("a new row of {relation} names at least one of its columns")),
        row_hint = literal(&format!("seal.create_{name}('{{\"column\": \"value\"}}')")),
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
