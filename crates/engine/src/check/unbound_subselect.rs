//! A sub-select that does not ask for this row: one match anywhere opens every row.

use super::facts;
use crate::catalog::{self, Catalog, ConstraintKind};
use crate::diagnostic::Diagnostic;
use crate::model::{Atom, Expr, Model};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, table, schema) in facts::tables(model, catalog) {
        for rule in facts::all_rules(table) {
            rule.expr.walk(&mut |expr| {
                let Expr::Atom(atom) = expr else { return };
                if !atom.subselect || of_the_row(atom) {
                    return;
                }
                let (message, help) = if of_the_caller(atom) {
                    let Some(column) = untied(atom, schema, catalog) else { return };
                    (
                        format!("the sub-select does not compare `{column}` with the row's own: one match opens every row"),
                        "compare both, or declare a group: its word asks for the row's own key",
                    )
                } else {
                    (
                        "the sub-select asks neither for this row nor for who asks: it opens all rows or none".to_owned(),
                        "compare with me() and with a column of the row; or give the right to a role, `for.staff.select`",
                    )
                };
                found.push(Diagnostic::warning("unbound-subselect", rule.span, message).help(help));
            });
        }
    }
    found
}

fn of_the_row(atom: &Atom) -> bool {
    atom.holes().any(|hole| !hole.columns().is_empty())
}

fn of_the_caller(atom: &Atom) -> bool {
    facts::mentions(atom, |expr| matches!(expr, Expr::Me | Expr::Claim(_)))
}

/// A column that leads to what this table has too: of the same name and type, and part of a foreign key on either side.
fn untied(atom: &Atom, schema: &catalog::Table, catalog: &Catalog) -> Option<String> {
    let keyed = |table: &catalog::Table, name: &str| {
        table.constraints.values().any(|constraint| {
            constraint.kind == ConstraintKind::ForeignKey && constraint.columns.iter().any(|column| column == name)
        })
    };
    atom.reads.iter().map(|(relation, _)| relation).find_map(|relation| {
        let far = catalog.tables.get(relation)?;
        let tie = far.columns.iter().find(|column| {
            let same = schema.column(&column.name).is_some_and(|own| own.base_type == column.base_type);
            same && (keyed(far, &column.name) || keyed(schema, &column.name))
        })?;
        Some(catalog::column_sql(relation, &tie.name))
    })
}
