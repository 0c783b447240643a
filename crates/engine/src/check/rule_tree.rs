//! What Postgres' own tree of a rule tells: which functions it calls, whatever their names resolve to, those behind operators
//! and casts too; whether one is volatile; whether any reads what a session may set; whether any is not for those whom it binds.
//!
//! A statement is made and its answer read; `postgres` runs it in the scratch database. INVARIANT: what is not known to read no
//! setting is taken to read one: of the functions of Postgres and of extensions, every one that is not immutable and not listed
//! here. A cast reads settings if the type's text does, or that of any type within it, however deep. Where the type of what is
//! cast to text does not stand beside the cast, every type of the rule counts.

use crate::catalog::Signature;
use crate::diagnostic::Diagnostic;
use crate::sql::{dollar, literal};

use super::Probe;

/// What the statement raises, before the names of what it found.
const VOLATILE: &str = "pgseal: volatile: ";
const SETTINGS: &str = "pgseal: settings: ";
const NARROW: &str = "pgseal: narrow: ";
const CALLER: &str = "pgseal: caller: ";
const OPERATORS: &str = "pgseal: operators: ";
const EXTENSION: &str = "pgseal: extension: ";

/// What is asked of a tree besides.
#[derive(Debug, Default)]
pub(super) struct LookedFor<'a> {
    /// Functions that are not for everybody whom the rule binds, with the roles that they are not for.
    pub(super) closed: Vec<(&'a Signature, String)>,
    /// Where the seal role asks the rule: the functions that run as a definer whom it does not matter who calls.
    pub(super) callers: Option<Vec<&'a Signature>>,
    /// Whether the rule is read in a function too, where names are Postgres' own.
    pub(super) in_function: bool,
}

/// Stable functions of Postgres' own that read no setting: the time that the statement or transaction began, an enum's labels.
const HARMLESS: &str = "'{now,transaction_timestamp,statement_timestamp,enum_in,enum_out,enum_first,enum_last,enum_range,pg_typeof,pg_column_size}'";

/// Functions that Postgres calls immutable and that read settings, with the numbers of their arguments' types: days and months
/// in the session's zone; a zone's name, which `timezone_abbreviations` and, from 18 on, the session's own zone can give another
/// meaning (`UTC-13` makes `UTC` 13 hours east); `quote_all_identifiers`.
const LIARS: &str = "'{age(1184 1184),timezone(25 1184),timezone(25 1114),date_trunc(25 1184 25),date_add(1184 1186 25),\
     date_subtract(1184 1186 25),generate_series(1184 1184 1186 25),quote_ident(25)}'";

/// Stable functions that write values of any type as text: they read settings if the type's text does.
const WRITERS: &str = "'{concat,concat_ws,textanycat,anytextcat,array_to_string,to_json,to_jsonb,row_to_json,array_to_json,\
     json_build_object,jsonb_build_object,json_build_array,jsonb_build_array,quote_literal,quote_nullable}'";

/// Types whose text depends on settings as it is written, though their output function is said to be immutable. Of all others
/// the volatility of the input and output function tells.
const WRITTEN_BY_SETTINGS: &str = "'{bytea,float4,float8,path,polygon,circle,cube}'";

/// Elements that the word NULL is no value of: `array_nulls` decides whether it stands for null or for itself, and for these that is
/// an error. Arrays of them (bool, int8, int2, int4, numeric, uuid) read as they are whatever the session sets.
const FIXED_ELEMENTS: &str = "'{16,20,21,23,1700,2950}'";

/// `timestamptz` plus or minus an interval: days and months are those of the session's time zone, hours are not.
const ADDERS: &str = "'{timestamptz_pl_interval,timestamptz_mi_interval,interval_pl_timestamptz}'";

