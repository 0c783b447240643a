//! A disagreement as a case folder: schema.sql, access.toml and case.json, which is run again before anything else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pgseal_engine::evaluate::{Principal, Row, Rows};
use pgseal_engine::sql::{parse_qualified, short_hash};
use pgseal_postgres::embedded::Server;
use serde::{Deserialize, Serialize};

use super::compare::Verdict;
use super::database::{Database, Texts};
use super::request::Request;
use super::run::{self, Disagreement};

/// What case.json holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// What it is about, for whoever reads it.
    pub about: String,
    /// Table, as SQL names it, to its rows.
    pub rows: BTreeMap<String, Vec<Row>>,
    pub principal: Principal,
    pub request: Request,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/differential")
}

impl Case {
    pub fn of(found: &Disagreement) -> Self {
        Self {
            about: format!("evaluate said {}, Postgres answered {:?}", found.expected, found.answer),
            rows: found.rows.tables.iter().map(|(table, rows)| (table.sql(), rows.clone())).collect(),
            principal: found.principal.clone(),
            request: found.request.clone(),
        }
    }

    fn rows(&self) -> Rows {
        let named = self.rows.iter().filter_map(|(name, rows)| Some((parse_qualified(name)?, rows.clone())));
        Rows { tables: named.collect() }
    }

    /// Decides it twice, on one server.
    pub async fn verdict(&self, server: &Server, texts: &Texts, prefix: &str) -> Result<Option<Verdict>, String> {
        let database = Database::new(server, texts, prefix).await?;
        let rows = self.rows();
        database.load(&rows).await;
        let session = database.session(&self.principal).await;
        let verdicts = run::compare_session(&database, &rows, &session, std::slice::from_ref(&self.request)).await;
        drop(session);
        database.drop().await;
        Ok(verdicts.into_iter().next().map(|(_, verdict)| verdict))
    }
}

/// Writes a case folder, named after what is in it.
pub fn write(texts: &Texts, case: &Case) -> PathBuf {
    let json = serde_json::to_string_pretty(case).expect("a case is plain data") + "\n";
    let hash = short_hash(&format!("{}{}{json}", texts.schema, texts.access), 8);
    let folder = folder().join(hash);
    std::fs::create_dir_all(&folder).expect("the cases can be written");
    for (name, text) in [("schema.sql", &texts.schema), ("access.toml", &texts.access), ("case.json", &json)] {
        std::fs::write(folder.join(name), text).expect("the cases can be written");
    }
    folder
}

/// Every case, by name.
pub fn all() -> Vec<(String, Texts, Case)> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder()).expect("tests/cases/differential is there").flatten() {
        let read = |name: &str| {
            let path = entry.path().join(name);
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let texts = Texts { schema: read("schema.sql"), access: read("access.toml") };
        let name = entry.file_name().to_string_lossy().into_owned();
        let case = serde_json::from_str(&read("case.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
        cases.push((name, texts, case));
    }
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}
