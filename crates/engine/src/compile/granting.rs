//! `granted_by`: ranks that nobody hands out beyond their own, edges of trees, the last holder of the highest rank. INSERT and
//! DELETE are asked in restrictive policies, UPDATE and what foreign keys do in cascades by triggers.

use crate::catalog::{Catalog, Command, Table};
use crate::compile::afresh::{folded, lock_seed, lock_text};
use crate::compile::computed::computed_for;
use crate::compile::equal;
use crate::compile::output::Output;
use crate::compile::triggers::{
    Check, OLDER_SNAPSHOT, Triggers, definer_trigger_function, function_name, in_cascade, trigger_function,
};
use crate::model::{self, Expr, Group, Model, RankAtLeast};
use crate::sql::{QualifiedName, fit_name, ident, literal};

/// What of a group `granted_by` speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Who is a member.
    Membership,
    /// What a node of its tree hangs below.
    Edge,
}

impl Place {
    /// The table whose rows these are.
    pub(super) fn table(self, group: &Group) -> Option<&QualifiedName> {
        match self {
            Self::Membership => Some(&group.table),
            Self::Edge => group.parent.as_ref().map(|parent| &parent.table),
        }
    }

    /// What a refusal says.
    pub(super) fn message(self, group_name: &str, group: &Group) -> String {
        let granted_by = group.granted_by.as_deref().unwrap_or_default();
        let highest = group.rank.as_ref().and_then(|(_, labels)| labels.last()).map_or(granted_by, String::as_str);
        match self {
            Self::Membership => {
                format!("a membership of `{group_name}` is changed by {granted_by} or above, up to the own rank")
            }
            Self::Edge => format!(
                "the tree of `{group_name}` is changed by {granted_by} or above at both ends, and by {highest} of what is put below another"
            ),
        }
    }
}

/// What `granted_by` asks of a row that changes.
pub(super) struct Granting {
    /// The group's name.
    pub(super) group: String,
    /// What the row is of it.
    pub(super) place: Place,
    /// Which columns are looked at, and what decides.
    pub(super) check: Check,
    /// SQL of a change that gives nobody anything.
    pub(super) ends: String,
}

