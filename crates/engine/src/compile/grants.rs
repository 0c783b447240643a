//! Grants: per capability exactly the commands and columns that some rule gives, and what these need to work (schemas, sequences,
//! functions in defaults, checks and rules).

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Acl, Catalog, Command, ConstraintKind, Policy, Privilege, Signature, Table, TableKind, TypeKind};
use crate::compile::capability::{Capability, Reach};
use crate::compile::expression::{Columns, Printer};
use crate::compile::output::Output;
use crate::compile::policies;
use crate::compile::via::ViaFunctions;
use crate::model::{ColumnUpdate, May, Model, Rule, privilege};
use crate::sql::{QualifiedName, fit_name, ident, parse_qualified};

/// Grants one capability what the rules of one table give it.
pub fn of_table(
    output: &mut Output<'_>,
    schema: &Catalog,
    capability: &Capability<'_>,
    name: &QualifiedName,
    table: &Table,
) {
    let mut any = false;
    for command in Command::ALL {
        let reach = capability.reach(output.model, name, table, command);
        any |= reach != Reach::Nothing;
        if let Some(desired) = output.catalog.tables.get_mut(name) {
            grant(desired, &capability.role, privilege(command), &reach);
        }
        if reach != Reach::Nothing {
            grant_needed(output, schema, &capability.role, Some(capability.rules_of), name, command);
        }
    }
    if any {
        output.use_schema(&name.schema, &capability.role);
        for type_schema in schemas_of_types(schema, table) {
            output.use_schema(type_schema, &capability.role);
        }
        for function in called_by_column_rules(output.model, schema, capability, name, table) {
            if may_call(output.model, capability.rules_of, &function) {
                execute(output, &function, &capability.role);
            }
        }
    }
}

/// What a table's policies call is for the roles that they bind, and for nobody else.
pub fn of_policies(
    output: &mut Output<'_>,
    schema: &Catalog,
    capabilities: &[Capability<'_>],
    policies: &BTreeMap<String, Policy>,
) {
    for policy in policies.values() {
        let texts = policy.using.iter().chain(&policy.check);
        let called: BTreeSet<Signature> = texts.flat_map(|text| called(output.model, schema, text)).collect();
        for capability in capabilities.iter().filter(|capability| policy.roles.contains(&capability.role)) {
            for function in called.iter().filter(|function| may_call(output.model, capability.rules_of, function)) {
                execute(output, function, &capability.role);
            }
        }
    }
}

/// Where the types of a table's columns live: `'draft'::app.status` cannot be written without USAGE there.
fn schemas_of_types<'a>(schema: &'a Catalog, table: &Table) -> BTreeSet<&'a str> {
    let made = table.columns.iter().filter_map(|column| schema.type_named(column.type_name.trim_end_matches("[]")));
    made.map(|(name, _)| name.schema.as_str()).collect()
}

/// The user's functions that a capability's statements run in triggers: in the values that the database sets when it inserts or
/// updates, and in the rules of the columns that it may write.
fn called_by_column_rules(
    model: &Model,
    schema: &Catalog,
    capability: &Capability<'_>,
    name: &QualifiedName,
    table: &Table,
) -> BTreeSet<Signature> {
    let Some(rules) = model.tables.get(name) else { return BTreeSet::new() };
    let [inserts, updates] =
        [Command::Insert, Command::Update].map(|command| capability.reach(model, name, table, command));
    let writes = |column: &String| match &updates {
        Reach::Nothing => false,
        Reach::Table => true,
        Reach::Columns(columns) => columns.contains(column),
    };
    let mut run: Vec<&Rule> = Vec::new();
    for (column, said) in &rules.columns {
        run.extend(said.value.as_ref().filter(|_| inserts != Reach::Nothing));
        run.extend(said.value_on_update.as_ref().filter(|_| updates != Reach::Nothing));
        match said.update.as_ref().filter(|_| writes(column)) {
            Some(ColumnUpdate::Rule(rule)) => run.push(rule),
            Some(ColumnUpdate::Transitions(steps)) => run.extend(steps.iter().filter_map(|step| step.by.as_ref())),
            Some(ColumnUpdate::Never) | None => {}
        }
    }
    let mut via = ViaFunctions::default();
    let mut printer = Printer { model, schema, capability, via: &mut via, given_up: false };
    let texts: Vec<String> =
        run.into_iter().map(|rule| printer.print(&rule.expr, name, Columns::Alias("old"))).collect();
    texts.iter().flat_map(|text| called(model, schema, text)).collect()
}

