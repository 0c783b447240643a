do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to group_granted_by_founder_owner;
grant usage on schema app to group_granted_by_founder_backup, group_granted_by_founder_found_org, group_granted_by_founder_role_member, group_granted_by_founder_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to group_granted_by_founder_found_org, group_granted_by_founder_owner, group_granted_by_founder_role_member, group_granted_by_founder_role_visitor;
alter table app.orgs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.orgs from public cascade;
alter table app.memberships enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.memberships from public cascade;
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
create or replace function seal.org_keys(at_least text default null)
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal uuid := seal.me();
  wanted integer := case when at_least is null then 1 else (case at_least when 'viewer' then 1 when 'admin' then 2 when 'owner' then 3 end) end;
begin
  if not coalesce(principal is not null, false) then
    return '{}'::uuid[];
  end if;
  return array(select distinct m.org_id from app.memberships as m where m.user_id = known.principal and m.org_id is not null and m.role::text in ('viewer', 'admin', 'owner') and (m.revoked_at is null) and (case m.role::text when 'viewer' then 1 when 'admin' then 2 when 'owner' then 3 end) >= known.wanted);
end
$seal$;
revoke execute on function seal.org_keys(text) from public cascade;
alter function seal.org_keys(text) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.org_peers()
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
  return array(select distinct m.user_id from app.memberships as m where m.user_id is not null and m.org_id is not null and m.role::text in ('viewer', 'admin', 'owner') and (m.revoked_at is null) and m.org_id = any ((select seal.org_keys())::uuid[]));
end
$seal$;
revoke execute on function seal.org_peers() from public cascade;
alter function seal.org_peers() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.org_held(uuid, at_least text default null)
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
  wanted integer := case when at_least is null then 1 else (case at_least when 'viewer' then 1 when 'admin' then 2 when 'owner' then 3 end) end;
begin
  if principal is null then
    return false;
  end if;
  return exists (select 1 from app.memberships as m where m.user_id = known.principal and m.org_id = $1 and m.org_id is not null and m.role::text in ('viewer', 'admin', 'owner') and (m.revoked_at is null) and (case m.role::text when 'viewer' then 1 when 'admin' then 2 when 'owner' then 3 end) >= known.wanted) or exists (select 1 from (select g.key[1]::uuid from seal.given_up as g where g.transaction = pg_current_xact_id_if_assigned() and g.began = transaction_timestamp() and g.of_group = 'org' and g.parent is null and g.member = known.principal::text and g.rank >= known.wanted) as g (key1) where g.key1 = $1);
