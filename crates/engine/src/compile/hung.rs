//! What rows hang on under a deferrable foreign key. Postgres looks for the row that such a key names at COMMIT, and locks nothing until
//! then: a row that was written and not yet committed is not seen by whoever deletes what it points to, and makes it again under
//! the same key, as theirs. So both take a lock here, and who comes second is told to try again: by then what was written is seen (`kept`).
//! Nobody waits: at COMMIT Postgres waits for who deletes the row, and that would be a deadlock.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::compile::afresh::{folded, lock_seed};
use crate::compile::equal;
use crate::compile::kept::{Hanging, hangs, root};
use crate::compile::output::Output;
use crate::compile::triggers::{Triggers, definer_trigger_function, function_name};
use crate::sql::{QualifiedName, ident, literal};

impl Triggers<'_> {
    /// The trigger of a table whose rows hang on others under a deferrable key.
    pub(super) fn hung(&mut self, output: &mut Output<'_>, name: &QualifiedName) {
        let Some(own) = self.schema.tables.get(name) else { return };
        let mut found: Vec<Hanging> =
            own.constraints.values().filter_map(|key| hangs(self.model, self.schema, name, key)).collect();
        if self.is_partitioned(name) {
            // A key of one partition alone: the row triggers are the parent's.
            let parts = self.schema.tables.iter().filter(|(part, _)| *part != name && root(self.schema, part) == name);
            for (part, table) in parts {
                found.extend(table.constraints.values().filter_map(|key| hangs(self.model, self.schema, part, key)));
            }
        }
        found.retain(|far| far.deferrable);
        if found.is_empty() {
            return;
        }
        let mut body = String::from("\nbegin\n");
        for far in &found {
            body.push_str(&format!(
                "  if {} then\n    if not pg_try_advisory_xact_lock_shared({}) then\n      \
                 raise exception using errcode = '40001', message = {}, hint = {};\n    end if;\n  end if;\n",
                far.newly_points(self.schema),
                lock(self.schema, far, &far.columns, "new"),
                literal(&format!(
                    "a row of {} that this one points to is being deleted, or given another key",
                    far.parent.sql()
                )),
                literal("try again"),
            ));
        }
        body.push_str("  return null;\nend\n");
        let function = function_name("hung", name);
        output.function(&function, &definer_trigger_function(&function, &body, false), &output.seal(), true, &[]);
        let bound = self.bound_everywhere(output, name);
        output.trigger(name, "zzzz_seal_hung", "after insert or update", &bound, &function, false);
    }

    /// The trigger of what they hang on. It comes before the cascades, which then reach what was committed meanwhile.
    pub(super) fn let_go(&mut self, output: &mut Output<'_>, name: &QualifiedName, hanging: &[Hanging]) {
        let keys: BTreeMap<&[String], &Hanging> =
            hanging.iter().filter(|far| far.deferrable).map(|far| (far.referenced.as_slice(), far)).collect();
        if keys.is_empty() {
            return;
        }
        let mut body = String::from("\nbegin\n");
        for (columns, far) in keys {
            let changed: Vec<String> =
                columns.iter().map(|column| far.differs(self.schema, column, column, ["new", "old"])).collect();
            let moves = format!("tg_op = 'DELETE' or {}", changed.join(" or "));
            let taken = format!("not pg_try_advisory_xact_lock({})", lock(self.schema, far, columns, "old"));
            let message = format!("a row that points to one of {} is being written", name.sql());
            body.push_str(&format!(
                "  if {moves} then\n    if {taken} then\n      raise exception using errcode = '40001', message = {}, hint = 'try again';\n    end if;\n  end if;\n",
                literal(&message)
            ));
        }
        body.push_str("  if tg_op = 'DELETE' then\n    return old;\n  end if;\n  return new;\nend\n");
        let function = function_name("let_go", name);
        output.function(&function, &definer_trigger_function(&function, &body, false), &output.seal(), true, &[]);
        let bound = self.bound_everywhere(output, name);
        output.trigger(name, "zzzz_seal_let_go", "before delete or update", &bound, &function, true);
    }
}

/// What is locked: the key, where equal keys read the same, else all rows of the table.
fn lock(schema: &Catalog, far: &Hanging, columns: &[String], alias: &str) -> String {
    let key: BTreeSet<&String> = far.referenced.iter().collect();
    let seed = lock_seed(&format!("{} {key:?}", far.parent.sql()));
    let parent = schema.tables.get(&far.parent);
    // In the order of the parent's columns: two keys may name them in different ones.
    let mut pairs: Vec<(&String, &String)> = far.referenced.iter().zip(columns).collect();
    pairs.sort();
    if !equal::reads_alike(schema, parent, &far.referenced) {
        return seed.to_string();
    }
    let said: Vec<String> = pairs
        .iter()
        .map(|(referenced, column)| format!("{alias}.{}::{}::text", ident(column), equal::kind(parent, referenced)))
        .collect();
    folded(&format!("row({})::text", said.join(", ")), seed)
}
