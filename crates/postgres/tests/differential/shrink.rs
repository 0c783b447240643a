//! Makes a disagreement smaller for as long as it stays one: fewer rows, agents, tables, rules, columns, keys.

use pgseal_engine::evaluate::Rows;
use pgseal_postgres::embedded::Server;

use super::case::Case;
use super::compare::Verdict;
use super::content;
use super::database::Texts;
use super::project::Project;
use super::request::Verb;
use super::run::Disagreement;

/// Each try seals a database: some minutes at most.
const TRIES: usize = 150;

struct Shrinker<'a> {
    server: &'a Server,
    prefix: String,
    project: Project,
    found: Disagreement,
    tries: usize,
}

/// The smallest project and disagreement that were found.
pub async fn shrink(server: &Server, prefix: &str, project: Project, found: Disagreement) -> (Texts, Case) {
    let mut shrinker = Shrinker { server, prefix: prefix.to_owned(), project, found, tries: 0 };
    shrinker.rows().await;
    let mut before = TRIES + 1;
    while before != shrinker.tries && shrinker.tries < TRIES {
        let project = shrinker.project.clone();
        shrinker.project().await;
        before = if project == shrinker.project { shrinker.tries } else { before.saturating_sub(1) };
    }
    shrinker.rows().await;
    (Texts::of(&shrinker.project), Case::of(&shrinker.found))
}

impl Shrinker<'_> {
    /// Takes the smaller one if the two still disagree about it.
    async fn attempt(&mut self, project: &Project, rows: &Rows) -> bool {
        if self.tries >= TRIES || !content::is_whole(project, rows) {
            return false;
        }
        self.tries += 1;
        let found = Disagreement { rows: rows.clone(), ..self.found.clone() };
        let verdict = Case::of(&found).verdict(self.server, &Texts::of(project), &self.prefix).await;
        match verdict {
            Ok(Some(Verdict::Disagree { expected, answer })) => {
                self.found = Disagreement { expected, answer, ..found };
                self.project = project.clone();
                true
            }
            _ => false,
        }
    }

    /// Rows: first half of a table's, then one at a time.
    async fn rows(&mut self) {
        for table in self.found.rows.tables.keys().cloned().collect::<Vec<_>>() {
            for size in [usize::MAX, 4, 2, 1] {
                let mut start = 0;
                while start < self.found.rows.of(&table).len() {
                    let mut rows = self.found.rows.clone();
                    let Some(held) = rows.tables.get_mut(&table) else { break };
                    let end = held.len().min(start.saturating_add(size));
                    held.drain(start..end);
                    let project = self.project.clone();
                    if !self.attempt(&project, &rows).await {
                        start = end;
                    }
                }
            }
        }
    }

    /// One pass over everything that a project can do without.
    async fn project(&mut self) {
        for index in (0..self.project.agents.len()).rev() {
            self.without(|project| drop(project.agents.remove(index))).await;
        }
        for index in (0..self.project.tables.len()).rev() {
            let name = self.project.tables[index].name.clone();
            if name != self.found.request.name() {
                self.without(|project| without_table(project, index)).await;
            }
        }
        for index in (0..self.project.groups.len()).rev() {
            self.without(|project| drop(project.groups.remove(index))).await;
        }
        self.without(|project| project.models.clear()).await;
        for group in 0..self.project.groups.len() {
            for field in (3..self.project.groups[group].1.len()).rev() {
                self.without(|project| drop(project.groups[group].1.remove(field))).await;
            }
        }
        for table in 0..self.project.tables.len() {
            self.table(table).await;
        }
    }

    async fn table(&mut self, table: usize) {
        for field in (0..self.project.tables[table].fields.len()).rev() {
            self.without(|project| drop(project.tables[table].fields.remove(field))).await;
        }
        for key in (0..self.project.tables[table].foreign.len()).rev() {
            self.without(|project| drop(project.tables[table].foreign.remove(key))).await;
        }
        for unique in (0..self.project.tables[table].unique.len()).rev() {
            self.without(|project| drop(project.tables[table].unique.remove(unique))).await;
        }
        for column in (0..self.project.tables[table].columns.len()).rev() {
            let (name, owner) = {
                let table = &self.project.tables[table];
                (table.columns[column].name.clone(), table.name.clone())
            };
            let asked = owner == self.found.request.name() && self.is_asked(&name);
            if !asked && !self.project.tables[table].key.contains(&name) {
                self.without(|project| drop(project.tables[table].columns.remove(column))).await;
            }
        }
    }

    fn is_asked(&self, column: &str) -> bool {
        let request = &self.found.request;
        let written = match &request.verb {
            Verb::Insert { given, .. } => given.contains(column),
            Verb::Update { set, .. } => set.contains_key(column),
            Verb::Select | Verb::Delete { .. } => false,
        };
        written || request.read.contains(column) || request.returning.iter().flatten().any(|read| read == column)
    }

    async fn without(&mut self, change: impl FnOnce(&mut Project)) {
        let mut project = self.project.clone();
        change(&mut project);
        let mut rows = self.found.rows.clone();
        rows.tables.retain(|name, _| project.tables.iter().any(|table| table.name == *name));
        self.attempt(&project, &rows).await;
    }
}

/// A table, the keys that point to it and what agents may do with it.
fn without_table(project: &mut Project, index: usize) {
    let name = project.tables.remove(index).name;
    for table in &mut project.tables {
        table.foreign.retain(|foreign| foreign.parent != name);
    }
    for agent in &mut project.agents {
        agent.may.retain(|(table, _)| *table != name);
    }
}
