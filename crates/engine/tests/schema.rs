//! A small notation for schemas, for tests that have no Postgres. One line each, what belongs to a table indented below it:
//!
//! ```text
//! app.tasks
//!   id uuid key
//!   project_id uuid not null -> app.projects.id
//!   foreign (a, b) -> app.pairs (a, b) cascade
//!   unique (title)
//!   index (project_id)
//!   index gin (title)
//!   trigger touch app.touch()
//!   part of app.events
//! enum app.status draft sent
//! view app.open_tasks reads app.tasks.id app.tasks.title
//! materialized app.totals reads app.tasks.id
//! function app.f(uuid) definer
//! statement create publication p for all tables
//! ```

use pgseal_engine::catalog::{
    Catalog, Column, Constraint, ConstraintKind, Function, Index, ObjectId, References, Signature, Statement, Table,
    TableKind, Trigger, Type, TypeKind, View,
};
use pgseal_engine::sql::{QualifiedName, parse_name, parse_qualified};

/// Reads the notation. Panics on anything else: a test's own mistake.
pub fn schema(text: &str) -> Catalog {
    let mut catalog = Catalog::default();
    let mut current = None;
    for line in
        text.lines().map(|line| line.split('#').next().unwrap().trim_end()).filter(|line| !line.trim().is_empty())
    {
        if line.starts_with(' ') {
            let name: &QualifiedName = current.as_ref().unwrap_or_else(|| panic!("no table above `{line}`"));
            of_table(name, catalog.tables.get_mut(name).unwrap(), line.trim());
        } else {
            current = top(&mut catalog, line);
        }
    }
    base_types(&mut catalog);
    catalog
}

fn qualified(text: &str) -> QualifiedName {
    parse_qualified(text).unwrap_or_else(|| panic!("`{text}` is no name"))
}

/// The words of a line; blanks in quotes belong to their word.
fn words(line: &str) -> Vec<&str> {
    let mut quoted = false;
    let split = line.split(move |c: char| {
        quoted ^= c == '"';
        c == ' ' && !quoted
    });
    split.filter(|word| !word.is_empty()).collect()
}

fn top(catalog: &mut Catalog, line: &str) -> Option<QualifiedName> {
    let head = words(line)[0];
    let rest = line[head.len()..].trim();
    let words: Vec<&str> = words(rest);
    match head {
        "enum" => {
            let labels = words[1..].iter().map(|label| (*label).to_owned()).collect();
            catalog.types.insert(qualified(words[0]), Type { owner: String::new(), kind: TypeKind::Enum(labels) });
        }
        "domain" => {
            let kind = TypeKind::Domain(words[1..].join(" "));
            catalog.types.insert(qualified(words[0]), Type { owner: String::new(), kind });
        }
        "view" | "materialized" => {
            let reads: std::collections::BTreeSet<_> =
                words.iter().skip(2).map(|column| relation_column(column)).collect();
            let columns = reads.iter().map(|(_, column)| (column.clone(), "text".to_owned())).collect();
            let view = View { materialized: head == "materialized", reads, columns, ..View::default() };
            catalog.views.insert(qualified(words[0]), view);
        }
        "function" => {
            let (name, arguments) = rest.split_once('(').unwrap();
            let (arguments, options) = arguments.split_once(')').unwrap();
            let arguments =
                arguments.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
            let function = Function { kind: 'f', security_definer: options.contains("definer"), ..Function::default() };
            catalog.functions.insert(Signature { name: qualified(name), arguments }, function);
        }
        "statement" => {
            catalog.statements.push(Statement { object: ObjectId::Other(rest.to_owned()), sql: rest.to_owned() });
        }
        name => {
            let kind = if rest == "foreign" { TableKind::Foreign } else { TableKind::Ordinary };
            catalog.tables.insert(qualified(name), Table { kind, ..Table::default() });
            return Some(qualified(name));
        }
    }
    None
}

fn relation_column(text: &str) -> (QualifiedName, String) {
    let [schema, table, column] = <[String; 3]>::try_from(parse_name(text).unwrap()).unwrap();
    (QualifiedName::new(schema, table), column)
}

