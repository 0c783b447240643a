//! Which object a statement of the schema makes, or belongs to.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableStmt, AlterTableType, CommentStmt, DefineStmt, FunctionParameterMode, IndexStmt, Node, ObjectType,
    ObjectWithArgs, RangeVar, TypeName,
};

use crate::catalog::{ObjectId, Signature};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};
use crate::sql::QualifiedName;
use crate::syntax::rule::{tree::strings, type_name};

/// What is found.
pub(super) enum Found {
    /// This object.
    Object(ObjectId),
    /// An index without a name, on this table; what Postgres will call it if the name is free.
    Index(QualifiedName, String),
    /// Nothing that carries access.
    Other,
    /// It has no name that could be told; the finding's span is to be filled in.
    Unnamed(Diagnostic),
}

/// A relation's name; in `public` if no schema is written.
pub(super) fn relation(range: Option<&RangeVar>) -> Option<QualifiedName> {
    let range = range?;
    let schema = if range.schemaname.is_empty() { "public" } else { &range.schemaname };
    Some(QualifiedName::new(schema, &range.relname))
}

fn qualified(parts: &[String]) -> Option<QualifiedName> {
    match parts {
        [name] => Some(QualifiedName::new("public", name)),
        [schema, name] => Some(QualifiedName::new(schema, name)),
        _ => None,
    }
}

fn named(nodes: &[Node]) -> Option<QualifiedName> {
    qualified(&strings(nodes)?)
}

/// The object of a statement that is not refused.
pub(super) fn object(node: &NodeEnum) -> Found {
    if let NodeEnum::IndexStmt(index) = node {
        return unnamed_index(index);
    }
    match plain(node) {
        Some(object) => Found::Object(object),
        None if is_function(node) => Found::Unnamed(
            Diagnostic::error(
                "schema-unsupported",
                Span { file: FileId(0), start: 0, end: 0 },
                "its name or types cannot be told",
            )
            .help("write `schema.name` and the arguments' types by their names"),
        ),
        None => Found::Other,
    }
}

fn is_function(node: &NodeEnum) -> bool {
    matches!(node, NodeEnum::CreateFunctionStmt(_) | NodeEnum::AlterFunctionStmt(_))
}

fn plain(node: &NodeEnum) -> Option<ObjectId> {
    Some(match node {
        NodeEnum::CreateSchemaStmt(n) => ObjectId::Schema(n.schemaname.clone()),
        NodeEnum::CreateExtensionStmt(n) => ObjectId::Extension(n.extname.clone()),
        NodeEnum::AlterExtensionStmt(n) => ObjectId::Extension(n.extname.clone()),
        NodeEnum::AlterExtensionContentsStmt(n) => ObjectId::Extension(n.extname.clone()),
        NodeEnum::CreateStmt(n) => ObjectId::Table(relation(n.relation.as_ref())?),
        NodeEnum::CreateForeignTableStmt(n) => ObjectId::Table(relation(n.base_stmt.as_ref()?.relation.as_ref())?),
        NodeEnum::RuleStmt(n) => ObjectId::Table(relation(n.relation.as_ref())?),
        NodeEnum::ViewStmt(n) => ObjectId::View(relation(n.view.as_ref())?),
        NodeEnum::CreateTableAsStmt(n) => ObjectId::View(relation(n.into.as_ref()?.rel.as_ref())?),
        NodeEnum::CreateSeqStmt(n) => ObjectId::Sequence(relation(n.sequence.as_ref())?),
        NodeEnum::AlterSeqStmt(n) => ObjectId::Sequence(relation(n.sequence.as_ref())?),
        NodeEnum::CreateTrigStmt(n) => ObjectId::Trigger(relation(n.relation.as_ref())?, n.trigname.clone()),
        NodeEnum::CompositeTypeStmt(n) => ObjectId::Type(relation(n.typevar.as_ref())?),
        NodeEnum::CreateEnumStmt(n) => ObjectId::Type(named(&n.type_name)?),
        NodeEnum::AlterEnumStmt(n) => ObjectId::Type(named(&n.type_name)?),
        NodeEnum::CreateRangeStmt(n) => ObjectId::Type(named(&n.type_name)?),
        NodeEnum::AlterTypeStmt(n) => ObjectId::Type(named(&n.type_name)?),
        NodeEnum::CreateDomainStmt(n) => ObjectId::Type(named(&n.domainname)?),
        NodeEnum::AlterDomainStmt(n) => ObjectId::Type(named(&n.type_name)?),
        NodeEnum::CreateFunctionStmt(n) => {
            ObjectId::Function(Signature { name: named(&n.funcname)?, arguments: parameters(&n.parameters)? })
        }
        NodeEnum::AlterFunctionStmt(n) => ObjectId::Function(signature(n.func.as_ref()?)?),
        NodeEnum::DefineStmt(n) => defined(n)?,
        NodeEnum::AlterTableStmt(n) => altered(n)?,
        NodeEnum::CommentStmt(n) => commented(n)?,
        _ => return None,
    })
}

