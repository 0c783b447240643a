select pg_catalog.concat(i.type, ' ', i.identity), pg_catalog.pg_get_userbyid(p.owner)::text,
  pg_catalog.concat(n.nspname, '.', p.proname)
from (
    -- The constructors of a range type are Postgres' own, and its owner made them.
    select f.oid, f.proname, f.pronamespace, coalesce((
        select t.typowner from pg_catalog.pg_depend d join pg_catalog.pg_type t on t.oid = d.refobjid
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = f.oid and d.refclassid = 'pg_catalog.pg_type'::regclass and d.deptype = 'i'
        limit 1), f.proowner) as owner
    from pg_catalog.pg_proc f
  ) p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0) i
where p.owner not in (select t.oid from trusted t) and p.oid not in (select f.oid from functions f)
  and (exists (select from functions f where f.nspname = n.nspname and f.proname = p.proname)
    or exists (select from pg_catalog.unnest($4) f (function) where pg_catalog.starts_with(f.function, pg_catalog.concat(n.nspname, '.', p.proname, '('))))
union all
select pg_catalog.concat(i.type, ' ', i.identity), pg_catalog.pg_get_userbyid(o.oprowner)::text, null
from pg_catalog.pg_operator o cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_operator'::regclass, o.oid, 0) i
where o.oprowner not in (select t.oid from trusted t)
  and o.oprnamespace in (
    select c.relnamespace from pg_catalog.pg_class c join relations r on r.oid = c.oid
    union select p.pronamespace from pg_catalog.pg_proc p join functions f on f.oid = p.oid)
order by 1