fn grant(table: &mut Table, role: &str, privilege: Privilege, reach: &Reach) {
    match reach {
        Reach::Nothing => {}
        Reach::Table => table.acl.grant(role, privilege),
        Reach::Columns(columns) => {
            for column in table.columns.iter_mut().filter(|column| columns.contains(&column.name)) {
                column.acl.grant(role, privilege);
            }
        }
    }
}

/// What Postgres asks the writing role itself for: USAGE of sequences behind defaults, EXECUTE of functions in defaults,
/// generated columns, checks, index expressions and domains. A role of pgseal's own speaks for no role of the model.
fn grant_needed(
    output: &mut Output<'_>,
    schema: &Catalog,
    role: &str,
    rules_of: Option<&str>,
    name: &QualifiedName,
    command: Command,
) {
    let Some(table) = schema.tables.get(name) else { return };
    for function in called_to_write(schema, name, command) {
        if rules_of.is_none_or(|rules_of| may_call(output.model, rules_of, &function)) {
            execute(output, &function, role);
        }
    }
    let texts = computed(schema, table, command);
    for name in texts.iter().flat_map(|text| sequences_in(text)) {
        if schema.sequences.get(&name).is_some_and(|sequence| !sequence.identity) {
            if let Some(desired) = output.catalog.sequences.get_mut(&name) {
                desired.acl.grant(role, Privilege::Usage);
            }
            output.use_schema(&name.schema, role);
        }
    }
}

/// The user's functions that Postgres runs as whoever writes rows of a table: its own, and those of the partitions and children
/// that the rows may be in.
pub fn called_to_write(schema: &Catalog, name: &QualifiedName, command: Command) -> BTreeSet<Signature> {
    let Some(table) = schema.tables.get(name).filter(|_| matches!(command, Command::Insert | Command::Update)) else {
        return BTreeSet::new();
    };
    let mut found = table.calls.clone();
    if command == Command::Insert {
        found.extend(table.default_calls.iter().cloned());
    }
    for (child, _) in schema.tables.iter().filter(|(_, child)| child.parents.contains(name)) {
        found.extend(called_to_write(schema, child, command));
    }
    found
}

/// The user's functions that Postgres runs as whoever reads a view, those of the views that it reads too. What a materialized one
/// holds was computed before.
pub fn called_to_read(schema: &Catalog, name: &QualifiedName) -> BTreeSet<Signature> {
    let Some(view) = schema.views.get(name).filter(|view| !view.materialized) else { return BTreeSet::new() };
    let mut found = view.calls.clone();
    let read: BTreeSet<&QualifiedName> = view.reads.iter().map(|(relation, _)| relation).collect();
    for relation in read.into_iter().filter(|relation| *relation != name) {
        found.extend(called_to_read(schema, relation));
    }
    found
}

/// The same for who may do a command to these columns of a view alone; an empty set is all of them. None where it cannot be told.
pub fn called_by_columns(
    schema: &Catalog,
    name: &QualifiedName,
    command: Command,
    columns: &BTreeSet<String>,
) -> Option<BTreeSet<Signature>> {
    let all = called_to_read(schema, name);
    let Some(view) = schema.views.get(name).filter(|view| !view.materialized) else { return Some(all) };
    // An INSTEAD OF trigger is handed the whole row that is replaced or deleted.
    let row = !view.triggers.is_empty() && matches!(command, Command::Update | Command::Delete);
    let whole = command != Command::Delete
        && (columns.is_empty() || view.columns.iter().all(|(column, _)| columns.contains(column)));
    if row && command == Command::Delete {
        return Some(all);
    }
    if whole {
        return Some(called_for(schema, name, None).unwrap_or(all));
    }
    let none = BTreeSet::new();
    let told = called_for(schema, name, Some(if command == Command::Delete { &none } else { columns }));
    told.filter(|told| !row || *told == all)
}