fn list(text: &str) -> Vec<String> {
    let inner = text.split_once('(').unwrap().1.split_once(')').unwrap().0;
    inner.split(',').map(|part| parse_name(part.trim()).unwrap().remove(0)).collect()
}

fn of_table(name: &QualifiedName, table: &mut Table, line: &str) {
    let parts = words(line);
    match parts[0] {
        "part" => table.parents.push(qualified(parts[2])),
        "foreign" => {
            let (own, far) = line.split_once("->").unwrap();
            let target = words(far)[0];
            foreign(table, list(own), qualified(target), list(far), far);
        }
        "unique" => unique(name, table, list(line), ConstraintKind::Unique),
        "index" => {
            let method = if parts[1].starts_with('(') { "btree" } else { parts[1] };
            index(table, list(line), method, false, false);
        }
        "trigger" => {
            let function = Signature { name: qualified(parts[2].trim_end_matches("()")), arguments: Vec::new() };
            let trigger =
                Trigger { definition: line.to_owned(), function, before: true, enabled: 'O', inherited: false };
            table.triggers.insert(parts[1].to_owned(), trigger);
        }
        _ => column(name, table, line),
    }
}

fn column(name: &QualifiedName, table: &mut Table, line: &str) {
    let column = words(line)[0];
    let rest = line[column.len()..].trim();
    let end = [" key", " not null", " default", " generated", " identity", " ->"]
        .iter()
        .filter_map(|stop| format!("{rest} ").find(&format!("{stop} ")))
        .min()
        .unwrap_or(rest.len());
    let (type_name, options) = rest.split_at(end);
    let own = parse_name(column).unwrap().remove(0);
    table.columns.push(Column {
        name: own.clone(),
        type_name: type_name.to_owned(),
        base_type: type_name.to_owned(),
        not_null: options.contains("not null") || options.contains("key"),
        default: options.contains("default").then(|| "default".to_owned()),
        generated: options.contains("generated").then(|| "generated".to_owned()),
        identity: options.contains("identity").then_some('a'),
        ..Column::default()
    });
    if options.contains("key") {
        unique(name, table, vec![own.clone()], ConstraintKind::PrimaryKey);
    }
    if let Some((_, far)) = options.split_once("->") {
        let (target, far_column) = relation_column(words(far)[0]);
        foreign(table, vec![own], target, vec![far_column], options);
    }
}

fn foreign(table: &mut Table, columns: Vec<String>, target: QualifiedName, far: Vec<String>, options: &str) {
    let on_delete = if options.contains("cascade") {
        'c'
    } else if options.contains("set null") {
        'n'
    } else {
        'a'
    };
    let references = References { table: target, columns: far, on_delete, on_update: 'a' };
    let constraint = Constraint {
        kind: ConstraintKind::ForeignKey,
        definition: String::new(),
        columns: columns.clone(),
        references: Some(references),
        validated: true,
    };
    table.constraints.insert(format!("{}_fkey", columns.join("_")), constraint);
}

fn unique(name: &QualifiedName, table: &mut Table, columns: Vec<String>, kind: ConstraintKind) {
    let constraint =
        Constraint { kind, definition: String::new(), columns: columns.clone(), references: None, validated: true };
    table.constraints.insert(format!("{}_{}_key", name.name, columns.join("_")), constraint);
    index(table, columns, "btree", true, true);
}

fn index(table: &mut Table, columns: Vec<String>, method: &str, unique: bool, constraint: bool) {
    let name = format!("{}_{method}", columns.join("_"));
    let reads = columns.iter().cloned().collect();
    let columns = columns.into_iter().map(Some).collect();
    let definition = String::new();
    let index = Index {
        definition,
        method: method.to_owned(),
        columns,
        reads,
        unique,
        partial: false,
        constraint,
        valid: true,
    };
    table.indexes.insert(name, index);
}

/// Below domains.
fn base_types(catalog: &mut Catalog) {
    let types = catalog.types.clone();
    for column in catalog.tables.values_mut().flat_map(|table| &mut table.columns) {
        if let Some(Type { kind: TypeKind::Domain(base), .. }) =
            parse_qualified(&column.type_name).and_then(|name| types.get(&name))
        {
            column.base_type.clone_from(base);
        }
    }
}
