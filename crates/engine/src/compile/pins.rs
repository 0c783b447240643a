//! The SET clauses of functions: what a session's own settings would change or print.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::compile::identity::SCHEMA;
use crate::sql::literal;

/// Where names are looked up: of every compiled function.
const PATH: (&str, &str) = ("search_path", "pg_catalog, pg_temp");

/// `debug_print_plan` logs a plan to the session that set it, with the values of PL/pgSQL's variables as constants: a hidden column of OLD,
/// what a definer has read.
const PLAN: (&str, &str) = ("debug_print_plan", "off");

/// What else a session may set to see or skip what PL/pgSQL does: a failing `INTO STRICT` prints the same variables, and checks that are
/// written as ASSERT can be turned off.
const VARIABLES: [(&str, &str); 2] = [("plpgsql.print_strict_params", "off"), ("plpgsql.check_asserts", "on")];

/// SQL that a function builds from values is logged before it is planned, and how many rows a query found is a warning that anybody may ask for.
const BUILT: [(&str, &str); 4] = [
    ("debug_print_parse", "off"),
    ("debug_print_rewritten", "off"),
    ("plpgsql.extra_warnings", "none"),
    ("plpgsql.extra_errors", "none"),
];

/// All of [`LITERALS`] but the time zone, in which an application's sessions may differ on purpose.
fn meaning() -> impl Iterator<Item = (&'static str, &'static str)> {
    LITERALS.into_iter().filter(|(name, _)| *name != "TimeZone")
}

/// All that decides how a literal reads: of functions whose SQL holds literals of the user's.
const LITERALS: [(&str, &str); 7] = [
    ("standard_conforming_strings", "on"),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("array_nulls", "on"),
    ("transform_null_equals", "off"),
    ("xmloption", "content"),
];

/// What else decides how a value is shown as text, and whether rows are shown at all: of functions that keep what they show.
const SHOWN: [(&str, &str); 6] = [
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("lc_monetary", "C"),
    ("lc_numeric", "C"),
    ("lc_time", "C"),
    ("row_security", "on"),
];

/// The clauses of a function that keeps what it shows, for everybody.
pub fn pins_of_copies() -> String {
    clauses([PATH, PLAN].into_iter().chain(LITERALS).chain(SHOWN))
}

/// The clauses of a function that handles no row of anybody's in variables. Each costs about a microsecond a call.
pub fn pins(reads_settings: bool) -> String {
    clauses([PATH].into_iter().chain(literals(reads_settings)))
}

/// The clauses of a trigger's function, whose variables are a row.
pub fn quiet_pins(reads_settings: bool) -> String {
    clauses([PATH, PLAN].into_iter().chain(literals(reads_settings)))
}

fn literals(reads_settings: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    LITERALS.into_iter().filter(move |_| reads_settings)
}

fn clauses(pinned: impl Iterator<Item = (&'static str, &'static str)>) -> String {
    pinned.map(clause).collect::<Vec<_>>().join("\n")
}

fn clause((name, value): (&str, &str)) -> String {
    if name == PATH.0 {
        return format!("set search_path = {value}");
    }
    format!("set {} = {}", name.to_ascii_lowercase(), literal(value))
}

/// The settings of a compiled function as the catalog holds them, from the lines of its header.
pub fn settings(header: &str) -> BTreeSet<String> {
    let lines: BTreeSet<&str> = header.lines().map(str::trim_start).collect();
    [PATH, PLAN]
        .into_iter()
        .chain(LITERALS)
        .chain(SHOWN)
        .filter(|pinned| lines.contains(clause(*pinned).as_str()))
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// The project's own functions that hold values in variables print none of them, and what runs as definer means the same whoever calls it.
/// An SQL function that runs as its caller is left as it is: a SET clause would keep it from being inlined. So are procedures, which could
/// not COMMIT any more; what they see is their caller's.
pub fn quiet(catalog: &mut Catalog) {
    for (signature, function) in &mut catalog.functions {
        let definer = function.security_definer;
        if signature.name.schema == SCHEMA || !(definer || function.kind == 'f' && function.language == "plpgsql") {
            continue;
        }
        let says = |setting: &str, name: &str| {
            setting.split_once('=').is_some_and(|(said, _)| said.eq_ignore_ascii_case(name))
        };
        let beyond = definer || function.returns == "trigger";
        for (name, value) in [PLAN].into_iter().chain(VARIABLES).chain(BUILT.into_iter().filter(|_| beyond)) {
            function.settings.retain(|setting| !says(setting, name));
            function.settings.insert(format!("{name}={value}"));
        }
        for (name, value) in meaning().filter(|_| definer) {
            if !function.settings.iter().any(|setting| says(setting, name)) {
                function.settings.insert(format!("{name}={value}"));
            }
        }
    }
}