/// Makes a view of the query for a moment and looks into its tree. `before` is a statement to run first.
pub(super) fn statement(query: &str, before: Option<&str>, asked: &LookedFor<'_>) -> String {
    let view = dollar(&format!("create temp view pgseal_probe as {query}"));
    let before = before.map(|statement| format!("execute {};\n", dollar(statement))).unwrap_or_default();
    let narrow = asked.closed.iter().map(|(signature, roles)| {
        let name = literal(&signature.to_string());
        format!("({name}::pg_catalog.regprocedure::oid, {name}, {})", literal(roles))
    });
    let narrow = match narrow.collect::<Vec<_>>().join(", ") {
        list if list.is_empty() => String::new(),
        list => format!(
            "select pg_catalog.string_agg(n.name || '|' || n.roles, '; ' order by n.name) into names from (values {list}) as n (oid, name, roles) \
             where n.oid = any (called);\nif names is not null then raise exception '{NARROW}%', names; end if;\n"
        ),
    };
    // What is immutable reads no table.
    let caller = asked.callers.as_ref().map(|definers| {
        let definers: Vec<String> =
            definers.iter().map(|signature| format!("{}::pg_catalog.regprocedure::oid", literal(&signature.to_string()))).collect();
        format!(
            "select pg_catalog.string_agg(p.oid::pg_catalog.regprocedure::text, '; ' order by p.oid::pg_catalog.regprocedure::text) into names \
             from pg_catalog.pg_proc p where p.oid = any (called) and p.oid >= 16384 and p.provolatile <> 'i' and not p.prosecdef \
             and not p.oid = any (array[{}]::oid[]) and not exists (select from pg_catalog.pg_depend d \
               where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e');\n\
             if names is not null then raise exception '{CALLER}%', names; end if;\n",
            definers.join(", ")
        )
    }).unwrap_or_default();
    let qualified = if asked.in_function { under_other_path(&view, false) } else { String::new() };
    let extended = under_other_path(&view, true);
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
with recursive mentioned as (
  select m[1]::oid as oid from pg_catalog.regexp_matches(tree, 'type(?:id)? ([0-9]+)', 'gi') as m
  union select pg_catalog.unnest(pg_catalog.string_to_array(m[1], ' ')::oid[])
    from pg_catalog.regexp_matches(tree, 'types \(o ([0-9 ]+)\)', 'g') as m
  union select pg_catalog.unnest(p.proallargtypes) from pg_catalog.pg_proc p where p.oid = any (called)
), casts as (
  select m[1]::oid as oid from pg_catalog.regexp_matches(tree, '\{{COERCEVIAIO :arg (?:\{{(?:RELABELTYPE|COLLATEEXPR) :arg )*\{{(?!SUBLINK )[A-Z0-9_]+ (?:(?!type(?:id)? [0-9])[^{{}}])*type(?:id)? ([0-9]+)', 'gi') as m
), converted as (
  select coalesce(m[1], m[2])::oid as oid from pg_catalog.regexp_matches(tree, ':resulttype ([0-9]+) :resultcollid|:typid ([0-9]+) ', 'g') as m
), within (whole, oid) as (
  select n.oid, n.oid from (select oid from mentioned union select oid from casts union select oid from converted) as n
  union select w.whole, part.oid from within w cross join lateral (
    select t.typelem from pg_catalog.pg_type t where t.oid = w.oid and t.typelem <> 0
    union all select t.typbasetype from pg_catalog.pg_type t where t.oid = w.oid and t.typbasetype <> 0
    union all select r.rngsubtype from pg_catalog.pg_range r where w.oid in (r.rngtypid, r.rngmultitypid)
    union all select a.atttypid from pg_catalog.pg_type t
      join pg_catalog.pg_attribute a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
      where t.oid = w.oid and t.typrelid <> 0 offset 0) as part (oid)
), depends (oid, how) as (
  select distinct w.whole, n.how from within w cross join lateral (
    select said.how from pg_catalog.pg_type t
    join pg_catalog.pg_proc reads on reads.oid = t.typinput
    join pg_catalog.pg_proc writes on writes.oid = t.typoutput
    cross join lateral (values ('read', t.typtype = 'b' and reads.provolatile <> 'i'
        and not (t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc and t.typelem = any ({FIXED_ELEMENTS}))),
      ('written', t.typtype = 'b' and (t.typname = any ({WRITTEN_BY_SETTINGS})
        or (writes.provolatile <> 'i' or reads.provolatile <> 'i') and writes.proname <> 'array_out')),
      ('unknown', t.typtype = 'p')) as said (how, so)
    where t.oid = w.oid and said.so offset 0) as n (how)
), written as (
  select oid from mentioned join depends using (oid) where how = 'written'
), asked as (
  select case m[1]::int when 0 then 'current_date' when 1 then 'current_time' when 2 then 'current_time' when 5 then 'localtime'
    when 6 then 'localtime' when 7 then 'localtimestamp' when 8 then 'localtimestamp' end as name
  from pg_catalog.regexp_matches(tree, '\{{SQLVALUEFUNCTION :op ([0-9]+)', 'g') as m
  union
  select p.oid::pg_catalog.regprocedure::text from pg_catalog.pg_proc p
  where p.oid = any (called) and (p.provolatile = 's' or p.oid < 16384 and p.proname || '(' || p.proargtypes::text || ')' = any ({LIARS}))
    and (p.oid < 16384 or exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'))
    and not (p.oid < 16384 and p.proname = any ({HARMLESS}))
    and not (p.oid < 16384 and p.proname = any ({WRITERS}) and not exists (select from written))
    and not (p.oid < 16384 and p.proname = any ({ADDERS})
      and (select count(*) from pg_catalog.regexp_matches(tree, 'type(?:id)? 1186\M', 'gi'))
        = (select count(*) from pg_catalog.regexp_matches(tree, ':consttype 1186 [^{{}}]*:constvalue 16 \[ (?:-?[0-9]+ ){{8}}(?:0 ){{8}}\]', 'g')))
  union
  select 'a cast from text to ' || pg_catalog.format_type(d.oid, null)
  from converted join depends d using (oid) where d.how = 'read'
  union
  select 'a cast to text of ' || pg_catalog.format_type(d.oid, null) from casts join depends d using (oid) where d.how = 'written'
  union
  select 'a cast to text of ' || pg_catalog.format_type(w.oid, null) from written w
  where tree ~ '\{{JSON(?:CONSTRUCTOR)?EXPR '
    or exists (select from casts join depends d using (oid) where d.how = 'unknown')
    or (select count(*) from casts) < (select count(*) from pg_catalog.regexp_matches(tree, '\{{COERCEVIAIO ', 'g'))
  union
  select 'a cast from text to xml' where tree ~ '\{{XMLEXPR '
)
select pg_catalog.string_agg(name, '; ' order by name) into names from asked where name is not null;
if names is not null then raise exception '{SETTINGS}%', names; end if;
{narrow}{caller}{qualified}{extended}end"
    );
    format!("do {}", dollar(&body))
}

