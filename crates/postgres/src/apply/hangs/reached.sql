with recursive
-- The project's roles.
ours as (select r.oid from pg_catalog.pg_roles r where r.rolname = any ($1)),
-- Whose code may run.
trusted as (
  select r.oid from pg_catalog.pg_roles r
  where r.rolsuper or r.rolname = session_user or r.oid in (select o.oid from ours o)
    or exists (select from pg_catalog.pg_roles o where o.rolname = $7 and pg_catalog.pg_has_role(r.oid, o.oid, 'member'))
),
relations as (
  select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relowner in (select o.oid from ours o)
    or (n.nspname::text, c.relname::text) in (select x.s, x.n from rows from (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) x (s, n))
  union
  select h.inhrelid from relations r join pg_catalog.pg_inherits h on h.inhparent = r.oid
),
functions as (
  select p.oid, n.nspname, p.proname from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.proowner in (select o.oid from ours o) or n.nspname !~ '^pg_' and pg_catalog.concat(n.nspname, '.', p.proname, '(', pg_catalog.array_to_string(array(
    select pg_catalog.format_type(a.type, null) from pg_catalog.unnest(p.proargtypes) with ordinality a (type, place) order by a.place), ', '), ')') = any ($4)
),
types as (
  select t.oid from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where t.typowner in (select o.oid from ours o)
    or (n.nspname::text, t.typname::text) in (select x.s, x.n from rows from (pg_catalog.unnest($5::text[]), pg_catalog.unnest($6::text[])) x (s, n))
),
-- The same with the rows of tables, multiranges, and arrays of them all.
no_arrays as (
  select t.oid from types t
  union select c.reltype from pg_catalog.pg_class c join relations r on r.oid = c.oid where c.reltype <> 0
  union select g.rngmultitypid from pg_catalog.pg_range g join types t on t.oid = g.rngtypid
),
own_types as (
  select t.oid from no_arrays t
  union select y.typarray from pg_catalog.pg_type y join no_arrays t on t.oid = y.oid where y.typarray <> 0
),
-- What is not somebody else's is followed; it ends at what is: `stranger` is whose that is, and 0 of all the rest.
reached (class, id, stranger) as (
  select 'pg_catalog.pg_class'::regclass::oid, r.oid, 0::oid from relations r
  union select 'pg_catalog.pg_proc'::regclass::oid, f.oid, 0 from functions f
  union select 'pg_catalog.pg_type'::regclass::oid, t.oid, 0 from types t
  -- Nothing says of a type what it is cast with, and a cast is nobody's. One to a type of somebody else's is asked for by naming that.
  union select 'pg_catalog.pg_cast'::regclass::oid, x.oid, 0 from pg_catalog.pg_cast x
    where (x.castsource in (select t.oid from own_types t) or x.casttarget in (select t.oid from own_types t))
      and not exists (select from pg_catalog.pg_type t where t.oid in (x.castsource, x.casttarget)
        and t.typowner not in (select o.oid from trusted o) and t.oid not in (select o.oid from own_types o))
  union select 'pg_catalog.pg_operator'::regclass::oid, o.oid, 0 from pg_catalog.pg_operator o where o.oprowner in (select o.oid from ours o)
  union select 'pg_catalog.pg_opfamily'::regclass::oid, o.oid, 0 from pg_catalog.pg_opfamily o where o.opfowner in (select o.oid from ours o)
  union
  select e.class, e.id, case when e.owner not in (select t.oid from trusted t) and not case e.class
      when 'pg_catalog.pg_proc'::regclass then e.id in (select f.oid from functions f)
      when 'pg_catalog.pg_type'::regclass then e.id in (select t.oid from types t)
        -- The array or the several ranges of one, and the row of a table.
        or exists (select from pg_catalog.pg_type t join types s on s.oid = t.typelem where t.oid = e.id)
        or exists (select from pg_catalog.pg_range g join types s on s.oid = g.rngtypid where g.rngmultitypid = e.id)
        or exists (select from pg_catalog.pg_type t join relations s on s.oid = t.typrelid where t.oid = e.id)
        or exists (select from pg_catalog.pg_type t join pg_catalog.pg_type s on s.oid = t.typelem join relations c on c.oid = s.typrelid where t.oid = e.id)
      else false
    end then e.owner else 0 end
  from reached r cross join lateral (
    -- What it calls or is made of.
    select d.refclassid as class, d.refobjid as id, case d.refclassid
        when 'pg_catalog.pg_proc'::regclass then (select x.proowner from pg_catalog.pg_proc x where x.oid = d.refobjid)
        when 'pg_catalog.pg_type'::regclass then (select x.typowner from pg_catalog.pg_type x where x.oid = d.refobjid)
        when 'pg_catalog.pg_operator'::regclass then (select x.oprowner from pg_catalog.pg_operator x where x.oid = d.refobjid)
        when 'pg_catalog.pg_opclass'::regclass then (select x.opcowner from pg_catalog.pg_opclass x where x.oid = d.refobjid)
        when 'pg_catalog.pg_opfamily'::regclass then (select x.opfowner from pg_catalog.pg_opfamily x where x.oid = d.refobjid)
        when 'pg_catalog.pg_collation'::regclass then (select x.collowner from pg_catalog.pg_collation x where x.oid = d.refobjid)
        when 'pg_catalog.pg_conversion'::regclass then (select x.conowner from pg_catalog.pg_conversion x where x.oid = d.refobjid)
        when 'pg_catalog.pg_language'::regclass then (select x.lanowner from pg_catalog.pg_language x where x.oid = d.refobjid)
        when 'pg_catalog.pg_ts_config'::regclass then (select x.cfgowner from pg_catalog.pg_ts_config x where x.oid = d.refobjid)
        when 'pg_catalog.pg_ts_dict'::regclass then (select x.dictowner from pg_catalog.pg_ts_dict x where x.oid = d.refobjid)
        else 10::oid
      end as owner
    from pg_catalog.pg_depend d
    where d.classid = r.class and d.objid = r.id and ($8 or r.class <> 'pg_catalog.pg_proc'::regclass)
      and d.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_operator'::regclass,
        'pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_opfamily'::regclass, 'pg_catalog.pg_collation'::regclass,
        'pg_catalog.pg_conversion'::regclass, 'pg_catalog.pg_language'::regclass, 'pg_catalog.pg_ts_config'::regclass,
        'pg_catalog.pg_ts_dict'::regclass, 'pg_catalog.pg_cast'::regclass)
      -- The row of a table of somebody else's, which views and functions over such a table name: a column of it hangs on the table.
      and not (d.refclassid = 'pg_catalog.pg_type'::regclass and exists (
        select from pg_catalog.pg_type t left join pg_catalog.pg_type s on s.oid = t.typelem
          join pg_catalog.pg_class c on c.oid = coalesce(nullif(t.typrelid, 0), s.typrelid)
        where t.oid = d.refobjid and c.relkind <> 'c' and not exists (
          select from pg_catalog.pg_class k where r.class = 'pg_catalog.pg_class'::regclass and k.oid = r.id and k.relkind in ('r', 'p', 'f', 'm', 'c'))))
    union all
    -- What belongs to it.
    select 'pg_catalog.pg_class'::regclass, x.indexrelid, 10 from pg_catalog.pg_index x where r.class = 'pg_catalog.pg_class'::regclass and x.indrelid = r.id
    union all
    select 'pg_catalog.pg_constraint'::regclass, x.oid, 10 from pg_catalog.pg_constraint x where r.class = 'pg_catalog.pg_class'::regclass and x.conrelid = r.id
    union all
    select 'pg_catalog.pg_constraint'::regclass, x.oid, 10 from pg_catalog.pg_constraint x where r.class = 'pg_catalog.pg_type'::regclass and x.contypid = r.id
    union all
    select 'pg_catalog.pg_attrdef'::regclass, x.oid, 10 from pg_catalog.pg_attrdef x where r.class = 'pg_catalog.pg_class'::regclass and x.adrelid = r.id
    union all
    select 'pg_catalog.pg_statistic_ext'::regclass, x.oid, x.stxowner from pg_catalog.pg_statistic_ext x
    where r.class = 'pg_catalog.pg_class'::regclass and x.stxrelid = r.id
    union all
    select 'pg_catalog.pg_class'::regclass, x.typrelid, 10 from pg_catalog.pg_type x join pg_catalog.pg_class c on c.oid = x.typrelid
    where r.class = 'pg_catalog.pg_type'::regclass and x.oid = r.id and c.relkind = 'c'
    union all
    select 'pg_catalog.pg_amop'::regclass, x.oid, 10 from pg_catalog.pg_amop x where r.class = 'pg_catalog.pg_opfamily'::regclass and x.amopfamily = r.id
    union all
    select 'pg_catalog.pg_amproc'::regclass, x.oid, 10 from pg_catalog.pg_amproc x where r.class = 'pg_catalog.pg_opfamily'::regclass and x.amprocfamily = r.id
    union all
    select 'pg_catalog.pg_trigger'::regclass, x.oid, 10 from pg_catalog.pg_trigger x where $8 and r.class = 'pg_catalog.pg_class'::regclass and x.tgrelid = r.id
    union all
    select 'pg_catalog.pg_policy'::regclass, x.oid, 10 from pg_catalog.pg_policy x where $8 and r.class = 'pg_catalog.pg_class'::regclass and x.polrelid = r.id
    union all
    select 'pg_catalog.pg_rewrite'::regclass, x.oid, 10 from pg_catalog.pg_rewrite x where $8 and r.class = 'pg_catalog.pg_class'::regclass and x.ev_class = r.id
  ) e (class, id, owner)
  where r.stranger = 0
)
