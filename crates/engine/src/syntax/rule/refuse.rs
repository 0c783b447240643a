//! What a rule may not ask: other rows by aggregates and windows, the session, and what would change something.

use pg_query::NodeEnum;
use pg_query::protobuf::{FuncCall, SelectStmt, SqlValueFunctionOp};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Aggregates of Postgres' own; those of the user are known only to the catalog.
const AGGREGATES: &[&str] = &[
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "every",
    "json_agg",
    "json_agg_strict",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_agg_strict",
    "jsonb_object_agg",
    "max",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "range_intersect_agg",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

/// Functions whose answer depends on the session rather than on the principal.
const OF_THE_SESSION: &[&str] = &[
    "current_setting",
    "set_config",
    "pg_backend_pid",
    "getpgusername",
    "inet_client_addr",
    "inet_client_port",
    "current_query",
    "pg_has_role",
    "has_any_column_privilege",
    "has_column_privilege",
    "has_database_privilege",
    "has_function_privilege",
    "has_schema_privilege",
    "has_sequence_privilege",
    "has_table_privilege",
    "row_security_active",
    "current_schema",
    "current_schemas",
    "pg_my_temp_schema",
];

/// What a sub-select in a rule may not have.
pub(super) fn refused_clause(select: &SelectStmt, span: Span) -> Option<Diagnostic> {
    if let Some(with) = &select.with_clause {
        let writes = with.ctes.iter().any(|node| match &node.node {
            Some(NodeEnum::CommonTableExpr(cte)) => {
                !matches!(cte.ctequery.as_deref().and_then(|query| query.node.as_ref()), Some(NodeEnum::SelectStmt(_)))
            }
            _ => true,
        });
        return Some(if writes {
            Diagnostic::error("rule-subselect-writes", span, "a rule decides, it does not change data")
                .help("remove the WITH clause")
        } else {
            unsupported(span, "WITH has no place in a rule")
        });
    }
    if !select.locking_clause.is_empty() {
        return Some(
            Diagnostic::error("rule-subselect-writes", span, "a rule must not lock rows").help("remove the FOR clause"),
        );
    }
    if select.into_clause.is_some() {
        return Some(
            Diagnostic::error("rule-subselect-writes", span, "a rule must not make a table")
                .help("remove the INTO clause"),
        );
    }
    let distinct_on = select.distinct_clause.iter().any(|node| node.node.is_some());
    let message = if !select.group_clause.is_empty() || select.having_clause.is_some() {
        "GROUP BY and HAVING have no place in a rule"
    } else if !select.window_clause.is_empty() {
        "WINDOW has no place in a rule"
    } else if distinct_on || !select.sort_clause.is_empty() {
        "ORDER BY and DISTINCT ON have no place in a rule"
    } else {
        return None;
    };
    Some(unsupported(span, message))
}

/// Why a function may not be called in a rule; none if it may.
pub(super) fn check_call(call: &FuncCall, name: &[String], span: Span) -> Option<Diagnostic> {
    let (builtin, last) = match name {
        [name] => (true, name.as_str()),
        [schema, name] => (schema == "pg_catalog", name.as_str()),
        _ => (false, ""),
    };
    if call.over.is_some() {
        return Some(
            Diagnostic::error("rule-window", span, format!("`{last}` looks at other rows, a rule is about one"))
                .help("remove the OVER clause; what other rows say goes into a group"),
        );
    }
    let aggregates = call.agg_star
        || call.agg_distinct
        || call.agg_within_group
        || call.agg_filter.is_some()
        || !call.agg_order.is_empty();
    if aggregates || builtin && AGGREGATES.contains(&last) {
        return Some(
            Diagnostic::error("rule-aggregate", span, format!("`{last}` is an aggregate, a rule is about one row"))
                .help("say who belongs to what in a group; for arrays there is `= any (..)`"),
        );
    }
    if builtin && OF_THE_SESSION.contains(&last) {
        return Some(session_dependent(last, span));
    }
    if name.first().is_some_and(|schema| name.len() > 1 && schema == "seal") {
        return Some(
            Diagnostic::error("word-call", span, format!("`seal.{last}` is pgseal's own"))
                .help("use the words: `me()`, `claim('name')`, a group's name"),
        );
    }
    None
}

/// The finding about something that tells about the session.
pub(super) fn session_dependent(name: &str, span: Span) -> Diagnostic {
    let message = match name {
        "current_setting" | "set_config" => {
            format!("`{name}`: whoever writes SQL sets the setting, so it proves nothing")
        }
        _ => format!("`{name}` tells about the session, which many principals share, not about the principal"),
    };
    Diagnostic::error("session-dependent", span, message)
        .help("`me()` is the principal, `claim('name')` what is verified of it; roles go to `for.<role>`")
}

/// The finding about SQL that rules do not have.
pub(super) fn unsupported(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error("rule-unsupported", span, message)
        .help("say who belongs to what in a group, or put it into a function that you list under `[functions]`")
}

/// The name under which SQL spells a function without parentheses.
pub(super) fn value_function(op: SqlValueFunctionOp) -> &'static str {
    match op {
        SqlValueFunctionOp::SvfopCurrentDate => "current_date",
        SqlValueFunctionOp::SvfopCurrentTime | SqlValueFunctionOp::SvfopCurrentTimeN => "current_time",
        SqlValueFunctionOp::SvfopCurrentTimestamp | SqlValueFunctionOp::SvfopCurrentTimestampN => "current_timestamp",
        SqlValueFunctionOp::SvfopLocaltime | SqlValueFunctionOp::SvfopLocaltimeN => "localtime",
        SqlValueFunctionOp::SvfopLocaltimestamp | SqlValueFunctionOp::SvfopLocaltimestampN => "localtimestamp",
        SqlValueFunctionOp::SvfopCurrentRole => "current_role",
        SqlValueFunctionOp::SvfopCurrentUser => "current_user",
        SqlValueFunctionOp::SvfopUser => "user",
        SqlValueFunctionOp::SvfopSessionUser => "session_user",
        SqlValueFunctionOp::SvfopCurrentCatalog => "current_catalog",
        SqlValueFunctionOp::SvfopCurrentSchema => "current_schema",
        SqlValueFunctionOp::SqlvalueFunctionOpUndefined => "unknown",
    }
}
