declare
  made record;
  who text;
begin
  -- The list is of the function before this one, of the same command: a session cannot have put itself between the two.
  for made in
    select pg_catalog.split_part(x.entry, ' ', 1) as class, pg_catalog.split_part(x.entry, ' ', 2)::oid as id
    from pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('seal.guard_made', true), ',')) as x (entry)
  loop
    if made.class = 'pg_proc' then
      select pg_catalog.string_agg(distinct case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end, ', ')
      into who
      from pg_catalog.pg_proc as f, pg_catalog.aclexplode(coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))) as a
      where f.oid = made.id and a.grantee <> f.proowner;
      if who is not null then
        execute pg_catalog.format('revoke all on routine %s from %s', made.id::regprocedure, who);
      end if;
    else
      select pg_catalog.string_agg(distinct case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end, ', ')
      into who
      from pg_catalog.pg_class as c, lateral (
        select x.grantee from pg_catalog.aclexplode(c.relacl) as x
        union all
        select x.grantee from pg_catalog.pg_attribute as t, pg_catalog.aclexplode(t.attacl) as x where t.attrelid = c.oid and not t.attisdropped
      ) as a
      where c.oid = made.id and a.grantee <> c.relowner;
      if who is not null then
        execute pg_catalog.format('revoke all on %s %s from %s',
          (select case c.relkind when 'S' then 'sequence' else 'table' end from pg_catalog.pg_class as c where c.oid = made.id),
          made.id::regclass, who);
      end if;
      if exists (select from pg_catalog.pg_class as c where c.oid = made.id and c.relkind in ('r', 'p')
                 and not (c.relrowsecurity and c.relforcerowsecurity)) then
        execute pg_catalog.format('alter table %s enable row level security, force row level security', made.id::regclass);
      elsif exists (select from pg_catalog.pg_class as c where c.oid = made.id and c.relkind = 'v'
                    and not coalesce(c.reloptions, '{}') @> '{security_invoker=true}') then
        execute pg_catalog.format('alter view %s set (security_invoker = true)', made.id::regclass);
      end if;
    end if;
  end loop;
end
