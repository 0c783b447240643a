//! What rows hang on is not replaced. A foreign key that takes no action lets a row go if another of the same key takes its place,
//! in one statement, or later where it is deferrable: whatever pointed to the first is then the second's, and with it everything
//! that `via` and groups say. Whoever deletes such a row, or gives it another key, is asked at once whether something still points
//! to it.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Constraint, Table, TableKind};
use crate::check::facts;
use crate::compile::equal;
use crate::compile::output::Output;
use crate::compile::triggers::{OLDER_SNAPSHOT, Triggers, definer_trigger_function, function_name, refuse_if};
use crate::model::{Expr, Model};
use crate::sql::{QualifiedName, ident, idents, literal};

/// A foreign key to a table that rights hang on. Rows stay when what they point to goes where it takes no action, and Postgres looks at COMMIT
/// only where it is deferrable.
pub(super) struct Hanging {
    table: QualifiedName,
    pub(super) parent: QualifiedName,
    pub(super) columns: Vec<String>,
    pub(super) referenced: Vec<String>,
    on_delete: bool,
    on_update: bool,
    pub(super) deferrable: bool,
}

impl Triggers<'_> {
    /// The triggers of a table that rights hang on.
    pub(super) fn kept(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) {
        self.hung(output, name);
        self.still(output, name, table);
        let hanging = hanging(self.model, self.schema, name);
        self.let_go(output, name, &hanging);
        let partitioned = self.is_partitioned(name);
        let parts: Vec<&QualifiedName> =
            self.schema.tables.keys().filter(|part| partitioned && acts_alone(self.schema, name, part)).collect();
        let bound = self.bound_everywhere(output, name);
        let [deleted, changed] = [false, true].map(|update| {
            let stays = |far: &&Hanging| if update { far.on_update } else { far.on_delete };
            let tests = hanging.iter().filter(stays).map(|far| far.refusal(self.schema, name, update, partitioned));
            tests.collect::<String>()
        });
        // Most updates leave the key as it is; a statement's trigger is not told.
        let keys: BTreeSet<&String> =
            hanging.iter().filter(|far| far.on_update).flat_map(|far| &far.referenced).collect();
        let own = self.schema.tables.get(name);
        let changes: Vec<String> = keys
            .iter()
            .map(|column| {
                let [old, new] = ["old", "new"].map(|alias| format!("{alias}.{}", ident(column)));
                equal::differ(self.schema, equal::kind(own, column), &old, &new)
            })
            .collect();
        let rekeyed = if partitioned { bound.clone() } else { format!("({}) and ({bound})", changes.join(" or ")) };
        for (body, trigger, event, tables, condition) in [
            (deleted, "zzzz_seal_kept", "after delete", "referencing old table as seal_old", bound),
            (
                changed,
                "zzzz_seal_kept_key",
                "after update",
                "referencing old table as seal_old new table as seal_new",
                rekeyed,
            ),
        ] {
            if body.is_empty() {
                continue;
            }
            // Who began before others hung something on a row does not see it.
            let there = match (partitioned, event) {
                (false, _) => String::new(),
                (true, "after delete") => " and exists (select 1 from seal_old)".to_owned(),
                (true, _) => format!(" and {}", rekeyed_rows(keys.iter().copied())),
            };
            let isolated = refuse_if(
                &format!("{OLDER_SNAPSHOT}{there}"),
                &format!("rows of {} that others point to are let go at READ COMMITTED", name.sql()),
                "a stricter isolation cannot see what points to them by now",
            );
            let each = if partitioned { format!("{tables} for each statement") } else { "for each row".to_owned() };
            let function = function_name(trigger.trim_start_matches("zzzz_seal_"), name);
            let body = format!("\nbegin\n{isolated}\n{body}  return null;\nend\n");
            let sql = definer_trigger_function(&function, &body, false);
            output.function(&function, &sql, &output.seal(), true, &[]);
            output.trigger_for(name, trigger, [event, &each], &condition, &function, false);
            // A cascade of a partition's own key is a statement on that partition: the parent's triggers do not hear of it.
            for part in parts.iter().filter(|_| partitioned) {
                let condition = self.bound_everywhere(output, part);
                output.trigger_for(part, trigger, [event, &each], &condition, &function, false);
            }
        }
        self.via.reads.extend(hanging.into_iter().filter(|far| far.on_delete || far.on_update).map(|far| far.table));
    }
}

