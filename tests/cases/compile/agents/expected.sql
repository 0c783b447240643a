do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to agents_owner;
grant usage on schema app to agents_agent_triage, agents_agent_writer, agents_backup, agents_role_member, agents_role_staff, agents_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to agents_agent_triage, agents_agent_writer, agents_owner, agents_role_member, agents_role_staff, agents_role_visitor;
alter table app.orgs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.orgs from public cascade;
alter table app.memberships enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.memberships from public cascade;
alter table app.tasks enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.tasks from public cascade;
alter table app.notes enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.notes from public cascade;
revoke select, insert, update, delete, truncate, references, trigger on table app.task_notes from public cascade;
alter view app.task_notes set (security_invoker = 'true');
create or replace function seal.org_keys(at_least text default null)
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
  return array(select distinct m.org_id from app.memberships as m where m.user_id = known.principal and m.org_id is not null);
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
  return array(select distinct m.user_id from app.memberships as m where m.user_id is not null and m.org_id is not null and m.org_id = any ((select seal.org_keys())::uuid[]));
end
$seal$;
revoke execute on function seal.org_peers() from public cascade;
alter function seal.org_peers() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.columns_tasks_c427()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.status is distinct from old.status then
    allowed := false;
    if not coalesce(allowed, false) and (new.status in ('done')) and (old.status in ('open')) then
      allowed := true;
    end if;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.tasks.status may not go from its old to its new value', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_tasks_c427() from public cascade;
create trigger aaaa_seal_columns after update on app.tasks for each row when (row_security_active('app.tasks'::regclass) and not (current_user in ('agents_owner'))) execute function seal.columns_tasks_c427();
create or replace view app.tasks_visible with (security_invoker = true) as select id, org_id, status, note from app.tasks;
revoke select, insert, update, delete, truncate, references, trigger on table app.tasks_visible from public cascade;
alter view app.tasks_visible set (security_invoker = 'true');
create policy seal_gate_member on app.notes as restrictive for all to agents_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_staff on app.notes as restrictive for all to agents_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_gate_member on app.orgs as restrictive for all to agents_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_staff on app.orgs as restrictive for all to agents_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_gate_agent_triage on app.tasks as restrictive for all to agents_agent_triage using ((select seal.is_live('agent_triage'))) with check ((select seal.is_live('agent_triage')));
create policy seal_gate_agent_writer on app.tasks as restrictive for all to agents_agent_writer using ((select seal.is_live('agent_writer'))) with check ((select seal.is_live('agent_writer')));
create policy seal_gate_member on app.tasks as restrictive for all to agents_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_staff on app.tasks as restrictive for all to agents_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_require_insert_member_staff_agent_writer on app.tasks as restrictive for insert to agents_agent_writer, agents_role_member, agents_role_staff with check (status in ('open'));
create policy seal_backup on app.memberships as permissive for select to agents_backup using (true);
create policy seal_read on app.memberships as permissive for select to agents_seal using (true);
create policy seal_backup on app.notes as permissive for select to agents_backup using (true);
create policy seal_delete_member_staff on app.notes as permissive for delete to agents_role_member, agents_role_staff using (owner = (select seal.me()));
create policy seal_insert_member_staff on app.notes as permissive for insert to agents_role_member, agents_role_staff with check (owner = (select seal.me()));
create policy seal_select_member_staff on app.notes as permissive for select to agents_role_member, agents_role_staff using (owner = (select seal.me()));
create policy seal_update_member_staff on app.notes as permissive for update to agents_role_member, agents_role_staff using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on app.orgs as permissive for select to agents_backup using (true);
create policy seal_select_member_staff on app.orgs as permissive for select to agents_role_member, agents_role_staff using (id = any ((select seal.org_keys())::uuid[]));
create policy seal_backup on app.tasks as permissive for select to agents_backup using (true);
create policy seal_delete_member_agent_triage on app.tasks as permissive for delete to agents_agent_triage, agents_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) and (select seal.is_human()));
create policy seal_delete_staff on app.tasks as permissive for delete to agents_role_staff using (org_id = any ((select seal.org_keys())::uuid[]));
create policy seal_insert_member_staff_agent_writer on app.tasks as permissive for insert to agents_agent_writer, agents_role_member, agents_role_staff with check (org_id = any ((select seal.org_keys())::uuid[]));
create policy seal_select_member_staff_agent_triage_agent_writer on app.tasks as permissive for select to agents_agent_triage, agents_agent_writer, agents_role_member, agents_role_staff using (org_id = any ((select seal.org_keys())::uuid[]));
create policy seal_update_member_staff_agent_triage on app.tasks as permissive for update to agents_agent_triage, agents_role_member, agents_role_staff using (org_id = any ((select seal.org_keys())::uuid[])) with check (org_id = any ((select seal.org_keys())::uuid[]));
grant select on table app.memberships to agents_backup, agents_seal;
grant select on table app.notes to agents_backup;
grant select, insert, update, delete on table app.notes to agents_role_member, agents_role_staff;
grant select on table app.orgs to agents_backup, agents_role_member, agents_role_staff;
grant select on table app.tasks to agents_backup;
grant select, insert, update, delete on table app.tasks to agents_role_staff;
grant select (id, note, org_id, status), insert (id, note, org_id, status), update (id, note, org_id, status) on table app.tasks to agents_role_member;
grant select (id, note, org_id, status), update (note, status) on table app.tasks to agents_agent_triage;
grant select (id, secret), insert (id, org_id, status) on table app.tasks to agents_agent_writer;
grant delete on table app.tasks to agents_agent_triage, agents_role_member;
grant select on table app.task_notes to agents_agent_triage, agents_role_member, agents_role_staff;
grant select on table app.tasks_visible to agents_role_member, agents_role_staff;
grant execute on function seal.columns_tasks_c427() to agents_owner;
grant execute on function seal.org_keys(text) to agents_agent_triage, agents_agent_writer, agents_role_member, agents_role_staff;
