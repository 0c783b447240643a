//! A membership table into which somebody may write rows without being in the group: they could let themselves in.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model, RuleKind};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, _) in facts::tables(model, catalog) {
        for (group_name, group) in model.groups.iter().filter(|(_, group)| group.table == *name) {
            // `granted_by` says who admits whom, whatever the rules say.
            if group.granted_by.is_some() {
                continue;
            }
            for (role, kind, rule) in facts::given(table) {
                if !matches!(kind, RuleKind::Insert | RuleKind::UpdateAfter) || rule.expr == Expr::FALSE {
                    continue;
                }
                let required = Model::required_of_new(table);
                let whole = Expr::and([rule.expr.clone(), required]);
                if !needs_group(&whole, group_name) {
                    found.push(
                        Diagnostic::warning(
                            "open-membership",
                            rule.span,
                            format!("role `{role}` may write rows of `{name}` without being in `{group_name}`, and so let themselves in"),
                        )
                        .help(format!("ask for a rank, `{group_name}(..)`, or say `granted_by` in [groups.{group_name}]")),
                    );
                }
            }
        }
    }
    found
}

/// Whether a rule holds only for members of the group, for a service role's own or an asked parent's reasons aside.
fn needs_group(expr: &Expr, group: &str) -> bool {
    match expr {
        Expr::InGroup { group: asked, .. } => asked == group,
        Expr::Via { .. } => true,
        Expr::And(parts) => parts.iter().any(|part| needs_group(part, group)),
        Expr::Or(parts) => parts.iter().all(|part| needs_group(part, group)),
        other => *other == Expr::FALSE,
    }
}