impl Triggers<'_> {
    /// The triggers of `granted_by` on a table, besides what [`Self::changes`] asks.
    pub(super) fn granted(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) {
        self.cascades(output, name, table);
        self.afresh(output, name, table);
        self.dodged(output, name);
        for (group_name, group) in &self.model.groups {
            if self.holds_rows_of(name, &group.table) && group.granted_by.is_some() {
                self.last_holder(output, name, group_name, group);
            }
        }
    }

    /// What foreign keys change in cascades runs as the tables' owner, whom column rules do not bind: memberships and edges are
    /// asked about there all the same, of whoever sent the statement. What ends a membership or cuts an edge passes, as a cascade
    /// that deletes the row does.
    fn cascades(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) {
        let checks = self.granting(name);
        if checks.is_empty() || !changed_by_cascades(self.schema, name) {
            return;
        }
        let mut asked = String::new();
        for Granting { check, ends, .. } in &checks {
            let hint = "a foreign key changes it: whoever may change it does so first, or whoever deploys";
            asked.push_str(&check.sql(self.schema, table, &format!("not coalesce({ends}, false)"), hint));
        }
        let computed = if self.is_partitioned(name) { computed_for(table, &asked) } else { String::new() };
        let body = format!("\ndeclare\n  allowed boolean;\nbegin\n{computed}{asked}  return new;\nend\n");
        let function = function_name("granted", name);
        let sql = trigger_function(&function, "stable security definer", &body, false);
        output.function(&function, &sql, &output.seal(), true, &[]);
        let bound = in_cascade(&output.owner());
        output.trigger(name, "aaad_seal_granted", "after update", &bound, &function, false);
        if self.is_partitioned(name) {
            // A row that moves to another partition is deleted and inserted: AFTER UPDATE never hears of it.
            output.trigger(name, "zzzz_seal_z_granted", "before update", &bound, &function, true);
        }
    }

    /// `granted_by` on UPDATE, for every group: the checks, each with what it is of.
    pub(super) fn granting(&mut self, name: &QualifiedName) -> Vec<Granting> {
        self.model.groups.iter().flat_map(|(group_name, group)| self.granting_of(name, group_name, group)).collect()
    }

    /// `granted_by` on UPDATE: of a membership's member, key, rank and the columns that decide whether it counts, before and after;
    /// and of the tree's edges, at both ends. INSERT and DELETE are the restrictive policies' business.
    fn granting_of(&mut self, name: &QualifiedName, group_name: &str, group: &Group) -> Vec<Granting> {
        let Some(granted_by) = &group.granted_by else { return Vec::new() };
        let mut checks = Vec::new();
        if self.holds_rows_of(name, &group.table) {
            let mut changed = vec![group.member.clone()];
            changed.extend(group.key.iter().cloned());
            changed.extend(group.rank.iter().map(|(column, _)| column.clone()));
            changed.extend(group.condition.iter().flat_map(Expr::columns));
            changed.sort();
            changed.dedup();
            let rule = may_grant(group_name, group, granted_by);
            let named =
                std::iter::once(&group.member).chain(&group.key).chain(group.rank.iter().map(|(column, _)| column));
            let ends: Vec<String> = named.map(|column| format!("new.{} is null", ident(column))).collect();
            let check = Check {
                changed,
                decide: format!(
                    "{}\n    if coalesce(allowed, false) then\n      {}\n    end if;",
                    self.decide(&rule, name, "old"),
                    self.decide(&rule, name, "new")
                ),
                message: Place::Membership.message(group_name, group),
            };
            let (group, ends) = (group_name.to_owned(), format!("({})", ends.join(" or ")));
            checks.push(Granting { group, place: Place::Membership, check, ends });
        }
        if let Some(parent) = &group.parent
            && self.holds_rows_of(name, &parent.table)
        {
            let holds = |column: &str| Expr::InGroup {
                group: group_name.to_owned(),
                key: vec![column.to_owned()],
                rank: RankAtLeast::Label(granted_by.clone()),
            };
            let is_root = || Expr::Is(Box::new(Expr::Column(parent.column.clone())), model::IsTest::Null);
            let end = |column: &str| Expr::or([is_root(), holds(column)]);
            // Whoever holds a rank above gets it below: an editor who hung the node below a group of their own would be its owner.
            let highest = group.rank.as_ref().and_then(|(_, labels)| labels.last()).unwrap_or(granted_by);
            let hands_over = Expr::or([
                is_root(),
                Expr::InGroup {
                    group: group_name.to_owned(),
                    key: vec![parent.key.clone()],
                    rank: RankAtLeast::Label(highest.clone()),
                },
            ]);
            let (column, key) = (ident(&parent.column), ident(&parent.key));
            let ends = format!("(new.{column} is null and new.{key} = old.{key})");
            let check = Check {
                changed: vec![parent.column.clone(), parent.key.clone()],
                decide: format!(
                    "{}\n    if coalesce(allowed, false) then\n      {}\n    end if;",
                    self.decide(&Expr::and([holds(&parent.key), end(&parent.column)]), name, "old"),
                    self.decide(&Expr::and([end(&parent.column), hands_over]), name, "new")
                ),
                message: Place::Edge.message(group_name, group),
            };
            checks.push(Granting { group: group_name.to_owned(), place: Place::Edge, check, ends });
        }
        checks
    }

    /// Whether it is that table or inherits from it: a statement on that table reaches its rows, and fires its own triggers.
    pub(super) fn holds_rows_of(&self, name: &QualifiedName, table: &QualifiedName) -> bool {
        name == table
            || self
                .schema
                .tables
                .get(name)
                .is_some_and(|child| child.parents.iter().any(|parent| self.holds_rows_of(parent, table)))
    }

    /// The last holder of the highest rank stays. Two who leave at once wait for each other, and the second sees that the first
    /// has left: only at READ COMMITTED, so a stricter isolation, whose snapshot still holds the first, is refused.
    ///
    /// A cascade (a person is deleted, or the group's own row) may leave a group without members, but never members without a
    /// holder. It runs as the tables' owner, whom row-level security does not bind then, and on whose statement an AFTER
    /// trigger runs differs between majors: so cascades have a trigger of their own, whose condition is asked where it happens.
    fn last_holder(&mut self, output: &mut Output<'_>, name: &QualifiedName, group_name: &str, group: &Group) {
        let Some((rank, labels)) = &group.rank else { return };
        let Some(highest) = labels.last() else { return };
        let types = self.schema.tables.get(&group.table);
        let (table, own) = (group.table.sql(), |alias: &str| {
            group.key.iter().map(|key| format!("{alias}.{}", ident(key))).collect::<Vec<_>>().join(", ")
        });
        let is_old = |alias: &str| -> String {
            let of_extension = |key: &String| equal::extension(self.schema, equal::kind(types, key)).is_some();
            if !group.key.iter().any(of_extension) {
                return format!("row({}) = row({})", own(alias), own("old"));
            }
            let same = |key: &String| {
                let [one, old] = [alias, "old"].map(|alias| format!("{alias}.{}", ident(key)));
                equal::equal(self.schema, equal::kind(types, key), &one, &old)
            };
            group.key.iter().map(same).collect::<Vec<_>>().join(" and ")
        };
        let counts = |triggers: &mut Self, alias: &str| {
            group
                .condition
                .as_ref()
                .map_or_else(|| "true".to_owned(), |condition| triggers.for_anybody(condition, &group.table, alias))
        };
        self.via.reads_settings = false;
        let (old_counts, new_counts, row_counts) = (counts(self, "old"), counts(self, "new"), counts(self, "m"));
        let (rank, highest_sql, member) = (ident(rank), literal(highest), ident(&group.member));
        // A row without its whole key makes nobody a member of anything.
        let schema = self.schema.tables.get(&group.table);
        let nullable =
            |column: &&String| schema.and_then(|schema| schema.column(column)).is_some_and(|column| !column.not_null);
        let whole = |alias: &str| -> String {
            group.key.iter().filter(nullable).map(|key| format!("{alias}.{} is not null and ", ident(key))).collect()
        };
        let holds = |alias: &str, counts: &str| {
            format!(
                "{}{alias}.{rank}::text = {highest_sql} and {alias}.{member} is not null and ({counts})",
                whole(alias)
            )
        };
        let direct = fit_name(&format!("aaab_seal_last_{group_name}"));
        let cascade = fit_name(&format!("aaac_seal_cascade_{group_name}"));
        let body = format!(
            "\nbegin\n  if not coalesce({old_holds}, false) then\n    return null;\n  end if;\n  \
             if tg_op = 'UPDATE' then\n    if coalesce({new_is_old} and {new_holds}, false) then\n      return null;\n    end if;\n  end if;\n  \
             if tg_name = {cascade} and not exists (select 1 from {table} as m where {row_is_old} and m.{member} is not null and ({row_counts})) then\n    return null;\n  end if;\n  \
             if {OLDER_SNAPSHOT} then\n    \
             raise exception using errcode = '42501', message = {isolated}, hint = {isolated_hint};\n  end if;\n  \
             perform pg_advisory_xact_lock({lock});\n  \
             if not exists (select 1 from {table} as m where {row_is_old} and {row_holds}) then\n    \
             raise exception using errcode = '42501', message = {message}, hint = {hint};\n  end if;\n  return null;\nend\n",
            old_holds = holds("old", &old_counts),
            new_holds = holds("new", &new_counts),
            row_holds = holds("m", &row_counts),
            new_is_old = is_old("new"),
            row_is_old = is_old("m"),
            lock = folded(&lock_text(self.schema, group, &own("old")), lock_seed(group_name)),
            cascade = literal(&cascade),
            isolated = literal(&format!("who leaves as {highest} of `{group_name}` does so at READ COMMITTED")),
            isolated_hint = literal("a stricter isolation cannot see who else leaves at the same time"),
            message = literal(&format!("the last {highest} of `{group_name}` cannot leave")),
            hint = literal(&format!("make somebody else {highest} first")),
        );
        let function = function_name(&format!("last_{group_name}"), name);
        let owner = output.seal();
        output.function(
            &function,
            &definer_trigger_function(&function, &body, self.via.reads_settings),
            &owner,
            true,
            &[],
        );
        let events = "after delete or update";
        let bound = self.bound(name, &output.exempt_from_column_rules(self.schema, name));
        output.trigger(name, &direct, events, &bound, &function, false);
        let cascades = in_cascade(&output.owner());
        output.trigger(name, &cascade, events, &cascades, &function, false);
    }
}

