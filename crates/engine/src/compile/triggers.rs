//! Triggers: what row-level security cannot say. Here values that the database sets, and columns that may not change or only by
//! somebody or along declared transitions; `granting`, `founder` and `kept` speak of groups and of what rows hang on.
//!
//! The functions that decide are STABLE: Postgres then shows them the data as it was before the statement, so that a statement
//! cannot make itself legal. INVARIANT: only `last holder`, `founder`, `kept`, `hung` and what `afresh` and `dodged` ask are VOLATILE, because
//! they must see or write what is new.

use crate::catalog::{Catalog, Column, Command, Signature, Table, TableKind, Trigger, TypeKind};
use crate::compile::capability::{Capability, Reach};
use crate::compile::computed::{computed_for, named_for};
use crate::compile::expression::{Columns, Printer};
use crate::compile::granting::Granting;
use crate::compile::kept::is_partitioned;
use crate::compile::output::Output;
use crate::compile::pins::quiet_pins;
use crate::compile::policies::one_of;
use crate::compile::via::ViaFunctions;
use crate::model::{self, ColumnUpdate, Expr, Model};
use crate::sql::{QualifiedName, dollar, fit_name, ident, idents, literal, short_hash};

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
    /// Whether what a statement has given up itself counts in what is printed now: see `afresh`.
    pub given_up: bool,
}

/// One change of a column that is looked at, and the statement that decides.
pub(super) struct Check {
    /// Columns of which at least one has changed.
    pub(super) changed: Vec<String>,
    /// PL/pgSQL that sets `allowed`.
    pub(super) decide: String,
    /// What the refusal says.
    pub(super) message: String,
}

impl Check {
    /// PL/pgSQL that asks, where one of the columns has changed and `besides` holds.
    pub(super) fn sql(&self, schema: &Catalog, table: &Table, besides: &str, hint: &str) -> String {
        let changed: Vec<String> = self.changed.iter().map(|column| distinct(schema, table, column)).collect();
        let changed = changed.join(" or ");
        format!(
            "  if {} then\n    {}\n    {}\n  end if;\n",
            if besides == "true" { changed } else { format!("({changed}) and {besides}") },
            self.decide,
            refuse_if("not coalesce(allowed, false)", &self.message, hint).trim_start()
        )
    }
}

