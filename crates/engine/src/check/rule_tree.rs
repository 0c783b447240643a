//! What Postgres' own tree of a rule tells: which functions it calls, whatever their names resolve to, those behind operators
//! and casts too; whether one is volatile; whether any reads what a session may set.
//!
//! A statement is made and its answer read; `postgres` runs it in the scratch database. INVARIANT: what is not known to read no
//! setting is taken to read one: of Postgres' own functions, every one that is not immutable and not listed here.

use crate::diagnostic::Diagnostic;
use crate::sql::dollar;

use super::Probe;

/// What the statement raises, before the names of what it found.
const VOLATILE: &str = "pgseal: volatile: ";
const SETTINGS: &str = "pgseal: settings: ";

/// Stable functions of Postgres' own that read no setting: the time that the statement or transaction began, an enum's labels.
const HARMLESS: &str = "'{now,transaction_timestamp,statement_timestamp,enum_in,enum_out,enum_first,enum_last,enum_range,pg_typeof,pg_column_size}'";

/// Stable functions that write values of any type as text: they read settings if the type's text does.
const WRITERS: &str = "'{concat,concat_ws,format,textanycat,anytextcat,array_to_string,to_json,to_jsonb,row_to_json,array_to_json,\
     json_build_object,jsonb_build_object,json_build_array,jsonb_build_array,quote_literal,quote_nullable}'";

/// Types whose text depends on settings as it is read, and those whose text only does as it is written.
const READ_BY_SETTINGS: &str = "'{date,timestamp,timestamptz,time,timetz,interval,money,xml,regclass,regproc,regprocedure,regoper,\
     regoperator,regtype,regrole,regnamespace,regcollation,regconfig,regdictionary}'";
const WRITTEN_BY_SETTINGS: &str = "'{bytea,float4,float8}'";

/// `timestamptz` plus or minus an interval: days and months are those of the session's time zone, hours are not.
const ADDERS: &str = "'{timestamptz_pl_interval,timestamptz_mi_interval,interval_pl_timestamptz}'";

/// Makes a view of the query for a moment and looks into its tree. `before` is a statement to run first.
pub(super) fn statement(query: &str, before: Option<&str>) -> String {
    let view = dollar(&format!("create temp view pgseal_probe as {query}"));
    let before = before.map(|statement| format!("execute {};\n", dollar(statement))).unwrap_or_default();
    // A node's own type is the first `..type` in it: what a cast reads stands in the node below it.
    let body = format!(
        r"declare
  tree text;
  names text;
  called oid[];
begin
{before}execute {view};
select r.ev_action::text into tree from pg_catalog.pg_rewrite r where r.ev_class = 'pg_temp.pgseal_probe'::pg_catalog.regclass;
drop view pg_temp.pgseal_probe;
called := array(select m[1]::oid from pg_catalog.regexp_matches(tree, ':(?:op|agg|win)?(?:func|fn)(?:o)?id ([0-9]+)', 'g') as m
  union select o.oprcode::oid from pg_catalog.regexp_matches(tree, ':opnos \(o ([0-9 ]+)\)', 'g') as m
  cross join lateral pg_catalog.unnest(pg_catalog.string_to_array(m[1], ' ')::oid[]) as n
  join pg_catalog.pg_operator o on o.oid = n);
select pg_catalog.string_agg(distinct p.proname, ', ' order by p.proname) into names
from pg_catalog.pg_proc p where p.oid = any (called) and p.provolatile = 'v';
if names is not null then raise exception '{VOLATILE}%', names; end if;
with mentioned as (
  select distinct m[1]::oid as oid from pg_catalog.regexp_matches(tree, 'type(?:id)? ([0-9]+)', 'gi') as m
), depends as (
  select t.oid, coalesce(inner_type.typname, t.typname) = any ({READ_BY_SETTINGS}) as reads
  from mentioned join pg_catalog.pg_type t using (oid)
  left join pg_catalog.pg_range r on t.oid in (r.rngtypid, r.rngmultitypid)
  left join pg_catalog.pg_attribute a on a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0
  left join pg_catalog.pg_type inner_type
    on inner_type.oid = coalesce(nullif(t.typelem, 0), nullif(t.typbasetype, 0), r.rngsubtype, a.atttypid)
  where coalesce(inner_type.typname, t.typname) = any ({READ_BY_SETTINGS} || {WRITTEN_BY_SETTINGS}::name[])
), asked as (
  select case m[1]::int when 0 then 'current_date' when 1 then 'current_time' when 2 then 'current_time' when 5 then 'localtime'
    when 6 then 'localtime' when 7 then 'localtimestamp' when 8 then 'localtimestamp' end as name
  from pg_catalog.regexp_matches(tree, '\{{SQLVALUEFUNCTION :op ([0-9]+)', 'g') as m
  union
  select p.oid::pg_catalog.regprocedure::text from pg_catalog.pg_proc p
  where p.oid = any (called) and p.provolatile = 's' and p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    and p.proname <> all ({HARMLESS}) and not (p.proname = 'date_trunc' and p.pronargs = 3)
    and not (p.proname = any ({WRITERS}) and not exists (select from depends))
    and not (p.proname = any ({ADDERS})
      and (select count(*) from pg_catalog.regexp_matches(tree, 'type(?:id)? 1186\M', 'gi'))
        = (select count(*) from pg_catalog.regexp_matches(tree, ':consttype 1186 [^{{}}]*:constvalue 16 \[ (?:-?[0-9]+ ){{8}}(?:0 ){{8}}\]', 'g')))
  union
  select 'a cast from text to ' || pg_catalog.format_type(d.oid, null)
  from pg_catalog.regexp_matches(tree, ':resulttype ([0-9]+) :resultcollid|:typid ([0-9]+) ', 'g') as m
  join depends d on d.oid = coalesce(m[1], m[2])::oid where d.reads
  union
  select 'a cast to text of ' || pg_catalog.format_type(d.oid, null)
  from pg_catalog.regexp_matches(tree, '\{{COERCEVIAIO :arg (?:\{{(?:RELABELTYPE|COLLATEEXPR) :arg )*\{{[A-Z0-9_]+ (?:(?!type(?:id)? [0-9])[^{{}}])*type(?:id)? ([0-9]+)', 'gi') as m
  join depends d on d.oid = m[1]::oid
)
select pg_catalog.string_agg(name, '; ' order by name) into names from asked where name is not null;
if names is not null then raise exception '{SETTINGS}%', names; end if;
end"
    );
    format!("do {}", dollar(&body))
}