/// The types of the input parameters.
fn parameters(nodes: &[Node]) -> Option<Vec<String>> {
    let input = nodes.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::FunctionParameter(parameter)) => match parameter.mode() {
            FunctionParameterMode::FuncParamOut | FunctionParameterMode::FuncParamTable => None,
            _ => Some(parameter.arg_type.as_ref()),
        },
        _ => None,
    });
    input.map(|written| written.map(type_or_text)).collect()
}

/// A type, or its words where only the catalog knows it (`app.orders.id%TYPE`): the loaded schema settles which it is.
fn type_or_text(written: &TypeName) -> String {
    type_name(written).unwrap_or_else(|| format!("{}%TYPE", strings(&written.names).unwrap_or_default().join(".")))
}

fn signature(object: &ObjectWithArgs) -> Option<Signature> {
    let arguments = object.objargs.iter().map(|node| match &node.node {
        Some(NodeEnum::TypeName(written)) => Some(type_or_text(written)),
        _ => None,
    });
    Some(Signature { name: named(&object.objname)?, arguments: arguments.collect::<Option<_>>()? })
}

fn defined(define: &DefineStmt) -> Option<ObjectId> {
    match define.kind() {
        ObjectType::ObjectType => Some(ObjectId::Type(named(&define.defnames)?)),
        ObjectType::ObjectAggregate if define.oldstyle => {
            let base = define.definition.iter().find_map(|node| match &node.node {
                Some(NodeEnum::DefElem(element)) if element.defname == "basetype" => {
                    element.arg.as_deref()?.node.as_ref()
                }
                _ => None,
            });
            let arguments = match base {
                Some(NodeEnum::TypeName(written)) => vec![type_or_text(written)],
                _ => Vec::new(),
            };
            Some(ObjectId::Function(Signature { name: named(&define.defnames)?, arguments }))
        }
        ObjectType::ObjectAggregate => {
            let arguments = match define.args.first().and_then(|node| node.node.as_ref()) {
                Some(NodeEnum::List(list)) => parameters(&list.items)?,
                _ => Vec::new(),
            };
            Some(ObjectId::Function(Signature { name: named(&define.defnames)?, arguments }))
        }
        _ => None,
    }
}

fn altered(alter: &AlterTableStmt) -> Option<ObjectId> {
    let name = relation(alter.relation.as_ref())?;
    Some(match alter.objtype() {
        ObjectType::ObjectView | ObjectType::ObjectMatview => ObjectId::View(name),
        ObjectType::ObjectSequence => ObjectId::Sequence(name),
        ObjectType::ObjectType => ObjectId::Type(name),
        ObjectType::ObjectIndex => by_itself(name),
        _ => match constraints(alter).as_deref() {
            Some([first, ..]) => ObjectId::Constraint(name, first.clone()),
            _ => ObjectId::Table(name),
        },
    })
}

/// The names of the constraints that a statement adds; none if it does anything else too or leaves one unnamed.
fn constraints(alter: &AlterTableStmt) -> Option<Vec<String>> {
    let commands = alter.cmds.iter().map(|node| match &node.node {
        Some(NodeEnum::AlterTableCmd(command)) if command.subtype() == AlterTableType::AtAddConstraint => {
            match command.def.as_deref()?.node.as_ref()? {
                NodeEnum::Constraint(constraint) => Some(constraint.conname.clone()).filter(|name| !name.is_empty()),
                _ => None,
            }
        }
        _ => None,
    });
    commands.collect()
}

/// An index whose table is not written.
fn by_itself(name: QualifiedName) -> ObjectId {
    let index = name.name.clone();
    ObjectId::Index(name, index)
}

