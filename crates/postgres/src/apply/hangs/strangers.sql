-- From each back to what is the project's.
, up (stranger_class, stranger_id, owner, class, id, part) as (
  select s.class, s.id, s.stranger, s.class, s.id, 0 from reached s where s.stranger <> 0
  union
  select u.stranger_class, u.stranger_id, u.owner, b.class, b.id, b.part
  from up u cross join lateral (
    select d.classid, d.objid, d.objsubid from pg_catalog.pg_depend d
      join reached r on r.class = d.classid and r.id = d.objid and r.stranger = 0
    where d.refclassid = u.class and d.refobjid = u.id
    union all
    select 'pg_catalog.pg_class'::regclass, x.stxrelid, 0 from pg_catalog.pg_statistic_ext x
    where u.class = 'pg_catalog.pg_statistic_ext'::regclass and x.oid = u.id
  ) b (class, id, part)
  where u.class = u.stranger_class and u.id = u.stranger_id or u.class in ('pg_catalog.pg_type'::regclass, 'pg_catalog.pg_proc'::regclass,
      'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_opfamily'::regclass)
    and u.id not in (select t.oid from types t union all select f.oid from functions f)
)
select distinct coalesce(nullif(pg_catalog.concat(i.type || ' ' || i.identity, (
    select pg_catalog.concat(' on ', x.indrelid::regclass) from pg_catalog.pg_index x
    where u.class = 'pg_catalog.pg_class'::regclass and x.indexrelid = u.id)), ''), 'something of the project''s'),
  case when s.class in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass) then 'calls'
    when s.class = 'pg_catalog.pg_statistic_ext'::regclass then 'has'
    else 'is made of' end,
  pg_catalog.concat(w.type, ' ', w.identity),
  pg_catalog.pg_get_userbyid(s.stranger)::text
from reached s
  left join up u on u.stranger_class = s.class and u.stranger_id = s.id and (u.class, u.id) <> (s.class, s.id)
    and (u.class not in ('pg_catalog.pg_type'::regclass, 'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass,
        'pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_opfamily'::regclass)
      or u.id in (select t.oid from types t union all select f.oid from functions f))
  left join lateral pg_catalog.pg_identify_object(u.class, u.id, u.part) i on u.class is not null
  cross join lateral pg_catalog.pg_identify_object(s.class, s.id, 0) w
where s.stranger <> 0
order by 1, 3
