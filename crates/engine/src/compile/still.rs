//! A row that is written points to what its writer could see. Policies ask `via` and words in the snapshot of the statement; what a
//! foreign key names is looked for when the statement ends. Who deletes the row in between, and makes another under its key, would be
//! given what was written. So after each row that newly points somewhere, and after Postgres has locked what it points to, two
//! snapshots are compared: where they hold the same version of that row, it is the same row. Where they do not, the row's rule is
//! asked again of what is there now. What the statement did not see at all, and this very transaction made, is no stranger's. What it
//! saw and this transaction has changed since may be, where the project has triggers of its own: a counter on the parent changes
//! whatever is there by then.
//!
//! The trigger's function is STABLE and sees what the statement sees; the functions that it asks are not, and see what is new. At a
//! stricter isolation both see the same, and Postgres itself refuses a key whose row is gone.

use std::collections::BTreeMap;

use crate::catalog::{Command, Table};
use crate::compile::capability::{Capability, Reach};
use crate::compile::equal;
use crate::compile::kept::{Hanging, hangs, is_part};
use crate::compile::output::Output;
use crate::compile::pins::{pins, quiet_pins};
use crate::compile::policies::asked_of_new;
use crate::compile::triggers::{Triggers, function_name, trigger_function};
use crate::sql::{QualifiedName, dollar, ident, literal, short_hash};

impl Triggers<'_> {
    /// The trigger of a table whose rules follow foreign keys, and what it asks with.
    pub(super) fn still(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) {
        let mut keys: BTreeMap<Vec<String>, Hanging> = BTreeMap::new();
        let partitioned = self.is_partitioned(name);
        let parts = self.schema.tables.iter().filter(|(part, _)| is_part(self.schema, part, name, partitioned));
        for (part, made) in parts {
            let found = made.constraints.values().filter_map(|key| hangs(self.model, self.schema, part, key));
            keys.extend(found.map(|far| (far.columns.clone(), far)));
        }
        if keys.is_empty() {
            return;
        }
        let again = self.asked_again(output, name, table);
        let mut body = String::from("\nbegin\n");
        for far in keys.values() {
            let Some(same) = self.same(output, name, table, far) else { continue };
            let given: Vec<String> = far.columns.iter().map(|column| format!("new.{}", ident(column))).collect();
            let message = format!("the row of {} that this one points to is not the one that it was", far.parent.sql());
            body.push_str(&format!(
                "  if {moved} then\n    \
                 if not seal.{same}((select p.xmin from {parent} as p where {points}), {given}) then\n      \
                 if not seal.{again}(to_jsonb(new), tg_op) then\n        \
                 raise exception using errcode = '40001', message = {message}, hint = 'try again';\n      end if;\n    end if;\n  end if;\n",
                moved = far.newly_points(self.schema),
                parent = far.parent.sql(),
                points = self.points(far, given.iter().cloned()),
                same = ident(&same),
                given = given.join(", "),
                again = ident(&again),
                message = literal(&message),
            ));
            self.via.reads.insert(far.parent.clone());
        }
        body.push_str("  return null;\nend\n");
        let function = function_name("still", name);
        let sql = trigger_function(&function, "stable security definer", &body, false);
        output.function(&function, &sql, &output.seal(), true, &[]);
        // Cascades change keys together with what these name.
        let bound = self.bound(name, &[output.owner()]);
        output.trigger(name, "zzzz_seal_still", "after insert or update", &bound, &function, false);
    }

    /// The function that tells whether the version of a row that a statement sees is still the one that there is.
    /// It takes a key as it is written, which may be of a wider type than what it points to.
    fn same(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table, far: &Hanging) -> Option<String> {
        let types: Option<Vec<String>> =
            far.columns.iter().map(|column| Some(table.column(column)?.base_type.clone())).collect();
        let types: Vec<String> = std::iter::once("xid".to_owned()).chain(types?).collect();
        let function = function_name(&format!("same_{}", short_hash(&far.columns.join(","), 4)), name);
        let given = (2..=types.len()).map(|at| format!("${at}"));
        // Without triggers of the project's, what a statement has changed itself is the row that it saw.
        let touched = if self.model.triggers.is_empty() {
            ""
        } else {
            "if $1 is not null then\n    return false;\n  end if;\n  "
        };
        let body = format!(
            "\ndeclare\n  now xid := (select p.xmin from {} as p where {});\n  top bigint := pg_current_xact_id()::text;\nbegin\n  \
             if now is not distinct from $1 then\n    return true;\n  end if;\n  \
             {touched}return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);\nend\n",
            far.parent.sql(),
            self.points(far, given)
        );
        let sql = format!(
            "create or replace function seal.{}({})\nreturns boolean\nlanguage plpgsql volatile security definer\n{}\nas {}",
            ident(&function),
            types.join(", "),
            pins(false),
            dollar(&body)
        );
        output.function_with(&function, types, &sql, &output.seal(), true, &[]);
        Some(function)
    }

    /// SQL for which row of the parent, under the alias `p`, has this key.
    fn points(&self, far: &Hanging, given: impl Iterator<Item = String>) -> String {
        let parent = self.schema.tables.get(&far.parent);
        let pairs = far.referenced.iter().zip(given).map(|(column, value)| {
            equal::equal(self.schema, equal::kind(parent, column), &format!("p.{}", ident(column)), &value)
        });
        pairs.collect::<Vec<_>>().join(" and ")
    }

    /// The function that asks the rules of a new row again, of what is there now.
    fn asked_again(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) -> String {
        let mut decided = String::new();
        for command in [Command::Insert, Command::Update] {
            let decide = self.decide_as(
                name,
                "hung",
                |model, capability: &Capability<'_>| capability.reach(model, name, table, command) != Reach::Nothing,
                |model, capability| asked_of_new(model, name, capability.rules_of, command),
            );
            let asked = match command {
                Command::Insert => "if tg_op = 'INSERT'",
                _ => "elsif tg_op = 'UPDATE'",
            };
            decided.push_str(&format!("  {asked} then\n    {decide}\n"));
        }
        let body = format!(
            "\n#variable_conflict use_column\ndeclare\n  hung {relation} := jsonb_populate_record(null::{relation}, $1);\n  \
             tg_op text := $2;\n  allowed boolean;\nbegin\n{decided}  end if;\n  return coalesce(allowed, false);\nend\n",
            relation = name.sql(),
        );
        let function = function_name("still_may", name);
        let sql = format!(
            "create or replace function seal.{}(jsonb, text)\nreturns boolean\nlanguage plpgsql volatile security definer\n{}\nas {}",
            ident(&function),
            quiet_pins(true),
            dollar(&body)
        );
        let arguments = ["jsonb", "text"].map(str::to_owned).to_vec();
        output.function_with(&function, arguments, &sql, &output.seal(), true, &[]);
        function
    }
}
