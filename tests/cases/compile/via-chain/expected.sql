do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to via_chain_owner;
grant usage on schema app to via_chain_backup, via_chain_role_member, via_chain_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to via_chain_owner, via_chain_role_member, via_chain_role_visitor;
alter table app.orgs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.orgs from public cascade;
alter table app.memberships enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.memberships from public cascade;
alter table app.projects enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.projects from public cascade;
alter table app.tasks enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.tasks from public cascade;
alter table app.comments enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.comments from public cascade;
alter table app.likes enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.likes from public cascade;
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
create or replace function seal.still_may_comments_f147(jsonb, text)
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
  hung app.comments := jsonb_populate_record(null::app.comments, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := (hung.task_id = any ((select seal.via_tasks_select_c0fa986b())::uuid[])) and (hung.author_id = (select seal.me())); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.task_id = any ((select seal.via_tasks_update_aa12e2b5())::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_comments_f147(jsonb, text) from public cascade;
alter function seal.still_may_comments_f147(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_14bc_comments_f147(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.tasks as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_14bc_comments_f147(xid, uuid) from public cascade;
alter function seal.same_14bc_comments_f147(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_comments_f147()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.task_id is not null and (tg_op = 'INSERT' or new.task_id is distinct from old.task_id) then
    if not seal.same_14bc_comments_f147((select p.xmin from app.tasks as p where p.id = new.task_id), new.task_id) then
      if not seal.still_may_comments_f147(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.tasks that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_comments_f147() from public cascade;
alter function seal.still_comments_f147() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.comments for each row when (row_security_active('app.comments'::regclass) and not (current_user in ('via_chain_owner'))) execute function seal.still_comments_f147();
create or replace function seal.kept_key_comments_f147()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.comments that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.id is distinct from new.id) and exists (select 1 from app.likes as c where c.comment_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.likes still point to a row of app.comments', hint = 'delete them first, or in the same statement: a row that (comment_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_comments_f147() from public cascade;
alter function seal.kept_key_comments_f147() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.comments for each row when ((old.id is distinct from new.id) and ((row_security_active('app.comments'::regclass) and not (current_user in ('via_chain_owner'))) or (pg_trigger_depth() > 0 and current_user = 'via_chain_owner' and not pg_has_role(session_user, 'via_chain_owner', 'member')))) execute function seal.kept_key_comments_f147();
create or replace function seal.still_may_likes_93e7(jsonb, text)
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
  hung app.likes := jsonb_populate_record(null::app.likes, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := (hung.comment_id = any ((select seal.via_comments_select_942c379c())::uuid[])) and (hung.user_id = (select seal.me())); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    allowed := false;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_likes_93e7(jsonb, text) from public cascade;
alter function seal.still_may_likes_93e7(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_4dbe_likes_93e7(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.comments as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_4dbe_likes_93e7(xid, uuid) from public cascade;
alter function seal.same_4dbe_likes_93e7(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_likes_93e7()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.comment_id is not null and (tg_op = 'INSERT' or new.comment_id is distinct from old.comment_id) then
    if not seal.same_4dbe_likes_93e7((select p.xmin from app.comments as p where p.id = new.comment_id), new.comment_id) then
      if not seal.still_may_likes_93e7(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.comments that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_likes_93e7() from public cascade;
alter function seal.still_likes_93e7() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.likes for each row when (row_security_active('app.likes'::regclass) and not (current_user in ('via_chain_owner'))) execute function seal.still_likes_93e7();
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
  if (old.id is distinct from new.id) and exists (select 1 from app.tasks as c where c.project_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.tasks still point to a row of app.projects', hint = 'delete them first, or in the same statement: a row that (project_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_projects_6060() from public cascade;
alter function seal.kept_key_projects_6060() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.projects for each row when ((old.id is distinct from new.id) and ((row_security_active('app.projects'::regclass) and not (current_user in ('via_chain_owner'))) or (pg_trigger_depth() > 0 and current_user = 'via_chain_owner' and not pg_has_role(session_user, 'via_chain_owner', 'member')))) execute function seal.kept_key_projects_6060();
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
    if seal.is_live('role_member') then allowed := hung.project_id = any ((select seal.via_projects_update_f8269f07())::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.project_id = any ((select seal.via_projects_update_f8269f07())::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_tasks_c427(jsonb, text) from public cascade;
alter function seal.still_may_tasks_c427(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_ff70_tasks_c427(xid, uuid)
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
revoke execute on function seal.same_ff70_tasks_c427(xid, uuid) from public cascade;
alter function seal.same_ff70_tasks_c427(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_tasks_c427()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.project_id is not null and (tg_op = 'INSERT' or new.project_id is distinct from old.project_id) then
    if not seal.same_ff70_tasks_c427((select p.xmin from app.projects as p where p.id = new.project_id), new.project_id) then
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
create trigger zzzz_seal_still after insert or update on app.tasks for each row when (row_security_active('app.tasks'::regclass) and not (current_user in ('via_chain_owner'))) execute function seal.still_tasks_c427();
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
  if (old.id is distinct from new.id) and exists (select 1 from app.comments as c where c.task_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.comments still point to a row of app.tasks', hint = 'delete them first, or in the same statement: a row that (task_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_tasks_c427() from public cascade;
alter function seal.kept_key_tasks_c427() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.tasks for each row when ((old.id is distinct from new.id) and ((row_security_active('app.tasks'::regclass) and not (current_user in ('via_chain_owner'))) or (pg_trigger_depth() > 0 and current_user = 'via_chain_owner' and not pg_has_role(session_user, 'via_chain_owner', 'member')))) execute function seal.kept_key_tasks_c427();
create or replace function seal.via_comments_select_942c379c()
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
  return array(select p.id from app.comments as p where p.id is not null and (p.task_id = any ((select seal.via_tasks_select_c0fa986b())::uuid[])));
end
$seal$;
revoke execute on function seal.via_comments_select_942c379c() from public cascade;
alter function seal.via_comments_select_942c379c() security definer set search_path = 'pg_catalog', 'pg_temp';
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
create or replace function seal.via_projects_update_f8269f07()
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
  return array(select p.id from app.projects as p where p.id is not null and ((p.org_id = any ((select seal.org_keys())::uuid[])) and (p.org_id = any ((select seal.org_keys('editor'))::uuid[])) and (not p.archived)));
end
$seal$;
revoke execute on function seal.via_projects_update_f8269f07() from public cascade;
alter function seal.via_projects_update_f8269f07() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_tasks_delete_aa12e2b5()
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
  return array(select p.id from app.tasks as p where p.id is not null and ((p.project_id = any ((select seal.via_projects_select_6013dcb9())::uuid[])) and (p.project_id = any ((select seal.via_projects_update_f8269f07())::uuid[]))));
end
$seal$;
revoke execute on function seal.via_tasks_delete_aa12e2b5() from public cascade;
alter function seal.via_tasks_delete_aa12e2b5() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_tasks_select_c0fa986b()
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
  return array(select p.id from app.tasks as p where p.id is not null and (p.project_id = any ((select seal.via_projects_select_6013dcb9())::uuid[])));
end
$seal$;
revoke execute on function seal.via_tasks_select_c0fa986b() from public cascade;
alter function seal.via_tasks_select_c0fa986b() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_tasks_update_aa12e2b5()
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
  return array(select p.id from app.tasks as p where p.id is not null and ((p.project_id = any ((select seal.via_projects_select_6013dcb9())::uuid[])) and (p.project_id = any ((select seal.via_projects_update_f8269f07())::uuid[]))));
end
$seal$;
revoke execute on function seal.via_tasks_update_aa12e2b5() from public cascade;
alter function seal.via_tasks_update_aa12e2b5() security definer set search_path = 'pg_catalog', 'pg_temp';
create policy seal_gate_member on app.comments as restrictive for all to via_chain_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.likes as restrictive for all to via_chain_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.orgs as restrictive for all to via_chain_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.projects as restrictive for all to via_chain_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_delete_member on app.projects as restrictive for delete to via_chain_role_member using (not archived);
create policy seal_require_update_member on app.projects as restrictive for update to via_chain_role_member using (not archived) with check (true);
create policy seal_gate_member on app.tasks as restrictive for all to via_chain_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.comments as permissive for select to via_chain_backup using (true);
create policy seal_delete_member on app.comments as permissive for delete to via_chain_role_member using ((task_id = any ((select seal.via_tasks_select_c0fa986b())::uuid[])) and ((task_id = any ((select seal.via_tasks_delete_aa12e2b5())::uuid[])) or (author_id = (select seal.me()))));
create policy seal_insert_member on app.comments as permissive for insert to via_chain_role_member with check ((task_id = any ((select seal.via_tasks_select_c0fa986b())::uuid[])) and (author_id = (select seal.me())));
create policy seal_read on app.comments as permissive for select to via_chain_seal using (true);
create policy seal_select_member on app.comments as permissive for select to via_chain_role_member using (task_id = any ((select seal.via_tasks_select_c0fa986b())::uuid[]));
create policy seal_update_member on app.comments as permissive for update to via_chain_role_member using ((task_id = any ((select seal.via_tasks_select_c0fa986b())::uuid[])) and (task_id = any ((select seal.via_tasks_update_aa12e2b5())::uuid[]))) with check (task_id = any ((select seal.via_tasks_update_aa12e2b5())::uuid[]));
create policy seal_backup on app.likes as permissive for select to via_chain_backup using (true);
create policy seal_delete_member on app.likes as permissive for delete to via_chain_role_member using ((comment_id = any ((select seal.via_comments_select_942c379c())::uuid[])) and (user_id = (select seal.me())));
create policy seal_insert_member on app.likes as permissive for insert to via_chain_role_member with check ((comment_id = any ((select seal.via_comments_select_942c379c())::uuid[])) and (user_id = (select seal.me())));
create policy seal_read on app.likes as permissive for select to via_chain_seal using (true);
create policy seal_select_member on app.likes as permissive for select to via_chain_role_member using (comment_id = any ((select seal.via_comments_select_942c379c())::uuid[]));
create policy seal_backup on app.memberships as permissive for select to via_chain_backup using (true);
create policy seal_read on app.memberships as permissive for select to via_chain_seal using (true);
create policy seal_backup on app.orgs as permissive for select to via_chain_backup using (true);
create policy seal_select_member on app.orgs as permissive for select to via_chain_role_member using (id = any ((select seal.org_keys())::uuid[]));
create policy seal_backup on app.projects as permissive for select to via_chain_backup using (true);
create policy seal_delete_member on app.projects as permissive for delete to via_chain_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) and (org_id = any ((select seal.org_keys('editor'))::uuid[])));
create policy seal_insert_member on app.projects as permissive for insert to via_chain_role_member with check (org_id = any ((select seal.org_keys('editor'))::uuid[]));
create policy seal_read on app.projects as permissive for select to via_chain_seal using (true);
create policy seal_select_member on app.projects as permissive for select to via_chain_role_member using (org_id = any ((select seal.org_keys())::uuid[]));
create policy seal_update_member on app.projects as permissive for update to via_chain_role_member using ((org_id = any ((select seal.org_keys())::uuid[])) and (org_id = any ((select seal.org_keys('editor'))::uuid[]))) with check (org_id = any ((select seal.org_keys('editor'))::uuid[]));
create policy seal_backup on app.tasks as permissive for select to via_chain_backup using (true);
create policy seal_delete_member on app.tasks as permissive for delete to via_chain_role_member using ((project_id = any ((select seal.via_projects_select_6013dcb9())::uuid[])) and (project_id = any ((select seal.via_projects_update_f8269f07())::uuid[])));
create policy seal_insert_member on app.tasks as permissive for insert to via_chain_role_member with check (project_id = any ((select seal.via_projects_update_f8269f07())::uuid[]));
create policy seal_read on app.tasks as permissive for select to via_chain_seal using (true);
create policy seal_select_member on app.tasks as permissive for select to via_chain_role_member using (project_id = any ((select seal.via_projects_select_6013dcb9())::uuid[]));
create policy seal_update_member on app.tasks as permissive for update to via_chain_role_member using ((project_id = any ((select seal.via_projects_select_6013dcb9())::uuid[])) and (project_id = any ((select seal.via_projects_update_f8269f07())::uuid[]))) with check (project_id = any ((select seal.via_projects_update_f8269f07())::uuid[]));
grant select on table app.comments to via_chain_backup, via_chain_seal;
grant select, insert, update, delete on table app.comments to via_chain_role_member;
grant select on table app.likes to via_chain_backup, via_chain_seal;
grant select, insert, delete on table app.likes to via_chain_role_member;
grant select on table app.memberships to via_chain_backup, via_chain_seal;
grant select on table app.orgs to via_chain_backup, via_chain_role_member;
grant select on table app.projects to via_chain_backup, via_chain_seal;
grant select, insert, update, delete on table app.projects to via_chain_role_member;
grant select on table app.tasks to via_chain_backup, via_chain_seal;
grant select, insert, update, delete on table app.tasks to via_chain_role_member;
grant execute on function seal.kept_key_comments_f147() to via_chain_owner;
grant execute on function seal.kept_key_projects_6060() to via_chain_owner;
grant execute on function seal.kept_key_tasks_c427() to via_chain_owner;
grant execute on function seal.org_keys(text) to via_chain_role_member;
grant execute on function seal.still_comments_f147() to via_chain_owner;
grant execute on function seal.still_likes_93e7() to via_chain_owner;
grant execute on function seal.still_tasks_c427() to via_chain_owner;
grant execute on function seal.via_comments_select_942c379c() to via_chain_role_member;
grant execute on function seal.via_projects_select_6013dcb9() to via_chain_role_member;
grant execute on function seal.via_projects_update_f8269f07() to via_chain_role_member;
grant execute on function seal.via_tasks_delete_aa12e2b5() to via_chain_role_member;
grant execute on function seal.via_tasks_select_c0fa986b() to via_chain_role_member;
grant execute on function seal.via_tasks_update_aa12e2b5() to via_chain_role_member;
