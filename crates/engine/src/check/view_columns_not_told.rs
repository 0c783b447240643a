//! An agent's list of columns of a view of which Postgres does not say which functions stand behind which columns: what it would be
//! given to execute is either too much or too little.

use std::collections::BTreeSet;

use super::facts;
use crate::catalog::{Catalog, Command, Signature};
use crate::compile::grants::{called_by_columns, called_to_read};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::sql::ident;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (agent_name, agent) in &model.agents {
        for (name, commands) in agent.may.tables.iter().filter(|(name, _)| model.views.contains_key(*name)) {
            let given = |command: &Command| commands.get(command);
            let listed = |command: Command| given(&command).is_some_and(|columns| !columns.is_empty());
            let told = |command: Command| called_by_columns(catalog, name, command, given(&command)?);
            let lists =
                [Command::Select, Command::Insert, Command::Update].into_iter().filter(|command| listed(*command));
            let lists: Vec<Command> = lists.collect();
            let unclear = lists.iter().any(|command| told(*command).is_none());
            // An INSTEAD OF trigger is handed all columns of what is deleted.
            let triggers = catalog.views.get(name).is_some_and(|view| !view.triggers.is_empty());
            let deletes = triggers && given(&Command::Delete).is_some() && listed(Command::Select);
            let told_alike = !deletes || told(Command::Select) == told(Command::Delete);
            if !unclear && told_alike {
                continue;
            }
            let calls: BTreeSet<Signature> = called_to_read(catalog, name);
            let calls: Vec<String> = calls.iter().map(Signature::to_string).collect();
            let message = format!(
                "agent `{}` is given columns of the view `{name}`, and which of them call {} cannot be told",
                ident(agent_name),
                facts::listed(calls.iter().map(String::as_str))
            );
            found.push(Diagnostic::error("view-columns-not-told", agent.span, message).help(format!(
                "write a view of these columns alone, which calls nothing else, and give the agent that; or give it all of `{name}`"
            )));
        }
    }
    found
}
