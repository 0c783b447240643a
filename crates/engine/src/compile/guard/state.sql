select o.object, o.class, o.id, o.state
from (
  select pg_catalog.concat(
      case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
      ' ', pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(c.relname)) as object, 'pg_catalog.pg_class'::regclass::oid as class, c.oid as id,
    pg_catalog.jsonb_build_object('owner', pg_catalog.pg_get_userbyid(c.relowner))
    || case when $1 in ('all', 'privileges') then pg_catalog.jsonb_build_object(
      'privileges', {{privileges:relation}},
      'column privileges', (
        select pg_catalog.jsonb_object_agg(t.attname, {{privileges:column}})
        from pg_catalog.pg_attribute as t where t.attrelid = c.oid and not t.attisdropped and t.attacl is not null
      )
    ) else '{}' end
    || case when $1 in ('all', 'publications') then pg_catalog.jsonb_build_object(
      'publications', (
        select pg_catalog.jsonb_agg(e.entry order by e.entry collate "C")
        from (
          select pg_catalog.concat_ws(' ', pg_catalog.quote_ident(p.pubname), 'where ' || pg_catalog.pg_get_expr(r.prqual, r.prrelid), r.prattrs) as entry
          from pg_catalog.pg_publication_rel as r join pg_catalog.pg_publication as p on p.oid = r.prpubid where r.prrelid = c.oid
          union all
          select pg_catalog.quote_ident(p.pubname) from pg_catalog.pg_publication_namespace as r
            join pg_catalog.pg_publication as p on p.oid = r.pnpubid where r.pnnspid = c.relnamespace and c.relkind in ('r', 'p')
          union all
          select pg_catalog.quote_ident(p.pubname) from pg_catalog.pg_publication as p where p.puballtables and c.relkind in ('r', 'p')
        ) as e
      )
    ) else '{}' end
    || case when $1 = 'all' then pg_catalog.jsonb_build_object(
      'row security', case when c.relkind in ('r', 'p') then
        pg_catalog.concat(case when c.relrowsecurity then 'enabled' else 'disabled' end, case when c.relforcerowsecurity then ', forced' end) end,
      'view options', case when c.relkind in ('v', 'm') then
        (select pg_catalog.jsonb_agg(x.setting order by x.setting collate "C") from pg_catalog.unnest(c.reloptions) as x (setting)) end,
      'policies', (
        select pg_catalog.jsonb_object_agg(p.polname, pg_catalog.concat_ws(' ',
          case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd::text,
          (select pg_catalog.string_agg(case x.role when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.role)) end, ', '
            order by pg_catalog.pg_get_userbyid(x.role) collate "C") from pg_catalog.unnest(p.polroles) as x (role)),
          'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)))
        from pg_catalog.pg_policy as p where p.polrelid = c.oid
      ),
      'triggers', (
        select pg_catalog.jsonb_object_agg(t.tgname, pg_catalog.concat_ws(' ', t.tgenabled::text, pg_catalog.pg_get_triggerdef(t.oid)))
        from pg_catalog.pg_trigger as t where t.tgrelid = c.oid and not t.tgisinternal
          -- A partition's triggers come and go with its parent's, unless they are switched apart.
          and not exists (select from pg_catalog.pg_trigger as pt where pt.oid = t.tgparentid and pt.tgenabled = t.tgenabled)
      ),
      'foreign keys that are off', (
        select pg_catalog.jsonb_agg(distinct k.conname)
        from pg_catalog.pg_trigger as t join pg_catalog.pg_constraint as k on k.oid = t.tgconstraint
        where t.tgrelid = c.oid and t.tgisinternal and t.tgenabled not in ('O', 'A')
      ),
      'rewrite rules', (
        select pg_catalog.jsonb_object_agg(r.rulename, pg_catalog.concat_ws(' ', r.ev_enabled::text, pg_catalog.pg_get_ruledef(r.oid)))
        from pg_catalog.pg_rewrite as r where r.ev_class = c.oid
      ),
      'parents', (
        select pg_catalog.jsonb_agg(pg_catalog.format('%I.%I', pn.nspname, pc.relname) order by h.inhseqno)
        from pg_catalog.pg_inherits as h join pg_catalog.pg_class as pc on pc.oid = h.inhparent
          join pg_catalog.pg_namespace as pn on pn.oid = pc.relnamespace
        where h.inhrelid = c.oid
      )
    ) else '{}' end as state
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and c.relpersistence <> 't' and n.nspname !~ '^pg_'
    and n.nspname <> 'information_schema' and ($2 is null or c.oid = any ($2))
  union all
  select pg_catalog.concat(i.type, ' ', i.identity), 'pg_catalog.pg_proc'::regclass::oid, f.oid,
    pg_catalog.jsonb_build_object('owner', pg_catalog.pg_get_userbyid(f.proowner))
    || case when $1 in ('all', 'privileges') then pg_catalog.jsonb_build_object(
      'privileges', {{privileges:function}}
    ) else '{}' end
    || case when $1 = 'all' then pg_catalog.jsonb_build_object(
      'security', case when f.prosecdef then 'definer' else 'invoker' end,
      'settings', pg_catalog.to_jsonb(f.proconfig),
      'kind', pg_catalog.concat_ws(' ', f.prokind::text, l.lanname, f.provolatile::text, f.proparallel::text, f.proisstrict, f.proleakproof),
      'body', pg_catalog.md5(pg_catalog.concat_ws(' ', f.prosrc, f.probin, pg_catalog.pg_get_function_sqlbody(f.oid),
        pg_catalog.pg_get_function_arguments(f.oid), pg_catalog.pg_get_function_result(f.oid),
        (select pg_catalog.concat_ws(' ', a.aggtransfn, a.aggfinalfn, a.agginitval) from pg_catalog.pg_aggregate as a where a.aggfnoid = f.oid)))
    ) else '{}' end
  from pg_catalog.pg_proc as f join pg_catalog.pg_namespace as n on n.oid = f.pronamespace join pg_catalog.pg_language as l on l.oid = f.prolang,
    pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, f.oid, 0) as i
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and ($3 is null or f.oid = any ($3))
  union all
  select pg_catalog.concat('schema ', pg_catalog.quote_ident(n.nspname)), 'pg_catalog.pg_namespace'::regclass::oid, n.oid,
    pg_catalog.jsonb_build_object(
      'owner', pg_catalog.pg_get_userbyid(n.nspowner),
      'privileges', {{privileges:schema}}
    )
  from pg_catalog.pg_namespace as n
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and ($4 is null or n.oid = any ($4))
  union all
  select pg_catalog.concat('default privileges of ', pg_catalog.quote_ident(r.rolname)), 'pg_catalog.pg_default_acl'::regclass::oid, r.oid,
    pg_catalog.jsonb_build_object(
      'owner', r.rolname,
      'privileges', (
        select pg_catalog.jsonb_agg(e.entry order by e.entry collate "C")
        from (
          select pg_catalog.concat_ws(' ', d.defaclobjtype::text, n.nspname,
            case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end,
            a.privilege_type, case when a.is_grantable then '*' end) as entry
          from pg_catalog.pg_default_acl as d left join pg_catalog.pg_namespace as n on n.oid = d.defaclnamespace
            left join lateral pg_catalog.aclexplode(d.defaclacl) as a on a.grantee <> d.defaclrole
          where d.defaclrole = r.oid
        ) as e
      )
    )
  from pg_catalog.pg_roles as r
  where $4 is null and {{ours:r.rolname}}
) as o
where not exists (
  select from pg_catalog.pg_depend as d where d.classid = o.class and d.objid = o.id and d.objsubid = 0 and d.deptype = 'e'
)
