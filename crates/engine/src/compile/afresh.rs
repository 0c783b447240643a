//! `granted_by` asked again of what is there now. Policies and STABLE triggers ask what was there when the statement began, or the
//! transaction at REPEATABLE READ: whoever was removed since would admit himself again. Before a membership or an edge is
//! written, the same is asked under the group's lock, in a snapshot of its own; what several rows of one statement change
//! is asked row by row, each as if it were the next statement.
//!
//! INVARIANT: this only ever refuses besides. Alone it would let a statement make itself legal.

use crate::catalog::{Command, Table};
use crate::compile::granting::{Granting, Place, granting_rule_of};
use crate::compile::output::Output;
use crate::compile::triggers::{Triggers, definer_trigger_function, distinct, function_name, in_cascade, refuse_if};
use crate::model::Group;
use crate::sql::{QualifiedName, ident, literal, short_hash};

/// The trigger that binds in cascades of foreign keys.
const CASCADE: &str = "zzzz_seal_zz_cascade";

impl Triggers<'_> {
    /// The trigger of a table that holds memberships or edges.
    pub(super) fn afresh(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) {
        self.via.reads_settings = false;
        let inserted = self.asked_of_row(name, table, Command::Insert);
        let deleted = self.asked_of_row(name, table, Command::Delete);
        let updated = self.asked_of_change(name, table);
        if inserted.is_empty() && updated.is_empty() {
            return;
        }
        let body = format!(
            "\ndeclare\n  allowed boolean;\nbegin\n  if tg_op = 'INSERT' then\n{inserted}  elsif tg_op = 'UPDATE' then\n{updated}  \
             else\n{deleted}    return old;\n  end if;\n  return new;\nend\n",
        );
        let function = function_name("afresh", name);
        let sql = definer_trigger_function(&function, &body, self.via.reads_settings);
        output.function(&function, &sql, &output.seal(), true, &[]);
        let bound = self.bound(name, &output.exempt_from_column_rules(self.schema, name));
        let events = "before insert or update or delete";
        output.trigger(name, "zzzz_seal_zz_afresh", events, &bound, &function, true);
        output.trigger(name, CASCADE, "before update", &in_cascade(&output.owner()), &function, true);
    }

    /// PL/pgSQL that asks of a row that comes or goes what the policies ask.
    fn asked_of_row(&mut self, name: &QualifiedName, table: &Table, command: Command) -> String {
        let alias = if command == Command::Insert { "new" } else { "old" };
        let mut text = String::new();
        for (group_name, group) in &self.model.groups {
            for place in [Place::Membership, Place::Edge] {
                let Some(far) = place.table(group).filter(|far| self.holds_rows_of(name, far)) else { continue };
                let Some(rule) = granting_rule_of(group_name, group, table, place, command) else { continue };
                // Who leaves needs no rank, and a row that makes nobody a member of anything is nobody's.
                let asked = match place {
                    Place::Membership if command == Command::Delete => {
                        let whole = group.key.iter().chain(group.rank.iter().map(|(column, _)| column));
                        let whole: String =
                            whole.map(|column| format!(" and old.{} is not null", ident(column))).collect();
                        format!("old.{} is distinct from seal.me(){whole}", ident(&group.member))
                    }
                    Place::Membership => "true".to_owned(),
                    Place::Edge => {
                        let column = group.parent.as_ref().map_or("", |parent| parent.column.as_str());
                        format!("{alias}.{} is not null", ident(column))
                    }
                };
                let locks = locks(group_name, group, place, alias);
                let decide = format!("{}{locks}    {}", at_read_committed(group_name), self.decide(&rule, far, alias));
                // As the policy says it that asks the same.
                let message = if command == Command::Insert {
                    format!("new row violates row-level security policy for table \"{}\"", name.name)
                } else {
                    place.message(group_name, group)
                };
                text.push_str(&asking(&asked, &decide, &message));
            }
        }
        text
    }

    /// PL/pgSQL that asks of a row that changes what the STABLE triggers ask.
    fn asked_of_change(&mut self, name: &QualifiedName, table: &Table) -> String {
        let mut text = String::new();
        for Granting { group: group_name, place, check, ends } in self.granting(name) {
            let Some(group) = self.model.groups.get(&group_name) else { continue };
            // A generated column has its value only after this: any change may be one of it.
            let generated = |column: &String| table.column(column).is_some_and(|column| column.generated.is_some());
            let columns: Vec<String> = if check.changed.iter().any(generated) {
                table.columns.iter().filter(|column| column.generated.is_none()).map(|c| c.name.clone()).collect()
            } else {
                check.changed.clone()
            };
            let changed: Vec<String> = columns.iter().map(|column| distinct(self.schema, table, column)).collect();
            let asked = format!(
                "({}) and not (tg_name = {} and coalesce({ends}, false))",
                changed.join(" or "),
                literal(CASCADE)
            );
            let locks: String = ["old", "new"].map(|alias| locks(&group_name, group, place, alias)).concat();
            let decide = format!("{}{locks}    {}", at_read_committed(&group_name), check.decide);
            text.push_str(&asking(&asked, &decide, &check.message));
        }
        text
    }
}

/// PL/pgSQL that refuses where it is asked and not allowed.
fn asking(asked: &str, decide: &str, message: &str) -> String {
    let hint =
        "the rank is needed now, not only when the statement began: a statement that gives up the own rank comes last";
    let refuse = refuse_if("not coalesce(allowed, false)", message, hint);
    format!("  if {asked} then\n{decide}\n{refuse}\n  end if;\n")
}

/// PL/pgSQL that refuses a snapshot which cannot be told who has been removed since.
pub(super) fn at_read_committed(group: &str) -> String {
    let message = format!("memberships of `{group}` are changed at READ COMMITTED");
    let refuse = refuse_if(
        "current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')",
        &message,
        "a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own",
    );
    format!("{refuse}\n")
}

/// PL/pgSQL that locks the row's group until the transaction ends, and with it all groups above, whose ranks count in it: who
/// removes somebody waits for what that one is about to write.
fn locks(group_name: &str, group: &Group, place: Place, alias: &str) -> String {
    let key: Vec<String> = match (place, &group.parent) {
        (Place::Edge, Some(parent)) => vec![format!("{alias}.{}", ident(&parent.key))],
        _ => group.key.iter().map(|column| format!("{alias}.{}", ident(column))).collect(),
    };
    let seed = lock_seed(group_name);
    let own = key.join(", ");
    let mut text = format!("    perform pg_advisory_xact_lock(hashtextextended(row({own})::text, {seed}));\n");
    if let Some(parent) = &group.parent {
        let (table, column, node) = (parent.table.sql(), ident(&parent.column), ident(&parent.key));
        let first = match place {
            Place::Edge => format!("select {alias}.{column} as key1"),
            Place::Membership => format!("select c.{column} from {table} as c where c.{node} = {own}"),
        };
        text.push_str(&format!(
            "    perform pg_advisory_xact_lock_shared(hashtextextended(row(a.key1)::text, {seed})) from (with recursive above(key1) as \
             ({first} union select c.{column} from above as b join {table} as c on c.{node} = b.key1) select key1 from above where key1 is not null) as a;\n"
        ));
    }
    text
}

/// Keeps the locks of different groups apart.
pub(super) fn lock_seed(group_name: &str) -> i64 {
    i64::from_str_radix(&short_hash(group_name, 8), 16).unwrap_or_default()
}