/// The same rule read under another path: of functions, or with the schemas of extensions after the path of the schema files. What is
/// resolved in another way there, or not at all, means something else.
fn under_other_path(view: &str, extended: bool) -> String {
    let parts = ":(?:op|agg|win)?(?:no|func|fn|funco|fno)(?:id)? [0-9]+|:opnos \\(o [0-9 ]+\\)|:(?:eqop|resulttype|consttype) [0-9]+";
    let (said, told, another) = if extended {
        (
            EXTENSION,
            "other",
            "path || (select pg_catalog.string_agg(distinct pg_catalog.format(', %I', n.nspname), '') from pg_catalog.pg_extension e \
               join pg_catalog.pg_namespace n on n.oid = e.extnamespace where n.nspname <> all (pg_catalog.current_schemas(true)))",
        )
    } else {
        (OPERATORS, "tree", "'pg_catalog, pg_temp'")
    };
    format!(
        "declare\n  parts constant text := '{parts}';\n  \
         path constant text := pg_catalog.current_setting('search_path');\n  \
         another constant text := {another};\n  other text;\nbegin\nif another is not null then\n\
         perform pg_catalog.set_config('search_path', another, true);\n\
         begin execute {view};\nexception when others then raise exception '{said}%', sqlerrm; end;\n\
         select r.ev_action::text into other from pg_catalog.pg_rewrite r where r.ev_class = 'pg_temp.pgseal_probe'::pg_catalog.regclass;\n\
         drop view pg_temp.pgseal_probe;\nperform pg_catalog.set_config('search_path', path, true);\n\
         if array(select m[1] from pg_catalog.regexp_matches(tree, '(' || parts || ')', 'g') as m) \
           <> array(select m[1] from pg_catalog.regexp_matches(other, '(' || parts || ')', 'g') as m) then\n\
         select pg_catalog.string_agg(distinct o.oid::pg_catalog.regoperator::text, ', ') into names from pg_catalog.pg_operator o \
           where o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace and {told} ~ (':(opno|opnos \\(o)( [0-9]+)* ' || o.oid || '\\M');\n\
         raise exception '{said}%', coalesce(names, 'a name outside of pg_catalog');\nend if;\nend if;\nend;\n"
    )
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
    if let Some(calls) = message.strip_prefix(NARROW) {
        let calls: Vec<(&str, &str)> = calls.split("; ").filter_map(|call| call.split_once('|')).collect();
        return Some(super::execute_too_narrow::error(*span, what, &calls));
    }
    if let Some(names) = message.strip_prefix(CALLER) {
        let names: Vec<String> = names.split("; ").map(|name| format!("`{name}`")).collect();
        let said = format!("{what} calls {}, and `via` or a group asks it as the seal role", names.join(", "));
        return Some(Diagnostic::error("runs-as-seal", *span, said).help(
            "what it reads is then read past the caller's rules: let it run as a definer with rights of its own (`runs_as = \"definer\"`), declare it IMMUTABLE if it reads nothing, or declare a group for what it asks",
        ));
    }
    if let Some(names) = message.strip_prefix(OPERATORS) {
        let said = format!(
            "{what} is read in a function, where names are Postgres' own, and means something else there: {names}"
        );
        return Some(Diagnostic::error("operator-of-another-schema", *span, said).help(
            "compare in a type of Postgres' own (`lower(status::text) <> 'locked'`), or call a function of your own that makes the comparison",
        ));
    }
    if let Some(names) = message.strip_prefix(EXTENSION) {
        let said = format!(
            "{what} compares by Postgres' own operators where the type's own lie in the schema of an extension, which no rule looks into: {names}"
        );
        return Some(Diagnostic::error("operator-of-another-schema", *span, said).help(
            "put the extension into `public`, write `status operator(ext.<>) 'locked'`, or compare in a type of Postgres' own (`lower(status::text) <> 'locked'`)",
        ));
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
    } else if any("timezone(text") {
        "a session can give a zone's name another meaning: write the offset, `at time zone interval '0'`, or call a function of your own that pins the setting: `set timezone = 'UTC'`"
    } else if any("current_date") || any("date(timestamp with") {
        "write the zone's offset: `(now() at time zone interval '0')::date`"
    } else if any("local") || any("timestamp without time zone") {
        "write the zone's offset: `now() at time zone interval '0'`, or give the column the type timestamptz and compare with now()"
    } else if any("tsquery") || any("tsvector") {
        "name the configuration: `to_tsvector('simple', body)`"
    } else if any("a cast from text to text[]") || any("a cast from text to character varying[]") {
        "whether NULL in it is a null is the session's `array_nulls`: write `string_to_array(claim('tags'), ',')`"
    } else if any("a cast ") {
        "give the column that type, or compare in a type whose text is always the same"
    } else {
        "write the zone's offset (`at time zone interval '0'`), or call a function of your own that pins the setting: `set timezone = 'UTC'`"
    }
}
