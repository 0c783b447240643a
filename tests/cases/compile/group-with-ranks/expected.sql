do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to group_with_ranks_owner;
grant usage on schema app to group_with_ranks_backup, group_with_ranks_role_member, group_with_ranks_seal;
revoke usage on schema public from public cascade;
alter table app.orgs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.orgs from public cascade;
alter table app.memberships enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.memberships from public cascade;
alter table app.files enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.files from public cascade;
create or replace function seal.org_keys(at_least text default null)
returns uuid[]
language plpgsql stable parallel safe security definer
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
  wanted integer := case when at_least is null then 1 else (case at_least when 'viewer' then 1 when 'it''s' then 2 when 'admin' then 3 end) end;
begin
  if not coalesce(principal is not null, false) then
    return '{}'::uuid[];
  end if;
  return array(select distinct m.org_id from app.memberships as m where m.user_id = known.principal and m.org_id is not null and m.role::text in ('viewer', 'it''s', 'admin') and ((m.revoked_at is null) or (m.revoked_at > ((select seal.now())))) and (case m.role::text when 'viewer' then 1 when 'it''s' then 2 when 'admin' then 3 end) >= known.wanted);
end
$seal$;
revoke execute on function seal.org_keys(text) from public cascade;
alter function seal.org_keys(text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.org_peers()
returns uuid[]
language plpgsql stable parallel safe security definer
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
begin
  if not coalesce(principal is not null, false) then
    return '{}'::uuid[];
  end if;
  return array(select distinct m.user_id from app.memberships as m where m.user_id is not null and m.org_id is not null and m.role::text in ('viewer', 'it''s', 'admin') and ((m.revoked_at is null) or (m.revoked_at > ((select seal.now())))) and m.org_id = any ((select seal.org_keys())::uuid[]));
end
$seal$;
revoke execute on function seal.org_peers() from public cascade;
alter function seal.org_peers() security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.now()
returns timestamptz
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $seal$
begin
  return pg_catalog.clock_timestamp();
end
$seal$;
revoke execute on function seal.now() from public cascade;
create policy seal_gate_member on app.files as restrictive for all to group_with_ranks_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.memberships as restrictive for all to group_with_ranks_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.orgs as restrictive for all to group_with_ranks_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.files as permissive for select to group_with_ranks_backup using (true);
create policy seal_delete_member on app.files as permissive for delete to group_with_ranks_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) and (CASE WHEN NOT ((org_id is not null and org_id = any ((select seal.org_keys())::uuid[]))) THEN false ELSE ((org_id is not null and org_id = any ((select seal.org_keys('admin'))::uuid[]))) END));
create policy seal_insert_member on app.files as permissive for insert to group_with_ranks_role_member with check ((org_id = any ((select seal.org_keys('it''s'))::uuid[])) and (coalesce(case (role)::text when 'viewer' then org_id = any ((select seal.org_keys('viewer'))::uuid[]) when 'it''s' then org_id = any ((select seal.org_keys('it''s'))::uuid[]) when 'admin' then org_id = any ((select seal.org_keys('admin'))::uuid[]) else false end, false)));
create policy seal_select_member on app.files as permissive for select to group_with_ranks_role_member using (org_id = any ((select seal.org_keys())::uuid[]));
create policy seal_update_member on app.files as permissive for update to group_with_ranks_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) and (not (((org_id is not null and org_id = any ((select seal.org_keys('admin'))::uuid[]))) is false)) and (note is not null)) with check ((not (((org_id is not null and org_id = any ((select seal.org_keys('admin'))::uuid[]))) is false)) and (note is not null));
create policy seal_backup on app.memberships as permissive for select to group_with_ranks_backup using (true);
create policy seal_read on app.memberships as permissive for select to group_with_ranks_seal using (true);
create policy seal_select_member on app.memberships as permissive for select to group_with_ranks_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) or (user_id = any ((select seal.org_peers())::uuid[])));
create policy seal_backup on app.orgs as permissive for select to group_with_ranks_backup using (true);
create policy seal_select_member on app.orgs as permissive for select to group_with_ranks_role_member using (id = any ((select seal.org_keys())::uuid[]));
grant select on table app.files to group_with_ranks_backup;
grant select, insert, update, delete on table app.files to group_with_ranks_role_member;
grant select on table app.memberships to group_with_ranks_backup, group_with_ranks_role_member, group_with_ranks_seal;
grant select on table app.orgs to group_with_ranks_backup, group_with_ranks_role_member;
grant execute on function seal.org_keys(text) to group_with_ranks_role_member;
grant execute on function seal.org_peers() to group_with_ranks_role_member;