/// What is called where these columns of a view are read and no other, or all of them; none where it cannot be told.
fn called_for(
    schema: &Catalog,
    name: &QualifiedName,
    columns: Option<&BTreeSet<String>>,
) -> Option<BTreeSet<Signature>> {
    let Some(view) = schema.views.get(name).filter(|view| !view.materialized) else { return Some(BTreeSet::new()) };
    let mut found = match columns {
        None => view.calls.clone(),
        Some(_) if !view.unclear_calls.is_empty() => return None,
        Some(columns) => {
            let shown = columns.iter().filter_map(|column| view.column_calls.get(column)).flatten();
            view.whole_calls.iter().chain(shown).cloned().collect()
        }
    };
    let mut below: BTreeMap<&QualifiedName, BTreeSet<String>> = BTreeMap::new();
    for (relation, column) in view.reads.iter().filter(|(relation, _)| relation != name) {
        below.entry(relation).or_default().insert(column.clone());
    }
    for (relation, read) in below {
        let called = called_for(schema, relation, Some(&read))?;
        // For which column of this view the other's is read, its query does not say.
        if columns.is_some() && called != called_for(schema, relation, Some(&BTreeSet::new()))? {
            return None;
        }
        found.extend(called);
    }
    Some(found)
}

/// The SQL that Postgres runs as the writing role when rows of a table are written.
pub fn computed<'a>(schema: &'a Catalog, table: &'a Table, command: Command) -> Vec<&'a str> {
    let mut texts: Vec<&str> = Vec::new();
    if !matches!(command, Command::Insert | Command::Update) {
        return texts;
    }
    for column in &table.columns {
        texts.extend(column.default.as_deref().filter(|_| command == Command::Insert));
        texts.extend(column.generated.as_deref());
        if let Some(TypeKind::Domain(text)) = schema.type_named(&column.type_name).map(|(_, made)| &made.kind) {
            texts.push(text);
        }
    }
    texts.extend(expressions_of(table));
    texts
}

/// Whether a role may be given EXECUTE because something calls the function: what `[functions]` lists is for whom it lists.
pub fn may_call(model: &Model, role: &str, signature: &Signature) -> bool {
    model.functions.get(signature).is_none_or(|function| model.is_any_of(role, &function.execute))
}

/// The definitions of a table's constraints and indexes as far as they hold expressions: `REFERENCES app.orgs(id)` is no call.
fn expressions_of(table: &Table) -> impl Iterator<Item = &str> {
    let constraints = table
        .constraints
        .values()
        .filter(|constraint| matches!(constraint.kind, ConstraintKind::Check | ConstraintKind::Exclusion))
        .map(|constraint| constraint.definition.as_str());
    let indexes = table
        .indexes
        .values()
        .map(|index| index.definition.split_once(" USING ").map_or(index.definition.as_str(), |(_, keys)| keys));
    constraints.chain(indexes)
}

/// The sequences that SQL asks for their next value.
fn sequences_in(text: &str) -> Vec<QualifiedName> {
    text.split("nextval('").skip(1).filter_map(|rest| parse_qualified(rest.split('\'').next()?)).collect()
}

/// The user's functions that a rule's SQL, in which names stand in full, calls. Overloads cannot be told apart by the text: of
/// several, those that `[functions]` lists are for whom it lists and nobody else.
fn called(model: &Model, schema: &Catalog, text: &str) -> Vec<Signature> {
    called_by_name(schema, text)
        .into_iter()
        .filter(|signature| {
            !model.functions.contains_key(signature) || schema.functions_named(&signature.name).count() == 1
        })
        .collect()
}

/// Every function of the user's whose name SQL calls.
pub fn called_by_name(schema: &Catalog, text: &str) -> BTreeSet<Signature> {
    names_before_parentheses(text)
        .into_iter()
        .filter(|name| schema.functions_named(name).next().is_some() && names_call(text, name))
        .flat_map(|name| schema.functions_named(&name).map(|(signature, _)| signature.clone()).collect::<Vec<_>>())
        .collect()
}

/// What stands before a parenthesis and has the form of a name with its schema.
fn names_before_parentheses(text: &str) -> BTreeSet<QualifiedName> {
    let heads = text.match_indices('(').filter_map(|(at, _)| text.get(..at));
    heads
        .filter_map(|head| {
            let name = last_part(head)?;
            let schema = last_part(head.get(..head.len() - name.len())?.strip_suffix('.')?)?;
            let written = head.get(head.len() - name.len() - 1 - schema.len()..)?;
            parse_qualified(written)
        })
        .collect()
}

