//! A removal that is dodged. A statement that waits for a row passes over it where the row is gone by then, and does not look at one
//! that came since: who is being removed would delete and insert the own membership anew, or insert another, and stay.
//!
//! So who brings a membership writes down that this group's have changed (`seal.admitted`), under the group's lock. A statement
//! that takes some away asks in the end whether anybody did so after its own snapshot, in a group that it may take from; and only
//! then whether a member who had a row in that snapshot, and has it no more, has another one by now. It is told to try again.
//! Nobody waits for this, and what is written down is one row for each lock.
//!
//! Who leaves takes the group's lock too, where the own rank would let him in again: what another session of his inserts meanwhile
//! is asked about after he left, or was there before.
//!
//! The trigger's function is STABLE and sees what the statement saw; what it asks with is not, and sees what is new. At a stricter
//! isolation both see the same, and Postgres itself refuses a row that is gone.

use crate::catalog::{ObjectId, Table};
use crate::compile::afresh::{folded, lock, lock_seed, lock_text};
use crate::compile::equal;
use crate::compile::granting::Place;
use crate::compile::output::Output;
use crate::compile::pins::pins;
use crate::compile::triggers::{Triggers, distinct, function_name, trigger_function};
use crate::model::Group;
use crate::sql::{QualifiedName, dollar, ident, literal};

/// By which transaction each lock's groups got a membership last, and by which before that: the first one may be whoever asks. In a
/// restored copy numbers of transactions come again, with the time of their beginning they do not.
const TABLE: &str = "\
create table seal.admitted (
  key_lock bigint primary key,
  transaction xid8 not null,
  began timestamptz not null,
  before xid8
)";

/// The mark of this transaction, under the alias `a`.
const OWN: &str = "a.transaction = pg_current_xact_id_if_assigned() and a.began = transaction_timestamp()";

/// The version of a row under the alias `m`: nothing takes its place while a snapshot holds it.
const VERSION: &str = "(m.tableoid::text || m.ctid::text)";

/// Adds the table, and what writes and reads it, where a group needs it.
pub(super) fn table(output: &mut Output<'_>) {
    if output.model.groups.values().all(|group| group.granted_by.is_none()) {
        return;
    }
    let (name, seal) = (QualifiedName::new("seal", "admitted"), output.seal());
    let table = Table { owner: seal.clone(), row_security: true, ..Table::default() };
    output.catalog.tables.insert(name.clone(), table);
    output.statement(ObjectId::Table(name), TABLE);
    let admit = format!(
        "begin\n  update seal.admitted as a set before = a.transaction, transaction = pg_current_xact_id(), began = transaction_timestamp() where a.key_lock = $1 and ({OWN}) is not true;\n  \
         if not found then\n    \
         insert into seal.admitted values ($1, pg_current_xact_id(), transaction_timestamp(), null) on conflict do nothing;\n  end if;\nend"
    );
    let since = format!(
        "begin\n  return array(select a.key_lock from seal.admitted as a where not pg_visible_in_snapshot(case when {OWN} then a.before else a.transaction end, $1));\nend"
    );
    for (function, argument, returns, body) in
        [("admit", "bigint", "void", admit), ("admitted_since", "pg_snapshot", "bigint[]", since)]
    {
        let sql = format!(
            "create or replace function seal.{function}({argument})\nreturns {returns}\nlanguage plpgsql volatile security definer\n{}\nas {}",
            pins(false),
            dollar(&format!("\n{body}\n"))
        );
        output.function_with(function, vec![argument.to_owned()], &sql, &seal, true, &[]);
    }
}

