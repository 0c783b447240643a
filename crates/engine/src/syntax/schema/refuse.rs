//! Statements that schema files do not hold, each with what says the same in `access.toml` or where else it belongs.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AccessPriv, AlterTableStmt, AlterTableType, CreatePolicyStmt, CreateRangeStmt, DropStmt, GrantStmt, Node,
    ObjectType, RangeVar,
};

use super::object::relation;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::sql::{QualifiedName, ident};
use crate::syntax::rule::tree::{self, strings};

/// Why a statement is refused; none if it is structure.
pub(super) fn refuse(node: &NodeEnum, span: Span) -> Option<Diagnostic> {
    let refused =
        |code: &'static str, message: &str, help: String| Some(Diagnostic::error(code, span, message).help(help));
    if relations(node).into_iter().any(is_temporary) {
        return refused(
            "schema-temporary",
            "a temporary table is gone with its session, and hides a table of the same name",
            "make it an ordinary table, `\"schema.name\" = \"sealed\"` under `[tables]` if nobody needs it".to_owned(),
        );
    }
    match node {
        NodeEnum::GrantStmt(grant) => refused("schema-grant", "privileges are said in access.toml", grant_help(grant)),
        NodeEnum::GrantRoleStmt(_) => refused(
            "schema-role",
            "who belongs to which role is said in access.toml",
            "what a role may do besides: `staff = { includes = [\"member\"] }` under `[roles]`".to_owned(),
        ),
        NodeEnum::AlterDefaultPrivilegesStmt(_) => refused(
            "schema-default-privileges",
            "default privileges are closed by pgseal, so that every new object is born closed",
            "give the privilege for each object: `\"schema.table\" = { select = \"..\" }` under `[tables]`".to_owned(),
        ),
        NodeEnum::CreatePolicyStmt(policy) => refused("schema-policy", "policies are made from access.toml", policy_help(policy)),
        NodeEnum::AlterPolicyStmt(policy) => refused(
            "schema-policy",
            "policies are made from access.toml",
            format!("write the rule: `{} = {{ select = \"..\" }}` under `[tables]`", toml_key(policy.table.as_ref())),
        ),
        NodeEnum::CreateRoleStmt(role) => refused(
            "schema-role",
            "roles are made from access.toml",
            format!("declare it: `{} = {{}}` under `[roles]`; logins are made by `pgseal url`", ident(&role.role)),
        ),
        NodeEnum::AlterRoleStmt(_) | NodeEnum::AlterRoleSetStmt(_) | NodeEnum::DropRoleStmt(_) => refused(
            "schema-role",
            "roles are made from access.toml",
            "a role stands under `[roles]`, its limits under `ceilings` of an agent or job".to_owned(),
        ),
        NodeEnum::CreateUserMappingStmt(_) | NodeEnum::AlterUserMappingStmt(_) | NodeEnum::DropUserMappingStmt(_) => refused(
            "schema-role",
            "a user mapping holds somebody's credentials",
            "make it by hand, outside of the schema; a foreign table needs an entry under `[tables]`".to_owned(),
        ),
        NodeEnum::AlterOwnerStmt(_) | NodeEnum::DropOwnedStmt(_) | NodeEnum::ReassignOwnedStmt(_) => owner(span),
        NodeEnum::AlterTableStmt(alter) => refuse_alter(alter, span),
        NodeEnum::CreateSchemaStmt(create) if create.authrole.is_some() => owner(span),
        NodeEnum::CreateSchemaStmt(create) if !create.schema_elts.is_empty() => refused(
            "schema-nested",
            "objects inside of CREATE SCHEMA",
            format!("write `create schema {};` and each object as a statement of its own", ident(&create.schemaname)),
        ),
        NodeEnum::VariableSetStmt(_) | NodeEnum::VariableShowStmt(_) | NodeEnum::DiscardStmt(_) => refused(
            "schema-session",
            "settings of a session are no structure",
            "remove it (dumps begin with such lines); write names with their schema, and `set` inside of a function's definition".to_owned(),
        ),
        NodeEnum::TransactionStmt(_) | NodeEnum::ConstraintsSetStmt(_) => refused(
            "schema-transaction",
            "the whole schema is applied in one transaction of pgseal's",
            "remove it".to_owned(),
        ),
        NodeEnum::InsertStmt(_) | NodeEnum::UpdateStmt(_) | NodeEnum::DeleteStmt(_) | NodeEnum::MergeStmt(_) | NodeEnum::TruncateStmt(_) => {
            refused("schema-data", "data is no structure", "seeds go through `pgseal load`, which puts them into a sealed database".to_owned())
        }
        NodeEnum::SelectStmt(select) if select.into_clause.is_some() => copy_of_rows(span),
        NodeEnum::CreateTableAsStmt(create) if create.objtype() != ObjectType::ObjectMatview => copy_of_rows(span),
        NodeEnum::SelectStmt(_) | NodeEnum::CallStmt(_) | NodeEnum::ExecuteStmt(_) | NodeEnum::PrepareStmt(_) | NodeEnum::DeallocateStmt(_)
        | NodeEnum::ExplainStmt(_) | NodeEnum::DeclareCursorStmt(_) | NodeEnum::FetchStmt(_) | NodeEnum::ClosePortalStmt(_) => refused(
            "schema-query",
            "a query is no structure",
            "remove it; dumps set the search_path this way, in schema files names have their schema".to_owned(),
        ),
        NodeEnum::CopyStmt(_) => {
            refused("schema-copy", "data is no structure", "`pgseal load` puts it into a sealed database".to_owned())
        }
        NodeEnum::DoStmt(_) => refused(
            "schema-do",
            "what a DO block does cannot be read",
            "write the statements that it would run, or make a function of it and list that under `[functions]`".to_owned(),
        ),
        NodeEnum::DropStmt(drop) => refused("schema-drop", "the schema says what there is, not what goes", drop_help(drop)),
        NodeEnum::DropSubscriptionStmt(_) | NodeEnum::DropdbStmt(_) | NodeEnum::DropTableSpaceStmt(_) => {
            refused("schema-drop", "the schema says what there is, not what goes", "remove it".to_owned())
        }
        NodeEnum::RenameStmt(_) | NodeEnum::AlterObjectSchemaStmt(_) => refused(
            "schema-rename",
            "the schema says how things are, not how they came to be",
            "write the new name where the object is created".to_owned(),
        ),
        NodeEnum::CreateEventTrigStmt(_) | NodeEnum::AlterEventTrigStmt(_) => refused(
            "schema-event-trigger",
            "event triggers run with the rights of whoever changes the schema",
            "remove it: what nobody sealed is sealed by pgseal's own".to_owned(),
        ),
        NodeEnum::ListenStmt(_) | NodeEnum::UnlistenStmt(_) | NodeEnum::NotifyStmt(_) => {
            refused("schema-notify", "LISTEN and NOTIFY belong to a session", "remove it; everybody hears every channel".to_owned())
        }
        NodeEnum::VacuumStmt(_) | NodeEnum::ClusterStmt(_) | NodeEnum::ReindexStmt(_) | NodeEnum::CheckPointStmt(_)
        | NodeEnum::RefreshMatViewStmt(_) | NodeEnum::LockStmt(_) | NodeEnum::LoadStmt(_) => {
            refused("schema-maintenance", "maintenance is no structure", "remove it".to_owned())
        }
        NodeEnum::CreatedbStmt(_) | NodeEnum::AlterDatabaseStmt(_) | NodeEnum::AlterDatabaseSetStmt(_) | NodeEnum::AlterSystemStmt(_)
        | NodeEnum::AlterDatabaseRefreshCollStmt(_) | NodeEnum::CreateTableSpaceStmt(_) | NodeEnum::AlterTableSpaceOptionsStmt(_)
        | NodeEnum::AlterTableMoveAllStmt(_) => refused(
            "schema-server",
            "this changes the database or the server, not the schema",
            "do it by hand, as whoever operates the server".to_owned(),
        ),
        NodeEnum::CreateSubscriptionStmt(n) => subscription(&n.subname, span),
        NodeEnum::AlterSubscriptionStmt(n) => subscription(&n.subname, span),
        NodeEnum::ImportForeignSchemaStmt(_) => refused(
            "schema-unsupported",
            "which tables this makes only the other server knows",
            "write each `create foreign table`, and an entry for it under `[tables]`".to_owned(),
        ),
        NodeEnum::AlterExtensionContentsStmt(_) => refused(
            "schema-unsupported",
            "what belongs to an extension is left as it is, and no rule binds it",
            "remove it: an object of the schema stays one of the schema".to_owned(),
        ),
        NodeEnum::CreateRangeStmt(range) if names_multirange_in_public(range) => refused(
            "schema-unsupported",
            "the multirange type has no schema, and would be made in `public`",
            "write `multirange_type_name = schema.name`, or leave it out".to_owned(),
        ),
        NodeEnum::IndexStmt(index) if index.concurrent => refused(
            "schema-concurrently",
            "CONCURRENTLY cannot be part of a transaction, and the schema is applied in one",
            "remove CONCURRENTLY".to_owned(),
        ),
        NodeEnum::CommentStmt(comment) => match comment.objtype() {
            ObjectType::ObjectRole | ObjectType::ObjectDatabase | ObjectType::ObjectTablespace => refused(
                "schema-role",
                "comments on roles and databases are pgseal's own marks",
                "remove it; notes on roles go into access.toml as comments".to_owned(),
            ),
            ObjectType::ObjectLargeobject => {
                refused("schema-data", "a large object is data", "remove it; keep files in a table, in a column of type `bytea`".to_owned())
            }
            ObjectType::ObjectPolicy => {
                refused("schema-policy", "policies are made from access.toml", "write `because = \"..\"` beside the rule".to_owned())
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether a range type of another schema has its multirange type in `public`.
fn names_multirange_in_public(range: &CreateRangeStmt) -> bool {
    let in_schema = strings(&range.type_name).is_some_and(|parts| parts.len() > 1);
    in_schema
        && range.params.iter().any(|node| match &node.node {
            Some(NodeEnum::DefElem(option)) if option.defname == "multirange_type_name" => {
                match option.arg.as_deref().and_then(|arg| arg.node.as_ref()) {
                    Some(NodeEnum::TypeName(name)) => name.names.len() < 2,
                    _ => true,
                }
            }
            _ => false,
        })
}

/// What the user should know of a statement, and whether it is run at all.
pub(super) fn warn(node: &NodeEnum, span: Span) -> (bool, Vec<Diagnostic>) {
    match node {
        NodeEnum::AlterTableStmt(alter) if is_row_security(alter) => {
            let warning = Diagnostic::warning(
                "schema-row-security",
                span,
                "every table has row-level security, enabled and forced, by pgseal",
            );
            (false, vec![warning.help("remove the line")])
        }
        NodeEnum::RuleStmt(_) => {
            let warning = Diagnostic::warning(
                "schema-rewrite-rule",
                span,
                "a rewrite rule acts with the rights of the table's owner",
            );
            (true, vec![warning.help("use a trigger, and list it under `[triggers]`")])
        }
        NodeEnum::CreatePublicationStmt(_) | NodeEnum::AlterPublicationStmt(_) => {
            let warning = Diagnostic::warning(
                "schema-publication",
                span,
                "rows leave through a publication without being asked about rules",
            );
            (
                true,
                vec![warning.help(
                    "make sure that whoever subscribes may see all of them; say which with WHERE and a list of columns",
                )],
            )
        }
        _ => (true, Vec::new()),
    }
}

fn is_row_security(alter: &AlterTableStmt) -> bool {
    !alter.cmds.is_empty()
        && alter.cmds.iter().all(|node| {
            matches!(&node.node, Some(NodeEnum::AlterTableCmd(command))
                if matches!(command.subtype(), AlterTableType::AtEnableRowSecurity | AlterTableType::AtForceRowSecurity))
        })
}

fn refuse_alter(alter: &AlterTableStmt, span: Span) -> Option<Diagnostic> {
    alter.cmds.iter().find_map(|node| {
        let Some(NodeEnum::AlterTableCmd(command)) = &node.node else { return None };
        match command.subtype() {
            AlterTableType::AtChangeOwner => owner(span),
            AlterTableType::AtDisableRowSecurity | AlterTableType::AtNoForceRowSecurity => Some(
                Diagnostic::error(
                    "schema-row-security",
                    span,
                    "without row-level security a table's rules do not hold",
                )
                .help(format!(
                    "if everybody may read all rows: `{} = {{ select = \"true\" }}` under `[tables]`",
                    toml_key(alter.relation.as_ref())
                )),
            ),
            AlterTableType::AtEnableRowSecurity | AlterTableType::AtForceRowSecurity if !is_row_security(alter) => {
                Some(
                    Diagnostic::error(
                        "schema-row-security",
                        span,
                        "every table has row-level security, enabled and forced, by pgseal",
                    )
                    .help("leave that part out"),
                )
            }
            AlterTableType::AtDisableTrig
            | AlterTableType::AtDisableTrigAll
            | AlterTableType::AtDisableTrigUser
            | AlterTableType::AtDisableRule
            | AlterTableType::AtEnableReplicaTrig
            | AlterTableType::AtEnableReplicaRule => Some(
                Diagnostic::error("schema-trigger-off", span, "a trigger that is switched off checks nothing")
                    .help("leave out the trigger itself; loading data does not need it off"),
            ),
            AlterTableType::AtDropColumn
            | AlterTableType::AtDropConstraint
            | AlterTableType::AtDropInherit
            | AlterTableType::AtDropNotNull
            | AlterTableType::AtDropExpression
            | AlterTableType::AtDropIdentity
            | AlterTableType::AtDetachPartition
            | AlterTableType::AtDetachPartitionFinalize => Some(
                Diagnostic::error("schema-drop", span, "the schema says what there is, not what goes")
                    .help("leave it out where the table is created"),
            ),
            _ => None,
        }
    })
}

fn owner(span: Span) -> Option<Diagnostic> {
    Some(
        Diagnostic::error(
            "schema-owner",
            span,
            "everything is owned by the project's own role, which nobody logs in as",
        )
        .help("remove it; who may do what stands under `[tables]`, `[functions]` and `[views]` of access.toml"),
    )
}

fn copy_of_rows(span: Span) -> Option<Diagnostic> {
    Some(
        Diagnostic::error("schema-table-copy", span, "a copy of rows does not have the rules of the table that they come from")
            .help("write `create table` with its columns and an entry under `[tables]`, or a view and an entry under `[views]`"),
    )
}

fn subscription(name: &str, span: Span) -> Option<Diagnostic> {
    Some(
        Diagnostic::error(
            "schema-subscription",
            span,
            "a subscription writes rows without being asked about rules, and holds credentials",
        )
        .help(format!(
            "make `{}` by hand, as a superuser and from 16 on WITH (run_as_owner = true): see docs/operation.md",
            ident(name)
        )),
    )
}

/// The relations that a statement makes.
fn relations(node: &NodeEnum) -> Vec<&RangeVar> {
    let found = match node {
        NodeEnum::CreateStmt(n) => n.relation.as_ref(),
        NodeEnum::CreateTableAsStmt(n) => n.into.as_ref().and_then(|into| into.rel.as_ref()),
        NodeEnum::SelectStmt(n) => n.into_clause.as_ref().and_then(|into| into.rel.as_ref()),
        NodeEnum::ViewStmt(n) => n.view.as_ref(),
        NodeEnum::CreateSeqStmt(n) => n.sequence.as_ref(),
        _ => None,
    };
    found.into_iter().collect()
}

fn is_temporary(range: &RangeVar) -> bool {
    range.relpersistence == "t" || range.schemaname == "pg_temp"
}

/// A name as a key of TOML.
fn toml_key(range: Option<&RangeVar>) -> String {
    relation(range).map_or_else(|| "\"schema.table\"".to_owned(), |name| quote(&name.sql()))
}

fn quote(name: &str) -> String {
    if name.contains('"') { format!("'{name}'") } else { format!("\"{name}\"") }
}

fn grant_help(grant: &GrantStmt) -> String {
    let object = grant.objects.first().and_then(|node| node.node.as_ref());
    match (grant.objtype(), object) {
        (ObjectType::ObjectTable, Some(NodeEnum::RangeVar(range))) => {
            let mut rules: Vec<String> = grant.privileges.iter().filter_map(table_rule).collect();
            if rules.is_empty() {
                rules.push("select = \"..\"".to_owned());
            }
            format!("say for which rows: `{} = {{ {} }}` under `[tables]`", toml_key(Some(range)), rules.join(", "))
        }
        (
            ObjectType::ObjectFunction | ObjectType::ObjectProcedure | ObjectType::ObjectRoutine,
            Some(NodeEnum::ObjectWithArgs(function)),
        ) => {
            let name = strings(&function.objname).unwrap_or_default();
            let name = match name.as_slice() {
                [name] => QualifiedName::new("public", name).sql(),
                [schema, name] => QualifiedName::new(schema, name).sql(),
                _ => "schema.name".to_owned(),
            };
            let types: Vec<String> = function
                .objargs
                .iter()
                .filter_map(|node| match &node.node {
                    Some(NodeEnum::TypeName(written)) => crate::syntax::rule::type_name(written),
                    _ => None,
                })
                .collect();
            format!(
                "`{} = {{ execute = [\"member\"] }}` under `[functions]`",
                quote(&format!("{name}({})", types.join(", ")))
            )
        }
        (
            ObjectType::ObjectSchema | ObjectType::ObjectSequence | ObjectType::ObjectType | ObjectType::ObjectDomain,
            _,
        ) => {
            "remove it: what tables and functions need of schemas, sequences and types is granted with them".to_owned()
        }
        _ => "`\"schema.table\" = { select = \"..\" }` under `[tables]`, or `execute = [..]` under `[functions]`"
            .to_owned(),
    }
}

fn table_rule(node: &Node) -> Option<String> {
    let Some(NodeEnum::AccessPriv(AccessPriv { priv_name, .. })) = &node.node else { return None };
    matches!(priv_name.as_str(), "select" | "insert" | "update" | "delete").then(|| format!("{priv_name} = \"..\""))
}

fn policy_help(policy: &CreatePolicyStmt) -> String {
    let condition = policy.qual.as_deref().or(policy.with_check.as_deref()).and_then(tree::print);
    let condition = condition.filter(|text| !text.contains(['"', '\\', '\n', '`'])).unwrap_or_else(|| "..".to_owned());
    let command = match policy.cmd_name.as_str() {
        command @ ("select" | "insert" | "update" | "delete") => command,
        _ => "select",
    };
    let key = toml_key(policy.table.as_ref());
    if policy.permissive {
        format!("write the rule: `{key} = {{ {command} = \"{condition}\" }}` under `[tables]`")
    } else {
        format!("write what must hold besides: `require = [\"{condition}\"]` under `[tables.{key}]`")
    }
}

fn drop_help(drop: &DropStmt) -> String {
    let what = match drop.remove_type() {
        ObjectType::ObjectPolicy => "the rule in access.toml",
        _ => "the statement that creates it",
    };
    format!("remove {what}; what is there and is no longer said, `pgseal apply` names")
}
