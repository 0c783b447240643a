declare
  made text;
begin
  perform pg_catalog.set_config('seal.guard_made', '', true);
  if {{through}} then
    return;
  end if;
  -- A dump may come without it; the event triggers always come along.
  if pg_catalog.to_regclass('seal.guarded') is null then
    raise exception using errcode = '42501', message = pg_catalog.concat('pgseal guards this database, and its record seal.guarded is gone: ', tg_tag, ' is refused'),
      hint = 'Run `pgseal apply`. To take pgseal away, drop the event triggers `seal_guard_*` first.';
  end if;
  -- Until `guard_verify` has seen what was made, its state is empty: what `guard_close` does to it is let through.
  with new as (
    select distinct m.classid, m.objid, pg_catalog.concat(m.object_type, ' ', m.object_identity) as object
    from pg_catalog.pg_event_trigger_ddl_commands() as m
    where {{made:m}}
  ), recorded as (
    insert into seal.guarded (object, state) select n.object, '{}' from new as n
  )
  select pg_catalog.string_agg(pg_catalog.concat(n.classid::regclass, ' ', n.objid), ',') into made from new as n;
  perform pg_catalog.set_config('seal.guard_made', coalesce(made, ''), true);
end
