, schemas as (
  select c.relnamespace as oid from pg_catalog.pg_class c join relations r on r.oid = c.oid
  union select p.pronamespace from pg_catalog.pg_proc p join functions f on f.oid = p.oid
)
select pg_catalog.concat(i.type, ' ', i.identity), pg_catalog.pg_get_userbyid(p.owner)::text, k.called
from (
    -- The constructors of a range type are Postgres' own, and its owner made them.
    select 'pg_catalog.pg_proc'::regclass, f.oid, f.proname, f.pronamespace, coalesce((
        select t.typowner from pg_catalog.pg_depend d join pg_catalog.pg_type t on t.oid = d.refobjid
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = f.oid and d.refclassid = 'pg_catalog.pg_type'::regclass and d.deptype = 'i'
        limit 1), f.proowner)
    from pg_catalog.pg_proc f where f.oid not in (select o.oid from functions o)
    union all
    -- A type is called like a function to cast to it.
    select 'pg_catalog.pg_type'::regclass, t.oid, t.typname, t.typnamespace, t.typowner
    from pg_catalog.pg_type t where t.typrelid = 0 and t.oid not in (select o.oid from own_types o)
  ) p (class, id, name, namespace, owner) join pg_catalog.pg_namespace n on n.oid = p.namespace
  cross join lateral (
    select pg_catalog.concat('the project''s ', n.nspname, '.', p.name)
    where exists (select from functions f where f.nspname = n.nspname and f.proname = p.name)
      or exists (select from pg_catalog.unnest($4) f (function) where pg_catalog.starts_with(f.function, pg_catalog.concat(n.nspname, '.', p.name, '(')))
      or p.class = 'pg_catalog.pg_proc'::regclass and (
        exists (select from types o join pg_catalog.pg_type t on t.oid = o.oid where t.typnamespace = p.namespace and t.typname = p.name and t.typrelid = 0)
        or (n.nspname::text, p.name::text) in (select x.s, x.n from rows from (pg_catalog.unnest($5::text[]), pg_catalog.unnest($6::text[])) x (s, n)))
    union all
    -- Where the schema is searched, or the name is given with it.
    select case when x.pronamespace = p.namespace then pg_catalog.concat('that of an extension, ', n.nspname, '.', p.name)
      else pg_catalog.concat('Postgres'' own ', p.name) end
    from pg_catalog.pg_proc x
    where p.namespace in (select s.oid from schemas s) and x.proname = p.name and (x.pronamespace = 'pg_catalog'::regnamespace
      or x.pronamespace = p.namespace and x.oid <> p.id and exists (
        select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = x.oid and d.deptype = 'e'))
    limit 1
  ) k (called)
  cross join lateral pg_catalog.pg_identify_object(p.class, p.id, 0) i
where p.owner not in (select t.oid from trusted t)
union all
select pg_catalog.concat(i.type, ' ', i.identity), pg_catalog.pg_get_userbyid(o.oprowner)::text, null
from pg_catalog.pg_operator o cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_operator'::regclass, o.oid, 0) i
where o.oprowner not in (select t.oid from trusted t) and o.oprnamespace in (select s.oid from schemas s)
order by 1
