do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to via_tenant_key_owner;
grant usage on schema app to via_tenant_key_backup, via_tenant_key_role_member, via_tenant_key_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to via_tenant_key_owner, via_tenant_key_role_member, via_tenant_key_role_visitor;
alter table app.orgs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.orgs from public cascade;
alter table app.memberships enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.memberships from public cascade;
alter table app.projects enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.projects from public cascade;
alter table app.tasks enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.tasks from public cascade;
alter table app.notes enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.notes from public cascade;
alter table app.unlocked enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.unlocked from public cascade;
create or replace function seal.org_keys(at_least text default null)
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal uuid := seal.me();
  wanted integer := case when at_least is null then 1 else (case at_least when 'viewer' then 1 when 'editor' then 2 end) end;
begin
  if not coalesce(principal is not null, false) then
    return '{}'::uuid[];
  end if;
  return array(select distinct m.org_id from app.memberships as m where m.user_id = known.principal and m.org_id is not null and m.role::text in ('viewer', 'editor') and (case m.role::text when 'viewer' then 1 when 'editor' then 2 end) >= known.wanted);
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
  return array(select distinct m.user_id from app.memberships as m where m.user_id is not null and m.org_id is not null and m.role::text in ('viewer', 'editor') and m.org_id = any ((select seal.org_keys())::uuid[]));
