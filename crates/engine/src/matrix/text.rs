//! The matrix as text for people: a block for each table, a line for each role and command, columns aligned.

use std::collections::BTreeMap;

use super::{Allowed, Matrix, Rights};
use crate::catalog::Command;
use crate::model::resolve::ceiling_unit;
use crate::sql::{ident, idents};

/// Renders the matrix. The same matrix gives the same text.
pub fn render_text(matrix: &Matrix) -> String {
    let mut blocks: Vec<String> = Vec::new();
    for (name, by_role) in &matrix.tables {
        blocks.push(block(&name.sql(), &table_lines(matrix, by_role)));
    }
    for (name, commands) in &matrix.views {
        let refresh = matrix.refresh.get(name).map(|roles| ["refresh".to_owned(), String::new(), list(roles)]);
        let lines = commands.iter().map(|(command, roles)| [command.word().to_owned(), String::new(), list(roles)]);
        let lines = lines.chain(refresh);
        blocks.push(block(&format!("view {name}"), &lines.collect::<Vec<_>>()));
    }
    for (signature, execution) in &matrix.functions {
        let runs_as = if execution.definer { "with rights of its own" } else { "with the caller's rights" };
        let lines = [["execute".to_owned(), list(&execution.execute), runs_as.to_owned()]];
        blocks.push(block(&format!("function {signature}"), &lines));
    }
    for (name, limits) in &matrix.agents {
        let lines = limits.may.iter().flat_map(|(table, commands)| {
            commands.iter().map(move |(command, columns)| {
                let columns = if *command == Command::Delete {
                    String::new()
                } else if columns.is_empty() {
                    "every column".to_owned()
                } else {
                    idents(columns)
                };
                [table.sql(), command.word().to_owned(), columns]
            })
        });
        let declared = |what: &str, values: Vec<String>| {
            let values = (!values.is_empty()).then(|| values.join(", "))?;
            Some([what.to_owned(), String::new(), format!("{values} (declared, held by the gateway)")])
        };
        let ceilings = limits
            .ceilings
            .iter()
            .map(|(name, value)| format!("{} {value}{}", name.replace('_', " "), ceiling_unit(name)));
        let ceilings = declared("ceilings", ceilings.collect());
        let approve = declared("approve", limits.approve.clone());
        let lines: Vec<_> = lines.chain(ceilings).chain(approve).collect();
        blocks.push(block(&format!("agent {name}, within what {} may", limits.acts_for), &lines));
    }
    blocks.join("\n")
}

fn list(roles: &std::collections::BTreeSet<String>) -> String {
    if roles.is_empty() { "nobody".to_owned() } else { roles.iter().cloned().collect::<Vec<_>>().join(", ") }
}

fn table_lines(matrix: &Matrix, by_role: &BTreeMap<String, Rights>) -> Vec<[String; 3]> {
    let mut lines = Vec::new();
    let mut shown: Vec<(&str, &Rights)> = Vec::new();
    for role in &matrix.roles {
        let Some(rights) = by_role.get(role) else { continue };
        match shown.iter().find(|(_, earlier)| *earlier == rights) {
            _ if is_nothing(rights) => lines.push([role.clone(), "nothing".to_owned(), String::new()]),
            Some((earlier, _)) => lines.push([role.clone(), format!("as {earlier}"), String::new()]),
            None => role_lines(role, rights, &mut lines),
        }
        shown.push((role, rights));
    }
    lines
}

fn is_nothing(rights: &Rights) -> bool {
    [&rights.select, &rights.insert, &rights.update, &rights.delete].iter().all(|allowed| **allowed == Allowed::Never)
}

fn role_lines(role: &str, rights: &Rights, lines: &mut Vec<[String; 3]>) {
    let cells = [
        ("select", &rights.select),
        ("insert", &rights.insert),
        ("update", &rights.update),
        ("delete", &rights.delete),
    ];
    for (at, (command, allowed)) in cells.into_iter().enumerate() {
        let role = if at == 0 { role.to_owned() } else { String::new() };
        lines.push([role, command.to_owned(), say(allowed, "every row")]);
    }
    for (column, rights) in &rights.columns {
        let cells = [("select", &rights.select), ("insert", &rights.insert), ("update", &rights.update)];
        let said: Vec<String> = cells
            .into_iter()
            .filter_map(|(command, allowed)| Some(format!("{command}: {}", say(allowed.as_ref()?, "always"))))
            .collect();
        lines.push([String::new(), ident(column), said.join("; ")]);
    }
}

fn say(allowed: &Allowed, always: &str) -> String {
    match allowed {
        Allowed::Never => "never".to_owned(),
        Allowed::Always => always.to_owned(),
        Allowed::When(words) => words.clone(),
    }
}

/// A heading and lines of three columns, the first two as wide as their widest cell.
fn block(heading: &str, lines: &[[String; 3]]) -> String {
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    let mut text = format!("{heading}\n");
    for [one, two, three] in lines {
        let line = format!("  {one:first$}  {two:second$}  {three}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