/// Whether a foreign key of the table, or of one of its partitions, may change rows of it.
fn changed_by_cascades(schema: &Catalog, name: &QualifiedName) -> bool {
    let acts = |table: &Table| {
        let mut far = table.constraints.values().filter_map(|constraint| constraint.references.as_ref());
        far.any(|far| matches!(far.on_delete, 'n' | 'd') || matches!(far.on_update, 'c' | 'n' | 'd'))
    };
    let parts = schema.tables.iter().filter(|(_, table)| table.partition.is_some() && table.parents.contains(name));
    schema.tables.get(name).is_some_and(acts) || parts.into_iter().any(|(part, _)| changed_by_cascades(schema, part))
}

/// Who may admit, change or remove a member of the row's group: at least `granted_by`, and at least the row's own rank.
pub fn may_grant(group_name: &str, group: &Group, granted_by: &str) -> Expr {
    let in_group = |rank| Expr::InGroup { group: group_name.to_owned(), key: group.key.clone(), rank };
    Expr::and(
        std::iter::once(in_group(RankAtLeast::Label(granted_by.to_owned())))
            .chain(group.rank.iter().map(|(column, _)| in_group(RankAtLeast::Column(column.clone())))),
    )
}

/// What `granted_by` requires of an INSERT or a DELETE, over the row; TRUE where it has nothing to say. Leaving is allowed.
pub fn granting_rule(model: &Model, schema: &Catalog, table: &QualifiedName, command: Command) -> Expr {
    let Some(columns) = schema.tables.get(table) else { return Expr::TRUE };
    Expr::and(model.groups.iter().flat_map(|(name, group)| {
        let places = [Place::Membership, Place::Edge].into_iter().filter(|place| place.table(group) == Some(table));
        places.filter_map(|place| granting_rule_of(name, group, columns, place, command)).collect::<Vec<_>>()
    }))
}

