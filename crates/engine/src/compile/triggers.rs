//! Triggers: what row-level security cannot say. Values that the database sets, columns that may not change or only by somebody or
//! along declared transitions, ranks that nobody hands out beyond their own, founders.
//!
//! The functions that decide are STABLE: Postgres then shows them the data as it was before the statement, so that a statement
//! cannot make itself legal. INVARIANT: only `last holder` and `founder` are VOLATILE, because they must see or write what is new.

use crate::catalog::{Catalog, Column, Command, Signature, Table, TableKind, Trigger, TypeKind};
use crate::compile::capability::Capability;
use crate::compile::expression::{Columns, Printer};
use crate::compile::output::Output;
use crate::compile::policies::one_of;
use crate::compile::via::{ViaFunctions, pins};
use crate::model::{self, ColumnUpdate, Expr, Group, Model, RankAtLeast};
use crate::sql::{QualifiedName, dollar, fit_name, ident, literal, short_hash};

/// What the trigger functions of one project are made from.
pub struct Triggers<'a> {
    /// The model.
    pub model: &'a Model,
    /// The schema.
    pub schema: &'a Catalog,
    /// Every capability: `via` in a column's rule depends on who asks.
    pub capabilities: &'a [Capability<'a>],
    /// Key-set functions that they call.
    pub via: &'a mut ViaFunctions,
}

/// One change of a column that is looked at, and the statement that decides.
struct Check {
    /// Columns of which at least one has changed.
    changed: Vec<String>,
    /// PL/pgSQL that sets `allowed`.
    decide: String,
    /// What the refusal says.
    message: String,
}

