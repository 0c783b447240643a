//! A row that is given to whoever holds an address or a name: both change hands, an id does not.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model};

/// Claims that say how somebody is called or reached.
const CHANGE_HANDS: [&str; 10] = [
    "email",
    "email_address",
    "mail",
    "phone",
    "phone_number",
    "username",
    "user_name",
    "preferred_username",
    "nickname",
    "login",
];

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, table, _) in facts::tables(model, catalog) {
        for rule in facts::all_rules(table) {
            rule.expr.walk(&mut |expr| {
                let Expr::Claim(name) = expr else { return };
                if CHANGE_HANDS.contains(&name.to_ascii_lowercase().as_str()) {
                    found.push(
                        Diagnostic::warning(
                            "mutable-identity",
                            rule.span,
                            format!("`claim('{name}')` decides, and it can be changed or given to somebody else"),
                        )
                        .help("keep the person's id in the row and compare it with me()"),
                    );
                }
            });
        }
    }
    found
}
