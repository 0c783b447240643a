//! Publications. Rows leave through one without being asked about rules, so one that the schema does not say, or that says more,
//! is named; whether somebody is subscribed to it, only its operator knows.

use super::{Change, Scope, unsupported};
use crate::catalog::Publication;
use crate::sql::ident;

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let (current, desired) = (scope.current, scope.desired);
    let mut changes = Vec::new();
    for (name, live) in &current.publications {
        let object = format!("publication {}", ident(name));
        match desired.publications.get(name) {
            Some(wanted) if wanted == live => {}
            Some(wanted) => changes.push(unsupported(
                object,
                format!("publishes {}, shall publish {}: change one of the two", words(live), words(wanted)),
            )),
            None if concerns_us(scope, live) => changes.push(unsupported(
                &object,
                format!(
                    "sends {} past every rule, and is not in the schema: `drop {object}`, or add it there and to `[subscriptions]`",
                    words(live)
                ),
            )),
            None => {}
        }
    }
    changes
}

/// Whether rows of the project's tables leave through it.
fn concerns_us(scope: &Scope<'_>, publication: &Publication) -> bool {
    let ours = |schema: &str| schema == "seal" || scope.desired.tables.keys().any(|table| table.schema == schema);
    publication.all_tables
        || publication.schemas.iter().any(|schema| ours(schema))
        || publication.tables.keys().any(|table| scope.desired.tables.contains_key(table))
}

fn words(publication: &Publication) -> String {
    let mut parts: Vec<String> = Vec::new();
    if publication.all_tables {
        parts.push("all tables".to_owned());
    }
    parts.extend(publication.schemas.iter().map(|schema| format!("all tables of schema {}", ident(schema))));
    parts.extend(publication.tables.iter().map(|(table, part)| format!("{table}{part}")));
    format!("{} ({})", if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }, publication.publishes)
}
