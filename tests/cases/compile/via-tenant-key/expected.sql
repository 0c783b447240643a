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
create or replace function seal.still_may_notes_de5e(jsonb, text)
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
  hung app.notes := jsonb_populate_record(null::app.notes, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := (hung.org_id, hung.task_id) in (select k.key1, k.key2 from seal.via_tasks_update_9067b33a() as k); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := (hung.org_id, hung.task_id) in (select k.key1, k.key2 from seal.via_tasks_update_9067b33a() as k); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_notes_de5e(jsonb, text) from public cascade;
alter function seal.still_may_notes_de5e(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_e12d_notes_de5e(xid, uuid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.tasks as p where p.org_id = $2 and p.id = $3);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_e12d_notes_de5e(xid, uuid, uuid) from public cascade;
alter function seal.same_e12d_notes_de5e(xid, uuid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_notes_de5e()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.org_id is not null and new.task_id is not null and (tg_op = 'INSERT' or new.org_id is distinct from old.org_id or new.task_id is distinct from old.task_id) then
    if not seal.same_e12d_notes_de5e((select p.xmin from app.tasks as p where p.org_id = new.org_id and p.id = new.task_id), new.org_id, new.task_id) then
      if not seal.still_may_notes_de5e(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.tasks that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_notes_de5e() from public cascade;
alter function seal.still_notes_de5e() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.notes for each row when (row_security_active('app.notes'::regclass) and not (current_user in ('via_tenant_key_owner'))) execute function seal.still_notes_de5e();
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
create or replace function seal.still_may_tasks_c427(jsonb, text)
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
  hung app.tasks := jsonb_populate_record(null::app.tasks, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := (hung.org_id, hung.project_id) in (select k.key1, k.key2 from seal.via_projects_update_2739bd1b() as k); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := (hung.org_id, hung.project_id) in (select k.key1, k.key2 from seal.via_projects_update_2739bd1b() as k); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_tasks_c427(jsonb, text) from public cascade;
alter function seal.still_may_tasks_c427(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_5711_tasks_c427(xid, uuid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.projects as p where p.org_id = $2 and p.id = $3);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_5711_tasks_c427(xid, uuid, uuid) from public cascade;
alter function seal.same_5711_tasks_c427(xid, uuid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_tasks_c427()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.org_id is not null and new.project_id is not null and (tg_op = 'INSERT' or new.org_id is distinct from old.org_id or new.project_id is distinct from old.project_id) then
    if not seal.same_5711_tasks_c427((select p.xmin from app.projects as p where p.org_id = new.org_id and p.id = new.project_id), new.org_id, new.project_id) then
      if not seal.still_may_tasks_c427(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.projects that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_tasks_c427() from public cascade;
alter function seal.still_tasks_c427() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.tasks for each row when (row_security_active('app.tasks'::regclass) and not (current_user in ('via_tenant_key_owner'))) execute function seal.still_tasks_c427();
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
create or replace function seal.still_may_unlocked_3c1d(jsonb, text)
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
  hung app.unlocked := jsonb_populate_record(null::app.unlocked, $1);
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
revoke execute on function seal.still_may_unlocked_3c1d(jsonb, text) from public cascade;
alter function seal.still_may_unlocked_3c1d(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_ff70_unlocked_3c1d(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.projects as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_ff70_unlocked_3c1d(xid, uuid) from public cascade;
alter function seal.same_ff70_unlocked_3c1d(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_unlocked_3c1d()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.project_id is not null and (tg_op = 'INSERT' or new.project_id is distinct from old.project_id) then
    if not seal.same_ff70_unlocked_3c1d((select p.xmin from app.projects as p where p.id = new.project_id), new.project_id) then
      if not seal.still_may_unlocked_3c1d(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.projects that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_unlocked_3c1d() from public cascade;
alter function seal.still_unlocked_3c1d() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.unlocked for each row when (row_security_active('app.unlocked'::regclass) and not (current_user in ('via_tenant_key_owner'))) execute function seal.still_unlocked_3c1d();
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
grant execute on function seal.still_notes_de5e() to via_tenant_key_owner;
grant execute on function seal.still_tasks_c427() to via_tenant_key_owner;
grant execute on function seal.still_unlocked_3c1d() to via_tenant_key_owner;
grant execute on function seal.via_projects_select_6013dcb9() to via_tenant_key_role_member;
grant execute on function seal.via_projects_update_2739bd1b() to via_tenant_key_role_member;
grant execute on function seal.via_tasks_select_e7bed863() to via_tenant_key_role_member;
grant execute on function seal.via_tasks_update_9067b33a() to via_tenant_key_role_member;
