//! The matrix as one page for people: a model, the schema that it was resolved against, and what was found in; HTML out, with its
//! style inside, without a script and without anything to load. The same model gives the same bytes.

mod objects;
mod page;
mod tables;

use self::page::Page;
use super::{Allowed, Matrix, Rights, matrix};
use crate::catalog::Catalog;
use crate::compile::compile;
use crate::diagnostic::{Diagnostic, Severity, sort};
use crate::model::{Model, Role};
use crate::source::Sources;
use crate::sql::short_hash;

/// What stands at the head of the page. Nothing may be loaded or run, whatever stands in it.
const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
    <meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n<style>\n";

const STYLE: &str = include_str!("style.css");

/// The sections, by their anchors.
const SECTIONS: [(&str, &str); 10] = [
    ("roles", "Roles"),
    ("overview", "Overview"),
    ("nobody", "Nobody"),
    ("findings", "Findings"),
    ("tables", "Tables"),
    ("columns", "Columns"),
    ("groups", "Groups"),
    ("objects", "Views, functions, triggers"),
    ("agents", "Agents and jobs"),
    ("reading", "How to read it"),
];

/// Renders the page of a project called `name`. `findings` are what `check` found.
pub fn render_html(name: &str, model: &Model, schema: &Catalog, sources: &Sources, findings: &[Diagnostic]) -> String {
    let matrix = matrix(model, schema);
    let mut page = Page::default();
    page.raw(HEAD).raw(STYLE).raw("</style>\n<title>Who may do what: ").text(name).raw("</title>\n</head>\n<body>\n");
    page.raw("<a class=\"skip\" href=\"#main\">Skip to the roles</a>\n<header>\n<p class=\"product\">pgseal access matrix</p>\n");
    page.raw("<h1>Who may do what: <bdi>").text(name).raw("</bdi></h1>\n");
    summary(&mut page, model, schema, &matrix, findings);
    page.raw("<nav aria-label=\"Sections\"><ul>");
    for (anchor, title) in SECTIONS {
        page.raw("<li><a href=\"#").raw(anchor).raw("\">").raw(title).raw("</a></li>");
    }
    page.raw("</ul></nav>\n</header>\n<main id=\"main\">\n");
    roles(&mut page, model, &matrix);
    tables::overview(&mut page, &matrix);
    tables::nobody(&mut page, model, &matrix);
    found(&mut page, sources, findings);
    tables::tables(&mut page, &matrix);
    tables::columns(&mut page, model, &matrix);
    objects::groups(&mut page, model);
    objects::objects(&mut page, model, &matrix);
    objects::agents_and_jobs(&mut page, model);
    page.raw(READING).raw("</main>\n</body>\n</html>\n");
    page.finish()
}

const READING: &str = "<section id=\"reading\" aria-labelledby=\"reading-h\"><h2 id=\"reading-h\">How to read it</h2>\n<ul class=\"plain\">\
    <li>What is not named here is refused, by Postgres itself.</li>\
    <li>Every role includes the anonymous one. A principal acts in one role at a time.</li>\
    <li>Who may not select a row can neither update nor delete it.</li>\
    <li>“Afterwards” speaks of the row as an update leaves it.</li>\
    <li>An agent may do what it is given here and what the person it acts for may do, both.</li>\
    <li>Superusers and roles with BYPASSRLS are bound by nothing in Postgres.</li></ul></section>\n";

/// `1 table`, `2 tables`.
fn counted(page: &mut Page, count: usize, one: &'static str, many: &'static str) {
    page.raw("<li><strong>").number(count).raw("</strong> ").raw(if count == 1 { one } else { many }).raw("</li>");
}

fn summary(page: &mut Page, model: &Model, schema: &Catalog, matrix: &Matrix, findings: &[Diagnostic]) {
    page.raw("<ul class=\"facts\">");
    counted(page, matrix.tables.len(), "table", "tables");
    counted(page, matrix.roles.len(), "role", "roles");
    counted(page, model.groups.len(), "group", "groups");
    counted(page, model.agents.len(), "agent", "agents");
    counted(page, findings.len(), "open finding", "open findings");
    page.raw("</ul>\n<p class=\"most\">");
    let most = matrix.roles.iter().max_by_key(|role| {
        // Of roles that may do the same the first is named: the others include it.
        (counts(matrix, role).total(), std::cmp::Reverse(matrix.roles.iter().position(|named| named == *role)))
    });
    if let Some(role) = most {
        let reach = counts(matrix, role);
        page.raw("<code>").text(role).raw("</code> may do most: it reads ").number(reach.select.0).raw(" of ");
        page.number(matrix.tables.len()).raw(" tables, adds rows to ").number(reach.insert.0).raw(", changes ");
        page.number(reach.update.0).raw(" and deletes from ").number(reach.delete.0).raw(".");
    }
    let compiled = serde_json::to_string(&compile(model, schema)).unwrap_or_default();
    page.raw(" Content hash <code class=\"hash\">").text(&short_hash(&compiled, 16));
    page.raw("</code>: the same hash, the same rights.</p>\n");
}

