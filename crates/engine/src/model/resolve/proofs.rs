//! `[[prove]]` and `[[trust]]`: invariants and contracts, checked and kept for the prover.

use std::collections::BTreeMap;

use super::Resolver;
use super::expressions::Scope;
use crate::catalog::{self, Command};
use crate::model::{Commands, Expr, Prove, Rule, Trust};
use crate::sql::QualifiedName;
use crate::syntax::ast::{self, Text, UpdateRule};

impl<'a> Resolver<'a> {
    pub(super) fn resolve_proves(&mut self) -> Vec<Prove> {
        let ast = self.ast;
        ast.proves.iter().map(|entry| self.prove(entry)).collect()
    }

    fn prove(&mut self, entry: &'a ast::Prove) -> Prove {
        if entry.isolated.is_some() && entry.table.is_some() {
            self.error("bad-prove", entry.span, "an invariant names either a group in `isolated` or a `table`")
                .help_with("[[prove]] isolated = \"org\"; or [[prove]] table = \"app.tasks\", delete = \"org(org_id, 'admin')\"");
        }
        let isolated = entry.isolated.as_ref().and_then(|text| self.group_name(text));
        let mut except: BTreeMap<QualifiedName, Expr> = BTreeMap::new();
        for (table, condition) in &entry.except {
            let Some((name, table)) = self.table(table) else { continue };
            if let Some(rule) = self.own_rule((&name, table), condition, Command::Select) {
                except.insert(name, rule.expr);
            }
        }
        let table = entry.table.as_ref().and_then(|text| self.table(text));
        let table = table.map(|(name, table)| {
            let commands = self.prove_commands((&name, table), &entry.commands);
            (name, commands)
        });
        Prove { isolated, except, table }
    }

    fn group_name(&mut self, text: &Text) -> Option<String> {
        if self.ast.groups.iter().any(|group| group.name.value == text.text) {
            return Some(text.text.clone());
        }
        let known: Vec<String> = self.ast.groups.iter().map(|group| group.name.value.clone()).collect();
        self.unknown("unknown-group", "group", &text.text, text.span, known.iter().map(String::as_str));
        None
    }

    fn prove_commands(&mut self, table: (&QualifiedName, &catalog::Table), given: &ast::Commands) -> Commands {
        let (before, after) = match &given.update {
            Some(UpdateRule::Both(text)) => (Some(text), Some(text)),
            Some(UpdateRule::Split { before, after }) => (before.as_ref(), after.as_ref()),
            None => (None, None),
        };
        let mut rule = |text: Option<&Text>, via| text.and_then(|text| self.own_rule(table, text, via));
        Commands {
            select: rule(given.select.as_ref(), Command::Select),
            insert: rule(given.insert.as_ref(), Command::Update),
            update_before: rule(before, Command::Update),
            update_after: rule(after, Command::Update),
            delete: rule(given.delete.as_ref(), Command::Update),
        }
    }

    /// A condition that stands outside any model.
    fn own_rule(
        &mut self,
        (name, table): (&QualifiedName, &catalog::Table),
        text: &Text,
        via: Command,
    ) -> Option<Rule> {
        let term = self.parse(text)?;
        let expr = self.expression(&Scope::rule(name, table, via), &term)?;
        Some(Rule { expr, span: text.span })
    }

    pub(super) fn resolve_trusts(&mut self) -> Vec<Trust> {
        let ast = self.ast;
        let mut trusts = Vec::new();
        for entry in &ast.trusts {
            let (Some(function), Some(ensures)) = (&entry.function, &entry.ensures) else { continue };
            let Some((signature, _)) = self.function(function) else { continue };
            if let Some(number) = highest_parameter(&ensures.text).filter(|number| *number > signature.arguments.len())
            {
                self.error("bad-trust", ensures.span, format!("`${number}` is more than `{signature}` takes"))
                    .help_with(format!("it has {} arguments", signature.arguments.len()));
            }
            if ensures.text.trim().is_empty() {
                self.error("bad-trust", ensures.span, "a contract ensures something")
                    .help_with("ensures = \"org($1)\"");
            }
            trusts.push(Trust { function: signature, ensures: ensures.text.clone() });
        }
        trusts
    }
}

/// The highest `$n` in a contract.
fn highest_parameter(text: &str) -> Option<usize> {
    text.split('$')
        .skip(1)
        .filter_map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .max()
}
