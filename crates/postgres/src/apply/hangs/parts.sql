-- What is part of the project's tables and is not declared.
, parts as (
  select c.oid, c.relowner, c.relnamespace, pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(c.relname)) as name
  from pg_catalog.pg_class c join relations r on r.oid = c.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't' and $8
    and (n.nspname::text, c.relname::text) not in (select x.s, x.n from rows from (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) x (s, n))
)
-- Invisible to the comparison, because extensions bring tables of their own: an extension's owner may put any table into it.
select pg_catalog.format('table %s is part of extension %I, which belongs to `%s`', p.name, e.extname, pg_catalog.pg_get_userbyid(e.extowner)),
  pg_catalog.format('alter extension %I drop table %s', e.extname, p.name)
from parts p join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = p.oid and d.deptype = 'e'
  join pg_catalog.pg_extension e on e.oid = d.refobjid
union all
select pg_catalog.format('table %s belongs to `%s`', p.name, pg_catalog.pg_get_userbyid(p.relowner)),
  pg_catalog.format('alter table %s owner to %I', p.name, session_user)
from parts p where p.relowner not in (select o.oid from ours o)
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = p.oid and d.deptype = 'e')
union all
-- Whoever may read or change that reads and changes these rows with it.
select pg_catalog.format('table %s is a child of %s too, which belongs to `%s`', p.name, h.inhparent::regclass, pg_catalog.pg_get_userbyid(c.relowner)),
  pg_catalog.format('alter table %s no inherit %s', p.name, h.inhparent::regclass)
from parts p join pg_catalog.pg_inherits h on h.inhrelid = p.oid join pg_catalog.pg_class c on c.oid = h.inhparent
where h.inhparent not in (select r.oid from relations r)
union all
-- The owner of a schema may drop whatever is in it.
select pg_catalog.format('table %s is in schema %I, which belongs to `%s`', p.name, n.nspname, pg_catalog.pg_get_userbyid(n.nspowner)),
  pg_catalog.format('alter table %s set schema %I', p.name, (
    select m.nspname from pg_catalog.pg_inherits h join pg_catalog.pg_class c on c.oid = h.inhparent join pg_catalog.pg_namespace m on m.oid = c.relnamespace
    where h.inhrelid = p.oid and h.inhparent in (select r.oid from relations r) order by h.inhseqno limit 1))
from parts p join pg_catalog.pg_namespace n on n.oid = p.relnamespace
where n.nspowner not in (select t.oid from trusted t) and pg_catalog.pg_get_userbyid(n.nspowner) <> 'pg_database_owner'
union all
-- Whoever owns a server says where the rows go, and what is read.
select pg_catalog.format('table %s is on server %I, which belongs to `%s`', p.name, s.srvname, pg_catalog.pg_get_userbyid(s.srvowner)),
  pg_catalog.format('alter server %I owner to %I', s.srvname, session_user)
from parts p join pg_catalog.pg_foreign_table f on f.ftrelid = p.oid join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
where s.srvowner not in (select t.oid from trusted t)
union all
-- Empty after a crash, and on every standby.
select pg_catalog.format('table %s is unlogged', p.name), pg_catalog.format('alter table %s set logged', p.name)
from parts p join pg_catalog.pg_class c on c.oid = p.oid and c.relpersistence = 'u'
where not exists (select from pg_catalog.pg_inherits h join pg_catalog.pg_class m on m.oid = h.inhparent where h.inhrelid = p.oid and m.relpersistence = 'u')
union all
-- Whoever drops an extension drops the schemas that are part of it, with all that is in them.
select pg_catalog.format('schema %I is part of extension %I, which belongs to `%s`', n.nspname, e.extname, pg_catalog.pg_get_userbyid(e.extowner)),
  pg_catalog.format('alter extension %I drop schema %I', e.extname, n.nspname)
from pg_catalog.pg_namespace n
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e'
  join pg_catalog.pg_extension e on e.oid = d.refobjid
where d.refclassid = 'pg_catalog.pg_extension'::regclass and e.extowner not in (select t.oid from trusted t) and (
  n.nspowner in (select o.oid from ours o)
  or exists (select from pg_catalog.pg_class c join relations r on r.oid = c.oid where c.relnamespace = n.oid)
  or exists (select from functions f where f.nspname = n.nspname)
  or exists (select from pg_catalog.pg_type t join types o on o.oid = t.oid where t.typnamespace = n.oid))
union all
-- And the indexes, functions, triggers and materialized views that depend on it.
select pg_catalog.format('%s %s goes with extension %I, which belongs to `%s`', i.type, i.identity, e.extname, pg_catalog.pg_get_userbyid(e.extowner)),
  pg_catalog.format('alter %s %s no depends on extension %I', i.type, i.identity, e.extname)
from pg_catalog.pg_extension e
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'x'
  join reached r on r.class = d.classid and r.id = d.objid
  cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) i
where e.extowner not in (select t.oid from trusted t)
order by 1