/// The identifier, quoted or not, that a text ends with.
fn last_part(text: &str) -> Option<&str> {
    let Some(inner) = text.strip_suffix('"') else {
        let rest = text.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$'));
        return text.get(rest.len()..).filter(|part| !part.is_empty());
    };
    // A quote within the name is doubled.
    let mut end = inner.len();
    loop {
        let quote = inner.get(..end)?.rfind('"')?;
        match inner.get(..quote)?.strip_suffix('"') {
            Some(before) => end = before.len(),
            None => return text.get(quote..),
        }
    }
}

/// Whether the name stands before a parenthesis, as a whole and outside of literals and quoted names.
fn names_call(text: &str, name: &QualifiedName) -> bool {
    let wanted = format!("{}(", name.sql());
    let whole = |at: usize| {
        let head = text.get(..at).unwrap_or_default();
        let before = head.chars().next_back();
        // `::app.t(3)` is a type.
        before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '"' | '.'))) && !head.ends_with("::")
    };
    let found: Vec<usize> = text.match_indices(&wanted).map(|(at, _)| at).filter(|at| whole(*at)).collect();
    if found.is_empty() {
        return false;
    }
    // What is not SQL by itself (a piece of a rule, a trigger's definition) is taken at its word.
    let Ok(tokens) = crate::syntax::parser::scan(text) else { return true };
    let quoted = |at: usize| {
        tokens.iter().any(|token| {
            let range = usize::try_from(token.start).unwrap_or(0)..usize::try_from(token.end).unwrap_or(0);
            range.start != at && range.contains(&at)
        })
    };
    found.into_iter().any(|at| !quoted(at))
}

pub fn execute(output: &mut Output<'_>, signature: &Signature, role: &str) {
    output.use_schema(&signature.name.schema, role);
    if let Some(function) = output.catalog.functions.get_mut(signature) {
        function.acl.grant(role, Privilege::Execute);
    }
}

/// Functions and views that the model lists, for every capability; definers get a role of their own with exactly what they may.
pub fn listed(output: &mut Output<'_>, schema: &Catalog, capabilities: &[Capability<'_>]) {
    let model = output.model;
    for (signature, function) in &model.functions {
        for capability in capabilities.iter().filter(|capability| capability.may.is_none()) {
            if model.is_any_of(capability.rules_of, &function.execute) {
                execute(output, signature, &capability.role);
            }
        }
        if let Some(may) = &function.definer {
            let role = output.definer_role(signature);
            output.role(&role);
            own_rights(output, schema, &role, "fn", may);
            if let Some(desired) = output.catalog.functions.get_mut(signature) {
                desired.owner.clone_from(&role);
                desired.security_definer = true;
                if !desired.settings.iter().any(|setting| setting.starts_with("search_path=")) {
                    desired.settings.insert("search_path=pg_catalog, pg_temp".to_owned());
                }
            }
        }
    }
    for (name, view) in &model.views {
        for (command, roles) in &view.grants {
            for capability in capabilities.iter().filter(|capability| capability.may.is_none()) {
                if model.is_any_of(capability.rules_of, roles) {
                    view_grant(output, schema, name, capability, *command, &BTreeSet::new());
                }
            }
        }
    }
    // An agent may use a view or function as far as its own `may` names it.
    for capability in capabilities {
        let Some(may) = capability.may else { continue };
        for (name, commands) in &may.tables {
            let Some(view) = model.views.get(name) else { continue };
            for (command, columns) in commands {
                if view.grants.get(command).is_some_and(|roles| model.is_any_of(capability.rules_of, roles)) {
                    view_grant(output, schema, name, capability, *command, columns);
                }
            }
        }
    }
}

fn view_grant(
    output: &mut Output<'_>,
    schema: &Catalog,
    name: &QualifiedName,
    capability: &Capability<'_>,
    command: Command,
    columns: &BTreeSet<String>,
) {
    let role = &capability.role;
    output.use_schema(&name.schema, role);
    if let Some(view) = output.catalog.views.get_mut(name) {
        if columns.is_empty() || command == Command::Delete {
            view.acl.grant(role, privilege(command));
        } else {
            for column in columns {
                view.column_acls.entry(column.clone()).or_default().grant(role, privilege(command));
            }
        }
    }
    // Where it cannot be told, `check` refuses the list.
    for function in called_by_columns(schema, name, command, columns).unwrap_or_default() {
        if may_call(output.model, capability.rules_of, &function) {
            execute(output, &function, role);
        }
    }
}

