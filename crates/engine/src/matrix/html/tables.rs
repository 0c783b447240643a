//! Tables on the page: all of them at a glance, what nobody may do, each by role and command, and the columns that differ.

use std::collections::{BTreeMap, BTreeSet};

use super::page::{Page, anchor};
use crate::catalog::Command;
use crate::matrix::{Allowed, ColumnRights, Matrix, Rights};
use crate::model::Model;
use crate::sql::{QualifiedName, ident};

/// The commands, each with its letter.
const COMMANDS: [(&str, &str); 4] = [("select", "S"), ("insert", "I"), ("update", "U"), ("delete", "D")];

fn cells(rights: &Rights) -> [&Allowed; 4] {
    [&rights.select, &rights.insert, &rights.update, &rights.delete]
}

/// Tables by roles, a letter for each command.
pub(super) fn overview(page: &mut Page, matrix: &Matrix) {
    page.raw("<section id=\"overview\" aria-labelledby=\"overview-h\"><h2 id=\"overview-h\">Overview</h2>\n<p class=\"legend\">");
    page.raw("<span class=\"chip always\">S</span> every row <span class=\"chip when\">S</span> under a condition ");
    page.raw("<span class=\"chip no\">·</span> refused. S select, I insert, U update, D delete.</p>\n");
    page.raw(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Tables by roles\"><table class=\"grid\">",
    );
    page.raw("<caption>Tables by roles</caption><thead><tr><th scope=\"col\">table</th>");
    for role in &matrix.roles {
        page.raw("<th scope=\"col\">").code(role).raw("</th>");
    }
    page.raw("</tr></thead><tbody>\n");
    for (name, by_role) in &matrix.tables {
        page.raw("<tr><th scope=\"row\">").open_with("<a", &[("href", &format!("#{}", anchor("table", &name.sql())))]);
        page.code(&name.sql()).raw("</a></th>");
        for role in &matrix.roles {
            page.raw("<td>");
            if let Some(rights) = by_role.get(role) {
                chips(page, rights);
            }
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.foot().raw("</section>\n");
}

fn chips(page: &mut Page, rights: &Rights) {
    for ((command, letter), allowed) in COMMANDS.into_iter().zip(cells(rights)) {
        let (class, letter, words) = match allowed {
            Allowed::Never => ("chip no", "·", "refused".to_owned()),
            Allowed::Always => ("chip always", letter, "every row".to_owned()),
            Allowed::When(words) => ("chip when", letter, words.clone()),
        };
        page.open_with("<span", &[("class", class), ("title", &format!("{command}: {words}"))]);
        page.raw("<span aria-hidden=\"true\">").raw(letter).raw("</span><span class=\"spoken\">").raw(command).raw(" ");
        page.raw(match allowed {
            Allowed::Never => "refused",
            Allowed::Always => "every row",
            Allowed::When(_) => "under a condition",
        });
        page.raw(". </span></span>");
    }
}

/// What no role may do, and which functions with rights of their own do it all the same.
pub(super) fn nobody(page: &mut Page, model: &Model, matrix: &Matrix) {
    page.raw("<section id=\"nobody\" aria-labelledby=\"nobody-h\"><h2 id=\"nobody-h\">What no role may do</h2>\n");
    page.head("Commands that are refused to every role", &["table", "refused to all", "but by"]);
    for (name, by_role) in &matrix.tables {
        let closed: Vec<&str> = COMMANDS
            .into_iter()
            .enumerate()
            .filter(|(at, _)| {
                by_role.values().all(|rights| cells(rights).get(*at).is_some_and(|allowed| **allowed == Allowed::Never))
            })
            .map(|(_, (command, _))| command)
            .collect();
        if closed.is_empty() {
            continue;
        }
        page.raw("<tr><th scope=\"row\">").code(&name.sql()).raw("</th><td data-label=\"refused\">");
        page.text(&if closed.len() == COMMANDS.len() { "everything".to_owned() } else { closed.join(", ") });
        page.raw("</td><td data-label=\"but by\">")
            .names(&by_functions(model, name, &closed), "nobody")
            .raw("</td></tr>\n");
    }
    page.foot().raw("</section>\n");
}

/// Definer functions and founders that do what is closed to every role.
fn by_functions(model: &Model, table: &QualifiedName, closed: &[&str]) -> BTreeSet<String> {
    let definers = model.functions.iter().filter_map(|(signature, function)| {
        let may = function.definer.as_ref()?.tables.get(table)?;
        may.keys().any(|command: &Command| closed.contains(&command.word())).then(|| signature.sql())
    });
    let founded = model.groups.iter().filter(|(_, group)| {
        group.founder.is_some() && group.table == *table && closed.contains(&Command::Insert.word())
    });
    let founders = founded.map(|(name, _)| format!("founding a {name}"));
    definers.chain(founders).collect()
}

/// Every table with its conditions in words.
pub(super) fn tables(page: &mut Page, matrix: &Matrix) {
    page.raw("<section id=\"tables\" aria-labelledby=\"tables-h\"><h2 id=\"tables-h\">Tables</h2>\n");
    for (name, by_role) in &matrix.tables {
        let id = anchor("table", &name.sql());
        page.open_with("<article", &[("id", &id)]).raw("<h3>").code(&name.sql()).raw("</h3>\n");
        table(page, &name.sql(), matrix, by_role);
        page.raw("</article>\n");
    }
    page.raw("</section>\n");
}

/// Roles with the same of something together, in the order of the first of them.
fn alike<'m, T: PartialEq>(roles: &'m [String], of: impl Fn(&str) -> Option<&'m T>) -> Vec<(Vec<&'m String>, &'m T)> {
    let mut found: Vec<(Vec<&String>, &T)> = Vec::new();
    for role in roles {
        let Some(value) = of(role) else { continue };
        match found.iter_mut().find(|(_, known)| *known == value) {
            Some((together, _)) => together.push(role),
            None => found.push((vec![role], value)),
        }
    }
    found
}

fn is_nothing(rights: &Rights) -> bool {
    cells(rights).into_iter().all(|allowed| *allowed == Allowed::Never)
}

fn table(page: &mut Page, name: &str, matrix: &Matrix, by_role: &BTreeMap<String, Rights>) {
    let together = alike(&matrix.roles, |role| by_role.get(role));
    let (nothing, something): (Vec<_>, Vec<_>) = together.into_iter().partition(|(_, rights)| is_nothing(rights));
    if something.is_empty() {
        page.raw("<p class=\"none\">Closed to every role.</p>\n");
        return;
    }
    page.head(&format!("{name}: rows"), &["role", "select", "insert", "update", "delete"]);
    for (roles, rights) in &something {
        page.raw("<tr><th scope=\"row\">").names(roles.iter().copied(), "nobody").raw("</th>");
        for ((command, _), allowed) in COMMANDS.into_iter().zip(cells(rights)) {
            page.cell(command);
            say(page, allowed, "every row");
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.foot();
    if !nothing.is_empty() {
        page.raw("<p class=\"none\">Nothing: ")
            .names(nothing.iter().flat_map(|(roles, _)| roles.iter().copied()), "nobody");
        page.raw(".</p>\n");
    }
    let columns: BTreeSet<&String> = by_role.values().flat_map(|rights| rights.columns.keys()).collect();
    if !columns.is_empty() {
        let caption = format!("{name}: columns that differ from their row");
        page.head(&caption, &["column", "role", "select", "insert", "update"]);
        for column in columns {
            for (roles, rights) in alike(&matrix.roles, |role| by_role.get(role)?.columns.get(column)) {
                column_row(page, column, &roles, rights);
            }
        }
        page.foot();
    }
}

fn column_row(page: &mut Page, column: &str, roles: &[&String], rights: &ColumnRights) {
    page.raw("<tr><th scope=\"row\">").code(&ident(column)).raw("</th><td data-label=\"role\">");
    page.names(roles.iter().copied(), "nobody").raw("</td>");
    for (command, allowed) in [("select", &rights.select), ("insert", &rights.insert), ("update", &rights.update)] {
        page.cell(command);
        match allowed {
            None => page.raw("<span class=\"as\">as the row</span>"),
            Some(allowed) => say(page, allowed, "always"),
        };
        page.raw("</td>");
    }
    page.raw("</tr>\n");
}

fn say<'p>(page: &'p mut Page, allowed: &Allowed, always: &'static str) -> &'p mut Page {
    match allowed {
        Allowed::Never => page.raw("<span class=\"never\">never</span>"),
        Allowed::Always => page.raw("<span class=\"every\">").raw(always).raw("</span>"),
        Allowed::When(words) => page.raw("<bdi>").text(words).raw("</bdi>"),
    }
}

/// Columns that some role does not read although it reads the rows.
pub(super) fn columns(page: &mut Page, model: &Model, matrix: &Matrix) {
    page.raw("<section id=\"columns\" aria-labelledby=\"columns-h\"><h2 id=\"columns-h\">Hidden columns</h2>\n");
    let hidden: Vec<(&QualifiedName, &String)> = matrix
        .tables
        .keys()
        .filter_map(|name| Some((name, model.tables.get(name)?)))
        .flat_map(|(name, table)| table.columns.iter().map(move |(column, said)| (name, column, said)))
        .filter(|(_, _, said)| said.select.is_some())
        .map(|(name, column, _)| (name, column))
        .collect();
    if hidden.is_empty() {
        page.raw("<p>None: who may read a row reads all of it.</p>\n");
    } else {
        page.head("Columns that not everybody reads who reads the row", &["column", "read by", "hidden from"]);
        for (table, column) in hidden {
            let reads = |role: &&String| {
                let rights = matrix.tables.get(table).and_then(|by_role| by_role.get(*role));
                rights.is_some_and(|rights| rights.select != Allowed::Never)
            };
            let (see, not): (Vec<&String>, Vec<&String>) =
                matrix.roles.iter().filter(reads).partition(|role| model.sees_column(table, role, column));
            page.raw("<tr><th scope=\"row\">").code(&format!("{}.{}", table.sql(), ident(column)));
            page.raw("</th><td data-label=\"read by\">").names(see, "nobody");
            page.raw("</td><td data-label=\"hidden from\">").names(not, "nobody").raw("</td></tr>\n");
        }
        page.foot();
    }
    page.raw("</section>\n");
}
