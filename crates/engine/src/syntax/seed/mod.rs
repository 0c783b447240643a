//! One statement of a seed file: what it would do, if it is data and nothing else.
//!
//! Comes in: the text of one statement. Goes out: which table gets rows, and what has to be asked of the database before it runs.
//! INVARIANT: what is handed back as data was parsed by Postgres' own grammar as exactly one statement, and every kind of node in
//! it is on a list. A kind that is not is refused, so that a new one is never let through.

mod lines;

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{CopyStmt, InsertStmt, Node, RangeVar, SelectStmt, VariableSetStmt};
use serde_json::Value;

pub use lines::{Lines, Piece};

use crate::sql::QualifiedName;
use crate::syntax::parser::{self, ParseError};
use crate::syntax::rule::tree::strings;

/// What one statement of a seed file does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seed {
    /// Inserts rows.
    Insert {
        /// Into this table.
        table: QualifiedName,
        /// Tables that it reads.
        reads: BTreeSet<QualifiedName>,
        /// Functions of `pg_catalog` that it calls. Which of these have effects only the database knows.
        calls: BTreeSet<String>,
    },
    /// `COPY .. FROM stdin`: the rows follow in the file.
    Copy {
        /// Into this table.
        table: QualifiedName,
    },
    /// `select setval(..)`, as dumps end with.
    SetSequence {
        /// The sequence.
        sequence: QualifiedName,
    },
    /// A comment, or a setting at the head of a dump that `load` makes itself.
    Nothing,
}

/// Why a statement is not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

fn refused<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { message: message.into(), help: help.into() })
}

const DATA_ONLY: &str = "a seed file holds INSERT, COPY .. FROM stdin and setval(..), and nothing else";

/// Reads one statement.
///
/// # Errors
/// If it is anything but data.
pub fn read(sql: &str) -> Result<Seed, Refused> {
    let parsed = match parser::parse(sql) {
        Ok(parsed) => parsed,
        Err(ParseError::TooDeep) => return refused("this statement is nested too deeply", "write it as plain rows"),
        Err(ParseError::Message(message)) => {
            return refused(message, "it has to be SQL: commands of psql, which begin with a backslash, are not");
        }
    };
    let mut statements = parsed.stmts.iter().map(|raw| raw.stmt.as_ref().and_then(|node| node.node.as_ref()));
    match (statements.next(), statements.next()) {
        (None, _) => Ok(Seed::Nothing),
        (Some(Some(node)), None) => statement(node),
        _ => refused("this reads as several statements", "end each with a semicolon of its own"),
    }
}

fn statement(node: &NodeEnum) -> Result<Seed, Refused> {
    match node {
        NodeEnum::InsertStmt(insert) => read_insert(insert),
        NodeEnum::CopyStmt(copy) => read_copy(copy),
        NodeEnum::SelectStmt(select) => read_select(select),
        NodeEnum::VariableSetStmt(set) => read_setting(set),
        NodeEnum::TransactionStmt(_) => refused(
            "the files are loaded in one transaction of pgseal's",
            "remove BEGIN and COMMIT: either all of it is loaded or nothing",
        ),
        NodeEnum::UpdateStmt(_) | NodeEnum::DeleteStmt(_) | NodeEnum::MergeStmt(_) | NodeEnum::TruncateStmt(_) => {
            refused("this changes or removes rows, and loading adds them", DATA_ONLY)
        }
        NodeEnum::AlterTableStmt(_) => refused(
            "this changes a table",
            "remove it; a dump made with `--disable-triggers` holds such lines: `pgseal load --as-is` does what they are for",
        ),
        _ => refused("this is no data", DATA_ONLY),
    }
}

fn read_insert(insert: &InsertStmt) -> Result<Seed, Refused> {
    if insert.with_clause.is_some() {
        return refused("a WITH clause", "write it as a sub-select in the place where it is used");
    }
    if !insert.returning_list.is_empty() {
        return refused("RETURNING: nobody reads the answer", "remove it");
    }
    let table = named(insert.relation.as_ref())?;
    let mut found = Found::default();
    let Ok(tree) = serde_json::to_value(insert) else {
        return refused("this statement cannot be read", "write it as plain rows");
    };
    found.walk(&tree)?;
    found.reads.remove(&table);
    Ok(Seed::Insert { table, reads: found.reads, calls: found.calls })
}

/// A table by its schema and name.
fn named(relation: Option<&RangeVar>) -> Result<QualifiedName, Refused> {
    let Some(relation) = relation else { return refused("no table is named", DATA_ONLY) };
    if relation.schemaname.is_empty() || !relation.catalogname.is_empty() {
        return refused(
            format!("`{}` does not say in which schema", relation.relname),
            "write the table as `schema.name`: a search_path is nobody's promise",
        );
    }
    Ok(QualifiedName::new(&relation.schemaname, &relation.relname))
}