/// Tables on which a role may do each command, and on how many of them without a condition.
#[derive(Debug, Default, Clone, Copy)]
struct Reach {
    select: (usize, usize),
    insert: (usize, usize),
    update: (usize, usize),
    delete: (usize, usize),
}

impl Reach {
    fn total(self) -> (usize, usize) {
        let each = [self.select, self.insert, self.update, self.delete];
        (each.iter().map(|one| one.0).sum(), each.iter().map(|one| one.1).sum())
    }
}

fn counts(matrix: &Matrix, role: &str) -> Reach {
    let mut reach = Reach::default();
    for rights in matrix.tables.values().filter_map(|by_role| by_role.get(role)) {
        let Rights { select, insert, update, delete, .. } = rights;
        let each = [
            (select, &mut reach.select),
            (insert, &mut reach.insert),
            (update, &mut reach.update),
            (delete, &mut reach.delete),
        ];
        for (allowed, count) in each {
            count.0 += usize::from(*allowed != Allowed::Never);
            count.1 += usize::from(*allowed == Allowed::Always);
        }
    }
    reach
}

fn roles(page: &mut Page, model: &Model, matrix: &Matrix) {
    page.raw("<section id=\"roles\" aria-labelledby=\"roles-h\"><h2 id=\"roles-h\">Roles</h2>\n");
    let columns = ["role", "who", "select", "insert", "update", "delete"];
    page.head("On how many tables each role may do what", &columns);
    for name in &matrix.roles {
        let Some(role) = model.roles.get(name) else { continue };
        let reach = counts(matrix, name);
        page.raw("<tr><th scope=\"row\">").code(name).raw("</th><td data-label=\"who\">");
        who(page, name, role);
        page.raw("</td>");
        let cells =
            [("select", reach.select), ("insert", reach.insert), ("update", reach.update), ("delete", reach.delete)];
        for (label, (some, every)) in cells {
            page.cell(label);
            if some == 0 {
                page.raw("<span class=\"never\">none</span>");
            } else {
                page.number(some);
                if every > 0 {
                    page.raw(", <span class=\"every\">").number(every).raw(" without condition</span>");
                }
            }
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.foot().raw("</section>\n");
}

fn who(page: &mut Page, name: &str, role: &Role) {
    let kind = match role {
        Role { anonymous: true, .. } => "a request with no identity",
        Role { default: true, .. } => "somebody who is signed in",
        Role { service: true, .. } => "a service, without a person",
        _ => "somebody in this role",
    };
    page.raw(kind);
    let included: Vec<&String> = role.includes.iter().filter(|included| *included != name).collect();
    if !included.is_empty() && !role.anonymous {
        page.raw("; includes ").names(included, "nobody");
    }
}

fn found(page: &mut Page, sources: &Sources, findings: &[Diagnostic]) {
    page.raw("<section id=\"findings\" aria-labelledby=\"findings-h\"><h2 id=\"findings-h\">Open findings</h2>\n");
    let mut sorted = findings.to_vec();
    sort(sources, &mut sorted);
    if sorted.is_empty() {
        page.raw("<p>None: <code>pgseal check</code> has nothing to say.</p>\n");
    } else {
        page.raw("<ol class=\"findings\">");
        for Diagnostic { code, severity, message, span, help } in &sorted {
            page.raw(if *severity == Severity::Error { "<li class=\"error\">" } else { "<li>" });
            page.raw("<p><strong>").text(severity.word()).raw("</strong> <code>").text(code).raw("</code> ");
            if let Some((span, file)) = span.and_then(|span| Some((span, sources.get(span.file)?))) {
                let place = format!("{}:{}", file.path, sources.line_column(span).0);
                page.raw("<span class=\"place\">").text(&place).raw("</span>");
            }
            page.raw("</p><p>").message(message).raw("</p>");
            if let Some(help) = help {
                page.raw("<p class=\"help\">").message(help).raw("</p>");
            }
            page.raw("</li>\n");
        }
        page.raw("</ol>\n");
    }
    page.raw("</section>\n");
}