fn commented(comment: &CommentStmt) -> Option<ObjectId> {
    let object = comment.object.as_deref()?.node.as_ref()?;
    let parts = match object {
        NodeEnum::List(list) => strings(&list.items).unwrap_or_default(),
        NodeEnum::String(string) => vec![string.sval.clone()],
        NodeEnum::TypeName(written) => strings(&written.names)?,
        NodeEnum::ObjectWithArgs(object) => {
            return match comment.objtype() {
                ObjectType::ObjectFunction
                | ObjectType::ObjectProcedure
                | ObjectType::ObjectRoutine
                | ObjectType::ObjectAggregate => Some(ObjectId::Function(signature(object)?)),
                _ => None,
            };
        }
        _ => return None,
    };
    let of_relation = || parts.split_last().and_then(|(last, relation)| Some((qualified(relation)?, last.clone())));
    Some(match comment.objtype() {
        ObjectType::ObjectSchema => ObjectId::Schema(parts.into_iter().next()?),
        ObjectType::ObjectExtension => ObjectId::Extension(parts.into_iter().next()?),
        ObjectType::ObjectTable | ObjectType::ObjectForeignTable => ObjectId::Table(qualified(&parts)?),
        ObjectType::ObjectView | ObjectType::ObjectMatview => ObjectId::View(qualified(&parts)?),
        ObjectType::ObjectSequence => ObjectId::Sequence(qualified(&parts)?),
        ObjectType::ObjectType | ObjectType::ObjectDomain => ObjectId::Type(qualified(&parts)?),
        ObjectType::ObjectIndex => by_itself(qualified(&parts)?),
        ObjectType::ObjectColumn | ObjectType::ObjectTabconstraint | ObjectType::ObjectRule => {
            ObjectId::Table(of_relation()?.0)
        }
        ObjectType::ObjectTrigger => {
            let (table, name) = of_relation()?;
            ObjectId::Trigger(table, name)
        }
        _ => return None,
    })
}

/// An index, named as Postgres names it where the statement does not: the table, the columns, `idx`.
fn unnamed_index(index: &IndexStmt) -> Found {
    let Some(table) = relation(index.relation.as_ref()) else { return Found::Other };
    if !index.idxname.is_empty() {
        return Found::Object(ObjectId::Index(table, index.idxname.clone()));
    }
    let mut columns: Vec<String> = Vec::new();
    for node in index.index_params.iter().chain(&index.index_including_params) {
        let Some(NodeEnum::IndexElem(element)) = &node.node else { continue };
        let base = match element.expr.as_deref().and_then(|node| node.node.as_ref()) {
            _ if !element.name.is_empty() => element.name.clone(),
            Some(NodeEnum::FuncCall(call)) => {
                strings(&call.funcname).and_then(|mut parts| parts.pop()).unwrap_or_default()
            }
            _ => "expr".to_owned(),
        };
        let mut name = base.clone();
        let mut number = 1;
        while columns.contains(&name) {
            name = format!("{base}{number}");
            number += 1;
        }
        columns.push(name);
    }
    let name = format!("{}_{}_idx", table.name, columns.join("_"));
    if name.len() > 60 {
        return Found::Unnamed(
            Diagnostic::error(
                "schema-unnamed",
                Span { file: FileId(0), start: 0, end: 0 },
                "an index without a name, and too long a one to guess",
            )
            .help("write `create index <name> on ..`"),
        );
    }
    Found::Index(table, name)
}

/// The schema of an object, if it is none of the user's.
pub(super) fn reserved(object: &ObjectId) -> Option<&str> {
    let schema = match object {
        ObjectId::Schema(name) => name,
        ObjectId::Type(name) | ObjectId::Sequence(name) | ObjectId::Table(name) | ObjectId::View(name) => &name.schema,
        ObjectId::Trigger(name, _)
        | ObjectId::Policy(name, _)
        | ObjectId::Index(name, _)
        | ObjectId::Constraint(name, _) => &name.schema,
        ObjectId::Function(signature) => &signature.name.schema,
        ObjectId::Extension(_) | ObjectId::Other(_) => return None,
    };
    (schema == "seal" || schema == "information_schema" || schema.starts_with("pg_")).then_some(schema)
}
