//! Generated columns. Postgres computes them after all BEFORE triggers, which see null in their place; and no statement names them:
//! who changes what they are computed from changes them.

use crate::catalog::Table;
use crate::check::facts;
use crate::sql::ident;

/// PL/pgSQL that fills in those of NEW's generated columns that are wanted. Postgres does so again.
pub(super) fn computed(table: &Table, wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for column in table.columns.iter().filter(|column| wanted(&column.name)) {
        let Some(expression) = column.generated.as_ref().and_then(|text| text.rsplit_once(' ')) else { continue };
        text.push_str(&format!(
            "    new.{} := (select {} from (select new.*) as computed);\n",
            ident(&column.name),
            expression.0
        ));
    }
    text
}

/// The same of those that this PL/pgSQL reads by name.
pub(super) fn computed_for(table: &Table, asks: &str) -> String {
    computed(table, |column| asks.contains(&format!("new.{}", ident(column))))
}

/// The columns that a statement names to change this one: itself, or what it is computed from.
pub(super) fn named_for(table: &Table, column: &str) -> Vec<String> {
    match table.column(column).and_then(|column| column.generated.as_deref()) {
        None => vec![column.to_owned()],
        Some(text) => {
            let plain = table.columns.iter().filter(|other| other.generated.is_none());
            plain.filter(|other| facts::names(text, &other.name)).map(|other| other.name.clone()).collect()
        }
    }
}
