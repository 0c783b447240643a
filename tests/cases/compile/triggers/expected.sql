do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to triggers_owner;
grant usage on schema app to triggers_backup, triggers_fn_record, triggers_role_member;
revoke usage on schema public from public cascade;
grant usage on schema seal to triggers_fn_record, triggers_owner, triggers_role_member, triggers_role_visitor;
alter table app.tasks enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.tasks from public cascade;
alter table app.log enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.log from public cascade;
revoke execute on function app.touch() from public cascade;
alter function app.touch() security invoker set debug_print_parse = 'off' set debug_print_plan = 'off' set debug_print_rewritten = 'off' set plpgsql.check_asserts = 'on' set plpgsql.extra_errors = 'none' set plpgsql.extra_warnings = 'none' set plpgsql.print_strict_params = 'off';
revoke execute on function app.record() from public cascade;
alter function app.record() security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set array_nulls = 'on' set debug_print_parse = 'off' set debug_print_plan = 'off' set debug_print_rewritten = 'off' set plpgsql.check_asserts = 'on' set plpgsql.extra_errors = 'none' set plpgsql.extra_warnings = 'none' set plpgsql.print_strict_params = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.value_tasks_c427()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if tg_op = 'INSERT' then
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'app.tasks.owner is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.owner := ((select seal.me()));
  end if;
  return new;
end
$seal$;
revoke execute on function seal.value_tasks_c427() from public cascade;
create trigger zzzz_seal_value before insert on app.tasks for each row when (row_security_active('app.tasks'::regclass) and not (current_user in ('triggers_owner'))) execute function seal.value_tasks_c427();
create or replace function seal.columns_tasks_c427()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.owner is distinct from old.owner then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.tasks.owner can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_tasks_c427() from public cascade;
create trigger aaaa_seal_columns after update on app.tasks for each row when (row_security_active('app.tasks'::regclass) and not (current_user in ('triggers_owner'))) execute function seal.columns_tasks_c427();
create policy seal_gate_member on app.tasks as restrictive for all to triggers_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.tasks as restrictive for insert to triggers_role_member with check (owner is not distinct from (select seal.me()));
create policy seal_backup on app.log as permissive for select to triggers_backup using (true);
create policy seal_fn_insert_fn_record on app.log as permissive for insert to triggers_fn_record with check (true);
create policy seal_backup on app.tasks as permissive for select to triggers_backup using (true);
create policy seal_delete_member on app.tasks as permissive for delete to triggers_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.tasks as permissive for insert to triggers_role_member with check (owner = (select seal.me()));
create policy seal_select_member on app.tasks as permissive for select to triggers_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.tasks as permissive for update to triggers_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
grant select on sequence app.log_id_seq to triggers_backup;
grant select on table app.log to triggers_backup;
grant insert (task_id, what) on table app.log to triggers_fn_record;
grant select on table app.tasks to triggers_backup;
grant select, insert, update, delete on table app.tasks to triggers_role_member;
grant execute on function seal.claim(text) to triggers_fn_record, triggers_role_member, triggers_role_visitor;
grant execute on function seal.columns_tasks_c427() to triggers_owner;
grant execute on function seal.is_agent() to triggers_fn_record, triggers_role_member, triggers_role_visitor;
grant execute on function seal.is_human() to triggers_fn_record, triggers_role_member, triggers_role_visitor;
grant execute on function seal.is_live(text) to triggers_fn_record, triggers_role_member, triggers_role_visitor;
grant execute on function seal.me() to triggers_fn_record, triggers_role_member, triggers_role_visitor;
grant execute on function seal.value_tasks_c427() to triggers_owner;
