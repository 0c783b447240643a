//! Groups, views, functions, triggers, agents and jobs on the page.

use std::collections::BTreeMap;

use super::page::Page;
use crate::catalog::Command;
use crate::matrix::Matrix;
use crate::model::print::written;
use crate::model::resolve::ceiling_unit;
use crate::model::{May, Model};
use crate::sql::{ident, idents};

/// Groups with their ranks.
pub(super) fn groups(page: &mut Page, model: &Model) {
    page.raw("<section id=\"groups\" aria-labelledby=\"groups-h\"><h2 id=\"groups-h\">Groups</h2>\n");
    if model.groups.is_empty() {
        page.raw("<p>None.</p>\n");
    }
    for (name, group) in &model.groups {
        page.raw("<article><h3>").code(name).raw("</h3>\n<dl>");
        page.raw("<div><dt>members</dt><dd>").code(&ident(&group.member)).raw(" in ").code(&group.table.sql());
        page.raw(", of what ").code(&idents(&group.key)).raw(" names</dd></div>");
        if let Some((column, ranks)) = &group.rank {
            page.raw("<div><dt>ranks</dt><dd>in ").code(&ident(column)).raw(", from low to high: <ol class=\"ranks\">");
            for rank in ranks {
                page.raw("<li>").code(rank).raw("</li>");
            }
            page.raw("</ol></dd></div>");
        }
        if let Some(condition) = &group.condition {
            page.raw("<div><dt>counts while</dt><dd>").code(&written(condition, &group.table)).raw("</dd></div>");
        }
        if let Some(parent) = &group.parent {
            page.raw("<div><dt>tree</dt><dd>members count for everything below, by ");
            page.code(&format!("{}.{}", parent.table.sql(), ident(&parent.column))).raw("</dd></div>");
        }
        page.raw("<div><dt>admitted by</dt><dd>");
        match &group.granted_by {
            Some(rank) => page.code(rank).raw(" and above, up to their own rank"),
            None => page.raw("whoever the rules of the table allow"),
        };
        page.raw("</dd></div>");
        if let Some(founder) = &group.founder {
            page.raw("<div><dt>first member</dt><dd>who inserts into ").code(&founder.table.sql());
            if let Some(rank) = &founder.rank {
                page.raw(", as ").code(rank);
            }
            page.raw("</dd></div>");
        }
        page.raw("</dl></article>\n");
    }
    page.raw("</section>\n");
}

/// Views, functions and triggers.
pub(super) fn objects(page: &mut Page, model: &Model, matrix: &Matrix) {
    page.raw(
        "<section id=\"objects\" aria-labelledby=\"objects-h\"><h2 id=\"objects-h\">Views, functions, triggers</h2>\n",
    );
    if matrix.views.is_empty() && matrix.functions.is_empty() && model.triggers.is_empty() {
        page.raw("<p>None.</p>\n");
    }
    if !matrix.views.is_empty() {
        page.head("Views, which show what the rules of their tables show", &["view", "who may do what", "kind"]);
        for (name, commands) in &matrix.views {
            page.raw("<tr><th scope=\"row\">").code(&name.sql()).raw("</th><td data-label=\"rights\">");
            for (command, roles) in commands {
                page.raw("<p>").text(command.word()).raw(": ").names(roles, "nobody").raw("</p>");
            }
            if let Some(roles) = matrix.refresh.get(name) {
                page.raw("<p>refresh: ").names(roles, "nobody").raw("</p>");
            }
            let copy = model.views.get(name).is_some_and(|view| view.materialized);
            page.raw("</td><td data-label=\"kind\">");
            page.raw(if copy {
                "<span class=\"every\">a copy without rules</span>"
            } else {
                "asks the tables’ rules"
            });
            page.raw("</td></tr>\n");
        }
        page.foot();
    }
    if !matrix.functions.is_empty() {
        page.head("Functions", &["function", "executed by", "runs"]);
        for (signature, execution) in &matrix.functions {
            page.raw("<tr><th scope=\"row\">").code(&signature.sql()).raw("</th><td data-label=\"executed by\">");
            page.names(&execution.execute, "nobody").raw("</td><td data-label=\"runs\">");
            match model.functions.get(signature).and_then(|function| function.definer.as_ref()) {
                Some(may_do) => {
                    page.raw("<p class=\"every\">with rights of its own, on every row:</p>");
                    may(page, may_do);
                }
                None => {
                    page.raw("with the rights of who calls it");
                }
            }
            page.raw("</td></tr>\n");
        }
        page.foot();
    }
    if !model.triggers.is_empty() {
        page.head("Triggers of the schema", &["trigger", "table", "runs"]);
        for ((table, name), trigger) in &model.triggers {
            page.raw("<tr><th scope=\"row\">")
                .code(&ident(name))
                .raw("</th><td data-label=\"table\">")
                .code(&table.sql());
            page.raw("</td><td data-label=\"runs\">");
            page.raw(if trigger.definer {
                "<span class=\"every\">with rights of its own</span>"
            } else {
                "with the rights of who changes the row"
            });
            page.raw("</td></tr>\n");
        }
        page.foot();
    }
    page.raw("</section>\n");
}

