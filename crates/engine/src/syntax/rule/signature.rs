//! `schema.name(types)`: how a function is named, with types as Postgres prints them.

use pg_query::NodeEnum;
use pg_query::protobuf::{ObjectType, Token, TypeName};

use super::{scan, syntax_error, tree};
use crate::diagnostic::Diagnostic;
use crate::sql::{QualifiedName, ident};
use crate::syntax::ast::Text;
use crate::syntax::{parser, tokens};

/// What stands around a signature when the parser reads it.
const BEFORE: &str = "COMMENT ON FUNCTION ";
const AFTER: &str = "\n IS NULL";

/// Types of Postgres' own that have no alias: every other name without a schema is taken to be in `public`.
const BUILT_IN: &[&str] = &[
    "any",
    "anyarray",
    "anycompatible",
    "anycompatiblearray",
    "anyelement",
    "anyenum",
    "anymultirange",
    "anynonarray",
    "anyrange",
    "aclitem",
    "bit",
    "box",
    "bytea",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "inet",
    "int2vector",
    "int4multirange",
    "int4range",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "language_handler",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "text",
    "tid",
    "trigger",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "void",
    "xid",
    "xid8",
    "xml",
];

/// Reads `app.accept_invite(uuid)`: the name, in `public` if no schema is written, and the types of the input arguments.
pub fn parse_signature(text: &Text) -> Result<(QualifiedName, Vec<String>), Diagnostic> {
    let refuse = |message: &str| {
        Diagnostic::error("signature-syntax", text.span, message)
            .help("write `schema.name(type, ..)`, `app.accept_invite(uuid)`")
    };
    let found = scan(text)?;
    if let Some(token) = tokens::deeper_than(&found, super::DEEPEST) {
        let (start, end) = tokens::range(token);
        return Err(super::too_deep(text, start, end));
    }
    if !found.iter().any(|token| token.token() == Token::Ascii40) {
        return Err(refuse("the types of the arguments are missing"));
    }
    let parsed = parser::parse(&format!("{BEFORE}{}{AFTER}", text.text)).map_err(|error| {
        let mut finding = syntax_error(text, &found, error);
        finding.code = "signature-syntax";
        finding.help("write `schema.name(type, ..)`, `app.accept_invite(uuid)`")
    })?;
    let mut statements = parsed.stmts.into_iter();
    let statement = statements.next().and_then(|raw| raw.stmt).and_then(|node| node.node);
    let (Some(NodeEnum::CommentStmt(comment)), None) = (statement, statements.next()) else {
        return Err(refuse("this is more than a signature"));
    };
    let object = comment.object.and_then(|node| node.node);
    let (Some(NodeEnum::ObjectWithArgs(object)), true) = (object, comment.comment.is_empty()) else {
        return Err(refuse("this is more than a signature"));
    };
    if comment.objtype != ObjectType::ObjectFunction as i32 || object.args_unspecified {
        return Err(refuse("the types of the arguments are missing"));
    }
    let name = match tree::strings(&object.objname).as_deref() {
        Some([name]) => QualifiedName::new("public", name),
        Some([schema, name]) => QualifiedName::new(schema, name),
        _ => return Err(refuse("a function has a schema and a name")),
    };
    let types = object.objargs.iter().map(|node| match &node.node {
        Some(NodeEnum::TypeName(name)) => type_name(name),
        _ => None,
    });
    let types =
        types.collect::<Option<Vec<String>>>().ok_or_else(|| refuse("an argument's type cannot be told from this"))?;
    Ok((name, types))
}

/// A type as `format_type` prints it with an empty search_path, without length; none for `%TYPE` and SETOF.
pub(in crate::syntax) fn type_name(written: &TypeName) -> Option<String> {
    if written.pct_type {
        return None;
    }
    let names = tree::strings(&written.names)?;
    let base = match names.as_slice() {
        [name] => unqualified(name, false),
        [schema, name] if schema == "pg_catalog" => unqualified(name, true),
        [schema, name] => QualifiedName::new(schema, name).sql(),
        _ => return None,
    };
    Some(if written.array_bounds.is_empty() { base } else { format!("{base}[]") })
}

fn unqualified(name: &str, catalog: bool) -> String {
    match name {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "bool" => "boolean",
        "varchar" => "character varying",
        "bpchar" => "character",
        "varbit" => "bit varying",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "char" => "\"char\"",
        "any" => "\"any\"",
        _ if BUILT_IN.contains(&name) => name,
        _ if catalog => return ident(name),
        _ => return QualifiedName::new("public", name).sql(),
    }
    .to_owned()
}
