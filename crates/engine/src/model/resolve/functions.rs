//! `[functions]` and `[triggers]`: who may execute what, and what runs with rights of its own.

use std::collections::{BTreeMap, BTreeSet};

use pg_query::NodeEnum;

use super::Resolver;
use super::tables::toml_key;
use crate::catalog::{self, Signature};
use crate::model::{Function, Trigger};
use crate::sql::{QualifiedName, ident, parse_name};
use crate::syntax::ast::{self, Text};
use crate::syntax::{parser, rule};

/// Triggers by table or view and name.
type Triggers<'a> = BTreeMap<(QualifiedName, String), &'a catalog::Trigger>;

/// The names of functions that have such an entry.
fn names_of(entries: &[ast::Function], such: impl Fn(&ast::Function) -> bool) -> BTreeSet<QualifiedName> {
    let such = entries.iter().filter(|entry| such(entry));
    such.filter_map(|entry| rule::parse_signature(&entry.signature).ok()).map(|(name, _)| name).collect()
}

impl<'a> Resolver<'a> {
    pub(super) fn resolve_functions(&mut self) -> BTreeMap<Signature, Function> {
        let ast = self.ast;
        let mut resolved = BTreeMap::new();
        for entry in &ast.functions {
            let Some((signature, function)) = self.function(&entry.signature) else { continue };
            let rights = self.function_rights(entry, &signature, function);
            if resolved.insert(signature.clone(), rights).is_some() {
                self.error("duplicate-function", entry.signature.span, format!("`{signature}` has two entries"));
            }
        }
        self.definers_without_entry(&resolved);
        resolved
    }

    fn function_rights(
        &mut self,
        entry: &ast::Function,
        signature: &Signature,
        function: &catalog::Function,
    ) -> Function {
        let span = entry.signature.span;
        let execute = self.role_set(&entry.execute);
        let definer = self.runs_as_definer(entry.runs_as.as_ref());
        if function.security_definer && !definer {
            self.error(
                "definer-without-entry",
                span,
                format!("`{signature}` is SECURITY DEFINER in the schema, and its entry does not say so"),
            )
            .help_with(
                "add `runs_as = \"definer\"`, `because` and what it `may`; or take SECURITY DEFINER out of the schema",
            );
        }
        self.reason(entry.because.as_ref());
        if definer
            && let Some(path) = function.settings.iter().find_map(|setting| setting.strip_prefix("search_path="))
            && !ends_in_pg_temp(path)
        {
            self.error(
                "definer-search-path",
                span,
                format!("`{signature}` runs as definer with `search_path = {path}`"),
            )
            .help_with(
                "leave the setting out, it is then pinned, and write names with their schema; or end it with pg_temp: \
                            temporary objects of the caller come first otherwise",
            );
        }
        if definer && function.kind == 'a' {
            self.error("definer-aggregate", span, format!("`{signature}` is an aggregate and cannot run as definer"));
        }
        if !definer && !entry.may.is_empty() {
            self.error(
                "may-without-definer",
                span,
                format!("`{signature}` runs as its caller and can do what the caller may"),
            )
            .help_with("take `may` away, or add `runs_as = \"definer\"`");
        }
        if entry.execute.is_empty() && !definer {
            self.warning("function-for-nobody", span, format!("nobody may execute `{signature}`"))
                .help_with("name roles in `execute`, or take the entry away: it means the same");
        }
        let may = self.may(&entry.may);
        Function { execute, definer: definer.then_some(may), span }
    }

    fn runs_as_definer(&mut self, text: Option<&Text>) -> bool {
        let Some(text) = text else { return false };
        if !matches!(text.text.as_str(), "caller" | "definer") {
            self.unknown("unknown-runs-as", "value of `runs_as`:", &text.text, text.span, ["caller", "definer"]);
        }
        text.text == "definer"
    }

