declare
  relations oid[];
  routines oid[];
  schemas oid[];
  others boolean;
  made text[];
  found record;
  parent record;
begin
  if {{through}} then
    return;
  end if;

  -- A function that is dropped takes its event trigger along, which then does not see it.
  if exists (select from seal.guarded as g where g.object = 'function seal.guard_drop()') and not exists (
    select from pg_catalog.pg_proc as f join pg_catalog.pg_namespace as n on n.oid = f.pronamespace
    where n.nspname = 'seal' and f.proname = 'guard_drop')
  then
    raise exception using errcode = '42501', message = 'pgseal guards function seal.guard_drop(): it is pgseal''s own',
      hint = 'To take pgseal away, drop the event triggers `seal_guard_*` first.';
  end if;

  -- What the command names, by what it belongs to.
  select coalesce(pg_catalog.array_agg(distinct t.relation) filter (where t.relation is not null), '{}'),
    coalesce(pg_catalog.array_agg(distinct t.id) filter (where t.class = 'pg_catalog.pg_proc'::regclass), '{}'),
    coalesce(pg_catalog.array_agg(distinct t.id) filter (where t.class = 'pg_catalog.pg_namespace'::regclass), '{}'),
    coalesce(pg_catalog.bool_or(t.class in ('pg_catalog.pg_extension'::regclass, 'pg_catalog.pg_type'::regclass)), false),
    coalesce(pg_catalog.array_agg(t.object) filter (where t.made), '{}')
  into relations, routines, schemas, others, made
  from (
    select c.classid as class, c.objid as id, pg_catalog.concat(c.object_type, ' ', c.object_identity) as object, 
      {{made:c}} or c.command_tag ~ '^(CREATE|SELECT INTO)' and exists (
        select from seal.guarded as g where g.object = pg_catalog.concat(c.object_type, ' ', c.object_identity) and g.state = '{}') as made,
      case c.classid
        -- Indexes and row types say nothing about access.
        when 'pg_catalog.pg_class'::regclass then (
          select k.oid from pg_catalog.pg_class as k where k.oid = c.objid and k.relkind in ('r', 'p', 'f', 'v', 'm', 'S'))
        when 'pg_catalog.pg_policy'::regclass then (select p.polrelid from pg_catalog.pg_policy as p where p.oid = c.objid)
        when 'pg_catalog.pg_trigger'::regclass then (select p.tgrelid from pg_catalog.pg_trigger as p where p.oid = c.objid)
        when 'pg_catalog.pg_rewrite'::regclass then (select p.ev_class from pg_catalog.pg_rewrite as p where p.oid = c.objid)
      end as relation
    from pg_catalog.pg_event_trigger_ddl_commands() as c
    where not c.in_extension and c.schema_name is distinct from 'pg_temp'
  ) as t;
  -- Code looks names up when it runs: another function of a name, and an operator, would be called instead.
  for found in
    select i.type, pg_catalog.replace(i.identity, 'pg_catalog.', '') as identity, pg_catalog.quote_ident(n.nspname) as schema, t.called
    from (
      select f.pronamespace as namespace, f.proowner as owner, c.classid, c.objid, 'the project''s function of that name' as called
      from pg_catalog.pg_event_trigger_ddl_commands() as c join pg_catalog.pg_proc as f on f.oid = c.objid
      where c.classid = 'pg_catalog.pg_proc'::regclass and not c.in_extension and exists (
        select from pg_catalog.pg_proc as x join pg_catalog.pg_roles as r on r.oid = x.proowner
        where x.pronamespace = f.pronamespace and x.proname = f.proname and x.oid <> f.oid and {{ours:r.rolname}})
      union all
      -- A type is cast to like a function is called, and the function comes first.
      select f.pronamespace, f.proowner, c.classid, c.objid, 'the project''s type of that name'
      from pg_catalog.pg_event_trigger_ddl_commands() as c join pg_catalog.pg_proc as f on f.oid = c.objid
      where c.classid = 'pg_catalog.pg_proc'::regclass and not c.in_extension and exists (
        select from pg_catalog.pg_type as x join pg_catalog.pg_roles as r on r.oid = x.typowner
        where x.typnamespace = f.pronamespace and x.typname = f.proname and x.typrelid = 0 and {{ours:r.rolname}})
      union all
      -- A type is called like a function to cast to it, and a range type's constructors are called like it.
      select y.typnamespace, y.typowner, c.classid, c.objid, 'the project''s function of that name'
      from pg_catalog.pg_event_trigger_ddl_commands() as c left join pg_catalog.pg_range as g on g.rngtypid = c.objid
        join pg_catalog.pg_type as y on y.oid in (c.objid, g.rngmultitypid)
      where c.classid = 'pg_catalog.pg_type'::regclass and not c.in_extension and exists (
        select from pg_catalog.pg_proc as x join pg_catalog.pg_roles as r on r.oid = x.proowner
        where x.pronamespace = y.typnamespace and x.proname = y.typname and {{ours:r.rolname}})
      union all
      -- Where the schema is searched, or the name is given with it.
      select y.namespace, y.owner, c.classid, c.objid, 'Postgres'' own, or an extension''s'
      from pg_catalog.pg_event_trigger_ddl_commands() as c cross join lateral (
        select f.pronamespace, f.proowner, f.proname from pg_catalog.pg_proc as f where c.classid = 'pg_catalog.pg_proc'::regclass and f.oid = c.objid
        union all
        select t.typnamespace, t.typowner, t.typname from pg_catalog.pg_type as t
        where c.classid = 'pg_catalog.pg_type'::regclass and t.oid = c.objid and t.typrelid = 0
      ) as y (namespace, owner, name)
      where not c.in_extension and exists (
        select from pg_catalog.pg_proc as x
        where x.proname = y.name and x.oid <> c.objid and (x.pronamespace = 'pg_catalog'::regnamespace or x.pronamespace = y.namespace and exists (
          select from pg_catalog.pg_depend as d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = x.oid and d.deptype = 'e')))
        and exists (
          select from pg_catalog.pg_roles as r
          where {{ours:r.rolname}} and (exists (select from pg_catalog.pg_class as x where x.relnamespace = y.namespace and x.relowner = r.oid)
            or exists (select from pg_catalog.pg_proc as x where x.pronamespace = y.namespace and x.proowner = r.oid)))
      union all
      select o.oprnamespace, o.oprowner, c.classid, c.objid, 'Postgres'' own'
      from pg_catalog.pg_event_trigger_ddl_commands() as c join pg_catalog.pg_operator as o on o.oid = c.objid
      where c.classid = 'pg_catalog.pg_operator'::regclass and not c.in_extension and exists (
        select from pg_catalog.pg_roles as r
        where {{ours:r.rolname}} and (exists (select from pg_catalog.pg_class as x where x.relnamespace = o.oprnamespace and x.relowner = r.oid)
          or exists (select from pg_catalog.pg_proc as x where x.pronamespace = o.oprnamespace and x.proowner = r.oid)))
    ) as t join pg_catalog.pg_namespace as n on n.oid = t.namespace, pg_catalog.pg_identify_object(t.classid, t.objid, 0) as i
    where not exists (select from pg_catalog.pg_roles as r where r.oid = t.owner and (r.rolsuper or {{ours:r.rolname}}))
    limit 1
  loop
    raise exception using errcode = '42501',
      message = pg_catalog.concat('pgseal guards schema ', found.schema, ': ', found.type, ' ', found.identity, ' could be called instead of ', found.called),
      hint = 'Give it another name or keep it in a schema of its own, or say it in the schema files and in access.toml, and run `pgseal apply`.';
  end loop;
  if tg_tag not in ('GRANT', 'REVOKE', 'DROP OWNED', 'ALTER DEFAULT PRIVILEGES')
    and pg_catalog.cardinality(relations || routines || schemas) = 0 and not others and tg_tag !~ 'PUBLICATION$' then
    return;
  end if;
  -- An older snapshot does not hold what others have recorded since.
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    raise exception using errcode = '42501', message = pg_catalog.concat('pgseal guards this database: ', tg_tag, ' runs at isolation level read committed only'),
      hint = 'Begin the transaction with `begin isolation level read committed`, or the session with `set default_transaction_isolation = ''read committed''`.';
  end if;

  -- A session looks names up first in the schema that is called like its login.
  for found in
    select n.nspname from pg_catalog.pg_namespace as n where n.oid = any (schemas) and n.nspname ~ {{login}}
  loop
    raise exception using errcode = '42501',
      message = pg_catalog.concat('pgseal guards this database: a schema called ', found.nspname, ' would come first for the login of that name'),
      hint = 'Give the schema another name.';
  end loop;

  -- Triggers are switched for a whole tree, ATTACH and DETACH name the parent alone, and what is renamed stands in the text of what depends on it.
  with recursive tree (id) as (
    select pg_catalog.unnest(relations)
    union
    select h.inhrelid from pg_catalog.pg_inherits as h join tree on tree.id = h.inhparent
  )
  select relations || coalesce(pg_catalog.array_agg(t.id), '{}') into relations
  from (
    select tree.id from tree
    union
    select k.oid
    from seal.guarded as g, pg_catalog.pg_class as k join pg_catalog.pg_namespace as kn on kn.oid = k.relnamespace
    where g.object = pg_catalog.concat('table ', pg_catalog.quote_ident(kn.nspname), '.', pg_catalog.quote_ident(k.relname)) and exists (select from pg_catalog.pg_class as c where c.oid = any (relations) and c.relkind = 'p')
      and tg_tag = 'ALTER TABLE' and pg_catalog.starts_with(g.object, 'table ') and g.state -> 'parents' ?| array(
      select pg_catalog.format('%I.%I', n.nspname, c.relname)
      from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = any (relations))
    union
    select coalesce(p.polrelid, r.ev_class, w.tgrelid)
    from pg_catalog.pg_depend as d
      left join pg_catalog.pg_policy as p on d.classid = 'pg_catalog.pg_policy'::regclass and p.oid = d.objid
      left join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
      left join pg_catalog.pg_trigger as w on d.classid = 'pg_catalog.pg_trigger'::regclass and w.oid = d.objid
    where (d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = any (relations)
        or d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = any (routines))
      and coalesce(p.polrelid, r.ev_class, w.tgrelid) is not null
  ) as t
  where t.id is not null and t.id <> all (relations);

  -- What nobody recorded had another name, or was made where the guard did not look.
  others := others or exists (
    select from seal.guard_state('', relations, routines, schemas) as s
    where s.object <> all (made) and not exists (select from seal.guarded as g where g.object = s.object)
  );
  -- What was renamed, moved or given to an extension is no longer where it was.
  if others then
    for found in
      select g.object from seal.guarded as g
      where g.state is not null and not exists (select from seal.guard_state('', null, null, null) as s where s.object = g.object)
      limit 1
    loop
      raise exception using errcode = '42501', message = pg_catalog.concat('pgseal guards ', found.object, ': it cannot be renamed or moved here'),
        hint = 'Say it in the schema files and in access.toml, and run `pgseal apply`.';
    end loop;
    delete from seal.guarded as g
    where g.state is null and not exists (select from seal.guard_state('', null, null, null) as s where s.object = g.object);
  end if;

  for found in
    select s.object, s.class, s.id, s.state, g.object is not null as known, g.state as recorded, (
      select pg_catalog.string_agg(e.key, ', ' order by e.key)
      from pg_catalog.jsonb_each(s.state) as e
      where case e.key
        when 'parents' then false
        -- A column that is gone takes its privileges with it.
        when 'column privileges' then e.value is distinct from coalesce((
          select pg_catalog.jsonb_object_agg(r.key, r.value)
          from pg_catalog.jsonb_each(case pg_catalog.jsonb_typeof(g.state -> e.key) when 'object' then g.state -> e.key else '{}' end) as r
          where exists (select from pg_catalog.pg_attribute as t where t.attrelid = s.id and t.attname = r.key and not t.attisdropped)
        ), 'null')
        else e.value is distinct from g.state -> e.key
      end
    ) as differs
    from seal.guard_state('all', relations, routines, schemas) as s left join seal.guarded as g on g.object = s.object
  loop
    if found.object = any (made) then
      if found.state ->> 'privileges' is not null or found.state ->> 'column privileges' is not null or found.state ->> 'policies' is not null
        or coalesce(found.state ->> 'row security', 'enabled, forced') <> 'enabled, forced'
        or pg_catalog.starts_with(found.object, 'view ') and not coalesce(found.state -> 'view options', '[]') ? 'security_invoker=true' then
        raise exception using errcode = '42501', message = pg_catalog.concat('pgseal guards this database: ', found.object, ' is made open'),
          hint = 'Say it in access.toml and in the schema files, and run `pgseal apply`.';
      end if;
      insert into seal.guarded (object, state) values (found.object, found.state)
        on conflict on constraint guarded_pkey do update set state = excluded.state;
      continue;
    end if;
    if found.recorded = '{}' then
      continue;
    end if;
    -- What nobody recorded is being made right now, by a command around this one, or was moved here.
    if not found.known and exists (
      select from seal.guarded as g
      where g.state is not null and g.object <> 'schema public' and g.object = (
        select pg_catalog.concat('schema ', pg_catalog.quote_ident(n.nspname))
        from pg_catalog.pg_namespace as n
        where n.oid in (
          select c.relnamespace from pg_catalog.pg_class as c where found.class = 'pg_catalog.pg_class'::regclass and c.oid = found.id
          union all
          select f.pronamespace from pg_catalog.pg_proc as f where found.class = 'pg_catalog.pg_proc'::regclass and f.oid = found.id)))
    then
      raise exception using errcode = '42501',
        message = pg_catalog.concat('pgseal guards the schema of ', found.object, ', which is not sealed'),
        hint = 'Keep it in a schema of its own, or say it in the schema files and in access.toml, and run `pgseal apply`.';
    end if;
    if found.recorded is not null and found.differs is not null then
      raise exception using errcode = '42501',
        message = pg_catalog.concat('pgseal guards ', found.object, ': its ', found.differs, ' cannot be changed here'),
        hint = 'Say it in access.toml, or in the schema files, and run `pgseal apply`.';
    end if;
    for parent in
      select p.object, g.state is not null as sealed
      from pg_catalog.pg_inherits as h, pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, h.inhparent, 0) as i,
        pg_catalog.concat(i.type, ' ', i.identity) as p (object)
        left join seal.guarded as g on g.object = p.object
      where found.class = 'pg_catalog.pg_class'::regclass and h.inhrelid = found.id
        and not coalesce(found.recorded -> 'parents', '[]') ? i.identity
    loop
      if parent.sealed is distinct from (found.recorded is not null) then
        raise exception using errcode = '42501', message = pg_catalog.concat('pgseal guards this database: ', found.object, ' is ',
            case when found.recorded is null then 'not ' end, 'sealed, and ', parent.object, ' is ', case when not parent.sealed then 'not' end),
          hint = 'A table and the tables that are read through it are sealed together: say it in the schema files, and run `pgseal apply`. Beside them, make a new partition with `create table .. partition of ..`.';
      elsif parent.sealed and (found.state ->> 'policies' is not null or found.state ->> 'privileges' is not null
        or found.state ->> 'column privileges' is not null) then
        raise exception using errcode = '42501',
          message = pg_catalog.concat('pgseal guards ', found.object, ': its rules would not bind who reads it through ', parent.object),
          hint = 'Say it in access.toml and in the schema files, and run `pgseal apply`.';
      end if;
    end loop;
    if found.recorded is not null and found.recorded <> found.state then
      update seal.guarded as g set state = found.state where g.object = found.object;
    end if;
  end loop;

  -- Commands that do not say which objects they touch.
  for found in
    select s.object, pg_catalog.string_agg(e.key, ', ' order by e.key) as differs
    from (
      select distinct case
          when tg_tag = 'DROP OWNED' then 'all'
          when tg_tag ~ 'PUBLICATION$' then 'publications'
          else 'privileges'
        end as aspect,
        tg_tag = 'DROP OWNED' as everything,
        tg_tag ~ 'PUBLICATION$' or c.object_type in ('TABLE', 'SEQUENCE', 'COLUMN') as relations,
        c.object_type in ('FUNCTION', 'PROCEDURE', 'ROUTINE') as routines,
        c.object_type = 'SCHEMA' or tg_tag = 'ALTER DEFAULT PRIVILEGES' as schemas
      from (select) as always left join pg_catalog.pg_event_trigger_ddl_commands() as c on c.objid is null and not c.in_extension
      where tg_tag in ('DROP OWNED', 'GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES') or tg_tag ~ 'PUBLICATION$'
    ) as wide,
      seal.guard_state(wide.aspect, case when wide.everything or wide.relations then null else '{}'::oid[] end,
        case when wide.everything or wide.routines then null else '{}'::oid[] end,
        case when wide.everything or wide.schemas then null else '{}'::oid[] end) as s
      join seal.guarded as g on g.object = s.object and g.state <> '{}',
      pg_catalog.jsonb_each(s.state) as e
    where e.value is distinct from g.state -> e.key
    group by s.object
    limit 1
  loop
    raise exception using errcode = '42501',
      message = pg_catalog.concat('pgseal guards ', found.object, ': its ', found.differs, ' cannot be changed here'),
      hint = 'Say it in access.toml and run `pgseal apply`.';
  end loop;
end
