//! `granted_by` asked again of what is there now. Policies and STABLE triggers ask what was there when the statement began, or the
//! transaction at REPEATABLE READ: whoever was removed since would admit himself again. Before a membership or an edge is
//! written, the same is asked under the group's lock, in a snapshot of its own; what the statement has given up itself by then counts
//! as if it were still there (`given_up`).
//!
//! The trigger's function is STABLE, what it asks with (`<group>_held`, `<group>_lock`) is not: so it can ask of both. Where the
//! statement's own snapshot refuses as well, the policy or trigger that asks there is left to say so. Not in a cascade, whose triggers
//! run in different snapshots.
//!
//! INVARIANT: this only ever refuses besides. Alone it would let a statement make itself legal.

use crate::catalog::{Catalog, Command, Table};
use crate::compile::computed::computed;
use crate::compile::equal;
use crate::compile::granting::{Granting, Place, granting_rule_of};
use crate::compile::output::Output;
use crate::compile::pins::pins;
use crate::compile::triggers::{
    OLDER_SNAPSHOT, Triggers, distinct, function_name, in_cascade, refuse_if, trigger_function,
};
use crate::model::{Expr, Group};
use crate::sql::{QualifiedName, dollar, ident, literal, short_hash};

/// The trigger that binds in cascades of foreign keys.
const CASCADE: &str = "zzzz_seal_zz_cascade";

/// What is asked of a row.
struct Asked<'a> {
    /// SQL for whether it is asked.
    when: &'a str,
    /// PL/pgSQL that locks the group.
    locks: &'a str,
    /// PL/pgSQL that decides by what is there now.
    now: &'a str,
    /// And by what was there when the statement began.
    before: &'a str,
    /// What the refusal says.
    message: &'a str,
}

impl Triggers<'_> {
    /// The trigger of a table that holds memberships or edges.
    pub(super) fn afresh(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) {
        let inserted = self.asked_of_row(name, table, Command::Insert);
        let deleted =
            self.asked_of_row(name, table, Command::Delete) + &self.leaving(name) + &self.given_up_in(name, table);
        let updated = self.asked_of_change(name, table);
        if inserted.is_empty() && updated.is_empty() {
            return;
        }
        let mut computed = computed(table, |_| true);
        if !computed.is_empty() {
            computed = format!("  if tg_op <> 'DELETE' then\n{computed}  end if;\n");
        }
        let body = format!(
            "\n#variable_conflict use_column\ndeclare\n  allowed boolean;\nbegin\n{computed}  if tg_op = 'INSERT' then\n{inserted}  elsif tg_op = 'UPDATE' then\n{updated}  \
             else\n{deleted}    return old;\n  end if;\n  return new;\nend\n",
        );
        let function = function_name("afresh", name);
        let sql = trigger_function(&function, "stable security definer", &body, true);
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
                let [now, before] = self.both(&rule, far, alias);
                let (mut locks, message) = (lock(group_name, group, place, alias), place.message(group_name, group));
                if place == Place::Membership && command == Command::Insert {
                    locks.push_str(&self.admits(group_name, group));
                }
                text.push_str(
                    &Asked { when: &asked, locks: &locks, now: &now, before: &before, message: &message }
                        .sql(group_name),
                );
            }
        }
        text
    }

    /// A rule as it is decided now, and as when the statement began.
    fn both(&mut self, rule: &Expr, table: &QualifiedName, alias: &str) -> [String; 2] {
        self.given_up = true;
        let now = self.decide(rule, table, alias);
        self.given_up = false;
        [now, self.decide(rule, table, alias)]
    }

    /// PL/pgSQL that writes down what a row that goes gave.
    fn given_up_in(&mut self, name: &QualifiedName, table: &Table) -> String {
        let mut text = String::new();
        for (group_name, group) in self.model.groups.iter().filter(|(_, group)| group.granted_by.is_some()) {
            for place in [Place::Membership, Place::Edge] {
                if place.table(group).is_some_and(|far| self.holds_rows_of(name, far)) {
                    text.push_str(&self.give_up(group_name, group, place, table));
                }
            }
        }
        text
    }

    /// PL/pgSQL that asks of a row that changes what the STABLE triggers ask.
    fn asked_of_change(&mut self, name: &QualifiedName, table: &Table) -> String {
        let mut text = String::new();
        self.given_up = true;
        let now = self.granting(name);
        self.given_up = false;
        let before = self.granting(name);
        for (Granting { group: group_name, place, check, ends }, before) in now.into_iter().zip(before) {
            let Some(group) = self.model.groups.get(&group_name) else { continue };
            let changed: Vec<String> =
                check.changed.iter().map(|column| distinct(self.schema, table, column)).collect();
            let changed = changed.join(" or ");
            let when = format!("({changed}) and not (tg_name = {} and coalesce({ends}, false))", literal(CASCADE));
            let mut locks = ["old", "new"].map(|alias| lock(&group_name, group, place, alias)).concat();
            if place == Place::Membership {
                locks.push_str(&self.admits_by_change(table, &group_name, group, &check.changed));
            }
            let (now, before, message) = (&check.decide, &before.check.decide, &check.message);
            text.push_str(&Asked { when: &when, locks: &locks, now, before, message }.sql(&group_name));
            text.push_str(&format!(
                "  if {changed} then\n{}  end if;\n",
                self.give_up(&group_name, group, place, table)
            ));
        }
        text
    }
}

