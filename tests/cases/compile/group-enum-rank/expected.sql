do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to group_enum_rank_owner;
grant usage on schema app to group_enum_rank_backup, group_enum_rank_found_org, group_enum_rank_role_member, group_enum_rank_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to group_enum_rank_found_org, group_enum_rank_owner, group_enum_rank_role_member, group_enum_rank_role_visitor;
alter table app.orgs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.orgs from public cascade;
alter table app.memberships enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.memberships from public cascade;
alter table app.posts enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.posts from public cascade;
create or replace function seal.org_keys(at_least text default null)
returns bigint[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal bigint := seal.me();
  wanted integer := case when at_least is null then 1 else (case at_least when 'viewer' then 1 when 'owner' then 2 end) end;
begin
  if not coalesce(principal is not null, false) then
    return '{}'::bigint[];
  end if;
  return array(select distinct m.org_id from app.memberships as m where m.user_id = known.principal and m.org_id is not null and m.rank::text in ('viewer', 'owner') and (case m.rank::text when 'viewer' then 1 when 'owner' then 2 end) >= known.wanted);
end
$seal$;
revoke execute on function seal.org_keys(text) from public cascade;
alter function seal.org_keys(text) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.org_peers()
returns bigint[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal bigint := seal.me();
begin
  if not coalesce(principal is not null, false) then
    return '{}'::bigint[];
  end if;
  return array(select distinct m.user_id from app.memberships as m where m.user_id is not null and m.org_id is not null and m.rank::text in ('viewer', 'owner') and m.org_id = any ((select seal.org_keys())::bigint[]));
end
$seal$;
revoke execute on function seal.org_peers() from public cascade;
alter function seal.org_peers() security definer set search_path = 'pg_catalog', 'pg_temp';
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
    allowed := false;
  elsif tg_op = 'UPDATE' then
    allowed := false;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_memberships_535e(jsonb, text) from public cascade;
alter function seal.still_may_memberships_535e(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_0923_memberships_535e(xid, bigint)
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
revoke execute on function seal.same_0923_memberships_535e(xid, bigint) from public cascade;
alter function seal.same_0923_memberships_535e(xid, bigint) security definer set search_path = 'pg_catalog', 'pg_temp';
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
create trigger zzzz_seal_still after insert or update on app.memberships for each row when (row_security_active('app.memberships'::regclass) and not (current_user in ('group_enum_rank_owner'))) execute function seal.still_memberships_535e();
create or replace function seal.found_org_orgs_cb59()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if seal.me() is not null then
    insert into app.memberships (user_id, org_id, rank) values (seal.me(), new.id, 'owner');
  end if;
  return null;
end
$seal$;
revoke execute on function seal.found_org_orgs_cb59() from public cascade;
alter function seal.found_org_orgs_cb59() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger seal_founder_org after insert on app.orgs for each row when (row_security_active('app.orgs'::regclass) and not (current_user in ('group_enum_rank_owner'))) execute function seal.found_org_orgs_cb59();
create or replace function seal.new_org_orgs_cb59()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if exists (select 1 from app.memberships as m where m.org_id = new.id) or exists (select 1 from app.posts as m where m.org_id = new.id) then
    raise exception using errcode = '42501', message = 'this group of `org` was there before, and is not founded again', hint = 'change its row with UPDATE, or delete its memberships and all that is its first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.new_org_orgs_cb59() from public cascade;
alter function seal.new_org_orgs_cb59() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaaa_seal_new_org after insert on app.orgs for each row when (row_security_active('app.orgs'::regclass) and not (current_user in ('group_enum_rank_owner'))) execute function seal.new_org_orgs_cb59();
create or replace function seal.afresh_org_orgs_cb59()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
      if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `org` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
  if exists (select 1 from app.posts as m where m.org_id = new.id) then
    raise exception using errcode = '42501', message = 'this group of `org` was there before, and is not founded again', hint = 'change its row with UPDATE, or delete its memberships and all that is its first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.afresh_org_orgs_cb59() from public cascade;
alter function seal.afresh_org_orgs_cb59() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaaa_seal_afresh_org after insert on app.orgs for each row when (row_security_active('app.orgs'::regclass) and not (current_user in ('group_enum_rank_owner'))) execute function seal.afresh_org_orgs_cb59();
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
create trigger zzzz_seal_kept after delete on app.orgs for each row when ((row_security_active('app.orgs'::regclass) and not (current_user in ('group_enum_rank_owner'))) or (pg_trigger_depth() > 0 and current_user = 'group_enum_rank_owner' and not pg_has_role(session_user, 'group_enum_rank_owner', 'member'))) execute function seal.kept_orgs_cb59();
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
create trigger zzzz_seal_kept_key after update on app.orgs for each row when ((old.id is distinct from new.id) and ((row_security_active('app.orgs'::regclass) and not (current_user in ('group_enum_rank_owner'))) or (pg_trigger_depth() > 0 and current_user = 'group_enum_rank_owner' and not pg_has_role(session_user, 'group_enum_rank_owner', 'member')))) execute function seal.kept_key_orgs_cb59();
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
  if not given ? 'id' then
    given := given || jsonb_build_object('id', nextval(pg_get_serial_sequence('app.orgs', 'id')));
  end if;
  made := jsonb_populate_record(null::app.orgs, given);
  select string_agg(format('%I', k), ', ' order by k) into listed from jsonb_object_keys(given) as k where k in ('id', 'name');
  if listed is null then
    raise exception using errcode = '22023', message = 'a new row of app.orgs names at least one of its columns', hint = 'seal.create_org(''{"column": "value"}'')';
  end if;
  execute format('insert into app.orgs (%1$s) overriding system value select %1$s from jsonb_populate_record(null::app.orgs, $1)', listed) using given;
  select to_jsonb(r) into answer from (select t.id, t.name from app.orgs as t where t.id = made.id) as r;
  return jsonb_populate_record(null::app.orgs, answer);
end
$seal$;
revoke execute on function seal.create_org(jsonb) from public cascade;
create policy seal_gate_member on app.memberships as restrictive for all to group_enum_rank_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.orgs as restrictive for all to group_enum_rank_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.posts as restrictive for all to group_enum_rank_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.memberships as permissive for select to group_enum_rank_backup using (true);
create policy seal_found_insert_found_org on app.memberships as permissive for insert to group_enum_rank_found_org with check (true);
create policy seal_read on app.memberships as permissive for select to group_enum_rank_seal using (true);
create policy seal_select_member on app.memberships as permissive for select to group_enum_rank_role_member using (org_id = any ((select seal.org_keys())::bigint[]));
create policy seal_backup on app.orgs as permissive for select to group_enum_rank_backup using (true);
create policy seal_insert_member on app.orgs as permissive for insert to group_enum_rank_role_member with check (true);
create policy seal_read on app.orgs as permissive for select to group_enum_rank_seal using (true);
create policy seal_select_member on app.orgs as permissive for select to group_enum_rank_role_member using (id = any ((select seal.org_keys())::bigint[]));
create policy seal_backup on app.posts as permissive for select to group_enum_rank_backup using (true);
create policy seal_insert_member on app.posts as permissive for insert to group_enum_rank_role_member with check (org_id = any ((select seal.org_keys('owner'))::bigint[]));
create policy seal_read on app.posts as permissive for select to group_enum_rank_seal using (true);
create policy seal_select_member on app.posts as permissive for select to group_enum_rank_role_member using (coalesce(case (needs)::text when 'viewer' then org_id = any ((select seal.org_keys('viewer'))::bigint[]) when 'owner' then org_id = any ((select seal.org_keys('owner'))::bigint[]) else false end, false));
grant select on sequence app.orgs_id_seq to group_enum_rank_backup;
grant select on table app.memberships to group_enum_rank_backup, group_enum_rank_role_member, group_enum_rank_seal;
grant insert (org_id, rank, user_id) on table app.memberships to group_enum_rank_found_org;
grant select on table app.orgs to group_enum_rank_backup, group_enum_rank_seal;
grant select, insert on table app.orgs to group_enum_rank_role_member;
grant select on table app.posts to group_enum_rank_backup, group_enum_rank_seal;
grant select, insert on table app.posts to group_enum_rank_role_member;
grant execute on function seal.afresh_org_orgs_cb59() to group_enum_rank_owner;
grant execute on function seal.claim(text) to group_enum_rank_found_org, group_enum_rank_role_member, group_enum_rank_role_visitor;
grant execute on function seal.create_org(jsonb) to group_enum_rank_role_member;
grant execute on function seal.found_org_orgs_cb59() to group_enum_rank_owner;
grant execute on function seal.is_agent() to group_enum_rank_found_org, group_enum_rank_role_member, group_enum_rank_role_visitor;
grant execute on function seal.is_human() to group_enum_rank_found_org, group_enum_rank_role_member, group_enum_rank_role_visitor;
grant execute on function seal.is_live(text) to group_enum_rank_found_org, group_enum_rank_role_member, group_enum_rank_role_visitor;
grant execute on function seal.kept_key_orgs_cb59() to group_enum_rank_owner;
grant execute on function seal.kept_orgs_cb59() to group_enum_rank_owner;
grant execute on function seal.me() to group_enum_rank_found_org, group_enum_rank_role_member, group_enum_rank_role_visitor;
grant execute on function seal.new_org_orgs_cb59() to group_enum_rank_owner;
grant execute on function seal.org_keys(text) to group_enum_rank_role_member;
grant execute on function seal.still_memberships_535e() to group_enum_rank_owner;