/// What the answer means for whoever wrote the rule; none if Postgres itself said it.
pub(super) fn explain(probe: &Probe, message: &str) -> Option<Diagnostic> {
    let Probe { span, what, .. } = probe;
    if let Some(names) = message.strip_prefix(VOLATILE) {
        let names: Vec<String> = names.split(", ").map(|name| format!("`{name}()`")).collect();
        let said = format!("{what} calls {}, which is volatile", names.join(", "));
        return Some(
            Diagnostic::error("volatile-function", *span, said)
                .help("a rule must give the same answer for the same row throughout a statement; now() is stable"),
        );
    }
    let names: Vec<&str> = message.strip_prefix(SETTINGS)?.split("; ").collect();
    let quoted: Vec<String> = names
        .iter()
        .map(|name| if name.starts_with("a cast ") { (*name).to_owned() } else { format!("`{name}`") })
        .collect();
    let said =
        format!("{what} depends on what the session sets (its time zone, formats or locale): {}", quoted.join(", "));
    Some(Diagnostic::error("setting-dependent", *span, said).help(advice(&names)))
}

/// The same in a fixed form, for what is met most.
fn advice(names: &[&str]) -> &'static str {
    let any = |part: &str| names.iter().any(|name| name.contains(part));
    if any("_interval(") || any("interval_pl_timestamptz(") {
        "count in hours, `interval '168 hours'`: a day is as long as the session's time zone makes it"
    } else if any("current_date") || any("date(timestamp with") {
        "name the zone: `(now() at time zone 'UTC')::date`"
    } else if any("local") || any("timestamp without time zone") {
        "name the zone: `now() at time zone 'UTC'`, or give the column the type timestamptz and compare with now()"
    } else if any("tsquery") || any("tsvector") {
        "name the configuration: `to_tsvector('simple', body)`"
    } else if any("a cast ") {
        "give the column that type, or compare in a type whose text is always the same"
    } else {
        "name the zone (`at time zone 'UTC'`), or call a function of your own that pins the setting: `set timezone = 'UTC'`"
    }
}