impl Asked<'_> {
    /// PL/pgSQL that refuses what is allowed by an older snapshot only.
    fn sql(&self, group: &str) -> String {
        let Self { when, locks, now, before, message } = self;
        let hint = "the rank is needed now, not only when the statement began";
        let isolated = at_read_committed(group);
        let refuse = refuse_if("true", message, hint);
        format!(
            "  if {when} then\n    allowed := false;\n    if not ({OLDER_SNAPSHOT}) then\n{locks}    {now}\n    end if;\n    \
             if not coalesce(allowed, false) then\n    {before}\n    if coalesce(allowed, false) or tg_name = {} then\n{isolated}{refuse}\n    end if;\n    end if;\n  end if;\n",
            literal(CASCADE)
        )
    }
}

/// PL/pgSQL that refuses a snapshot which cannot be told who has been removed since.
pub(super) fn at_read_committed(group: &str) -> String {
    let message = format!("memberships of `{group}` are changed at READ COMMITTED");
    let hint =
        "a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own";
    format!("{}\n", refuse_if(OLDER_SNAPSHOT, &message, hint))
}

/// PL/pgSQL that locks the row's group.
pub(super) fn lock(group_name: &str, group: &Group, place: Place, alias: &str) -> String {
    let column = |column: &String| format!("{alias}.{}", ident(column));
    let arguments: Vec<String> = match (place, &group.parent) {
        (Place::Edge, Some(parent)) => vec![column(&parent.key), column(&parent.column)],
        (_, Some(_)) => group.key.iter().map(column).chain(["null".to_owned()]).collect(),
        (_, None) => group.key.iter().map(column).collect(),
    };
    format!("    perform seal.{}({});\n", ident(&format!("{group_name}_lock")), arguments.join(", "))
}

/// The types of what [`lock_function`] takes: of no length, which a function's parameters do not have.
pub(super) fn lock_arguments(schema: &Catalog, group: &Group) -> Vec<String> {
    let table = schema.tables.get(&group.table);
    let types = || group.key.iter().map(|key| equal::kind(table, key).to_owned());
    types().chain(types().take(1).filter(|_| group.parent.is_some())).collect()
}

/// The function that locks a group until the transaction ends, and with it all groups above, whose ranks count in it: who
/// removes somebody waits for what that one is about to write.
pub(super) fn lock_function(schema: &Catalog, group_name: &str, group: &Group) -> String {
    let seed = lock_seed(group_name);
    let own: Vec<String> = (1..=group.key_types.len()).map(|at| format!("${at}")).collect();
    let own = lock_text(schema, group, &own.join(", "));
    let mut body = format!("\nbegin\n  perform pg_advisory_xact_lock({});\n", folded(&own, seed));
    if let Some(parent) = &group.parent {
        let (table, column, node) = (parent.table.sql(), ident(&parent.column), ident(&parent.key));
        let said = folded(&lock_text(schema, group, "a.key1"), seed);
        let kind = equal::kind(schema.tables.get(&parent.table), &parent.key);
        let is = |key: &str| equal::equal(schema, kind, &format!("c.{node}"), key);
        let (first, next) = (is("$1"), is("b.key1"));
        body.push_str(&format!(
            "  perform pg_advisory_xact_lock_shared({said}) from (with recursive above(key1) as \
             ((select $2 union select c.{column} from {table} as c where {first}) union select c.{column} from above as b join {table} as c on {next}) \
             select key1 from above where key1 is not null) as a;\n"
        ));
    }
    body.push_str("end\n");
    format!(
        "create or replace function seal.{}({})\nreturns void\nlanguage plpgsql volatile security definer\n{}\nas {}",
        ident(&format!("{group_name}_lock")),
        lock_arguments(schema, group).join(", "),
        pins(false),
        dollar(&body)
    )
}

/// SQL of the text by which a group's key is locked: nothing, and so all groups at once, where equal keys may read differently.
pub(super) fn lock_text(schema: &Catalog, group: &Group, key: &str) -> String {
    let alike = equal::reads_alike(schema, schema.tables.get(&group.table), &group.key);
    if alike { format!("row({key})::text") } else { "''".to_owned() }
}

/// How many locks stand for the keys of one group or foreign key, each way of the sign. The server's table of locks is shared by all sessions
/// and small: a statement that locked each of its keys would fill it, and nobody could connect any more. Keys that share one only wait
/// for each other.
const LOCKS: i64 = 128;

/// SQL for the lock of a key's text.
pub(super) fn folded(text: &str, seed: i64) -> String {
    format!("{} + hashtextextended({text}, 0) % {LOCKS}", seed * 2 * LOCKS)
}

/// Keeps the locks of different groups apart.
pub(super) fn lock_seed(group_name: &str) -> i64 {
    i64::from_str_radix(&short_hash(group_name, 8), 16).unwrap_or_default()
}