end
$seal$;
revoke execute on function seal.org_peers() from public cascade;
alter function seal.org_peers() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.kept_projects_6060()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.projects that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from app.tasks as c where c.org_id = old.org_id and c.project_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.tasks still point to a row of app.projects', hint = 'delete them first, or in the same statement: a row that (org_id, project_id) points to is not replaced by another';
  end if;
  if exists (select 1 from app.unlocked as c where c.project_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.unlocked still point to a row of app.projects', hint = 'delete them first, or in the same statement: a row that (project_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_projects_6060() from public cascade;
alter function seal.kept_projects_6060() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on app.projects for each row when ((row_security_active('app.projects'::regclass) and not (current_user in ('via_tenant_key_owner'))) or (pg_trigger_depth() > 0 and current_user = 'via_tenant_key_owner' and not pg_has_role(session_user, 'via_tenant_key_owner', 'member'))) execute function seal.kept_projects_6060();
create or replace function seal.kept_key_projects_6060()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.projects that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.org_id is distinct from new.org_id or old.id is distinct from new.id) and exists (select 1 from app.tasks as c where c.org_id = old.org_id and c.project_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.tasks still point to a row of app.projects', hint = 'delete them first, or in the same statement: a row that (org_id, project_id) points to is not replaced by another';
  end if;
  if (old.id is distinct from new.id) and exists (select 1 from app.unlocked as c where c.project_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.unlocked still point to a row of app.projects', hint = 'delete them first, or in the same statement: a row that (project_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_projects_6060() from public cascade;
alter function seal.kept_key_projects_6060() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.projects for each row when ((old.id is distinct from new.id or old.org_id is distinct from new.org_id) and ((row_security_active('app.projects'::regclass) and not (current_user in ('via_tenant_key_owner'))) or (pg_trigger_depth() > 0 and current_user = 'via_tenant_key_owner' and not pg_has_role(session_user, 'via_tenant_key_owner', 'member')))) execute function seal.kept_key_projects_6060();
create or replace function seal.kept_tasks_c427()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.tasks that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from app.notes as c where c.org_id = old.org_id and c.task_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.notes still point to a row of app.tasks', hint = 'delete them first, or in the same statement: a row that (org_id, task_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_tasks_c427() from public cascade;
alter function seal.kept_tasks_c427() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on app.tasks for each row when ((row_security_active('app.tasks'::regclass) and not (current_user in ('via_tenant_key_owner'))) or (pg_trigger_depth() > 0 and current_user = 'via_tenant_key_owner' and not pg_has_role(session_user, 'via_tenant_key_owner', 'member'))) execute function seal.kept_tasks_c427();
create or replace function seal.kept_key_tasks_c427()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.tasks that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.org_id is distinct from new.org_id or old.id is distinct from new.id) and exists (select 1 from app.notes as c where c.org_id = old.org_id and c.task_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.notes still point to a row of app.tasks', hint = 'delete them first, or in the same statement: a row that (org_id, task_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_tasks_c427() from public cascade;
alter function seal.kept_key_tasks_c427() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.tasks for each row when ((old.id is distinct from new.id or old.org_id is distinct from new.org_id) and ((row_security_active('app.tasks'::regclass) and not (current_user in ('via_tenant_key_owner'))) or (pg_trigger_depth() > 0 and current_user = 'via_tenant_key_owner' and not pg_has_role(session_user, 'via_tenant_key_owner', 'member')))) execute function seal.kept_key_tasks_c427();
create or replace function seal.via_projects_select_6013dcb9()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_member'), false) then
    return '{}'::uuid[];
  end if;
  return array(select p.id from app.projects as p where p.id is not null and (p.org_id = any ((select seal.org_keys())::uuid[])));
end
$seal$;
revoke execute on function seal.via_projects_select_6013dcb9() from public cascade;
alter function seal.via_projects_select_6013dcb9() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_projects_update_2739bd1b()
returns table(key1 uuid, key2 uuid)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_member'), false) then
    return;
  end if;
  return query select p.org_id, p.id from app.projects as p where p.org_id is not null and p.id is not null and ((p.org_id = any ((select seal.org_keys())::uuid[])) and (p.org_id = any ((select seal.org_keys('editor'))::uuid[])) and (not p.locked));
end
$seal$;
revoke execute on function seal.via_projects_update_2739bd1b() from public cascade;
alter function seal.via_projects_update_2739bd1b() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_tasks_select_e7bed863()
returns table(key1 uuid, key2 uuid)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_member'), false) then
    return;
  end if;
  return query select p.org_id, p.id from app.tasks as p where p.org_id is not null and p.id is not null and ((p.project_id is not null) and (p.org_id = any ((select seal.org_keys())::uuid[])));
end
$seal$;
revoke execute on function seal.via_tasks_select_e7bed863() from public cascade;
alter function seal.via_tasks_select_e7bed863() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_tasks_update_9067b33a()
returns table(key1 uuid, key2 uuid)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_member'), false) then
    return;
  end if;
  return query select p.org_id, p.id from app.tasks as p where p.org_id is not null and p.id is not null and (((p.project_id is not null) and (p.org_id = any ((select seal.org_keys())::uuid[]))) and ((p.org_id, p.project_id) in (select k.key1, k.key2 from seal.via_projects_update_2739bd1b() as k)));
end
$seal$;
revoke execute on function seal.via_tasks_update_9067b33a() from public cascade;
alter function seal.via_tasks_update_9067b33a() security definer set search_path = 'pg_catalog', 'pg_temp';
create policy seal_gate_member on app.notes as restrictive for all to via_tenant_key_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.orgs as restrictive for all to via_tenant_key_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.projects as restrictive for all to via_tenant_key_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.tasks as restrictive for all to via_tenant_key_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.unlocked as restrictive for all to via_tenant_key_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.memberships as permissive for select to via_tenant_key_backup using (true);
create policy seal_read on app.memberships as permissive for select to via_tenant_key_seal using (true);
create policy seal_backup on app.notes as permissive for select to via_tenant_key_backup using (true);
create policy seal_delete_member on app.notes as permissive for delete to via_tenant_key_role_member using (((org_id, task_id) in (select k.key1, k.key2 from seal.via_tasks_select_e7bed863() as k)) and ((org_id, task_id) in (select k.key1, k.key2 from seal.via_tasks_update_9067b33a() as k)));
create policy seal_insert_member on app.notes as permissive for insert to via_tenant_key_role_member with check ((org_id, task_id) in (select k.key1, k.key2 from seal.via_tasks_update_9067b33a() as k));
create policy seal_read on app.notes as permissive for select to via_tenant_key_seal using (true);
create policy seal_select_member on app.notes as permissive for select to via_tenant_key_role_member using ((org_id, task_id) in (select k.key1, k.key2 from seal.via_tasks_select_e7bed863() as k));
create policy seal_update_member on app.notes as permissive for update to via_tenant_key_role_member using (((org_id, task_id) in (select k.key1, k.key2 from seal.via_tasks_select_e7bed863() as k)) and ((org_id, task_id) in (select k.key1, k.key2 from seal.via_tasks_update_9067b33a() as k))) with check ((org_id, task_id) in (select k.key1, k.key2 from seal.via_tasks_update_9067b33a() as k));
create policy seal_backup on app.orgs as permissive for select to via_tenant_key_backup using (true);
create policy seal_select_member on app.orgs as permissive for select to via_tenant_key_role_member using (id = any ((select seal.org_keys())::uuid[]));
create policy seal_backup on app.projects as permissive for select to via_tenant_key_backup using (true);
create policy seal_delete_member on app.projects as permissive for delete to via_tenant_key_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) and (org_id = any ((select seal.org_keys('editor'))::uuid[])));
create policy seal_insert_member on app.projects as permissive for insert to via_tenant_key_role_member with check (org_id = any ((select seal.org_keys('editor'))::uuid[]));
create policy seal_read on app.projects as permissive for select to via_tenant_key_seal using (true);
create policy seal_select_member on app.projects as permissive for select to via_tenant_key_role_member using (org_id = any ((select seal.org_keys())::uuid[]));
create policy seal_update_member on app.projects as permissive for update to via_tenant_key_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) and (org_id = any ((select seal.org_keys('editor'))::uuid[])) and (not locked)) with check ((org_id = any ((select seal.org_keys('editor'))::uuid[])) and (not locked));
create policy seal_backup on app.tasks as permissive for select to via_tenant_key_backup using (true);
create policy seal_delete_member on app.tasks as permissive for delete to via_tenant_key_role_member using (((project_id is not null) and (org_id = any ((select seal.org_keys())::uuid[]))) and ((project_id is not null) and (org_id = any ((select seal.org_keys())::uuid[])) and (org_id = any ((select seal.org_keys('editor'))::uuid[]))));
create policy seal_insert_member on app.tasks as permissive for insert to via_tenant_key_role_member with check ((org_id, project_id) in (select k.key1, k.key2 from seal.via_projects_update_2739bd1b() as k));
create policy seal_read on app.tasks as permissive for select to via_tenant_key_seal using (true);
create policy seal_select_member on app.tasks as permissive for select to via_tenant_key_role_member using ((project_id is not null) and (org_id = any ((select seal.org_keys())::uuid[])));
create policy seal_update_member on app.tasks as permissive for update to via_tenant_key_role_member using (((project_id is not null) and (org_id = any ((select seal.org_keys())::uuid[]))) and ((org_id, project_id) in (select k.key1, k.key2 from seal.via_projects_update_2739bd1b() as k))) with check ((org_id, project_id) in (select k.key1, k.key2 from seal.via_projects_update_2739bd1b() as k));
create policy seal_backup on app.unlocked as permissive for select to via_tenant_key_backup using (true);
create policy seal_read on app.unlocked as permissive for select to via_tenant_key_seal using (true);
create policy seal_select_member on app.unlocked as permissive for select to via_tenant_key_role_member using (project_id = any ((select seal.via_projects_select_6013dcb9())::uuid[]));
grant select on table app.memberships to via_tenant_key_backup, via_tenant_key_seal;
grant select on table app.notes to via_tenant_key_backup, via_tenant_key_seal;
grant select, insert, update, delete on table app.notes to via_tenant_key_role_member;
grant select on table app.orgs to via_tenant_key_backup, via_tenant_key_role_member;
grant select on table app.projects to via_tenant_key_backup, via_tenant_key_seal;
grant select, insert, update, delete on table app.projects to via_tenant_key_role_member;
grant select on table app.tasks to via_tenant_key_backup, via_tenant_key_seal;
grant select, insert, update, delete on table app.tasks to via_tenant_key_role_member;
grant select on table app.unlocked to via_tenant_key_backup, via_tenant_key_role_member, via_tenant_key_seal;
grant execute on function seal.kept_key_projects_6060() to via_tenant_key_owner;
grant execute on function seal.kept_key_tasks_c427() to via_tenant_key_owner;
grant execute on function seal.kept_projects_6060() to via_tenant_key_owner;
grant execute on function seal.kept_tasks_c427() to via_tenant_key_owner;
grant execute on function seal.org_keys(text) to via_tenant_key_role_member;
grant execute on function seal.via_projects_select_6013dcb9() to via_tenant_key_role_member;
grant execute on function seal.via_projects_update_2739bd1b() to via_tenant_key_role_member;
grant execute on function seal.via_tasks_select_e7bed863() to via_tenant_key_role_member;
grant execute on function seal.via_tasks_update_9067b33a() to via_tenant_key_role_member;