end
$seal$;
revoke execute on function seal.org_held(uuid, text) from public cascade;
alter function seal.org_held(uuid, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.org_lock(uuid)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  perform pg_advisory_xact_lock(998524607488 + hashtextextended(row($1)::text, 0) % 128);
end
$seal$;
revoke execute on function seal.org_lock(uuid) from public cascade;
alter function seal.org_lock(uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.columns_memberships_535e()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.org_id is distinct from old.org_id or new.revoked_at is distinct from old.revoked_at or new.role is distinct from old.role or new.user_id is distinct from old.user_id then
    allowed := ((old.org_id = any ((select seal.org_keys('admin'))::uuid[])) and (coalesce(case (old.role)::text when 'viewer' then old.org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'admin' then old.org_id = any ((select seal.org_keys('admin'))::uuid[]) when 'owner' then old.org_id = any ((select seal.org_keys('owner'))::uuid[]) else false end, false)));
    if coalesce(allowed, false) then
      allowed := ((new.org_id = any ((select seal.org_keys('admin'))::uuid[])) and (coalesce(case (new.role)::text when 'viewer' then new.org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'admin' then new.org_id = any ((select seal.org_keys('admin'))::uuid[]) when 'owner' then new.org_id = any ((select seal.org_keys('owner'))::uuid[]) else false end, false)));
    end if;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'a membership of `org` is changed by admin or above, up to the own rank', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_memberships_535e() from public cascade;
create trigger aaaa_seal_columns after update on app.memberships for each row when (row_security_active('app.memberships'::regclass) and not (current_user in ('group_granted_by_founder_owner', 'group_granted_by_founder_found_org'))) execute function seal.columns_memberships_535e();
create or replace function seal.afresh_memberships_535e()
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
    perform seal.org_lock(new.org_id);
    perform seal.admit(998524607488 + hashtextextended(row(new.org_id)::text, 0) % 128);
    allowed := ((seal.org_held(new.org_id, 'admin')) and (coalesce(case (new.role)::text when 'viewer' then seal.org_held(new.org_id, 'viewer') when 'admin' then seal.org_held(new.org_id, 'admin') when 'owner' then seal.org_held(new.org_id, 'owner') else false end, false)));
    end if;
    if not coalesce(allowed, false) then
    allowed := ((new.org_id = any ((select seal.org_keys('admin'))::uuid[])) and (coalesce(case (new.role)::text when 'viewer' then new.org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'admin' then new.org_id = any ((select seal.org_keys('admin'))::uuid[]) when 'owner' then new.org_id = any ((select seal.org_keys('owner'))::uuid[]) else false end, false)));
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `org` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `org` is changed by admin or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  elsif tg_op = 'UPDATE' then
  if (new.org_id is distinct from old.org_id or new.revoked_at is distinct from old.revoked_at or new.role is distinct from old.role or new.user_id is distinct from old.user_id) and not (tg_name = 'zzzz_seal_zz_cascade' and coalesce((new.user_id is null or new.org_id is null or new.role is null), false)) then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.org_lock(old.org_id);
    perform seal.org_lock(new.org_id);
    if new.org_id is distinct from old.org_id or new.user_id is distinct from old.user_id then
      perform seal.admit(998524607488 + hashtextextended(row(new.org_id)::text, 0) % 128);
    end if;
    allowed := ((seal.org_held(old.org_id, 'admin')) and (coalesce(case (old.role)::text when 'viewer' then seal.org_held(old.org_id, 'viewer') when 'admin' then seal.org_held(old.org_id, 'admin') when 'owner' then seal.org_held(old.org_id, 'owner') else false end, false)));
    if coalesce(allowed, false) then
      allowed := ((seal.org_held(new.org_id, 'admin')) and (coalesce(case (new.role)::text when 'viewer' then seal.org_held(new.org_id, 'viewer') when 'admin' then seal.org_held(new.org_id, 'admin') when 'owner' then seal.org_held(new.org_id, 'owner') else false end, false)));
    end if;
    end if;
    if not coalesce(allowed, false) then
    allowed := ((old.org_id = any ((select seal.org_keys('admin'))::uuid[])) and (coalesce(case (old.role)::text when 'viewer' then old.org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'admin' then old.org_id = any ((select seal.org_keys('admin'))::uuid[]) when 'owner' then old.org_id = any ((select seal.org_keys('owner'))::uuid[]) else false end, false)));
    if coalesce(allowed, false) then
      allowed := ((new.org_id = any ((select seal.org_keys('admin'))::uuid[])) and (coalesce(case (new.role)::text when 'viewer' then new.org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'admin' then new.org_id = any ((select seal.org_keys('admin'))::uuid[]) when 'owner' then new.org_id = any ((select seal.org_keys('owner'))::uuid[]) else false end, false)));
    end if;
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `org` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `org` is changed by admin or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  if new.org_id is distinct from old.org_id or new.revoked_at is distinct from old.revoked_at or new.role is distinct from old.role or new.user_id is distinct from old.user_id then
    if old.user_id = seal.me() and (old.revoked_at is null) and old.org_id::text::uuid = old.org_id then
      perform seal.give_up('org', array[old.org_id::text], (case old.role::text when 'viewer' then 1 when 'admin' then 2 when 'owner' then 3 end), null);
    end if;
  end if;
  else
  if old.user_id is distinct from seal.me() and old.org_id is not null and old.role is not null then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.org_lock(old.org_id);
    allowed := ((old.user_id = (select seal.me())) or (old.role is null) or ((seal.org_held(old.org_id, 'admin')) and (coalesce(case (old.role)::text when 'viewer' then seal.org_held(old.org_id, 'viewer') when 'admin' then seal.org_held(old.org_id, 'admin') when 'owner' then seal.org_held(old.org_id, 'owner') else false end, false))));
    end if;
    if not coalesce(allowed, false) then
    allowed := ((old.user_id = (select seal.me())) or (old.role is null) or ((old.org_id = any ((select seal.org_keys('admin'))::uuid[])) and (coalesce(case (old.role)::text when 'viewer' then old.org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'admin' then old.org_id = any ((select seal.org_keys('admin'))::uuid[]) when 'owner' then old.org_id = any ((select seal.org_keys('owner'))::uuid[]) else false end, false))));
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `org` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `org` is changed by admin or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  if old.user_id = seal.me() and seal.org_held(old.org_id, 'admin') then
    perform seal.org_lock(old.org_id);
  end if;
    if old.user_id = seal.me() and (old.revoked_at is null) and old.org_id::text::uuid = old.org_id then
      perform seal.give_up('org', array[old.org_id::text], (case old.role::text when 'viewer' then 1 when 'admin' then 2 when 'owner' then 3 end), null);
    end if;
    return old;
  end if;
  return new;
end
$seal$;
revoke execute on function seal.afresh_memberships_535e() from public cascade;
alter function seal.afresh_memberships_535e() security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create trigger zzzz_seal_zz_afresh before insert or update or delete on app.memberships for each row when (row_security_active('app.memberships'::regclass) and not (current_user in ('group_granted_by_founder_owner', 'group_granted_by_founder_found_org'))) execute function seal.afresh_memberships_535e();
create trigger zzzz_seal_zz_cascade before update on app.memberships for each row when (pg_trigger_depth() > 0 and current_user = 'group_granted_by_founder_owner' and not pg_has_role(session_user, 'group_granted_by_founder_owner', 'member')) execute function seal.afresh_memberships_535e();
create or replace function seal.org_rows(uuid)
returns table(member uuid, version text, came xid)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
begin
  return query select m.user_id::uuid, (m.tableoid::text || m.ctid::text), m.xmin from app.memberships as m where m.org_id = $1;
end
$seal$;
revoke execute on function seal.org_rows(uuid) from public cascade;
alter function seal.org_rows(uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.dodged_memberships_535e()
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
    with here as materialized (select k.key1, n.member, n.version, n.came from (select unnest(seal.org_keys('admin'))) as k (key1), lateral seal.org_rows(k.key1) as n where 998524607488 + hashtextextended(row(k.key1)::text, 0) % 128 = any (since))
    select h.came from here as h where not exists (select 1 from app.memberships as m where m.org_id = h.key1 and m.user_id = h.member and (m.tableoid::text || m.ctid::text) = h.version)
      and exists (select 1 from app.memberships as m where m.org_id = h.key1 and m.user_id = h.member and (m.tableoid::text || m.ctid::text) not in (select o.version from here as o))
  loop
    if pg_xact_status((top + ((came::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) is distinct from 'in progress' then
      raise exception using errcode = '40001', message = 'memberships of `org` were written anew while this statement waited', hint = 'try again';
    end if;
  end loop;
  return null;
end
$seal$;
revoke execute on function seal.dodged_memberships_535e() from public cascade;
alter function seal.dodged_memberships_535e() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_zz_dodged after update or delete on app.memberships for each statement when (row_security_active('app.memberships'::regclass) and not (current_user in ('group_granted_by_founder_owner', 'group_granted_by_founder_found_org'))) execute function seal.dodged_memberships_535e();
create or replace function seal.last_org_memberships_535e()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if not coalesce(old.role::text = 'owner' and old.user_id is not null and ((old.revoked_at is null)), false) then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if coalesce(row(new.org_id) = row(old.org_id) and new.role::text = 'owner' and new.user_id is not null and ((new.revoked_at is null)), false) then
      return null;
    end if;
  end if;
  if tg_name = 'aaac_seal_cascade_org' and not exists (select 1 from app.memberships as m where row(m.org_id) = row(old.org_id) and m.user_id is not null and ((m.revoked_at is null))) then
    return null;
  end if;
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using errcode = '42501', message = 'who leaves as owner of `org` does so at READ COMMITTED', hint = 'a stricter isolation cannot see who else leaves at the same time';
  end if;
  perform pg_advisory_xact_lock(998524607488 + hashtextextended(row(old.org_id)::text, 0) % 128);
  if not exists (select 1 from app.memberships as m where row(m.org_id) = row(old.org_id) and m.role::text = 'owner' and m.user_id is not null and ((m.revoked_at is null))) then
    raise exception using errcode = '42501', message = 'the last owner of `org` cannot leave', hint = 'make somebody else owner first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.last_org_memberships_535e() from public cascade;
alter function seal.last_org_memberships_535e() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaab_seal_last_org after delete or update on app.memberships for each row when (row_security_active('app.memberships'::regclass) and not (current_user in ('group_granted_by_founder_owner', 'group_granted_by_founder_found_org'))) execute function seal.last_org_memberships_535e();
create trigger aaac_seal_cascade_org after delete or update on app.memberships for each row when (pg_trigger_depth() > 0 and current_user = 'group_granted_by_founder_owner' and not pg_has_role(session_user, 'group_granted_by_founder_owner', 'member')) execute function seal.last_org_memberships_535e();
create or replace function seal.still_may_memberships_535e(jsonb, text)
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
  hung app.memberships := jsonb_populate_record(null::app.memberships, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := hung.org_id = any ((select seal.org_keys('admin'))::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.org_id = any ((select seal.org_keys('admin'))::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_memberships_535e(jsonb, text) from public cascade;
alter function seal.still_may_memberships_535e(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_0923_memberships_535e(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.orgs as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_0923_memberships_535e(xid, uuid) from public cascade;
alter function seal.same_0923_memberships_535e(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_memberships_535e()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.org_id is not null and (tg_op = 'INSERT' or new.org_id is distinct from old.org_id) then
    if not seal.same_0923_memberships_535e((select p.xmin from app.orgs as p where p.id = new.org_id), new.org_id) then
      if not seal.still_may_memberships_535e(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.orgs that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_memberships_535e() from public cascade;
alter function seal.still_memberships_535e() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.memberships for each row when (row_security_active('app.memberships'::regclass) and not (current_user in ('group_granted_by_founder_owner'))) execute function seal.still_memberships_535e();
create or replace function seal.found_org_orgs_cb59()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if seal.me() is not null then
    insert into app.memberships (user_id, org_id, role) values (seal.me(), new.id, 'owner');
  end if;
  return null;
end
$seal$;
revoke execute on function seal.found_org_orgs_cb59() from public cascade;
alter function seal.found_org_orgs_cb59() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger seal_founder_org after insert on app.orgs for each row when (row_security_active('app.orgs'::regclass) and not (current_user in ('group_granted_by_founder_owner'))) execute function seal.found_org_orgs_cb59();
create or replace function seal.new_org_orgs_cb59()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if exists (select 1 from app.memberships as m where m.org_id = new.id) then
    raise exception using errcode = '42501', message = 'this group of `org` was there before, and is not founded again', hint = 'change its row with UPDATE, or delete its memberships and all that is its first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.new_org_orgs_cb59() from public cascade;
alter function seal.new_org_orgs_cb59() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaaa_seal_new_org after insert on app.orgs for each row when (row_security_active('app.orgs'::regclass) and not (current_user in ('group_granted_by_founder_owner'))) execute function seal.new_org_orgs_cb59();
create or replace function seal.kept_orgs_cb59()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.orgs that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from app.memberships as c where c.org_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.memberships still point to a row of app.orgs', hint = 'delete them first, or in the same statement: a row that (org_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_orgs_cb59() from public cascade;
alter function seal.kept_orgs_cb59() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on app.orgs for each row when ((row_security_active('app.orgs'::regclass) and not (current_user in ('group_granted_by_founder_owner'))) or (pg_trigger_depth() > 0 and current_user = 'group_granted_by_founder_owner' and not pg_has_role(session_user, 'group_granted_by_founder_owner', 'member'))) execute function seal.kept_orgs_cb59();
create or replace function seal.kept_key_orgs_cb59()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.orgs that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.id is distinct from new.id) and exists (select 1 from app.memberships as c where c.org_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.memberships still point to a row of app.orgs', hint = 'delete them first, or in the same statement: a row that (org_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_orgs_cb59() from public cascade;
alter function seal.kept_key_orgs_cb59() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.orgs for each row when ((old.id is distinct from new.id) and ((row_security_active('app.orgs'::regclass) and not (current_user in ('group_granted_by_founder_owner'))) or (pg_trigger_depth() > 0 and current_user = 'group_granted_by_founder_owner' and not pg_has_role(session_user, 'group_granted_by_founder_owner', 'member')))) execute function seal.kept_key_orgs_cb59();
create or replace function seal.create_org(new_row jsonb)
returns app.orgs
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $seal$
declare
  given jsonb := new_row;
  made app.orgs;
  listed text;
  answer jsonb;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    raise exception using errcode = '22023', message = 'a new row of app.orgs is a JSON object', hint = 'seal.create_org(''{"column": "value"}'')';
  end if;
  made := jsonb_populate_record(null::app.orgs, given);
  select string_agg(format('%I', k), ', ' order by k) into listed from jsonb_object_keys(given) as k where k in ('id', 'name');
  if listed is null then
    raise exception using errcode = '22023', message = 'a new row of app.orgs names at least one of its columns', hint = 'seal.create_org(''{"column": "value"}'')';
  end if;
  execute format('insert into app.orgs (%1$s) select %1$s from jsonb_populate_record(null::app.orgs, $1)', listed) using given;
  select to_jsonb(r) into answer from (select t.id, t.name from app.orgs as t where t.id = made.id) as r;
  return jsonb_populate_record(null::app.orgs, answer);
end
$seal$;
revoke execute on function seal.create_org(jsonb) from public cascade;
create policy seal_gate_member on app.memberships as restrictive for all to group_granted_by_founder_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_delete_member on app.memberships as restrictive for delete to group_granted_by_founder_role_member using ((user_id = (select seal.me())) or (role is null) or ((org_id = any ((select seal.org_keys('admin'))::uuid[])) and (coalesce(case (role)::text when 'viewer' then org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'admin' then org_id = any ((select seal.org_keys('admin'))::uuid[]) when 'owner' then org_id = any ((select seal.org_keys('owner'))::uuid[]) else false end, false))));
create policy seal_require_insert_member on app.memberships as restrictive for insert to group_granted_by_founder_role_member with check ((org_id = any ((select seal.org_keys('admin'))::uuid[])) and (coalesce(case (role)::text when 'viewer' then org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'admin' then org_id = any ((select seal.org_keys('admin'))::uuid[]) when 'owner' then org_id = any ((select seal.org_keys('owner'))::uuid[]) else false end, false)));
create policy seal_gate_member on app.orgs as restrictive for all to group_granted_by_founder_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.memberships as permissive for select to group_granted_by_founder_backup using (true);
create policy seal_delete_member on app.memberships as permissive for delete to group_granted_by_founder_role_member using (org_id = any ((select seal.org_keys())::uuid[]));
create policy seal_found_insert_found_org on app.memberships as permissive for insert to group_granted_by_founder_found_org with check (true);
create policy seal_insert_member on app.memberships as permissive for insert to group_granted_by_founder_role_member with check (org_id = any ((select seal.org_keys('admin'))::uuid[]));
create policy seal_read on app.memberships as permissive for select to group_granted_by_founder_seal using (true);
create policy seal_select_member on app.memberships as permissive for select to group_granted_by_founder_role_member using (org_id = any ((select seal.org_keys())::uuid[]));
create policy seal_update_member on app.memberships as permissive for update to group_granted_by_founder_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) and (org_id = any ((select seal.org_keys('admin'))::uuid[]))) with check (org_id = any ((select seal.org_keys('admin'))::uuid[]));
create policy seal_backup on app.orgs as permissive for select to group_granted_by_founder_backup using (true);
create policy seal_insert_member on app.orgs as permissive for insert to group_granted_by_founder_role_member with check (true);
create policy seal_read on app.orgs as permissive for select to group_granted_by_founder_seal using (true);
create policy seal_select_member on app.orgs as permissive for select to group_granted_by_founder_role_member using (id = any ((select seal.org_keys())::uuid[]));
grant select on table app.memberships to group_granted_by_founder_backup, group_granted_by_founder_seal;
grant select, insert, update, delete on table app.memberships to group_granted_by_founder_role_member;
grant insert (org_id, role, user_id) on table app.memberships to group_granted_by_founder_found_org;
grant select on table app.orgs to group_granted_by_founder_backup, group_granted_by_founder_seal;
grant select, insert on table app.orgs to group_granted_by_founder_role_member;
grant execute on function seal.afresh_memberships_535e() to group_granted_by_founder_owner;
grant execute on function seal.claim(text) to group_granted_by_founder_found_org, group_granted_by_founder_role_member, group_granted_by_founder_role_visitor;
grant execute on function seal.columns_memberships_535e() to group_granted_by_founder_owner;
grant execute on function seal.create_org(jsonb) to group_granted_by_founder_role_member;
grant execute on function seal.dodged_memberships_535e() to group_granted_by_founder_owner;
grant execute on function seal.found_org_orgs_cb59() to group_granted_by_founder_owner;
grant execute on function seal.is_agent() to group_granted_by_founder_found_org, group_granted_by_founder_role_member, group_granted_by_founder_role_visitor;
grant execute on function seal.is_human() to group_granted_by_founder_found_org, group_granted_by_founder_role_member, group_granted_by_founder_role_visitor;
grant execute on function seal.is_live(text) to group_granted_by_founder_found_org, group_granted_by_founder_role_member, group_granted_by_founder_role_visitor;
grant execute on function seal.kept_key_orgs_cb59() to group_granted_by_founder_owner;
grant execute on function seal.kept_orgs_cb59() to group_granted_by_founder_owner;
grant execute on function seal.last_org_memberships_535e() to group_granted_by_founder_owner;
grant execute on function seal.me() to group_granted_by_founder_found_org, group_granted_by_founder_role_member, group_granted_by_founder_role_visitor;
grant execute on function seal.new_org_orgs_cb59() to group_granted_by_founder_owner;
grant execute on function seal.org_keys(text) to group_granted_by_founder_role_member;
grant execute on function seal.still_memberships_535e() to group_granted_by_founder_owner;
