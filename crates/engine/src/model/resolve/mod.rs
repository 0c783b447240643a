//! From an `Ast` and the schema's `Catalog` to a [`Model`]: every name is looked up, every model expanded, every word understood.
//!
//! Never stops at the first finding: what cannot be resolved is left out, and the caller gets a model only if nothing was.

mod agents;
mod columns;
mod expressions;
mod functions;
mod graph;
mod groups;
mod models;
mod names;
mod privileges;
mod proofs;
mod roles;
mod tables;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(crate) use agents::ceiling_unit;

use super::{Group, IdentitySource, Model, Role, Table};
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Severity, did_you_mean, has_errors};
use crate::source::Span;
use crate::sql::QualifiedName;
use crate::syntax::ast::Ast;
use crate::syntax::settings::Settings;

/// Resolves an access model against a schema. There is a model exactly if no finding is an error.
pub fn resolve(ast: &Ast, catalog: &Catalog, settings: &Settings) -> (Option<Model>, Vec<Diagnostic>) {
    let (model, diagnostics) = as_far_as_understood(ast, catalog, settings);
    let model = (!has_errors(&diagnostics)).then_some(model);
    (model, diagnostics)
}

/// The same, where what has errors is left out of the model: good for asking about the rest, never for compiling.
pub fn as_far_as_understood(ast: &Ast, catalog: &Catalog, settings: &Settings) -> (Model, Vec<Diagnostic>) {
    let mut resolver = Resolver::new(ast, catalog, settings);
    let model = resolver.model();
    let mut diagnostics = resolver.diagnostics;
    diagnostics.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    diagnostics.dedup();
    (model, diagnostics)
}

/// What resolving needs at hand, filled stage by stage in the order of [`Resolver::model`].
struct Resolver<'a> {
    ast: &'a Ast,
    catalog: &'a Catalog,
    settings: &'a Settings,
    diagnostics: Vec<Diagnostic>,
    identity_type: String,
    roles: BTreeMap<String, Role>,
    groups: BTreeMap<String, Group>,
    /// Words that rules may use besides Postgres' own functions.
    words: BTreeSet<String>,
    models: BTreeMap<String, Rc<models::Definition>>,
    tables: BTreeMap<QualifiedName, Table>,
    /// Whether every rule could be resolved: only then can it be said that a role is lacking one.
    rules_known: bool,
}

impl<'a> Resolver<'a> {
    fn new(ast: &'a Ast, catalog: &'a Catalog, settings: &'a Settings) -> Self {
        Self {
            ast,
            catalog,
            settings,
            diagnostics: Vec::new(),
            identity_type: "uuid".to_owned(),
            roles: BTreeMap::new(),
            groups: BTreeMap::new(),
            words: ["me", "claim", "via", "agent", "human"].map(str::to_owned).into(),
            models: BTreeMap::new(),
            tables: BTreeMap::new(),
            rules_known: false,
        }
    }

    fn model(&mut self) -> Model {
        let source = self.identity();
        self.resolve_roles();
        self.resolve_groups();
        self.collect_models();
        self.resolve_tables();
        self.rules_known = !has_errors(&self.diagnostics);
        self.check_graphs();
        let functions = self.resolve_functions();
        let triggers = self.resolve_triggers();
        let views = self.resolve_views();
        self.check_publications();
        let agents = self.resolve_agents();
        let jobs = self.resolve_jobs();
        let proves = self.resolve_proves();
        let trusts = self.resolve_trusts();
        let model = Model {
            prefix: self.settings.role_prefix.clone(),
            identity_type: self.identity_type.clone(),
            source,
            roles: self.roles.clone(),
            groups: self.groups.clone(),
            tables: self.tables.clone(),
            functions,
            views,
            triggers,
            agents,
            jobs,
            proves,
            trusts,
            add_indexes: self.settings.add_indexes,
            guard: self.settings.guard,
            keep_open: self.settings.keep_open.clone(),
        };
        if self.rules_known {
            self.check_reads(&model);
        }
        model
    }

    fn identity(&mut self) -> IdentitySource {
        if let Some(text) = &self.ast.identity.user {
            match names::type_name(&text.text, self.catalog) {
                Some(name) if names::takes_two_for_one(&name, self.catalog) => {
                    self.error("unknown-type", text.span, format!("`{}` is no type that an identity can have: it cuts or pads what it is given, so that two ids become one", text.text))
                        .help_with("base the domain on `text` or `varchar` without a length, and say the length in a CHECK");
                    self.identity_type = name;
                }
                Some(name) => self.identity_type = name,
                None => self.error("unknown-type", text.span, format!("`{}` is no type that an identity can have", text.text))
                    .help_with("use `uuid`, `bigint`, `integer`, `text`, or a domain or enum of the schema with its schema's name"),
            }
        }
        let Some(text) = &self.ast.identity.source else { return IdentitySource::Lease };
        if matches!(text.text.as_str(), "postgrest" | "supabase") {
            self.warning(
                "unsigned-identity",
                text.span,
                format!("`{}` takes the identity from a setting that any SQL can change", text.text),
            )
            .help_with("safe only while no client's SQL reaches the session; `lease` holds for everybody");
        }
        match text.text.as_str() {
            "lease" => IdentitySource::Lease,
            "postgrest" => IdentitySource::Postgrest,
            "supabase" => IdentitySource::Supabase,
            other => {
                self.unknown(
                    "unknown-identity-source",
                    "identity source",
                    other,
                    text.span,
                    ["lease", "postgrest", "supabase"],
                );
                IdentitySource::Lease
            }
        }
    }

    /// Adds an error and hands it back for its help.
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> Added<'_> {
        self.diagnostics.push(Diagnostic::error(code, span, message));
        Added(self.diagnostics.last_mut())
    }

    /// Adds a warning and hands it back for its help.
    fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> Added<'_> {
        self.diagnostics.push(Diagnostic::warning(code, span, message));
        Added(self.diagnostics.last_mut())
    }

    /// Adds an error about something that is absent and so has no place.
    fn absent(&mut self, code: &'static str, message: impl Into<String>) -> Added<'_> {
        let message = message.into();
        self.diagnostics.push(Diagnostic { code, severity: Severity::Error, message, span: None, help: None });
        Added(self.diagnostics.last_mut())
    }

    /// Adds an error about a name that nothing has, with the closest that there is, else with all if they are few.
    fn unknown<'k>(
        &mut self,
        code: &'static str,
        kind: &str,
        written: &str,
        span: Span,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let mut known: Vec<&str> = known.into_iter().collect();
        let mut seen = BTreeSet::new();
        known.retain(|name| seen.insert(*name));
        let help = match did_you_mean(written, known.iter().copied()) {
            Some(close) => format!("did you mean `{}`?", shown(close)),
            None if known.is_empty() => format!("there is no {kind} yet"),
            None => {
                let some: Vec<String> = known.iter().take(8).map(|name| format!("`{}`", shown(name))).collect();
                let more = if known.len() > some.len() { ", .." } else { "" };
                format!("known: {}{more}", some.join(", "))
            }
        };
        self.error(code, span, format!("unknown {kind} `{}`", shown(written))).help_with(help);
    }
}

/// A finding that was just added.
struct Added<'d>(Option<&'d mut Diagnostic>);

impl Added<'_> {
    fn help_with(self, help: impl Into<String>) {
        if let Some(diagnostic) = self.0 {
            diagnostic.help = Some(help.into());
        }
    }
}

/// A name in a message: on one line whatever it holds.
fn shown(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}