    /// A function of the schema by its signature; types may be written without the schema where that is unmistakable.
    pub(super) fn function(&mut self, text: &Text) -> Option<(Signature, &'a catalog::Function)> {
        let (name, arguments) = match rule::parse_signature(text) {
            Ok(parsed) => parsed,
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                return None;
            }
        };
        let catalog = self.catalog;
        let wanted = Signature { name, arguments };
        if let Some(found) = catalog.functions.get(&wanted) {
            return Some((wanted, found));
        }
        let overloads: Vec<(&Signature, &catalog::Function)> = catalog.functions_named(&wanted.name).collect();
        let loose: Vec<_> =
            overloads.iter().filter(|(signature, _)| same_types(&signature.arguments, &wanted.arguments)).collect();
        if let [(signature, function)] = loose.as_slice() {
            return Some(((*signature).clone(), function));
        }
        if overloads.is_empty() {
            let known: Vec<String> = catalog.functions.keys().map(Signature::sql).collect();
            self.unknown("unknown-function", "function", &wanted.sql(), text.span, known.iter().map(String::as_str));
        } else {
            let known: Vec<String> = overloads.iter().map(|(signature, _)| format!("`{signature}`")).collect();
            self.error("unknown-function", text.span, format!("unknown function `{wanted}`"))
                .help_with(format!("the schema has {}", known.join(", ")));
        }
        None
    }

    fn definers_without_entry(&mut self, resolved: &BTreeMap<Signature, Function>) {
        let catalog = self.catalog;
        let without: Vec<_> = catalog
            .functions
            .iter()
            .filter(|(signature, function)| function.security_definer && !resolved.contains_key(signature))
            .collect();
        if without.is_empty() {
            return;
        }
        let written = names_of(&self.ast.functions, |_| true);
        for (signature, _) in without {
            // An entry with mistakes of its own was reported there.
            if !written.contains(&signature.name) {
                self.absent(
                    "definer-without-entry",
                    format!("`{signature}` is SECURITY DEFINER and has no entry in `[functions]`"),
                )
                .help_with(format!(
                    "under [functions]: {} = {{ execute = [], runs_as = \"definer\", may = {{}}, because = \"..\" }}",
                    toml_key(&signature.sql())
                ));
            }
        }
    }

    pub(super) fn resolve_triggers(&mut self) -> BTreeMap<(QualifiedName, String), Trigger> {
        let ast = self.ast;
        let mut resolved = BTreeMap::new();
        let all = self.all_triggers();
        let definers =
            names_of(&ast.functions, |entry| entry.runs_as.as_ref().is_some_and(|text| text.text == "definer"));
        for entry in &ast.triggers {
            let Some((key, trigger)) = self.trigger(&entry.name, &all) else { continue };
            let definer = self.runs_as_definer(entry.runs_as.as_ref());
            self.check_trigger(entry, trigger, definer, definers.contains(&trigger.function.name));
            resolved.insert(key, Trigger { definer, span: entry.name.span });
        }
        for (key, trigger) in all {
            if !resolved.contains_key(&key) && !self.inherited(&key) {
                let written = trigger_sql(&key);
                let definer =
                    self.catalog.functions.get(&trigger.function).is_some_and(|function| function.security_definer);
                let runs_as = if definer { "definer" } else { "caller" };
                self.absent("trigger-without-entry", format!("the trigger `{written}` has no entry in `[triggers]`"))
                    .help_with(format!(
                        "under [triggers]: {} = {{ runs_as = \"{runs_as}\", because = \"..\" }}",
                        toml_key(&written)
                    ));
            }
        }
        resolved
    }

    /// `entry_says`: an entry in `[functions]` says that the trigger's function runs as definer.
    fn check_trigger(&mut self, entry: &ast::Trigger, trigger: &catalog::Trigger, definer: bool, entry_says: bool) {
        let span = entry.name.span;
        let is_definer =
            self.catalog.functions.get(&trigger.function).is_some_and(|function| function.security_definer);
        if definer && !entry_says {
            self.error(
                "trigger-runs-as",
                span,
                format!("`{}` has no entry in `[functions]` that runs as definer", trigger.function),
            )
            .help_with("a trigger that runs as definer needs its function's entry, with `may` and `because`");
        }
        if !definer && (is_definer || entry_says) {
            self.error(
                "trigger-runs-as",
                span,
                format!("`{}` runs as definer, and so does its trigger", trigger.function),
            )
            .help_with("write `runs_as = \"definer\"`");
        }
        self.reason(entry.because.as_ref());
        if definer && entry.because.is_none() {
            self.error(
                "trigger-without-reason",
                span,
                format!("`{}` runs as definer without a `because`", entry.name.text),
            )
            .help_with("because = \"..\" says to whoever reviews what the trigger does");
        }
    }

    fn trigger(&mut self, text: &Text, all: &Triggers<'a>) -> Option<((QualifiedName, String), &'a catalog::Trigger)> {
        let Some([schema, relation, name]) =
            parse_name(&text.text).and_then(|parts| <[String; 3]>::try_from(parts).ok())
        else {
            self.error("invalid-name", text.span, format!("`{}` is not of the form `schema.table.trigger`", text.text))
                .help_with("\"app.tasks.touch\" is the trigger `touch` of `app.tasks`");
            return None;
        };
        let key = (QualifiedName { schema, name: relation }, name);
        if let Some(trigger) = all.get(&key) {
            return Some((key, trigger));
        }
        let known: Vec<String> = all.keys().map(trigger_sql).collect();
        self.unknown("unknown-trigger", "trigger", &trigger_sql(&key), text.span, known.iter().map(String::as_str));
        None
    }

    /// The user's triggers, those of views too.
    fn all_triggers(&self) -> Triggers<'a> {
        let external = self.external();
        let tables = self
            .catalog
            .tables
            .iter()
            .filter(|(name, _)| !external.contains(name))
            .map(|(name, table)| (name, &table.triggers));
        let views = self.catalog.views.iter().map(|(name, view)| (name, &view.triggers));
        tables
            .chain(views)
            .flat_map(|(name, triggers)| {
                triggers.iter().map(move |(trigger, found)| ((name.clone(), trigger.clone()), found))
            })
            .collect()
    }

    /// Whether a partition has the trigger from the table that it is part of.
    fn inherited(&self, (name, trigger): &(QualifiedName, String)) -> bool {
        let parents = self.catalog.tables.get(name).map_or(&[][..], |table| table.parents.as_slice());
        parents
            .iter()
            .any(|parent| self.catalog.tables.get(parent).is_some_and(|table| table.triggers.contains_key(trigger)))
    }

    /// Publications carry rows past every rule: they are listed, with a reason.
    pub(super) fn check_publications(&mut self) {
        let catalog = self.catalog;
        let published: Vec<String> =
            catalog.statements.iter().filter_map(|statement| publication(&statement.sql)).collect();
        for name in &published {
            let listed = self
                .ast
                .subscriptions
                .iter()
                .any(|(text, _)| parse_name(&text.text).is_some_and(|parts| parts == [name.clone()]));
            if !listed {
                self.absent(
                    "publication-without-entry",
                    format!(
                        "the publication `{name}` sends rows past every rule and has no entry in `[subscriptions]`"
                    ),
                )
                .help_with(format!("under [subscriptions]: {} = {{ because = \"..\" }}", toml_key(&ident(name))));
            }
        }
        let ast = self.ast;
        for (text, because) in &ast.subscriptions {
            if parse_name(&text.text).is_none_or(|parts| !published.iter().any(|name| parts == [name.clone()])) {
                self.unknown(
                    "unknown-publication",
                    "publication",
                    &text.text,
                    text.span,
                    published.iter().map(String::as_str),
                );
            }
            self.reason(because.as_ref());
        }
    }

    /// A reason that is given says something; that there must be one, the reader knows.
    pub(super) fn reason(&mut self, because: Option<&Text>) {
        if let Some(text) = because.filter(|text| text.text.trim().is_empty()) {
            self.error("empty-reason", text.span, "`because` is empty")
                .help_with("say to whoever reviews why this is right");
        }
    }
}

