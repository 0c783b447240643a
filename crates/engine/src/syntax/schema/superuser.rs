//! Statements of schema files that only a superuser could run. Everything belongs to the project's owner, who is none: they would
//! fail when the schema is loaded, and what they make gets past rules. An extension may bring them.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterFunctionStmt, CreateFunctionStmt, Node, ObjectType};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Why a statement takes a superuser; none if it does not.
pub(super) fn refuse(node: &NodeEnum, span: Span) -> Option<Diagnostic> {
    let what = match node {
        NodeEnum::CreateFunctionStmt(create) => return function(create, span),
        NodeEnum::AlterFunctionStmt(alter) => return altered(alter, span),
        NodeEnum::CreateOpClassStmt(_) => "an operator class decides what indexes hold and compare",
        NodeEnum::CreateOpFamilyStmt(_) | NodeEnum::AlterOpFamilyStmt(_) => {
            "an operator family decides how indexes compare"
        }
        NodeEnum::DefineStmt(define) => match define.kind() {
            ObjectType::ObjectType => "a type with input and output functions reads memory as they say",
            ObjectType::ObjectTsparser => "a text search parser is code in C",
            ObjectType::ObjectTstemplate => "a text search template is code in C",
            _ => return None,
        },
        NodeEnum::AlterTypeStmt(_) => {
            "the properties of a type with input and output functions decide how memory is read"
        }
        NodeEnum::CreatePlangStmt(_) => "a language runs what is written in it inside of the server",
        NodeEnum::CreateFdwStmt(_) | NodeEnum::AlterFdwStmt(_) => "a foreign data wrapper is code in C",
        NodeEnum::CreateAmStmt(_) => "an access method is code in C",
        NodeEnum::CreateTransformStmt(_) => "a transform is code in C",
        NodeEnum::CreateCastStmt(cast) if cast.func.is_none() && !cast.inout => {
            "a cast WITHOUT FUNCTION reads the bytes of one type as another"
        }
        _ => return None,
    };
    let help = "let an extension bring it, and write `create extension ..`: what extensions bring is left as it is";
    Some(only_a_superuser(span, what.to_owned(), help))
}

fn only_a_superuser(span: Span, what: String, help: &str) -> Diagnostic {
    Diagnostic::error(
        "schema-superuser",
        span,
        format!("{what}: only a superuser may make it, and the project's owner is none"),
    )
    .help(help)
}

fn function(create: &CreateFunctionStmt, span: Span) -> Option<Diagnostic> {
    untrusted(create, span).or_else(|| options(&create.options, span))
}

fn altered(alter: &AlterFunctionStmt, span: Span) -> Option<Diagnostic> {
    options(&alter.actions, span)
}

/// The language in which a function is written, where it reaches beyond the database.
fn untrusted(create: &CreateFunctionStmt, span: Span) -> Option<Diagnostic> {
    let language = create.options.iter().find_map(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) if option.defname == "language" => match &option.arg.as_deref()?.node {
            Some(NodeEnum::String(string)) => Some(string.sval.to_ascii_lowercase()),
            _ => None,
        },
        _ => None,
    })?;
    let untrusted = matches!(language.as_str(), "c" | "internal" | "plr" | "plsh")
        || language.starts_with("pl") && language.ends_with('u');
    untrusted.then(|| {
        let message =
            format!("what a function in `{language}` does, no rule limits, and only a superuser may make one");
        Diagnostic::error("schema-untrusted-language", span, message)
            .help("write it in `sql` or `plpgsql`, or let an extension bring it: `create extension ..`")
    })
}

/// LEAKPROOF is asked before a policy; SUPPORT names code that the planner runs.
fn options(options: &[Node], span: Span) -> Option<Diagnostic> {
    options.iter().find_map(|node| {
        let Some(NodeEnum::DefElem(option)) = &node.node else { return None };
        let given = || !matches!(option.arg.as_deref().and_then(|arg| arg.node.as_ref()), Some(NodeEnum::Boolean(no)) if !no.boolval);
        match option.defname.as_str() {
            "leakproof" if given() => Some(only_a_superuser(
                span,
                "a LEAKPROOF function is shown rows before the rules are asked".to_owned(),
                "leave LEAKPROOF out",
            )),
            "support" => Some(only_a_superuser(
                span,
                "a SUPPORT function is code in C that the planner runs".to_owned(),
                "leave SUPPORT out",
            )),
            _ => None,
        }
    })
}