/// A role of pgseal's own with rights on tables: grants, and policies TO it, so that its reach shows in the catalog.
pub fn own_rights(output: &mut Output<'_>, schema: &Catalog, role: &str, kind: &str, may: &May) {
    for (name, commands) in &may.tables {
        output.use_schema(&name.schema, role);
        let Some(table) = schema.tables.get(name) else { continue };
        for (command, columns) in commands {
            let reach = if columns.is_empty() || *command == Command::Delete {
                Reach::Table
            } else {
                Reach::Columns(columns.clone())
            };
            if let Some(desired) = output.catalog.tables.get_mut(name) {
                grant(desired, role, privilege(*command), &reach);
                let short = role.strip_prefix(&format!("{}_", output.model.prefix)).unwrap_or(role);
                let policy = fit_name(&format!("seal_{kind}_{}_{short}", command.word()));
                // A foreign table has no policies: the grant is all that there is.
                if table.kind != TableKind::Foreign {
                    desired.policies.insert(policy, policies::unconditional(role, *command));
                }
            }
            grant_needed(output, schema, role, None, name, *command);
        }
    }
}

/// The view `<table>_visible`: the columns that nobody is denied, for those who may read rows of a table with hidden columns.
pub fn visible_view(output: &mut Output<'_>, capabilities: &[Capability<'_>], name: &QualifiedName, table: &Table) {
    let Some(rules) = output.model.tables.get(name) else { return };
    let hidden = |column: &str| rules.columns.get(column).is_some_and(|said| said.select.is_some());
    let shown: Vec<String> =
        table.columns.iter().map(|column| &column.name).filter(|column| !hidden(column)).map(|c| ident(c)).collect();
    if shown.is_empty() || shown.len() == table.columns.len() {
        return;
    }
    let view = QualifiedName::new(&name.schema, fit_name(&format!("{}_visible", name.name)));
    if output.catalog.views.contains_key(&view) || output.catalog.tables.contains_key(&view) {
        return;
    }
    let mut acl = Acl::default();
    for capability in capabilities.iter().filter(|capability| capability.may.is_none()) {
        if capability.reach(output.model, name, table, Command::Select) != Reach::Nothing {
            acl.grant(&capability.role, Privilege::Select);
        }
    }
    let sql = format!(
        "create or replace view {} with (security_invoker = true) as select {} from {}",
        view.sql(),
        shown.join(", "),
        name.sql()
    );
    output.view(&view, &sql, acl);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Function;

    #[test]
    fn calls_are_found_by_whole_names_outside_of_literals() {
        let mut schema = Catalog::default();
        for (name, arguments) in [("f", &[][..]), ("f", &["uuid"]), ("a\"b", &[]), ("big", &[])] {
            let name = QualifiedName::new("app", name);
            let arguments = arguments.iter().map(|kind| (*kind).to_owned()).collect();
            schema.functions.insert(Signature { name, arguments }, Function::default());
        }
        for (text, found) in [
            ("app.f(1) > 0", "app.f() app.f(uuid)"),
            ("((app.f((1))))", "app.f() app.f(uuid)"),
            ("not app.\"a\"\"b\"() and app.big()", "app.\"a\"\"b\"() app.big()"),
            ("'app.f(' = title", ""),
            ("other.app.f(1)", ""),
            ("xapp.f(1)", ""),
            ("app.ff(1)", ""),
            ("f(1)", ""),
            ("\"x\"app.f(1)", ""),
        ] {
            let called: Vec<String> = called_by_name(&schema, text).iter().map(Signature::sql).collect();
            assert_eq!(called.join(" "), found, "{text}");
        }
        let text = "coalesce(nextval('app.notes_id_seq'::regclass), nextval('app.\"Odd one\"'::regclass))";
        let named = ["notes_id_seq", "Odd one"].map(|name| QualifiedName::new("app", name));
        assert_eq!(sequences_in(text), named);
    }
}
