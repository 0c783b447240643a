//! `[roles]`: who there is, and whose rules each of them has.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::model::Role;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Text};

/// Names that stand for something else in Postgres or in what pgseal makes.
const RESERVED: [&str; 6] = ["public", "none", "owner", "seal", "backup", "deployer"];

/// The longest name that Postgres keeps whole, in bytes.
const NAME_LIMIT: usize = 63;

impl<'a> Resolver<'a> {
    pub(super) fn resolve_roles(&mut self) {
        let declared = self.declared_roles();
        let anonymous = self.the_one(&declared, "anonymous", "visitor", |role| role.anonymous);
        let default = self.the_one(&declared, "default", "member", |role| role.default);
        let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, role) in &declared {
            direct.insert(name.clone(), self.direct_includes(name, role, &declared, &anonymous, &default));
        }
        for implicit in [&anonymous, &default] {
            direct.entry(implicit.clone()).or_default();
        }
        for (name, includes) in &mut direct {
            if *name != anonymous {
                includes.insert(anonymous.clone());
            }
        }
        for name in direct.keys() {
            let includes = reachable(name, &direct);
            let role = declared.get(name);
            let cyclic = direct.get(name).is_some_and(|next| next.iter().any(|n| reachable(n, &direct).contains(name)));
            if let (true, Some(role)) = (cyclic, role) {
                self.error("role-cycle", role.name.span, format!("role `{name}` includes itself")).help_with(
                    "every role includes the anonymous one already; take one of the `includes` on the way away",
                );
            }
            self.roles.insert(
                name.clone(),
                Role {
                    anonymous: *name == anonymous,
                    default: *name == default,
                    service: role.is_some_and(|role| role.service),
                    includes,
                    span: role.map(|role| role.name.span),
                },
            );
        }
    }

    fn declared_roles(&mut self) -> BTreeMap<String, &'a ast::Role> {
        let ast = self.ast;
        let mut declared: BTreeMap<String, &'a ast::Role> = BTreeMap::new();
        for role in &ast.roles {
            self.check_name("role", "role", &role.name);
            let name = &role.name.value;
            declared.insert(name.clone(), role);
            let said: Vec<&str> = [(role.anonymous, "anonymous"), (role.default, "default"), (role.service, "service")]
                .into_iter()
                .filter_map(|(given, word)| given.then_some(word))
                .collect();
            if said.len() > 1 {
                let message = format!("role `{name}` cannot be {} at once", said.join(" and "));
                self.error("role-kind", role.name.span, message).help_with(
                    "one role is for nobody in particular, one for whoever is signed in, service roles for programs",
                );
            }
        }
        declared
    }

    /// The name of the one role that has a mark; `implicit` where no role has it.
    fn the_one(
        &mut self,
        declared: &BTreeMap<String, &ast::Role>,
        mark: &str,
        implicit: &str,
        has: impl Fn(&ast::Role) -> bool,
    ) -> String {
        let marked: Vec<(&String, Span)> =
            declared.iter().filter(|(_, role)| has(role)).map(|(name, role)| (name, role.name.span)).collect();
        for (name, span) in marked.iter().skip(1) {
            self.error("role-kind", *span, format!("role `{name}` is a second `{mark}` role"))
                .help_with(format!("exactly one role has `{mark} = true`"));
        }
        match (marked.first(), declared.get(implicit)) {
            (Some((name, _)), _) => (*name).clone(),
            (None, Some(role)) => {
                self.error(
                    "role-kind",
                    role.name.span,
                    format!("no role is `{mark}`, and `{implicit}` is declared without it"),
                )
                .help_with(format!("write `{implicit} = {{ {mark} = true }}`"));
                implicit.to_owned()
            }
            (None, None) => implicit.to_owned(),
        }
    }

    fn direct_includes(
        &mut self,
        name: &str,
        role: &ast::Role,
        declared: &BTreeMap<String, &ast::Role>,
        anonymous: &str,
        default: &str,
    ) -> BTreeSet<String> {
        let mut includes = BTreeSet::new();
        for text in &role.includes {
            let known = declared.contains_key(&text.text) || text.text == anonymous || text.text == default;
            if !known {
                let names =
                    declared.keys().map(String::as_str).chain([anonymous, default]).filter(|known| *known != name);
                let names: BTreeSet<&str> = names.collect();
                self.unknown("unknown-role", "role", &text.text, text.span, names);
            } else if text.text == name {
                self.error("role-cycle", text.span, format!("role `{name}` includes itself"));
            } else {
                includes.insert(text.text.clone());
            }
        }
        includes
    }

    /// That a declared name may become part of a database role's name.
    pub(super) fn check_name(&mut self, kind: &str, infix: &str, name: &Spanned<String>) {
        let Spanned { value, span } = name;
        let plain = value.starts_with(|c: char| c.is_ascii_lowercase())
            && value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !plain {
            self.error("invalid-name", *span, format!("`{}` cannot be the {kind}'s name", super::shown(value)))
                .help_with("use lower-case letters, digits and `_`, a letter first");
        } else if RESERVED.contains(&value.as_str()) && kind != "group" {
            self.error(
                "reserved-name",
                *span,
                format!("`{value}` cannot be the {kind}'s name: it stands for something else"),
            )
            .help_with(format!("reserved: {}", RESERVED.join(", ")));
        }
        let full = format!("{}_{infix}_{value}", self.settings.role_prefix);
        if full.len() > NAME_LIMIT {
            let diagnostic = Diagnostic::error(
                "name-too-long",
                *span,
                format!("the database role `{full}` would have {} bytes, Postgres keeps {NAME_LIMIT}", full.len()),
            )
            .help("shorten the name, or `role_prefix` in pgseal.toml");
            self.diagnostics.push(diagnostic);
        }
    }

    /// The roles that a list names; unknown ones are findings.
    pub(super) fn role_set(&mut self, names: &[Text]) -> BTreeSet<String> {
        names.iter().filter_map(|text| self.role(text)).collect()
    }

    /// One role by its name.
    pub(super) fn role(&mut self, text: &Text) -> Option<String> {
        if self.roles.contains_key(&text.text) {
            return Some(text.text.clone());
        }
        self.unknown_role(&text.text, text.span);
        None
    }

    pub(super) fn unknown_role(&mut self, name: &str, span: Span) {
        let known: Vec<String> = self.roles.keys().cloned().collect();
        self.unknown("unknown-role", "role", name, span, known.iter().map(String::as_str));
    }

    pub(super) fn default_role(&self) -> String {
        self.roles.iter().find(|(_, role)| role.default).map_or_else(|| "member".to_owned(), |(name, _)| name.clone())
    }

    pub(super) fn anonymous_role(&self) -> String {
        self.roles
            .iter()
            .find(|(_, role)| role.anonymous)
            .map_or_else(|| "visitor".to_owned(), |(name, _)| name.clone())
    }
}

/// A role and all that it includes, directly or not.
fn reachable(start: &str, direct: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![start.to_owned()];
    while let Some(name) = open.pop() {
        if let Some(next) = direct.get(&name) {
            open.extend(next.iter().filter(|n| !seen.contains(*n)).cloned());
        }
        seen.insert(name);
    }
    seen
}
