do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to group_tree_owner;
grant usage on schema app to group_tree_backup, group_tree_found_unit, group_tree_role_member, group_tree_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to group_tree_found_unit, group_tree_owner, group_tree_role_member, group_tree_role_visitor;
alter table app.units enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.units from public cascade;
alter table app.unit_members enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.unit_members from public cascade;
create table seal.given_up (
  transaction xid8 not null,
  began timestamptz not null,
  member text not null,
  of_group text not null,
  key text[] not null,
  rank integer,
  parent text
);
alter table seal.given_up enable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.given_up from public cascade;
create or replace function seal.give_up(text, text[], integer, text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    delete from seal.given_up as g where g.ctid = any (array(select e.ctid from seal.given_up as e where e.transaction <> pg_current_xact_id() limit 100 for update skip locked));
  end if;
  insert into seal.given_up values (pg_current_xact_id(), transaction_timestamp(), seal.me()::text, $1, $2, $3, $4);
end
$seal$;
revoke execute on function seal.give_up(text, text[], integer, text) from public cascade;
alter function seal.give_up(text, text[], integer, text) security definer set search_path = 'pg_catalog', 'pg_temp';
create table seal.admitted (
  key_lock bigint primary key,
  transaction xid8 not null,
  began timestamptz not null,
  before xid8
);
alter table seal.admitted enable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.admitted from public cascade;
create or replace function seal.admit(bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  update seal.admitted as a set before = a.transaction, transaction = pg_current_xact_id(), began = transaction_timestamp() where a.key_lock = $1 and (a.transaction = pg_current_xact_id_if_assigned() and a.began = transaction_timestamp()) is not true;
  if not found then
    insert into seal.admitted values ($1, pg_current_xact_id(), transaction_timestamp(), null) on conflict do nothing;
  end if;
end
$seal$;
revoke execute on function seal.admit(bigint) from public cascade;
alter function seal.admit(bigint) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.admitted_since(pg_snapshot)
returns bigint[]
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  return array(select a.key_lock from seal.admitted as a where not pg_visible_in_snapshot(case when a.transaction = pg_current_xact_id_if_assigned() and a.began = transaction_timestamp() then a.before else a.transaction end, $1));
end
$seal$;
revoke execute on function seal.admitted_since(pg_snapshot) from public cascade;
alter function seal.admitted_since(pg_snapshot) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.unit_keys(at_least text default null)
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal uuid := seal.me();
  wanted integer := case when at_least is null then 1 else (case at_least when 'reader' then 1 when 'manager' then 2 end) end;
begin
  if not coalesce(principal is not null, false) then
    return '{}'::uuid[];
  end if;
  return array(with recursive reach(key1) as (select distinct m.unit_id from app.unit_members as m where m.user_id = known.principal and m.unit_id is not null and m.role::text in ('reader', 'manager') and (case m.role::text when 'reader' then 1 when 'manager' then 2 end) >= known.wanted union select c.id from reach as r join app.units as c on c.parent_id = r.key1) select r.key1 from reach as r where r.key1 is not null);
end
$seal$;
revoke execute on function seal.unit_keys(text) from public cascade;
alter function seal.unit_keys(text) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.unit_peers()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal uuid := seal.me();
begin
  if not coalesce(principal is not null, false) then
    return '{}'::uuid[];
  end if;
  return array(with recursive above(key1) as (select unnest(seal.unit_keys()) union select c.parent_id from above as a join app.units as c on c.id = a.key1 where c.parent_id is not null) select distinct m.user_id from app.unit_members as m where m.user_id is not null and m.unit_id is not null and m.role::text in ('reader', 'manager') and (m.unit_id) in (select a.key1 from above as a));
end
$seal$;
revoke execute on function seal.unit_peers() from public cascade;
alter function seal.unit_peers() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.unit_held(uuid, at_least text default null)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = 'on'
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set array_nulls = 'on'
set transform_null_equals = 'off'
set xmloption = 'content'
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal uuid := seal.me();
  wanted integer := case when at_least is null then 1 else (case at_least when 'reader' then 1 when 'manager' then 2 end) end;
begin
  if principal is null then
    return false;
  end if;
  return (with recursive above(key1) as (select $1 union select c.parent_id from above as b join (select c.id, c.parent_id from app.units as c union all select g.key[1]::uuid, g.parent::uuid from seal.given_up as g where g.transaction = pg_current_xact_id_if_assigned() and g.began = transaction_timestamp() and g.of_group = 'unit' and g.parent is not null) as c on c.id = b.key1) select exists (select 1 from app.unit_members as m, above as a where m.user_id = known.principal and m.unit_id = a.key1 and m.unit_id is not null and m.role::text in ('reader', 'manager') and (case m.role::text when 'reader' then 1 when 'manager' then 2 end) >= known.wanted) or exists (select 1 from (select g.key[1]::uuid from seal.given_up as g where g.transaction = pg_current_xact_id_if_assigned() and g.began = transaction_timestamp() and g.of_group = 'unit' and g.parent is null and g.member = known.principal::text and g.rank >= known.wanted) as g (key1), above as a where g.key1 = a.key1));
end
$seal$;
revoke execute on function seal.unit_held(uuid, text) from public cascade;
alter function seal.unit_held(uuid, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.unit_lock(uuid, uuid)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  perform pg_advisory_xact_lock(242078301184 + hashtextextended(row($1)::text, 0) % 128);
  perform pg_advisory_xact_lock_shared(242078301184 + hashtextextended(row(a.key1)::text, 0) % 128) from (with recursive above(key1) as ((select $2 union select c.parent_id from app.units as c where c.id = $1) union select c.parent_id from above as b join app.units as c on c.id = b.key1) select key1 from above where key1 is not null) as a;
end
$seal$;
revoke execute on function seal.unit_lock(uuid, uuid) from public cascade;
alter function seal.unit_lock(uuid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.columns_unit_members_ae1f()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.role is distinct from old.role or new.unit_id is distinct from old.unit_id or new.user_id is distinct from old.user_id then
    allowed := ((old.unit_id = any ((select seal.unit_keys('manager'))::uuid[])) and (coalesce(case (old.role)::text when 'reader' then old.unit_id = any ((select seal.unit_keys('reader'))::uuid[]) when 'manager' then old.unit_id = any ((select seal.unit_keys('manager'))::uuid[]) else false end, false)));
    if coalesce(allowed, false) then
      allowed := ((new.unit_id = any ((select seal.unit_keys('manager'))::uuid[])) and (coalesce(case (new.role)::text when 'reader' then new.unit_id = any ((select seal.unit_keys('reader'))::uuid[]) when 'manager' then new.unit_id = any ((select seal.unit_keys('manager'))::uuid[]) else false end, false)));
    end if;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'a membership of `unit` is changed by manager or above, up to the own rank', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_unit_members_ae1f() from public cascade;
create trigger aaaa_seal_columns after update on app.unit_members for each row when (row_security_active('app.unit_members'::regclass) and not (current_user in ('group_tree_owner', 'group_tree_found_unit'))) execute function seal.columns_unit_members_ae1f();
create or replace function seal.afresh_unit_members_ae1f()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
set standard_conforming_strings = 'on'
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set array_nulls = 'on'
set transform_null_equals = 'off'
set xmloption = 'content'
as $seal$
#variable_conflict use_column
declare
  allowed boolean;
begin
  if tg_op = 'INSERT' then
  if true then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.unit_lock(new.unit_id, null);
    perform seal.admit(242078301184 + hashtextextended(row(new.unit_id)::text, 0) % 128);
    allowed := ((seal.unit_held(new.unit_id, 'manager')) and (coalesce(case (new.role)::text when 'reader' then seal.unit_held(new.unit_id, 'reader') when 'manager' then seal.unit_held(new.unit_id, 'manager') else false end, false)));
    end if;
    if not coalesce(allowed, false) then
    allowed := ((new.unit_id = any ((select seal.unit_keys('manager'))::uuid[])) and (coalesce(case (new.role)::text when 'reader' then new.unit_id = any ((select seal.unit_keys('reader'))::uuid[]) when 'manager' then new.unit_id = any ((select seal.unit_keys('manager'))::uuid[]) else false end, false)));
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `unit` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `unit` is changed by manager or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  elsif tg_op = 'UPDATE' then
  if (new.role is distinct from old.role or new.unit_id is distinct from old.unit_id or new.user_id is distinct from old.user_id) and not (tg_name = 'zzzz_seal_zz_cascade' and coalesce((new.user_id is null or new.unit_id is null or new.role is null), false)) then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.unit_lock(old.unit_id, null);
    perform seal.unit_lock(new.unit_id, null);
    if new.unit_id is distinct from old.unit_id or new.user_id is distinct from old.user_id then
      perform seal.admit(242078301184 + hashtextextended(row(new.unit_id)::text, 0) % 128);
    end if;
    allowed := ((seal.unit_held(old.unit_id, 'manager')) and (coalesce(case (old.role)::text when 'reader' then seal.unit_held(old.unit_id, 'reader') when 'manager' then seal.unit_held(old.unit_id, 'manager') else false end, false)));
    if coalesce(allowed, false) then
      allowed := ((seal.unit_held(new.unit_id, 'manager')) and (coalesce(case (new.role)::text when 'reader' then seal.unit_held(new.unit_id, 'reader') when 'manager' then seal.unit_held(new.unit_id, 'manager') else false end, false)));
    end if;
    end if;
    if not coalesce(allowed, false) then
    allowed := ((old.unit_id = any ((select seal.unit_keys('manager'))::uuid[])) and (coalesce(case (old.role)::text when 'reader' then old.unit_id = any ((select seal.unit_keys('reader'))::uuid[]) when 'manager' then old.unit_id = any ((select seal.unit_keys('manager'))::uuid[]) else false end, false)));
    if coalesce(allowed, false) then
      allowed := ((new.unit_id = any ((select seal.unit_keys('manager'))::uuid[])) and (coalesce(case (new.role)::text when 'reader' then new.unit_id = any ((select seal.unit_keys('reader'))::uuid[]) when 'manager' then new.unit_id = any ((select seal.unit_keys('manager'))::uuid[]) else false end, false)));
    end if;
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `unit` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `unit` is changed by manager or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  if new.role is distinct from old.role or new.unit_id is distinct from old.unit_id or new.user_id is distinct from old.user_id then
    if old.user_id = seal.me() and old.unit_id::text::uuid = old.unit_id then
      perform seal.give_up('unit', array[old.unit_id::text], (case old.role::text when 'reader' then 1 when 'manager' then 2 end), null);
    end if;
  end if;
  else
  if old.user_id is distinct from seal.me() and old.unit_id is not null and old.role is not null then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.unit_lock(old.unit_id, null);
    allowed := ((old.user_id = (select seal.me())) or ((seal.unit_held(old.unit_id, 'manager')) and (coalesce(case (old.role)::text when 'reader' then seal.unit_held(old.unit_id, 'reader') when 'manager' then seal.unit_held(old.unit_id, 'manager') else false end, false))));
    end if;
    if not coalesce(allowed, false) then
    allowed := ((old.user_id = (select seal.me())) or ((old.unit_id = any ((select seal.unit_keys('manager'))::uuid[])) and (coalesce(case (old.role)::text when 'reader' then old.unit_id = any ((select seal.unit_keys('reader'))::uuid[]) when 'manager' then old.unit_id = any ((select seal.unit_keys('manager'))::uuid[]) else false end, false))));
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `unit` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `unit` is changed by manager or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  if old.user_id = seal.me() and seal.unit_held(old.unit_id, 'manager') then
    perform seal.unit_lock(old.unit_id, null);
  end if;
    if old.user_id = seal.me() and old.unit_id::text::uuid = old.unit_id then
      perform seal.give_up('unit', array[old.unit_id::text], (case old.role::text when 'reader' then 1 when 'manager' then 2 end), null);
    end if;
    return old;
  end if;
  return new;
end
$seal$;
revoke execute on function seal.afresh_unit_members_ae1f() from public cascade;
alter function seal.afresh_unit_members_ae1f() security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create trigger zzzz_seal_zz_afresh before insert or update or delete on app.unit_members for each row when (row_security_active('app.unit_members'::regclass) and not (current_user in ('group_tree_owner', 'group_tree_found_unit'))) execute function seal.afresh_unit_members_ae1f();
create trigger zzzz_seal_zz_cascade before update on app.unit_members for each row when (pg_trigger_depth() > 0 and current_user = 'group_tree_owner' and not pg_has_role(session_user, 'group_tree_owner', 'member')) execute function seal.afresh_unit_members_ae1f();
create or replace function seal.unit_rows(uuid)
returns table(member uuid, version text, came xid)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
begin
  return query select m.user_id::uuid, (m.tableoid::text || m.ctid::text), m.xmin from app.unit_members as m where m.unit_id = $1;
end
$seal$;
revoke execute on function seal.unit_rows(uuid) from public cascade;
alter function seal.unit_rows(uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.dodged_unit_members_ae1f()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
#variable_conflict use_column
declare
  since bigint[] := seal.admitted_since(pg_current_snapshot());
  top bigint;
  came xid;
begin
  if cardinality(since) = 0 then
    return null;
  end if;
  top := pg_current_xact_id()::text;
  for came in
    with here as materialized (select k.key1, n.member, n.version, n.came from (select unnest(seal.unit_keys('manager'))) as k (key1), lateral seal.unit_rows(k.key1) as n where 242078301184 + hashtextextended(row(k.key1)::text, 0) % 128 = any (since))
    select h.came from here as h where not exists (select 1 from app.unit_members as m where m.unit_id = h.key1 and m.user_id = h.member and (m.tableoid::text || m.ctid::text) = h.version)
      and exists (select 1 from app.unit_members as m where m.unit_id = h.key1 and m.user_id = h.member and (m.tableoid::text || m.ctid::text) not in (select o.version from here as o))
  loop
    if pg_xact_status((top + ((came::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) is distinct from 'in progress' then
      raise exception using errcode = '40001', message = 'memberships of `unit` were written anew while this statement waited', hint = 'try again';
    end if;
  end loop;
  return null;
end
$seal$;
revoke execute on function seal.dodged_unit_members_ae1f() from public cascade;
alter function seal.dodged_unit_members_ae1f() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_zz_dodged after update or delete on app.unit_members for each statement when (row_security_active('app.unit_members'::regclass) and not (current_user in ('group_tree_owner', 'group_tree_found_unit'))) execute function seal.dodged_unit_members_ae1f();
create or replace function seal.last_unit_unit_members_ae1f()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if not coalesce(old.role::text = 'manager' and old.user_id is not null and (true), false) then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if coalesce(row(new.unit_id) = row(old.unit_id) and new.role::text = 'manager' and new.user_id is not null and (true), false) then
      return null;
    end if;
  end if;
  if tg_name = 'aaac_seal_cascade_unit' and not exists (select 1 from app.unit_members as m where row(m.unit_id) = row(old.unit_id) and m.user_id is not null and (true)) then
    return null;
  end if;
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using errcode = '42501', message = 'who leaves as manager of `unit` does so at READ COMMITTED', hint = 'a stricter isolation cannot see who else leaves at the same time';
  end if;
  perform pg_advisory_xact_lock(242078301184 + hashtextextended(row(old.unit_id)::text, 0) % 128);
  if not exists (select 1 from app.unit_members as m where row(m.unit_id) = row(old.unit_id) and m.role::text = 'manager' and m.user_id is not null and (true)) then
    raise exception using errcode = '42501', message = 'the last manager of `unit` cannot leave', hint = 'make somebody else manager first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.last_unit_unit_members_ae1f() from public cascade;
alter function seal.last_unit_unit_members_ae1f() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaab_seal_last_unit after delete or update on app.unit_members for each row when (row_security_active('app.unit_members'::regclass) and not (current_user in ('group_tree_owner', 'group_tree_found_unit'))) execute function seal.last_unit_unit_members_ae1f();
create trigger aaac_seal_cascade_unit after delete or update on app.unit_members for each row when (pg_trigger_depth() > 0 and current_user = 'group_tree_owner' and not pg_has_role(session_user, 'group_tree_owner', 'member')) execute function seal.last_unit_unit_members_ae1f();
create or replace function seal.still_may_unit_members_ae1f(jsonb, text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
set standard_conforming_strings = 'on'
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set array_nulls = 'on'
set transform_null_equals = 'off'
set xmloption = 'content'
as $seal$
#variable_conflict use_column
declare
  hung app.unit_members := jsonb_populate_record(null::app.unit_members, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := hung.unit_id = any ((select seal.unit_keys('manager'))::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    allowed := false;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_unit_members_ae1f(jsonb, text) from public cascade;
alter function seal.still_may_unit_members_ae1f(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_59e4_unit_members_ae1f(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.units as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_59e4_unit_members_ae1f(xid, uuid) from public cascade;
alter function seal.same_59e4_unit_members_ae1f(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_unit_members_ae1f()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.unit_id is not null and (tg_op = 'INSERT' or new.unit_id is distinct from old.unit_id) then
    if not seal.same_59e4_unit_members_ae1f((select p.xmin from app.units as p where p.id = new.unit_id), new.unit_id) then
      if not seal.still_may_unit_members_ae1f(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.units that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_unit_members_ae1f() from public cascade;
alter function seal.still_unit_members_ae1f() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.unit_members for each row when (row_security_active('app.unit_members'::regclass) and not (current_user in ('group_tree_owner'))) execute function seal.still_unit_members_ae1f();
create or replace function seal.columns_units_c0a0()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.parent_id is distinct from old.parent_id or new.id is distinct from old.id then
    allowed := ((old.id = any ((select seal.unit_keys('manager'))::uuid[])) and ((old.parent_id is null) or (old.parent_id = any ((select seal.unit_keys('manager'))::uuid[]))));
    if coalesce(allowed, false) then
      allowed := (((new.parent_id is null) or (new.parent_id = any ((select seal.unit_keys('manager'))::uuid[]))) and ((new.parent_id is null) or (new.id = any ((select seal.unit_keys('manager'))::uuid[]))));
    end if;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'the tree of `unit` is changed by manager or above at both ends, and by manager of what is put below another', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_units_c0a0() from public cascade;
create trigger aaaa_seal_columns after update on app.units for each row when (row_security_active('app.units'::regclass) and not (current_user in ('group_tree_owner'))) execute function seal.columns_units_c0a0();
create or replace function seal.afresh_units_c0a0()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
set standard_conforming_strings = 'on'
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set array_nulls = 'on'
set transform_null_equals = 'off'
set xmloption = 'content'
as $seal$
#variable_conflict use_column
declare
  allowed boolean;
begin
  if tg_op = 'INSERT' then
  if new.parent_id is not null then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.unit_lock(new.id, new.parent_id);
    allowed := ((new.parent_id is null) or (seal.unit_held(new.parent_id, 'manager')));
    end if;
    if not coalesce(allowed, false) then
    allowed := ((new.parent_id is null) or (new.parent_id = any ((select seal.unit_keys('manager'))::uuid[])));
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `unit` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'the tree of `unit` is changed by manager or above at both ends, and by manager of what is put below another', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  elsif tg_op = 'UPDATE' then
  if (new.parent_id is distinct from old.parent_id or new.id is distinct from old.id) and not (tg_name = 'zzzz_seal_zz_cascade' and coalesce((new.parent_id is null and new.id = old.id), false)) then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.unit_lock(old.id, old.parent_id);
    perform seal.unit_lock(new.id, new.parent_id);
    allowed := ((seal.unit_held(old.id, 'manager')) and ((old.parent_id is null) or (seal.unit_held(old.parent_id, 'manager'))));
    if coalesce(allowed, false) then
      allowed := (((new.parent_id is null) or (seal.unit_held(new.parent_id, 'manager'))) and ((new.parent_id is null) or (seal.unit_held(new.id, 'manager'))));
    end if;
    end if;
    if not coalesce(allowed, false) then
    allowed := ((old.id = any ((select seal.unit_keys('manager'))::uuid[])) and ((old.parent_id is null) or (old.parent_id = any ((select seal.unit_keys('manager'))::uuid[]))));
    if coalesce(allowed, false) then
      allowed := (((new.parent_id is null) or (new.parent_id = any ((select seal.unit_keys('manager'))::uuid[]))) and ((new.parent_id is null) or (new.id = any ((select seal.unit_keys('manager'))::uuid[]))));
    end if;
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `unit` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'the tree of `unit` is changed by manager or above at both ends, and by manager of what is put below another', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  if new.parent_id is distinct from old.parent_id or new.id is distinct from old.id then
    if seal.me() is not null and old.id::text::uuid = old.id and old.parent_id::text::uuid = old.parent_id then
      perform seal.give_up('unit', array[old.id::text], null, old.parent_id::text);
    end if;
  end if;
  else
    if seal.me() is not null and old.id::text::uuid = old.id and old.parent_id::text::uuid = old.parent_id then
      perform seal.give_up('unit', array[old.id::text], null, old.parent_id::text);
    end if;
    return old;
  end if;
  return new;
end
$seal$;
revoke execute on function seal.afresh_units_c0a0() from public cascade;
alter function seal.afresh_units_c0a0() security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create trigger zzzz_seal_zz_afresh before insert or update or delete on app.units for each row when (row_security_active('app.units'::regclass) and not (current_user in ('group_tree_owner'))) execute function seal.afresh_units_c0a0();
create trigger zzzz_seal_zz_cascade before update on app.units for each row when (pg_trigger_depth() > 0 and current_user = 'group_tree_owner' and not pg_has_role(session_user, 'group_tree_owner', 'member')) execute function seal.afresh_units_c0a0();
create or replace function seal.found_unit_units_c0a0()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if seal.me() is not null then
    insert into app.unit_members (user_id, unit_id, role) values (seal.me(), new.id, 'manager');
  end if;
  return null;
end
$seal$;
revoke execute on function seal.found_unit_units_c0a0() from public cascade;
alter function seal.found_unit_units_c0a0() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger seal_founder_unit after insert on app.units for each row when (row_security_active('app.units'::regclass) and not (current_user in ('group_tree_owner'))) execute function seal.found_unit_units_c0a0();
create or replace function seal.new_unit_units_c0a0()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if exists (select 1 from app.unit_members as m where m.unit_id = new.id) or exists (select 1 from app.units as m where m.id = new.id) then
    raise exception using errcode = '42501', message = 'this group of `unit` was there before, and is not founded again', hint = 'change its row with UPDATE, or delete its memberships and all that is its first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.new_unit_units_c0a0() from public cascade;
alter function seal.new_unit_units_c0a0() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaaa_seal_new_unit after insert on app.units for each row when (row_security_active('app.units'::regclass) and not (current_user in ('group_tree_owner'))) execute function seal.new_unit_units_c0a0();
create or replace function seal.still_may_units_c0a0(jsonb, text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
set standard_conforming_strings = 'on'
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set array_nulls = 'on'
set transform_null_equals = 'off'
set xmloption = 'content'
as $seal$
#variable_conflict use_column
declare
  hung app.units := jsonb_populate_record(null::app.units, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := true; else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.id = any ((select seal.unit_keys('manager'))::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_units_c0a0(jsonb, text) from public cascade;
alter function seal.still_may_units_c0a0(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_7b54_units_c0a0(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.units as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_7b54_units_c0a0(xid, uuid) from public cascade;
alter function seal.same_7b54_units_c0a0(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_units_c0a0()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.parent_id is not null and (tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id) then
    if not seal.same_7b54_units_c0a0((select p.xmin from app.units as p where p.id = new.parent_id), new.parent_id) then
      if not seal.still_may_units_c0a0(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.units that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_units_c0a0() from public cascade;
alter function seal.still_units_c0a0() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.units for each row when (row_security_active('app.units'::regclass) and not (current_user in ('group_tree_owner'))) execute function seal.still_units_c0a0();
create or replace function seal.kept_units_c0a0()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.units that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from app.unit_members as c where c.unit_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.unit_members still point to a row of app.units', hint = 'delete them first, or in the same statement: a row that (unit_id) points to is not replaced by another';
  end if;
  if exists (select 1 from app.units as c where c.parent_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.units still point to a row of app.units', hint = 'delete them first, or in the same statement: a row that (parent_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_units_c0a0() from public cascade;
alter function seal.kept_units_c0a0() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on app.units for each row when ((row_security_active('app.units'::regclass) and not (current_user in ('group_tree_owner'))) or (pg_trigger_depth() > 0 and current_user = 'group_tree_owner' and not pg_has_role(session_user, 'group_tree_owner', 'member'))) execute function seal.kept_units_c0a0();
create or replace function seal.kept_key_units_c0a0()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.units that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.id is distinct from new.id) and exists (select 1 from app.unit_members as c where c.unit_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.unit_members still point to a row of app.units', hint = 'delete them first, or in the same statement: a row that (unit_id) points to is not replaced by another';
  end if;
  if (old.id is distinct from new.id) and exists (select 1 from app.units as c where c.parent_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.units still point to a row of app.units', hint = 'delete them first, or in the same statement: a row that (parent_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_units_c0a0() from public cascade;
alter function seal.kept_key_units_c0a0() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.units for each row when ((old.id is distinct from new.id) and ((row_security_active('app.units'::regclass) and not (current_user in ('group_tree_owner'))) or (pg_trigger_depth() > 0 and current_user = 'group_tree_owner' and not pg_has_role(session_user, 'group_tree_owner', 'member')))) execute function seal.kept_key_units_c0a0();
create or replace function seal.create_unit(new_row jsonb)
returns app.units
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $seal$
declare
  given jsonb := new_row;
  made app.units;
  listed text;
  answer jsonb;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    raise exception using errcode = '22023', message = 'a new row of app.units is a JSON object', hint = 'seal.create_unit(''{"column": "value"}'')';
  end if;
  made := jsonb_populate_record(null::app.units, given);
  select string_agg(format('%I', k), ', ' order by k) into listed from jsonb_object_keys(given) as k where k in ('id', 'parent_id', 'name');
  if listed is null then
    raise exception using errcode = '22023', message = 'a new row of app.units names at least one of its columns', hint = 'seal.create_unit(''{"column": "value"}'')';
  end if;
  execute format('insert into app.units (%1$s) select %1$s from jsonb_populate_record(null::app.units, $1)', listed) using given;
  select to_jsonb(r) into answer from (select t.id, t.parent_id, t.name from app.units as t where t.id = made.id) as r;
  return jsonb_populate_record(null::app.units, answer);
end
$seal$;
revoke execute on function seal.create_unit(jsonb) from public cascade;
create policy seal_gate_member on app.unit_members as restrictive for all to group_tree_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_delete_member on app.unit_members as restrictive for delete to group_tree_role_member using ((user_id = (select seal.me())) or ((unit_id = any ((select seal.unit_keys('manager'))::uuid[])) and (coalesce(case (role)::text when 'reader' then unit_id = any ((select seal.unit_keys('reader'))::uuid[]) when 'manager' then unit_id = any ((select seal.unit_keys('manager'))::uuid[]) else false end, false))));
create policy seal_require_insert_member on app.unit_members as restrictive for insert to group_tree_role_member with check ((unit_id = any ((select seal.unit_keys('manager'))::uuid[])) and (coalesce(case (role)::text when 'reader' then unit_id = any ((select seal.unit_keys('reader'))::uuid[]) when 'manager' then unit_id = any ((select seal.unit_keys('manager'))::uuid[]) else false end, false)));
create policy seal_gate_member on app.units as restrictive for all to group_tree_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.units as restrictive for insert to group_tree_role_member with check ((parent_id is null) or (parent_id = any ((select seal.unit_keys('manager'))::uuid[])));
create policy seal_backup on app.unit_members as permissive for select to group_tree_backup using (true);
create policy seal_delete_member on app.unit_members as permissive for delete to group_tree_role_member using (((unit_id = any ((select seal.unit_keys())::uuid[])) or (user_id = any ((select seal.unit_peers())::uuid[]))) and ((user_id = (select seal.me())) or (unit_id = any ((select seal.unit_keys('manager'))::uuid[]))));
create policy seal_found_insert_found_unit on app.unit_members as permissive for insert to group_tree_found_unit with check (true);
create policy seal_insert_member on app.unit_members as permissive for insert to group_tree_role_member with check (unit_id = any ((select seal.unit_keys('manager'))::uuid[]));
create policy seal_read on app.unit_members as permissive for select to group_tree_seal using (true);
create policy seal_select_member on app.unit_members as permissive for select to group_tree_role_member using ((unit_id = any ((select seal.unit_keys())::uuid[])) or (user_id = any ((select seal.unit_peers())::uuid[])));
create policy seal_backup on app.units as permissive for select to group_tree_backup using (true);
create policy seal_insert_member on app.units as permissive for insert to group_tree_role_member with check (true);
create policy seal_read on app.units as permissive for select to group_tree_seal using (true);
create policy seal_select_member on app.units as permissive for select to group_tree_role_member using (id = any ((select seal.unit_keys())::uuid[]));
create policy seal_update_member on app.units as permissive for update to group_tree_role_member using ((id = any ((select seal.unit_keys())::uuid[])) and (id = any ((select seal.unit_keys('manager'))::uuid[]))) with check (id = any ((select seal.unit_keys('manager'))::uuid[]));
grant select on table app.unit_members to group_tree_backup, group_tree_seal;
grant select, insert, delete on table app.unit_members to group_tree_role_member;
grant insert (role, unit_id, user_id) on table app.unit_members to group_tree_found_unit;
grant select on table app.units to group_tree_backup, group_tree_seal;
grant select, insert, update on table app.units to group_tree_role_member;
grant execute on function seal.afresh_unit_members_ae1f() to group_tree_owner;
grant execute on function seal.afresh_units_c0a0() to group_tree_owner;
grant execute on function seal.claim(text) to group_tree_found_unit, group_tree_role_member, group_tree_role_visitor;
grant execute on function seal.columns_unit_members_ae1f() to group_tree_owner;
grant execute on function seal.columns_units_c0a0() to group_tree_owner;
grant execute on function seal.create_unit(jsonb) to group_tree_role_member;
grant execute on function seal.dodged_unit_members_ae1f() to group_tree_owner;
grant execute on function seal.found_unit_units_c0a0() to group_tree_owner;
grant execute on function seal.is_agent() to group_tree_found_unit, group_tree_role_member, group_tree_role_visitor;
grant execute on function seal.is_human() to group_tree_found_unit, group_tree_role_member, group_tree_role_visitor;
grant execute on function seal.is_live(text) to group_tree_found_unit, group_tree_role_member, group_tree_role_visitor;
grant execute on function seal.kept_key_units_c0a0() to group_tree_owner;
grant execute on function seal.kept_units_c0a0() to group_tree_owner;
grant execute on function seal.last_unit_unit_members_ae1f() to group_tree_owner;
grant execute on function seal.me() to group_tree_found_unit, group_tree_role_member, group_tree_role_visitor;
grant execute on function seal.new_unit_units_c0a0() to group_tree_owner;
grant execute on function seal.still_unit_members_ae1f() to group_tree_owner;
grant execute on function seal.still_units_c0a0() to group_tree_owner;
grant execute on function seal.unit_keys(text) to group_tree_role_member;
grant execute on function seal.unit_peers() to group_tree_role_member;