impl Hanging {
    /// SQL for whether a column that holds values of a referenced one changes as the foreign key sees it.
    pub(super) fn differs(&self, schema: &Catalog, referenced: &str, column: &str, [one, other]: [&str; 2]) -> String {
        let [one, other] = [one, other].map(|alias| format!("{alias}.{}", ident(column)));
        equal::differ(schema, equal::kind(schema.tables.get(&self.parent), referenced), &one, &other)
    }

    /// SQL for whether NEW points somewhere, and elsewhere than OLD.
    pub(super) fn newly_points(&self, schema: &Catalog) -> String {
        let present: Vec<String> =
            self.columns.iter().map(|column| format!("new.{} is not null", ident(column))).collect();
        let changed: Vec<String> = self
            .columns
            .iter()
            .zip(&self.referenced)
            .map(|(column, referenced)| self.differs(schema, referenced, column, ["new", "old"]))
            .collect();
        format!("{} and (tg_op = 'INSERT' or {})", present.join(" and "), changed.join(" or "))
    }

    /// PL/pgSQL that refuses where rows still point to what was there.
    fn refusal(&self, schema: &Catalog, name: &QualifiedName, update: bool, partitioned: bool) -> String {
        // In a statement's trigger OLD is there too, and null.
        let row = if partitioned { "gone" } else { "old" };
        let pairs = self.columns.iter().zip(&self.referenced);
        let parent = schema.tables.get(&self.parent);
        let points: Vec<String> = pairs
            .map(|(column, far)| {
                let [column, referenced] = [format!("c.{}", ident(column)), format!("{row}.{}", ident(far))];
                equal::equal(schema, equal::kind(parent, far), &column, &referenced)
            })
            .collect();
        let changed: Vec<String> =
            self.referenced.iter().map(|column| self.differs(schema, column, column, ["old", "new"])).collect();
        let (child, points) = (self.table.sql(), points.join(" and "));
        let there = match (partitioned, update) {
            (false, false) => format!("exists (select 1 from {child} as c where {points})"),
            (false, true) => {
                format!("({}) and exists (select 1 from {child} as c where {points})", changed.join(" or "))
            }
            (true, false) => {
                format!(
                    "exists (select 1 from seal_old as gone where exists (select 1 from {child} as c where {points}))"
                )
            }
            // Which row became which is not told: where any key went, none that was touched may have something hang on it.
            (true, true) => format!(
                "{} and exists (select 1 from seal_old as gone where exists (select 1 from {child} as c where {points}))",
                rekeyed_rows(&self.referenced)
            ),
        };
        format!(
            "  if {there} then\n    raise exception using errcode = '23503', message = {}, hint = {};\n  end if;\n",
            literal(&format!("rows of {child} still point to a row of {}", name.sql())),
            literal(&format!(
                "delete them first, or in the same statement: a row that ({}) points to is not replaced by another",
                idents(&self.columns)
            ))
        )
    }
}

/// SQL for whether an UPDATE of a partitioned table changed any of these columns.
fn rekeyed_rows<'a>(columns: impl IntoIterator<Item = &'a String>) -> String {
    let columns: Vec<String> = columns.into_iter().map(|column| ident(column)).collect();
    let list = |alias: &str| columns.iter().map(|column| format!("{alias}.{column}")).collect::<Vec<_>>().join(", ");
    format!("exists (select {} from seal_old as o except select {} from seal_new as n)", list("o"), list("n"))
}

