//! What is wrong, or likely to be, with a model that resolves: lints on model and schema, and the questions that only Postgres
//! can answer ([`probes`]). Computes only; `postgres` asks the questions.

mod absence_matches_null;
mod always_true;
mod asker;
mod cascade_past_rules;
mod cast_may_leak;
mod claim_by_substring;
mod closed_function;
mod definer_polymorphic;
mod execute_too_narrow;
pub(crate) mod facts;
mod frozen_time;
mod generated_from_hidden;
mod helper_immutable;
mod helper_search_path;
mod helper_tells;
mod hidden_column;
mod hidden_column_tells;
mod index_not_leakproof;
mod index_tells;
mod insert_needs_hidden_column;
mod key_set_tells;
mod leakproof_function;
pub mod missing_index;
mod mutable_identity;
mod open_membership;
mod pattern_from_claim;
mod probe;
mod reference_without_tenant;
mod row_may_vanish;
mod rule_tree;
mod tenant_key;
mod time_of_transaction;
mod unbound_subselect;
mod unique_oracle;
mod unused_role;
mod view_columns_not_told;

pub use probe::{Probe, explain, probes};

use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::Model;

/// A lint: one file, one function, one code, the same name.
type Lint = fn(&Model, &Catalog) -> Vec<Diagnostic>;

const LINTS: [Lint; 31] = [
    absence_matches_null::check,
    always_true::check,
    cascade_past_rules::check,
    cast_may_leak::check,
    claim_by_substring::check,
    closed_function::check,
    definer_polymorphic::check,
    execute_too_narrow::check,
    generated_from_hidden::check,
    helper_immutable::check,
    helper_search_path::check,
    helper_tells::check,
    hidden_column::check,
    hidden_column_tells::check,
    index_not_leakproof::check,
    index_tells::check,
    insert_needs_hidden_column::check,
    key_set_tells::check,
    leakproof_function::check,
    missing_index::check,
    mutable_identity::check,
    open_membership::check,
    pattern_from_claim::check,
    reference_without_tenant::check,
    row_may_vanish::check,
    tenant_key::check,
    time_of_transaction::check,
    unbound_subselect::check,
    unique_oracle::check,
    unused_role::check,
    view_columns_not_told::check,
];

/// Runs every lint. Sorted by place.
pub fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = LINTS.iter().flat_map(|lint| lint(model, catalog)).collect();
    diagnostics.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    diagnostics.dedup();
    diagnostics
}