/// The same of one group's memberships, or of its edges; none where it has nothing to say.
pub(super) fn granting_rule_of(
    name: &str,
    group: &Group,
    table: &Table,
    place: Place,
    command: Command,
) -> Option<Expr> {
    let granted_by = group.granted_by.as_ref()?;
    let nullable = |column: &&String| table.column(column).is_some_and(|column| !column.not_null);
    let Some(parent) = group.parent.as_ref().filter(|_| place == Place::Edge) else {
        let granting = may_grant(name, group, granted_by);
        if command != Command::Delete {
            return Some(granting);
        }
        let leaving =
            Expr::Compare(model::CompareOp::Eq, Box::new(Expr::Column(group.member.clone())), Box::new(Expr::Me));
        // A row that makes nobody a member of anything is only what the table's own rule says.
        let none = group.key.iter().chain(group.rank.iter().map(|(column, _)| column));
        let none =
            none.filter(nullable).map(|column| Expr::Is(Box::new(Expr::Column(column.clone())), model::IsTest::Null));
        return Some(Expr::or(std::iter::once(leaving).chain(none).chain([granting])));
    };
    let holds = |column: &str, label: &str| Expr::InGroup {
        group: name.to_owned(),
        key: vec![column.to_owned()],
        rank: RankAtLeast::Label(label.to_owned()),
    };
    // Whoever holds a rank above gets it below. A node that is a group is new, others may be somebody's.
    let highest = group.rank.as_ref().and_then(|(_, labels)| labels.last()).unwrap_or(granted_by);
    let node = match command {
        Command::Insert if parent.is_group => Expr::TRUE,
        Command::Insert => holds(&parent.key, highest),
        // As an UPDATE that makes it a root. Who deletes a group is the table's own rule.
        Command::Delete if !parent.is_group => holds(&parent.key, granted_by),
        _ => return None,
    };
    Some(Expr::or([
        Expr::Is(Box::new(Expr::Column(parent.column.clone())), model::IsTest::Null),
        Expr::and([holds(&parent.column, granted_by), node]),
    ]))
}