/// The foreign keys that a table's rows may not be replaced under: those that `via` follows, and all to a group's own row.
fn hanging(model: &Model, schema: &Catalog, name: &QualifiedName) -> Vec<Hanging> {
    let partitioned = is_partitioned(schema, name);
    let mut found = Vec::new();
    for (table, child) in &schema.tables {
        let to_it = child.constraints.values().filter(|constraint| {
            constraint.references.as_ref().is_some_and(|far| is_part(schema, &far.table, name, partitioned))
        });
        found.extend(to_it.filter_map(|constraint| hangs(model, schema, table, constraint)));
    }
    found
}

/// One of them.
pub(super) fn hangs(
    model: &Model,
    schema: &Catalog,
    table: &QualifiedName,
    constraint: &Constraint,
) -> Option<Hanging> {
    let far = constraint.references.as_ref()?;
    let parent = root(schema, &far.table);
    let is_group = model.groups.values().any(|group| {
        group.founder.as_ref().is_some_and(|founder| founder.table == *parent)
            || group.parent.as_ref().is_some_and(|above| above.is_group && above.table == *parent)
    });
    let asked = is_group || followed(model, schema, table, constraint);
    let (on_delete, on_update) = (far.on_delete == 'a', far.on_update == 'a');
    let definition = constraint.definition.trim_end_matches(" NOT VALID");
    let deferrable = [" DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"].iter().any(|word| definition.ends_with(word));
    (asked && !is_inherited(schema, table, constraint)).then(|| Hanging {
        table: table.clone(),
        parent: parent.clone(),
        columns: constraint.columns.clone(),
        referenced: far.columns.clone(),
        on_delete,
        on_update,
        deferrable,
    })
}

/// Whether a rule of the table, or of one that its rows are read through, says `via` over the foreign key.
fn followed(model: &Model, schema: &Catalog, table: &QualifiedName, constraint: &Constraint) -> bool {
    let key: BTreeSet<&String> = constraint.columns.iter().collect();
    let mut found = false;
    for rule in model.tables.get(table).into_iter().flat_map(facts::all_rules) {
        rule.expr.walk(&mut |expr| {
            if let Expr::Via { columns, .. } = expr {
                found |= columns.iter().collect::<BTreeSet<_>>() == key;
            }
        });
    }
    let mut above = schema.tables.get(table).into_iter().flat_map(|table| &table.parents);
    found || above.any(|above| followed(model, schema, above, constraint))
}

/// Whether it is a partition of the table with a foreign key of its own that takes an action.
fn acts_alone(schema: &Catalog, name: &QualifiedName, part: &QualifiedName) -> bool {
    let own = schema.tables.get(part).filter(|_| part != name && root(schema, part) == name);
    own.into_iter().flat_map(|own| own.constraints.values()).any(|key| {
        let acts = key.references.as_ref().is_some_and(|far| far.on_delete != 'a' || far.on_update != 'a');
        acts && !is_inherited(schema, part, key)
    })
}

/// Whether a table has partitions.
pub(super) fn is_partitioned(schema: &Catalog, name: &QualifiedName) -> bool {
    schema.tables.get(name).is_some_and(|table| table.kind == TableKind::Partitioned)
}

/// Whether a table is the other one, or a partition of it. Every table asks this of every other: where the other one has no partitions,
/// nothing is looked up.
pub(super) fn is_part(schema: &Catalog, part: &QualifiedName, name: &QualifiedName, partitioned: bool) -> bool {
    (partitioned || part == name) && root(schema, part) == name
}

/// The table that a partition is part of; itself for any other.
pub(super) fn root<'a>(schema: &'a Catalog, name: &'a QualifiedName) -> &'a QualifiedName {
    let above =
        schema.tables.get(name).filter(|table| table.partition.is_some()).and_then(|table| table.parents.first());
    above.map_or(name, |above| root(schema, above))
}

/// Whether a partition's foreign key is its parent's, which is looked at there.
fn is_inherited(schema: &Catalog, name: &QualifiedName, constraint: &Constraint) -> bool {
    let above = root(schema, name);
    let same = |other: &Constraint| other.columns == constraint.columns && other.references == constraint.references;
    above != name && schema.tables.get(above).is_some_and(|table| table.constraints.values().any(same))
}