impl Triggers<'_> {
    /// Adds a table's triggers and their functions.
    pub fn of_table(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table) {
        let Some(rules) = self.model.tables.get(name) else { return };
        self.values(output, name, rules);
        self.changes(output, name, table, rules);
        self.blind_writes(output, name, table, rules);
        self.granted(output, name, table);
        self.founded(output, name);
        self.kept(output, name, table);
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
        checks.extend(self.granting(name).into_iter().map(|granting| granting.check));
        let partitioned = table.kind == TableKind::Partitioned;
        if partitioned && rules.columns.values().any(|said| said.value.is_some()) {
            checks.extend(self.stays_in_its_partition(name, table));
        }
        if checks.is_empty() {
            return;
        }
        let hint = "see the rules of the column with `pgseal matrix`";
        let asked: String = checks.iter().map(|check| check.sql(self.schema, table, "true", hint)).collect();
        let (computed, row) = if partitioned { (computed_for(table, &asked), "new") } else { (String::new(), "null") };
        let body = format!("\ndeclare\n  allowed boolean;\nbegin\n{computed}{asked}  return {row};\nend\n");
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

    /// BEFORE UPDATE OF a column, for those who may write it and not read it: its rule, and what `granted_by` asks of it, is asked
    /// whenever a statement names the column, or what it is computed from. Asked only of a value that differs, it would tell whoever
    /// guesses the value. [`Self::changes`] holds besides: another trigger that sets the column does not name it.
    fn blind_writes(&mut self, output: &mut Output<'_>, name: &QualifiedName, table: &Table, rules: &model::Table) {
        for (column, said) in &rules.columns {
            if said.value_on_update.is_some() || (said.update.is_none() && said.value.is_none()) {
                continue;
            }
            let Some(asked) = self.asked_blindly(name, table, column) else { continue };
            self.via.reads_settings = false;
            let decide = match &said.update {
                Some(ColumnUpdate::Rule(rule)) if said.value.is_none() => self.decide(&rule.expr, name, "old"),
                _ => "allowed := false;".to_owned(),
            };
            let message = format!("{} may not be changed by this principal", crate::catalog::column_sql(name, column));
            let check = Check { changed: vec![column.clone()], decide, message };
            self.blind_write(output, name, table, ("blind", column), &asked, &check);
        }
        self.via.reads_settings = false;
        for Granting { group, check, .. } in self.granting(name) {
            for column in &check.changed {
                if let Some(asked) = self.asked_blindly(name, table, column) {
                    let kind = format!("grants_{group}");
                    self.blind_write(output, name, table, (&kind, column), &asked, &check);
                }
            }
        }
    }

    /// SQL that tells whether the session may write a column and not read it; none where nobody is like that.
    fn asked_blindly(&self, name: &QualifiedName, table: &Table, column: &str) -> Option<String> {
        let (blind, others): (Vec<_>, Vec<_>) = (self.capabilities.iter())
            .partition(|capability| capability.writes_blindly(self.model, name, table, column));
        if blind.is_empty() {
            return None;
        }
        let live = |capabilities: &[&Capability<'_>]| {
            let known = capabilities.iter().filter(|capability| capability.needs_identity);
            let calls: Vec<String> =
                known.map(|capability| format!("seal.is_live({})", literal(&capability.name))).collect();
            if calls.is_empty() { "false".to_owned() } else { calls.join(" or ") }
        };
        Some(if blind.iter().all(|capability| capability.needs_identity) {
            format!("coalesce({}, false)", live(&blind))
        } else {
            format!("not coalesce({}, false)", live(&others))
        })
    }

    /// The trigger of one such column.
    fn blind_write(
        &self,
        output: &mut Output<'_>,
        name: &QualifiedName,
        table: &Table,
        (kind, column): (&str, &str),
        asked: &str,
        check: &Check,
    ) {
        let Check { decide, message, .. } = check;
        let refuse =
            refuse_if("not coalesce(allowed, false)", message, "see the rules of the column with `pgseal matrix`");
        let body = format!(
            "\ndeclare\n  allowed boolean;\nbegin\n  if {asked} then\n{}    {decide}\n{refuse}\n  end if;\n  return new;\nend\n",
            computed_for(table, decide)
        );
        let function = function_name(&format!("{kind}_{column}"), name);
        let sql = trigger_function(&function, "stable", &body, self.via.reads_settings);
        output.function(&function, &sql, &output.seal(), false, &[]);
        let bound = self.bound(name, &output.exempt_from_column_rules(self.schema, name));
        let events = format!("before update of {}", idents(&named_for(table, column)));
        output.trigger(name, &fit_name(&format!("aaaa_seal_{kind}_{column}")), &events, &bound, &function, true);
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

    /// Whether it has partitions.
    pub(super) fn is_partitioned(&self, table: &QualifiedName) -> bool {
        is_partitioned(self.schema, table)
    }

    /// Whom a trigger binds: everybody under row-level security but these roles (a cascade runs as the owner).
    pub(super) fn bound(&self, table: &QualifiedName, exempt: &[String]) -> String {
        let names: Vec<String> = exempt.iter().map(|role| literal(role)).collect();
        format!(
            "row_security_active({}::regclass) and not (current_user in ({}))",
            literal(&table.sql()),
            names.join(", ")
        )
    }

    /// Whom a trigger of the seal role's binds that holds in cascades too.
    pub(super) fn bound_everywhere(&self, output: &Output<'_>, table: &QualifiedName) -> String {
        let owner = output.owner();
        format!("({}) or ({})", self.bound(table, std::slice::from_ref(&owner)), in_cascade(&owner))
    }

    /// PL/pgSQL that sets `allowed` to a rule over OLD or NEW. Where the rule says `via`, it depends on who asks.
    pub(super) fn decide(&mut self, rule: &Expr, table: &QualifiedName, alias: &str) -> String {
        let mut has_via = false;
        rule.walk(&mut |expr| has_via |= matches!(expr, Expr::Via { .. }));
        if !has_via {
            return format!("allowed := {};", self.for_anybody(rule, table, alias));
        }
        let made = self.schema.tables.get(table);
        self.decide_as(
            table,
            alias,
            |model, capability| {
                made.is_none_or(|made| capability.reach(model, table, made, Command::Update) != Reach::Nothing)
            },
            |_, _| rule.clone(),
        )
    }

    /// PL/pgSQL that sets `allowed` to what a rule says for who asks, of those capabilities that are concerned.
    pub(super) fn decide_as(
        &mut self,
        table: &QualifiedName,
        alias: &str,
        concerned: impl Fn(&Model, &Capability<'_>) -> bool,
        rule: impl Fn(&Model, &Capability<'_>) -> Expr,
    ) -> String {
        let mut text = String::new();
        let mut anonymous = "allowed := false;".to_owned();
        for capability in self.capabilities.iter().filter(|capability| concerned(self.model, capability)) {
            let mut printer = Printer {
                model: self.model,
                schema: self.schema,
                capability,
                via: &mut *self.via,
                given_up: self.given_up,
            };
            let statement =
                format!("allowed := {};", printer.print(&rule(self.model, capability), table, Columns::Alias(alias)));
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
    pub(super) fn for_anybody(&mut self, rule: &Expr, table: &QualifiedName, alias: &str) -> String {
        let Some(capability) = self.capabilities.first() else { return "false".to_owned() };
        let mut printer = Printer {
            model: self.model,
            schema: self.schema,
            capability,
            via: &mut *self.via,
            given_up: self.given_up,
        };
        format!("({})", printer.print(rule, table, Columns::Alias(alias)))
    }
}

/// In a cascade of a session's statement: it runs as the tables' owner, whom row-level security does not bind then. A trigger's
/// condition is asked where the row changes; as whom its function runs differs between majors.
pub(super) fn in_cascade(owner: &str) -> String {
    let owner = literal(owner);
    format!("pg_trigger_depth() > 0 and current_user = {owner} and not pg_has_role(session_user, {owner}, 'member')")
}

/// A generated function of one table, named after it; the hash keeps tables of the same name in several schemas apart.
pub(super) fn function_name(kind: &str, table: &QualifiedName) -> String {
    fit_name(&format!("{kind}_{}_{}", table.name, short_hash(&table.sql(), 4)))
}

/// A trigger function's statement.
pub(super) fn trigger_function(name: &str, volatility: &str, body: &str, reads_settings: bool) -> String {
    format!(
        "create or replace function seal.{}()\nreturns trigger\nlanguage plpgsql {volatility}\n{}\nas {}",
        ident(name),
        quiet_pins(reads_settings),
        dollar(body)
    )
}

/// One that runs as its owner and sees what is new.
pub(super) fn definer_trigger_function(name: &str, body: &str, reads_settings: bool) -> String {
    trigger_function(name, "volatile security definer", body, reads_settings)
}

/// SQL for whether the transaction keeps to an older snapshot, which cannot tell what has changed since.
pub(super) const OLDER_SNAPSHOT: &str =
    "current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')";

/// PL/pgSQL that refuses.
pub(super) fn refuse_if(condition: &str, message: &str, hint: &str) -> String {
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
pub(super) fn distinct(schema: &Catalog, table: &Table, column: &str) -> String {
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