/// Whether a path names the schema of temporary objects last, and only there; a path that does not name it begins with it.
fn ends_in_pg_temp(path: &str) -> bool {
    let mut schemas = path.split(',').map(|schema| schema.trim().trim_matches('"'));
    let last = schemas.next_back();
    last == Some("pg_temp") && schemas.all(|schema| schema != "pg_temp")
}

/// The name of the publication that a statement makes.
fn publication(sql: &str) -> Option<String> {
    if !sql.to_ascii_lowercase().contains("publication") {
        return None;
    }
    let parsed = parser::parse(sql).ok()?;
    let statement = parsed.stmts.into_iter().next()?.stmt?.node?;
    match statement {
        NodeEnum::CreatePublicationStmt(create) => Some(create.pubname),
        _ => None,
    }
}

fn trigger_sql((relation, trigger): &(QualifiedName, String)) -> String {
    format!("{relation}.{}", ident(trigger))
}

/// Whether types are the same, where the schema may have been left out: what is written without one is read as `public`'s.
fn same_types(catalog: &[String], written: &[String]) -> bool {
    let same = |full: &str, short: &str| {
        full == short || full.rsplit_once('.').is_some_and(|(_, name)| short.strip_prefix("public.") == Some(name))
    };
    catalog.len() == written.len() && catalog.iter().zip(written).all(|(full, short)| same(full, short))
}