impl Triggers<'_> {
    /// Adds a table's triggers and their functions.
    pub fn of_table(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) {
        let Some(rules) = self.model.tables.get(name) else { return };
        self.values(output, name, rules);
        self.changes(output, name, table, rules);
        self.blind_writes(output, name, table, rules);
        for (group_name, group) in &self.model.groups {
            if self.holds_rows_of(name, &group.table) && group.granted_by.is_some() {
                self.last_holder(output, name, group_name, group);
            }
            if let Some(founder) = &group.founder
                && founder.table == *name
            {
                self.founder(output, group_name, group, founder);
            }
            self.is_new(output, name, group_name, group);
        }
    }

    /// The BEFORE trigger that sorts last and assigns the columns that the database sets.
    fn values(&mut self, output: &mut Output<'_>, name: &QualifiedName, rules: &model::Table) {
        let mut assignments = [Vec::new(), Vec::new()];
        for (column, said) in &rules.columns {
            for (lines, rule) in assignments.iter_mut().zip([&said.value, &said.value_on_update]) {
                let Some(rule) = rule else { continue };
                let mut needs_principal = false;
                rule.expr.walk(&mut |expr| needs_principal |= *expr == Expr::Me);
                if needs_principal {
                    lines.push(refuse_if(
                        "seal.me() is null",
                        &format!(
                            "{} is set to the principal, and there is none",
                            crate::catalog::column_sql(name, column)
                        ),
                        "connect with a lease or a token of a person",
                    ));
                }
                lines.push(format!("    new.{} := {};", ident(column), self.for_anybody(&rule.expr, name, "new")));
            }
        }
        let [on_insert, on_update] = assignments;
        if on_insert.is_empty() && on_update.is_empty() {
            return;
        }
        let events = match (on_insert.is_empty(), on_update.is_empty()) {
            (false, false) => "insert or update",
            (false, true) => "insert",
            _ => "update",
        };
        let mut body = String::from("\nbegin\n");
        for (operation, lines) in [("INSERT", on_insert), ("UPDATE", on_update)] {
            if !lines.is_empty() {
                body.push_str(&format!("  if tg_op = '{operation}' then\n{}\n  end if;\n", lines.join("\n")));
            }
        }
        body.push_str("  return new;\nend\n");
        // Nothing is pinned: a policy asks the same of the new row, in the session's own time zone.
        let function = function_name("value", name);
        output.function(&function, &trigger_function(&function, "stable", &body, false), &output.seal(), false, &[]);
        output.trigger(
            name,
            "zzzz_seal_value",
            &format!("before {events}"),
            &self.bound(name, &[output.owner()]),
            &function,
            true,
        );
    }

    /// The AFTER UPDATE trigger that looks at the columns that changed.
    fn changes(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table, rules: &model::Table) {
        self.via.reads_settings = false;
        let mut checks: Vec<Check> = Vec::new();
        for (column, said) in &rules.columns {
            let shown = crate::catalog::column_sql(name, column);
            let never = Check {
                changed: vec![column.clone()],
                decide: "allowed := false;".to_owned(),
                message: format!("{shown} can never change"),
            };
            match &said.update {
                _ if said.value.is_some() && said.value_on_update.is_none() => checks.push(never),
                Some(ColumnUpdate::Never) => checks.push(never),
                Some(ColumnUpdate::Rule(rule)) => checks.push(Check {
                    changed: vec![column.clone()],
                    decide: self.decide(&rule.expr, name, "old"),
                    message: format!("{shown} may not be changed by this principal"),
                }),
                Some(ColumnUpdate::Transitions(transitions)) => {
                    checks.push(self.transitions(name, column, transitions, &shown));
                }
                None => {}
            }
        }
        checks.extend(
            self.model
                .groups
                .iter()
                .flat_map(|(group_name, group)| self.granting(name, group_name, group))
                .collect::<Vec<_>>(),
        );
        let partitioned = table.kind == TableKind::Partitioned;
        if partitioned && rules.columns.values().any(|said| said.value.is_some()) {
            checks.extend(self.stays_in_its_partition(name, table));
        }
        if checks.is_empty() {
            return;
        }
        let mut body = String::from("\ndeclare\n  allowed boolean;\nbegin\n");
        for check in &checks {
            let changed: Vec<String> =
                check.changed.iter().map(|column| distinct(self.schema, table, column)).collect();
            body.push_str(&format!(
                "  if {} then\n    {}\n    {}\n  end if;\n",
                changed.join(" or "),
                check.decide,
                refuse_if(
                    "not coalesce(allowed, false)",
                    &check.message,
                    "see the rules of the column with `pgseal matrix`"
                )
                .trim_start()
            ));
        }
        body.push_str(if partitioned { "  return new;\nend\n" } else { "  return null;\nend\n" });
        let function = function_name("columns", name);
        output.function(
            &function,
            &trigger_function(&function, "stable", &body, self.via.reads_settings),
            &output.seal(),
            false,
            &[],
        );
        let bound = self.bound(name, &output.exempt_from_column_rules(self.schema, name));
        output.trigger(name, "aaaa_seal_columns", "after update", &bound, &function, false);
        if partitioned {
            // A row that moves to another partition is deleted and inserted: AFTER UPDATE never hears of it, BEFORE UPDATE does.
            output.trigger(name, "zzzz_seal_z_columns", "before update", &bound, &function, true);
        }
    }

    /// BEFORE UPDATE OF a column, for those who may write it and not read it: its rule is asked whenever a statement names the
    /// column. Asked only of a value that differs, it would tell whoever guesses the value. [`Self::changes`] holds besides:
    /// another trigger that sets the column does not name it.
    fn blind_writes(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table, rules: &model::Table) {
        for (column, said) in &rules.columns {
            if said.value_on_update.is_some() || (said.update.is_none() && said.value.is_none()) {
                continue;
            }
            let (blind, others): (Vec<_>, Vec<_>) = (self.capabilities.iter())
                .partition(|capability| capability.writes_blindly(self.model, name, table, column));
            if blind.is_empty() {
                continue;
            }
            let live = |capabilities: &[&Capability<'_>]| {
                let known = capabilities.iter().filter(|capability| capability.needs_identity);
                let calls: Vec<String> =
                    known.map(|capability| format!("seal.is_live({})", literal(&capability.name))).collect();
                if calls.is_empty() { "false".to_owned() } else { calls.join(" or ") }
            };
            let asked = if blind.iter().all(|capability| capability.needs_identity) {
                format!("coalesce({}, false)", live(&blind))
            } else {
                format!("not coalesce({}, false)", live(&others))
            };
            self.via.reads_settings = false;
            let decide = match &said.update {
                Some(ColumnUpdate::Rule(rule)) if said.value.is_none() => self.decide(&rule.expr, name, "old"),
                _ => "allowed := false;".to_owned(),
            };
            let shown = crate::catalog::column_sql(name, column);
            let refuse = refuse_if(
                "not coalesce(allowed, false)",
                &format!("{shown} may not be changed by this principal"),
                "see the rules of the column with `pgseal matrix`",
            );
            let body = format!(
                "\ndeclare\n  allowed boolean;\nbegin\n  if {asked} then\n    {decide}\n{refuse}\n  end if;\n  return new;\nend\n"
            );
            let function = function_name(&format!("blind_{column}"), name);
            let sql = trigger_function(&function, "stable", &body, self.via.reads_settings);
            output.function(&function, &sql, &output.seal(), false, &[]);
            let bound = self.bound(name, &output.exempt_from_column_rules(self.schema, name));
            let events = format!("before update of {}", ident(column));
            output.trigger(name, &fit_name(&format!("aaaa_seal_blind_{column}")), &events, &bound, &function, true);
        }
    }

    /// A row that moves is inserted anew, and the columns that the database sets on INSERT would be set by whoever moves it.
    fn stays_in_its_partition(&self, name: &QualifiedName, table: &Table) -> Vec<Check> {
        let mut keys = String::new();
        let mut open = vec![name];
        while let Some(at) = open.pop() {
            let found = self.schema.tables.get(at).and_then(|table| table.partition.as_deref());
            keys.push_str(found.and_then(|text| text.split_once("PARTITION BY")).map_or("", |(_, key)| key));
            open.extend(
                self.schema.tables.iter().filter(|(_, table)| table.parents.contains(at)).map(|(name, _)| name),
            );
        }
        let decides = |column: &&Column| keys.contains(&ident(&column.name)) && column.generated.is_none();
        let refused = |column: &Column| Check {
            changed: vec![column.name.clone()],
            decide: "allowed := false;".to_owned(),
            message: format!(
                "{} decides the partition, and rows of this table do not move",
                crate::catalog::column_sql(name, &column.name)
            ),
        };
        table.columns.iter().filter(decides).map(refused).collect()
    }

    fn transitions(
        &mut self,
        name: &QualifiedName,
        column: &str,
        transitions: &[model::Transition],
        shown: &str,
    ) -> Check {
        let mut decide = String::from("allowed := false;");
        for transition in transitions {
            let mut step = vec![self.for_anybody(&one_of(column, &transition.to), name, "new")];
            if !transition.from.is_empty() {
                step.push(self.for_anybody(&one_of(column, &transition.from), name, "old"));
            }
            let test = step.join(" and ");
            let inner = match &transition.by {
                None => "allowed := true;".to_owned(),
                Some(rule) => self.decide(&rule.expr, name, "old"),
            };
            decide.push_str(&format!(
                "\n    if not coalesce(allowed, false) and {test} then\n      {inner}\n    end if;"
            ));
        }
        Check {
            changed: vec![column.to_owned()],
            decide,
            message: format!("{shown} may not go from its old to its new value"),
        }
    }

    /// `granted_by` on UPDATE: of a membership's member, key, rank and the columns that decide whether it counts, before and after;
    /// and of the tree's edges, at both ends. INSERT and DELETE are the restrictive policies' business.
    fn granting(&mut self, name: &QualifiedName, group_name: &str, group: &Group) -> Vec<Check> {
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
            checks.push(Check {
                changed,
                decide: format!(
                    "{}\n    if coalesce(allowed, false) then\n      {}\n    end if;",
                    self.decide(&rule, name, "old"),
                    self.decide(&rule, name, "new")
                ),
                message: format!(
                    "a membership of `{group_name}` is changed by {granted_by} or above, up to the own rank"
                ),
            });
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
            checks.push(Check {
                changed: vec![parent.column.clone(), parent.key.clone()],
                decide: format!(
                    "{}\n    if coalesce(allowed, false) then\n      {}\n    end if;",
                    self.decide(&Expr::and([holds(&parent.key), end(&parent.column)]), name, "old"),
                    self.decide(&Expr::and([end(&parent.column), hands_over]), name, "new")
                ),
                message: format!(
                    "the tree of `{group_name}` is changed by {granted_by} or above at both ends, and by {highest} of what is put below another"
                ),
            });
        }
        checks
    }

    /// Whether it is that table or inherits from it: a statement on that table reaches its rows, and fires its own triggers.
    fn holds_rows_of(&self, name: &QualifiedName, table: &QualifiedName) -> bool {
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
        let (table, own) = (group.table.sql(), |alias: &str| {
            group.key.iter().map(|key| format!("{alias}.{}", ident(key))).collect::<Vec<_>>().join(", ")
        });
        let counts = |triggers: &mut Self, alias: &str| {
            group
                .condition
                .as_ref()
                .map_or_else(|| "true".to_owned(), |condition| triggers.for_anybody(condition, &group.table, alias))
        };
        self.via.reads_settings = false;
        let (old_counts, new_counts, row_counts) = (counts(self, "old"), counts(self, "new"), counts(self, "m"));
        let (rank, highest_sql, member) = (ident(rank), literal(highest), ident(&group.member));
        let holds = |alias: &str, counts: &str| {
            format!("{alias}.{rank}::text = {highest_sql} and {alias}.{member} is not null and ({counts})")
        };
        let direct = fit_name(&format!("aaab_seal_last_{group_name}"));
        let cascade = fit_name(&format!("aaac_seal_cascade_{group_name}"));
        let body = format!(
            "\nbegin\n  if not coalesce({old_holds}, false) then\n    return null;\n  end if;\n  \
             if tg_op = 'UPDATE' then\n    if coalesce(row({new_key}) = row({old_key}) and {new_holds}, false) then\n      return null;\n    end if;\n  end if;\n  \
             if tg_name = {cascade} and not exists (select 1 from {table} as m where row({row_key}) = row({old_key}) and m.{member} is not null and ({row_counts})) then\n    return null;\n  end if;\n  \
             if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then\n    \
             raise exception using errcode = '42501', message = {isolated}, hint = {isolated_hint};\n  end if;\n  \
             perform pg_advisory_xact_lock(hashtextextended(row({old_key})::text, {seed}));\n  \
             if not exists (select 1 from {table} as m where row({row_key}) = row({old_key}) and {row_holds}) then\n    \
             raise exception using errcode = '42501', message = {message}, hint = {hint};\n  end if;\n  return null;\nend\n",
            old_holds = holds("old", &old_counts),
            new_holds = holds("new", &new_counts),
            row_holds = holds("m", &row_counts),
            old_key = own("old"),
            new_key = own("new"),
            row_key = own("m"),
            cascade = literal(&cascade),
            seed = i64::from_str_radix(&short_hash(group_name, 8), 16).unwrap_or_default(),
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
        let owner = literal(&output.owner());
        let cascades = format!(
            "pg_trigger_depth() > 0 and current_user = {owner} and not pg_has_role(session_user, {owner}, 'member')"
        );
        output.trigger(name, &cascade, events, &cascades, &function, false);
    }

    /// Whoever inserts a group's own row becomes its first member, in the same statement.
    fn founder(&mut self, output: &mut Output<'_>, group_name: &str, group: &Group, founder: &model::Founder) {
        let mut columns = vec![ident(&group.member)];
        let mut values = vec!["seal.me()".to_owned()];
        for (key, referenced) in group.key.iter().zip(&founder.columns) {
            columns.push(ident(key));
            values.push(format!("new.{}", ident(referenced)));
        }
        if let (Some((rank, _)), Some(label)) = (&group.rank, &founder.rank) {
            columns.push(ident(rank));
            values.push(literal(label));
        }
        let insert =
            format!("insert into {} ({}) values ({});", group.table.sql(), columns.join(", "), values.join(", "));
        let body =
            self.for_inserted(&founder.table, &format!("if seal.me() is not null then\n    {insert}\n  end if;"));
        let owner = output.founder_role(group_name);
        let function = function_name(&format!("found_{group_name}"), &founder.table);
        output.function(&function, &definer_trigger_function(&function, &body, false), &owner, true, &[]);
        self.on_insert(output, &founder.table, &fit_name(&format!("seal_founder_{group_name}")), &function);
    }

    /// Who inserts a group's own row makes a new group. A row that was deleted and is inserted again (in one statement, or before
    /// a deferred foreign key is asked) would hand an old group to a new founder, or to those above its new parent.
    fn is_new(&mut self, output: &mut Output<'_>, name: &QualifiedName, group_name: &str, group: &Group) {
        let founder = group.founder.as_ref().filter(|founder| founder.table == *name);
        let parent = group
            .parent
            .as_ref()
            .filter(|parent| parent.table == *name && parent.is_group && group.granted_by.is_some());
        let mut known = Vec::new();
        let columns = founder.map_or_else(|| parent.iter().map(|p| p.key.clone()).collect(), |f| f.columns.clone());
        let same: Vec<String> = group
            .key
            .iter()
            .zip(&columns)
            .map(|(key, column)| format!("m.{} = new.{}", ident(key), ident(column)))
            .collect();
        if founder.is_none() && parent.is_none() {
            return;
        }
        let members = format!("exists (select 1 from {} as m where {})", group.table.sql(), same.join(" and "));
        if founder.is_some() {
            known.push(members.clone());
        }
        if let Some(parent) = parent {
            // A node without members of its own has those of the nodes above.
            let key = ident(&parent.key);
            known.push(format!(
                "(new.{} is not null and ({members} or exists (select 1 from {} as t where t.{key} = new.{key})))",
                ident(&parent.column),
                name.sql()
            ));
        }
        let refuse = format!(
            "if {} then\n    raise exception using errcode = '42501', message = {}, hint = {};\n  end if;",
            known.join(" or "),
            literal(&format!("this group of `{group_name}` was there before, and is not founded again")),
            literal("change its row with UPDATE, or delete its memberships first"),
        );
        let function = function_name(&format!("new_{group_name}"), name);
        let body = self.for_inserted(name, &refuse);
        let sql = trigger_function(&function, "stable security definer", &body, false);
        output.function(&function, &sql, &output.seal(), true, &[]);
        self.on_insert(output, name, &fit_name(&format!("aaaa_seal_new_{group_name}")), &function);
    }

    /// PL/pgSQL that does something for each inserted row, called `new`.
    fn for_inserted(&self, table: &QualifiedName, what: &str) -> String {
        if self.is_partitioned(table) {
            format!(
                "\ndeclare\n  new record;\nbegin\n  for new in select * from seal_inserted loop\n  {what}\n  end loop;\n  return null;\nend\n"
            )
        } else {
            format!("\nbegin\n  {what}\n  return null;\nend\n")
        }
    }

    /// An AFTER INSERT trigger. A row that moves to another partition is inserted there, but its statement is an UPDATE: a
    /// partitioned table's trigger is the statement's.
    fn on_insert(&self, output: &mut Output<'_>, table: &QualifiedName, name: &str, function: &str) {
        let each = if self.is_partitioned(table) {
            "referencing new table as seal_inserted for each statement"
        } else {
            "for each row"
        };
        let bound = self.bound(table, &[output.owner()]);
        output.trigger_for(table, name, ["after insert", each], &bound, function, false);
    }

    fn is_partitioned(&self, table: &QualifiedName) -> bool {
        self.schema.tables.get(table).is_some_and(|table| table.kind == TableKind::Partitioned)
    }

    /// Whom a trigger binds: everybody under row-level security but these roles (a cascade runs as the owner).
    fn bound(&self, table: &QualifiedName, exempt: &[String]) -> String {
        let names: Vec<String> = exempt.iter().map(|role| literal(role)).collect();
        format!(
            "row_security_active({}::regclass) and not (current_user in ({}))",
            literal(&table.sql()),
            names.join(", ")
        )
    }

    /// PL/pgSQL that sets `allowed` to a rule over OLD or NEW. Where the rule says `via`, it depends on who asks.
    fn decide(&mut self, rule: &Expr, table: &QualifiedName, alias: &str) -> String {
        let mut has_via = false;
        rule.walk(&mut |expr| has_via |= matches!(expr, Expr::Via { .. }));
        if !has_via {
            return format!("allowed := {};", self.for_anybody(rule, table, alias));
        }
        let mut text = String::new();
        let mut anonymous = "allowed := false;".to_owned();
        for capability in self.capabilities {
            let mut printer = Printer { model: self.model, schema: self.schema, capability, via: &mut *self.via };
            let statement = format!("allowed := {};", printer.print(rule, table, Columns::Alias(alias)));
            if capability.needs_identity {
                let word = if text.is_empty() { "if" } else { "elsif" };
                text.push_str(&format!("{word} seal.is_live({}) then {statement} ", literal(&capability.name)));
            } else {
                anonymous = statement;
            }
        }
        if text.is_empty() { anonymous } else { format!("{text}else {anonymous} end if;") }
    }

    /// A rule without `via`, which reads the same for every capability.
    fn for_anybody(&mut self, rule: &Expr, table: &QualifiedName, alias: &str) -> String {
        let Some(capability) = self.capabilities.first() else { return "false".to_owned() };
        let mut printer = Printer { model: self.model, schema: self.schema, capability, via: &mut *self.via };
        format!("({})", printer.print(rule, table, Columns::Alias(alias)))
    }
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
pub fn granting_rule(model: &Model, table: &QualifiedName, command: Command) -> Expr {
    Expr::and(model.groups.iter().flat_map(|(name, group)| {
        let granted_by = group.granted_by.as_ref();
        let membership = granted_by.filter(|_| group.table == *table).map(|granted_by| {
            let granting = may_grant(name, group, granted_by);
            if command == Command::Delete {
                let leaving = Expr::Compare(
                    model::CompareOp::Eq,
                    Box::new(Expr::Column(group.member.clone())),
                    Box::new(Expr::Me),
                );
                Expr::or([leaving, granting])
            } else {
                granting
            }
        });
        let edge = group
            .parent
            .as_ref()
            .filter(|parent| command == Command::Insert && parent.table == *table)
            .zip(granted_by)
            .map(|(parent, granted_by)| {
                let holds = |column: &str, label: &str| Expr::InGroup {
                    group: name.clone(),
                    key: vec![column.to_owned()],
                    rank: RankAtLeast::Label(label.to_owned()),
                };
                // Whoever holds a rank above gets it below. A node that is a group is new, others may be somebody's.
                let highest = group.rank.as_ref().and_then(|(_, labels)| labels.last()).unwrap_or(granted_by);
                let hands_over = (!parent.is_group).then(|| holds(&parent.key, highest));
                Expr::or([
                    Expr::Is(Box::new(Expr::Column(parent.column.clone())), model::IsTest::Null),
                    Expr::and(std::iter::once(holds(&parent.column, granted_by)).chain(hands_over)),
                ])
            });
        membership.into_iter().chain(edge)
    }))
}

/// A generated function of one table, named after it; the hash keeps tables of the same name in several schemas apart.
fn function_name(kind: &str, table: &QualifiedName) -> String {
    fit_name(&format!("{kind}_{}_{}", table.name, short_hash(&table.sql(), 4)))
}

fn trigger_function(name: &str, volatility: &str, body: &str, reads_settings: bool) -> String {
    format!(
        "create or replace function seal.{}()\nreturns trigger\nlanguage plpgsql {volatility}\n{}\nas {}",
        ident(name),
        pins(reads_settings),
        dollar(body)
    )
}

fn definer_trigger_function(name: &str, body: &str, reads_settings: bool) -> String {
    trigger_function(name, "volatile security definer", body, reads_settings)
}

fn refuse_if(condition: &str, message: &str, hint: &str) -> String {
    format!(
        "    if {condition} then\n      raise exception using errcode = '42501', message = {}, hint = {};\n    end if;",
        literal(message),
        literal(hint)
    )
}

/// Types whose `=` tells every value from every other one that matters: no case, no area (`box`), no length (`path`) is left out.
const EXACT: &[&str] = &[
    "bigint",
    "bit",
    "bit varying",
    "boolean",
    "bytea",
    "character",
    "character varying",
    "cidr",
    "date",
    "daterange",
    "double precision",
    "inet",
    "int4range",
    "int8range",
    "integer",
    "jsonb",
    "macaddr",
    "money",
    "name",
    "numeric",
    "numrange",
    "oid",
    "real",
    "smallint",
    "text",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
    "tsrange",
    "tstzrange",
    "uuid",
];

/// Whether a column has changed. What has no `=` (`json`, and every composite type around it), or one that takes different values
/// for the same, is compared as it is stored.
fn distinct(schema: &Catalog, table: &Table, column: &str) -> String {
    let exact = table.column(column).is_none_or(|column| {
        let base = column.base_type.trim_end_matches("[]");
        let collates = column.collation.is_some() || !column.type_name.starts_with(base);
        let is_text = matches!(base, "text" | "character" | "character varying");
        let is_enum = schema.type_named(base).is_some_and(|(_, made)| matches!(made.kind, TypeKind::Enum(_)));
        is_enum || EXACT.contains(&base) && !(is_text && collates)
    });
    let name = ident(column);
    if exact {
        format!("new.{name} is distinct from old.{name}")
    } else {
        format!("row(new.{name})::record operator(pg_catalog.*<>) row(old.{name})::record")
    }
}

/// Marks a generated trigger in the catalog.
pub fn entry(definition: String, function: &str, before: bool) -> Trigger {
    Trigger {
        definition,
        function: Signature { name: QualifiedName::new("seal", function), arguments: Vec::new() },
        before,
        enabled: 'O',
        inherited: false,
    }
}