/// What an INSERT reads and calls.
#[derive(Default)]
struct Found {
    reads: BTreeSet<QualifiedName>,
    calls: BTreeSet<String>,
}

/// Kinds of node that stand for values, and for rows made of them.
const VALUES: [&str; 35] = [
    "AArrayExpr",
    "AConst",
    "AExpr",
    "AIndices",
    "AIndirection",
    "AStar",
    "Alias",
    "BoolExpr",
    "Boolean",
    "BooleanTest",
    "CaseExpr",
    "CaseWhen",
    "CoalesceExpr",
    "CollateClause",
    "ColumnRef",
    "FuncCall",
    "IndexElem",
    "Integer",
    "JoinExpr",
    "List",
    "MinMaxExpr",
    "NamedArgExpr",
    "NullTest",
    "RangeFunction",
    "RangeSubselect",
    "RangeVar",
    "ResTarget",
    "RowExpr",
    "SelectStmt",
    "SetToDefault",
    "SortBy",
    "SqlvalueFunction",
    "String",
    "SubLink",
    "TypeCast",
];

/// Clauses that do more than say values.
const REFUSED_CLAUSES: [&str; 3] = ["with_clause", "into_clause", "coldeflist"];

impl Found {
    /// Every node, whatever it is a part of.
    fn walk(&mut self, value: &Value) -> Result<(), Refused> {
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.walk(item)),
            Value::Object(fields) => {
                for (field, inner) in fields {
                    let says = !inner.is_null() && inner.as_array().is_none_or(|items| !items.is_empty());
                    if says && REFUSED_CLAUSES.contains(&field.as_str()) {
                        return refused(
                            "a WITH or INTO clause",
                            "write it as a sub-select in the place where it is used",
                        );
                    }
                    if says && field == "locking_clause" {
                        return refused("a locking clause", "remove FOR UPDATE or FOR SHARE");
                    }
                    // An operator of another schema is a function of that schema.
                    if says && matches!(field.as_str(), "oper_name" | "use_op") && list(inner).len() > 1 {
                        return refused("an operator with a schema", "write the value that it gives");
                    }
                    self.walk(inner)?;
                }
                match fields.get("node").and_then(Value::as_object) {
                    // Some nodes have a part of that name, which is a node itself and was walked above.
                    Some(node) => node
                        .iter()
                        .filter(|(kind, _)| *kind != "node")
                        .try_for_each(|(kind, inner)| self.node(kind, inner)),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn node(&mut self, kind: &str, inner: &Value) -> Result<(), Refused> {
        if !VALUES.contains(&kind) {
            return refused(format!("a part of this INSERT that is no value ({kind})"), "write the rows out");
        }
        match kind {
            "FuncCall" => self.call(&part(inner, "funcname")),
            // A type's input, and a domain's check, run code of whoever made it.
            "TypeCast" => {
                let names = inner.get("type_name").map(|name| part(name, "names")).unwrap_or_default();
                match names.as_slice() {
                    [_] => Ok(()),
                    [schema, _] if schema == "pg_catalog" => Ok(()),
                    _ => refused(
                        format!("a cast to `{}`: only to Postgres' own types", names.join(".")),
                        "write the value as text: the column reads it",
                    ),
                }
            }
            "AExpr" if part(inner, "name").len() > 1 => {
                refused("an operator with a schema", "write the value that it gives")
            }
            "RangeVar" => {
                let text = |field: &str| inner.get(field).and_then(Value::as_str).unwrap_or_default();
                if text("schemaname").is_empty() {
                    return refused(
                        format!("`{}` does not say in which schema", text("relname")),
                        "write the table as `schema.name`",
                    );
                }
                self.reads.insert(QualifiedName::new(text("schemaname"), text("relname")));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn call(&mut self, name: &[String]) -> Result<(), Refused> {
        match name {
            [function] => self.calls.insert(function.clone()),
            [schema, function] if schema == "pg_catalog" => self.calls.insert(function.clone()),
            _ => {
                return refused(
                    format!("a call of `{}`: only Postgres' own functions are called in a seed file", name.join(".")),
                    "write the value that it gives; defaults, checks and triggers of the table run all the same",
                );
            }
        };
        Ok(())
    }
}

/// A list of names below a node.
fn part(node: &Value, field: &str) -> Vec<String> {
    node.get(field).map(list).unwrap_or_default()
}

/// The strings of a list of names in a tree.
fn list(names: &Value) -> Vec<String> {
    let text = |name: &Value| name.pointer("/node/String/sval").and_then(Value::as_str).map(str::to_owned);
    names.as_array().map(|names| names.iter().map(|name| text(name).unwrap_or_default()).collect()).unwrap_or_default()
}

/// What may be said of the text that follows. `on_error ignore` would leave rows out, `freeze` and binary have no place here.
const COPY_OPTIONS: [&str; 9] =
    ["format", "delimiter", "null", "default", "header", "quote", "escape", "force_not_null", "force_null"];

fn read_copy(copy: &CopyStmt) -> Result<Seed, Refused> {
    if !copy.is_from {
        return refused("COPY TO writes rows out", DATA_ONLY);
    }
    if copy.is_program || !copy.filename.is_empty() {
        return refused(
            "COPY from a program or from a file of the server",
            "give the file to `pgseal load` itself: a CSV file, or `copy .. from stdin` with the rows below it",
        );
    }
    if copy.where_clause.is_some() {
        return refused("COPY with a WHERE leaves rows out", "remove these rows from the file");
    }
    for option in &copy.options {
        let Some(NodeEnum::DefElem(option)) = &option.node else { return refused("an option of COPY", DATA_ONLY) };
        if !COPY_OPTIONS.contains(&option.defname.as_str()) || option_word(option.arg.as_deref()) == Some("binary") {
            return refused(
                format!("the option `{}` of COPY", option.defname),
                "data is text or CSV in UTF-8, and a row that does not fit is an error",
            );
        }
    }
    Ok(Seed::Copy { table: named(copy.relation.as_ref())? })
}

fn option_word(node: Option<&Node>) -> Option<&str> {
    match node.and_then(|node| node.node.as_ref()) {
        Some(NodeEnum::String(text)) => Some(&text.sval),
        _ => None,
    }
}

/// `select pg_catalog.setval('app.s', 1, true)`, and the line by which dumps empty the search_path.
fn read_select(select: &SelectStmt) -> Result<Seed, Refused> {
    let bare = SelectStmt {
        target_list: select.target_list.clone(),
        limit_option: select.limit_option,
        op: pg_query::protobuf::SetOperation::SetopNone as i32,
        ..SelectStmt::default()
    };
    let call = match select.target_list.as_slice() {
        [Node { node: Some(NodeEnum::ResTarget(target)) }] if *select == bare => match &target.val.as_deref() {
            Some(Node { node: Some(NodeEnum::FuncCall(call)) }) => Some(call),
            _ => None,
        },
        _ => None,
    };
    let Some(call) = call else { return refused("a query is no data", DATA_ONLY) };
    let name = strings(&call.funcname).unwrap_or_default();
    let constants: Option<Vec<&str>> = call
        .args
        .iter()
        .map(|argument| match &argument.node {
            Some(NodeEnum::AConst(constant)) => Some(match &constant.val {
                Some(pg_query::protobuf::a_const::Val::Sval(text)) => text.sval.as_str(),
                _ => "",
            }),
            _ => None,
        })
        .collect();
    let name: Vec<&str> = name.iter().map(String::as_str).collect();
    match (name.as_slice(), constants.as_deref()) {
        (["pg_catalog", "set_config"], Some(["search_path", "", _])) => Ok(Seed::Nothing),
        (["setval"] | ["pg_catalog", "setval"], Some([sequence, _] | [sequence, _, _])) => {
            match crate::sql::parse_name(sequence).as_deref() {
                Some([schema, name]) => Ok(Seed::SetSequence { sequence: QualifiedName::new(schema, name) }),
                _ => refused(format!("`{sequence}` is no sequence with its schema"), "write it as `schema.name`"),
            }
        }
        _ => refused("a query is no data", DATA_ONLY),
    }
}

/// Settings with which dumps begin and that change nothing about what is loaded, because `load` sets its own.
const IGNORED: [&str; 11] = [
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    "search_path",
    "check_function_bodies",
    "xmloption",
    "client_min_messages",
    "row_security",
    "default_tablespace",
    "default_table_access_method",
];

fn read_setting(set: &VariableSetStmt) -> Result<Seed, Refused> {
    let value = match set.args.as_slice() {
        [Node { node: Some(NodeEnum::AConst(constant)) }] => match &constant.val {
            Some(pg_query::protobuf::a_const::Val::Sval(text)) => text.sval.to_ascii_lowercase().replace('-', ""),
            _ => String::new(),
        },
        _ => String::new(),
    };
    match set.name.as_str() {
        name if IGNORED.contains(&name) => Ok(Seed::Nothing),
        "client_encoding" if matches!(value.as_str(), "utf8" | "unicode") => Ok(Seed::Nothing),
        "client_encoding" => refused("the file is not UTF-8", "make the dump with `pg_dump --encoding UTF8`"),
        "standard_conforming_strings" if value == "on" => Ok(Seed::Nothing),
        name => refused(format!("a setting of the session, `{name}`"), DATA_ONLY),
    }
}

#[cfg(test)]
mod tests;