/// Agents and jobs, and what they may do at most.
pub(super) fn agents_and_jobs(page: &mut Page, model: &Model) {
    page.raw("<section id=\"agents\" aria-labelledby=\"agents-h\"><h2 id=\"agents-h\">Agents and jobs</h2>\n");
    if model.agents.is_empty() && model.jobs.is_empty() {
        page.raw("<p>None.</p>\n");
    }
    for (name, agent) in &model.agents {
        page.raw("<article><h3>agent ").code(name).raw("</h3>\n<dl><div><dt>acts for</dt><dd>").code(&agent.acts_for);
        page.raw(", and sees at most what that person sees</dd></div>");
        limits(page, &agent.may, &agent.ceilings, &agent.approve);
        page.raw("</dl></article>\n");
    }
    for (name, job) in &model.jobs {
        page.raw("<article><h3>job ")
            .code(name)
            .raw("</h3>\n<dl><div><dt>called by</dt><dd>")
            .names(&job.execute, "nobody");
        page.raw("</dd></div>");
        if let Some(role) = &job.scheduled_as {
            page.raw("<div><dt>scheduled as</dt><dd>").code(role).raw("</dd></div>");
        }
        limits(page, &job.may, &job.ceilings, &job.approve);
        page.raw("</dl></article>\n");
    }
    page.raw("</section>\n");
}

fn limits(page: &mut Page, may_do: &May, ceilings: &BTreeMap<String, String>, approve: &[String]) {
    page.raw("<div><dt>may at most</dt><dd>");
    may(page, may_do);
    page.raw("</dd></div>");
    if !ceilings.is_empty() {
        page.raw("<div><dt>ceilings, declared (held by the gateway)</dt><dd><ul class=\"inline\">");
        for (name, value) in ceilings {
            page.raw("<li>").text(&name.replace('_', " ")).raw(" ").code(value).raw(ceiling_unit(name)).raw("</li>");
        }
        page.raw("</ul></dd></div>");
    }
    if !approve.is_empty() {
        page.raw("<div><dt>a person decides, declared (held by the gateway)</dt><dd>")
            .names(approve, "nothing")
            .raw("</dd></div>");
    }
}

fn may(page: &mut Page, may: &May) {
    if may.tables.is_empty() {
        page.raw("<span class=\"never\">nothing</span>");
        return;
    }
    page.raw("<ul class=\"may\">");
    for (table, commands) in &may.tables {
        page.raw("<li>").code(&table.sql()).raw(": ");
        for (at, (command, columns)) in commands.iter().enumerate() {
            page.raw(if at == 0 { "" } else { ", " }).text(command.word());
            if !columns.is_empty() && *command != Command::Delete {
                page.raw(" (").code(&idents(columns)).raw(")");
            }
        }
        page.raw("</li>");
    }
    page.raw("</ul>");
}