impl Triggers<'_> {
    /// PL/pgSQL that writes down that a membership comes, under the lock that the row's group is under.
    pub(super) fn admits(&self, group_name: &str, group: &Group) -> String {
        let own: Vec<String> = group.key.iter().map(|key| format!("new.{}", ident(key))).collect();
        let lock = folded(&lock_text(self.schema, group, &own.join(", ")), lock_seed(group_name));
        format!("    perform seal.admit({lock});\n")
    }

    /// The same where a row that changes may take the place of another: where a member has one row at most, it does so as
    /// another's or in another group only.
    pub(super) fn admits_by_change(
        &self,
        table: &Table,
        group_name: &str,
        group: &Group,
        changed: &[String],
    ) -> String {
        let is_named = |column: &Option<String>| {
            column.as_ref().is_some_and(|column| *column == group.member || group.key.contains(column))
        };
        let is_one = self.schema.tables.get(&group.table).is_some_and(|table| {
            let mut whole = table.indexes.values().filter(|index| index.unique && index.valid && !index.partial);
            whole.any(|index| index.columns.iter().all(is_named))
        }) && !self
            .schema
            .tables
            .values()
            .any(|child| child.partition.is_none() && child.parents.contains(&group.table));
        let moved: Vec<String> = changed
            .iter()
            .filter(|column| !is_one || is_named(&Some((*column).clone())))
            .map(|column| distinct(self.schema, table, column))
            .collect();
        format!("    if {} then\n  {}    end if;\n", moved.join(" or "), self.admits(group_name, group))
    }

    /// PL/pgSQL by which whoever could let himself in again leaves under the group's lock.
    pub(super) fn leaving(&self, name: &QualifiedName) -> String {
        let mut text = String::new();
        for (group_name, group) in &self.model.groups {
            let Some(granted_by) = group.granted_by.as_deref().filter(|_| self.holds_rows_of(name, &group.table))
            else {
                continue;
            };
            let own: Vec<String> = group.key.iter().map(|key| format!("old.{}", ident(key))).collect();
            text.push_str(&format!(
                "  if old.{} = seal.me() and seal.{}({}, {}) then\n{}  end if;\n",
                ident(&group.member),
                ident(&format!("{group_name}_held")),
                own.join(", "),
                literal(granted_by),
                lock(group_name, group, Place::Membership, "old")
            ));
        }
        text
    }

    /// The trigger of a membership table, or of one that it inherits from.
    pub(super) fn dodged(&mut self, output: &mut Output<'_>, name: &QualifiedName) {
        let is_reached = |group: &Group| group.granted_by.is_some() && self.holds_rows_of(&group.table, name);
        let groups = || self.model.groups.iter().filter(|(_, group)| is_reached(group));
        if groups().next().is_none() {
            return;
        }
        let mut body = String::from(
            "\n#variable_conflict use_column\ndeclare\n  since bigint[] := seal.admitted_since(pg_current_snapshot());\n  top bigint;\n  came xid;\n\
             begin\n  if cardinality(since) = 0 then\n    return null;\n  end if;\n  top := pg_current_xact_id()::text;\n",
        );
        for (group_name, group) in groups() {
            body.push_str(&self.asked_of_all(group_name, group));
        }
        body.push_str("  return null;\nend\n");
        for (group_name, group) in groups().filter(|(_, group)| group.table == *name) {
            self.rows_now(output, group_name, group);
        }
        let function = function_name("dodged", name);
        let sql = trigger_function(&function, "stable security definer", &body, false);
        output.function(&function, &sql, &output.seal(), true, &[]);
        let bound = self.bound(name, &output.exempt_from_column_rules(self.schema, name));
        let when = ["after update or delete", "for each statement"];
        output.trigger_for(name, "zzzz_seal_zz_dodged", when, &bound, &function, false);
    }

    /// PL/pgSQL that asks of one group's memberships.
    fn asked_of_all(&self, group_name: &str, group: &Group) -> String {
        let named: Vec<String> = (1..=group.key.len()).map(|at| format!("key{at}")).collect();
        let of = |alias: &str| named.iter().map(|key| format!("{alias}.{key}")).collect::<Vec<_>>().join(", ");
        let keys = format!(
            "seal.{}({})",
            ident(&format!("{group_name}_keys")),
            literal(group.granted_by.as_deref().unwrap_or_default())
        );
        let keys = if group.key.len() == 1 { format!("(select unnest({keys}))") } else { keys };
        let there = format!(
            "from {} as m where {} and {}",
            group.table.sql(),
            self.is_key("m", group, |at| format!("h.key{at}")),
            equal::equal(
                self.schema,
                equal::kind(self.schema.tables.get(&group.table), &group.member),
                &format!("m.{}", ident(&group.member)),
                "h.member"
            )
        );
        let message = format!("memberships of `{group_name}` were written anew while this statement waited");
        format!(
            "  for came in\n    with here as materialized (select {own}, n.member, n.version, n.came from {keys} as k ({list}), lateral seal.{rows}({own}) as n where {lock} = any (since))\n    \
             select h.came from here as h where not exists (select 1 {there} and {VERSION} = h.version)\n      \
             and exists (select 1 {there} and {VERSION} not in (select o.version from here as o))\n  loop\n    \
             if pg_xact_status((top + ((came::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) is distinct from 'in progress' then\n      \
             raise exception using errcode = '40001', message = {message}, hint = 'try again';\n    end if;\n  end loop;\n",
            own = of("k"),
            list = named.join(", "),
            rows = ident(&format!("{group_name}_rows")),
            lock = folded(&lock_text(self.schema, group, &of("k")), lock_seed(group_name)),
            message = literal(&message),
        )
    }

    /// The function that returns the versions of one group's rows that there are now.
    fn rows_now(&self, output: &mut Output<'_>, group_name: &str, group: &Group) {
        let arguments: Vec<String> =
            group.key.iter().map(|key| equal::kind(self.schema.tables.get(&group.table), key).to_owned()).collect();
        let member = equal::kind(self.schema.tables.get(&group.table), &group.member);
        let function = format!("{group_name}_rows");
        let body = format!(
            "\n#variable_conflict use_column\nbegin\n  return query select m.{}::{member}, {VERSION}, m.xmin from {} as m where {};\nend\n",
            ident(&group.member),
            group.table.sql(),
            self.is_key("m", group, |at| format!("${at}"))
        );
        let sql = format!(
            "create or replace function seal.{}({})\nreturns table(member {member}, version text, came xid)\nlanguage plpgsql volatile security definer\n{}\nas {}",
            ident(&function),
            arguments.join(", "),
            pins(false),
            dollar(&body)
        );
        output.function_with(&function, arguments, &sql, &output.seal(), true, &[]);
    }

    /// SQL for whether a membership's row is of this key.
    fn is_key(&self, alias: &str, group: &Group, asked: impl Fn(usize) -> String) -> String {
        let table = self.schema.tables.get(&group.table);
        let pairs = group.key.iter().zip(1..).map(|(key, at)| {
            equal::equal(self.schema, equal::kind(table, key), &format!("{alias}.{}", ident(key)), &asked(at))
        });
        pairs.collect::<Vec<_>>().join(" and ")
    }
}
