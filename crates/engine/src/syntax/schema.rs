//! STUB for local tries.
use crate::catalog::{ObjectId, Signature, Statement};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Sources, Span};
use crate::sql::{QualifiedName, parse_qualified};
/// x
#[derive(Debug, Clone)]
pub struct SchemaStatement {
    /// x
    pub statement: Statement,
    /// x
    pub span: Span,
}
/// x
pub fn read(sources: &Sources, files: &[FileId]) -> (Vec<SchemaStatement>, Vec<Diagnostic>) {
    let mut out = Vec::new();
    for file in files {
        let text = &sources.get(*file).unwrap().text;
        for sql in pg_query::split_with_parser(text).unwrap() {
            let sql = sql.trim();
            let clean: String = sql.lines().filter(|l| !l.trim_start().starts_with("--")).collect::<Vec<_>>().join(" ");
            let w: Vec<&str> = clean.split_whitespace().collect();
            let q = |i: usize| parse_qualified(w[i].trim_end_matches('(').split('(').next().unwrap()).unwrap();
            let object = match (w[1].to_lowercase().as_str(), w[0]) {
                ("schema", _) => ObjectId::Schema(w[2].into()),
                ("table", _) => ObjectId::Table(q(2)),
                ("type" | "domain", _) => ObjectId::Type(q(2)),
                ("view", _) => ObjectId::View(q(2)),
                ("trigger", _) => {
                    let on = w.iter().position(|x| *x == "on").unwrap();
                    ObjectId::Trigger(q(on + 1), w[2].into())
                }
                ("function", _) => {
                    let inner = clean.split('(').nth(1).unwrap().split(')').next().unwrap();
                    let arguments = inner
                        .split(',')
                        .filter(|x| !x.trim().is_empty())
                        .map(|x| x.split_whitespace().last().unwrap().to_owned())
                        .collect();
                    let name: QualifiedName = q(2);
                    ObjectId::Function(Signature { name, arguments })
                }
                other => panic!("{other:?}"),
            };
            out.push(SchemaStatement {
                statement: Statement { object, sql: sql.into() },
                span: Span { file: *file, start: 0, end: 1 },
            });
        }
    }
    (out, Vec::new())
}
