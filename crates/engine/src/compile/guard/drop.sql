declare
  found record;
begin
  if {{through}} then
    return;
  end if;
  if not exists (
    select from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where n.nspname = 'seal' and c.relname = 'guarded')
  then
    raise exception using errcode = '42501', message = 'pgseal guards table seal.guarded: it is pgseal''s own',
      hint = 'Run `pgseal apply`. To take pgseal away, drop the event triggers `seal_guard_*` first.';
  end if;
  for found in
    select d.object_type as kind, d.address_names[3] as name, g.object
    from pg_catalog.pg_event_trigger_dropped_objects() as d
      join pg_catalog.pg_namespace as n on n.nspname = d.address_names[1]
      -- The table itself is still there.
      join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = d.address_names[2]
      join seal.guarded as g on g.object = pg_catalog.concat(
        case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
        ' ', pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(c.relname))
    where d.object_type in ('policy', 'trigger', 'rule') and not d.is_temporary
      and g.state -> case d.object_type when 'policy' then 'policies' when 'trigger' then 'triggers' else 'rewrite rules' end ? d.address_names[3]
    limit 1
  loop
    raise exception using errcode = '42501',
      message = pg_catalog.concat('pgseal guards ', found.object, ': its ', found.kind, ' ', pg_catalog.quote_ident(found.name), ' cannot be dropped here, nor what it depends on'),
      hint = 'Say it in access.toml, or in the schema files, and run `pgseal apply`.';
  end loop;
  for found in
    select g.object
    from pg_catalog.pg_event_trigger_dropped_objects() as d
      join seal.guarded as g on g.object = pg_catalog.concat(d.object_type, ' ', d.object_identity)
    where d.schema_name = 'seal' and g.state is not null
    limit 1
  loop
    raise exception using errcode = '42501', message = pg_catalog.concat('pgseal guards ', found.object, ': it is pgseal''s own'),
      hint = 'Say it in access.toml and run `pgseal apply`. To take pgseal away, drop the event triggers `seal_guard_*` first.';
  end loop;
  delete from seal.guarded as g using pg_catalog.pg_event_trigger_dropped_objects() as d
  where g.object = pg_catalog.concat(d.object_type, ' ', d.object_identity) and not d.is_temporary;
end
