do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to models_built_in_owner;
grant usage on schema app to models_built_in_backup, models_built_in_role_everybody, models_built_in_role_person, models_built_in_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to models_built_in_owner, models_built_in_role_everybody, models_built_in_role_person;
alter table app.owned enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.owned from public cascade;
alter table app.read enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.read from public cascade;
alter table app.log enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.log from public cascade;
alter table app.shut enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.shut from public cascade;
alter table app.child enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.child from public cascade;
create or replace function seal.still_may_child_01fb(jsonb, text)
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
  hung app.child := jsonb_populate_record(null::app.child, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_person') then allowed := hung.owned_id = any ((select seal.via_owned_update_2c8990af())::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_person') then allowed := hung.owned_id = any ((select seal.via_owned_update_2c8990af())::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_child_01fb(jsonb, text) from public cascade;
alter function seal.still_may_child_01fb(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_c7de_child_01fb(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.owned as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_c7de_child_01fb(xid, uuid) from public cascade;
alter function seal.same_c7de_child_01fb(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_child_01fb()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.owned_id is not null and (tg_op = 'INSERT' or new.owned_id is distinct from old.owned_id) then
    if not seal.same_c7de_child_01fb((select p.xmin from app.owned as p where p.id = new.owned_id), new.owned_id) then
      if not seal.still_may_child_01fb(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.owned that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_child_01fb() from public cascade;
alter function seal.still_child_01fb() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.child for each row when (row_security_active('app.child'::regclass) and not (current_user in ('models_built_in_owner'))) execute function seal.still_child_01fb();
create or replace function seal.kept_owned_6935()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.owned that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from app.child as c where c.owned_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.child still point to a row of app.owned', hint = 'delete them first, or in the same statement: a row that (owned_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_owned_6935() from public cascade;
alter function seal.kept_owned_6935() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on app.owned for each row when ((row_security_active('app.owned'::regclass) and not (current_user in ('models_built_in_owner'))) or (pg_trigger_depth() > 0 and current_user = 'models_built_in_owner' and not pg_has_role(session_user, 'models_built_in_owner', 'member'))) execute function seal.kept_owned_6935();
create or replace function seal.kept_key_owned_6935()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.owned that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.id is distinct from new.id) and exists (select 1 from app.child as c where c.owned_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.child still point to a row of app.owned', hint = 'delete them first, or in the same statement: a row that (owned_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_owned_6935() from public cascade;
alter function seal.kept_key_owned_6935() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.owned for each row when ((old.id is distinct from new.id) and ((row_security_active('app.owned'::regclass) and not (current_user in ('models_built_in_owner'))) or (pg_trigger_depth() > 0 and current_user = 'models_built_in_owner' and not pg_has_role(session_user, 'models_built_in_owner', 'member')))) execute function seal.kept_key_owned_6935();
create or replace function seal.via_owned_select_2c8990af()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_person'), false) then
    return '{}'::uuid[];
  end if;
  return array(select p.id from app.owned as p where p.id is not null and (p.owner = (select seal.me())));
end
$seal$;
revoke execute on function seal.via_owned_select_2c8990af() from public cascade;
alter function seal.via_owned_select_2c8990af() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_owned_update_2c8990af()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_person'), false) then
    return '{}'::uuid[];
  end if;
  return array(select p.id from app.owned as p where p.id is not null and (p.owner = (select seal.me())));
end
$seal$;
revoke execute on function seal.via_owned_update_2c8990af() from public cascade;
alter function seal.via_owned_update_2c8990af() security definer set search_path = 'pg_catalog', 'pg_temp';
create policy seal_gate_person on app.child as restrictive for all to models_built_in_role_person using ((select seal.is_live('role_person'))) with check ((select seal.is_live('role_person')));
create policy seal_gate_person on app.log as restrictive for all to models_built_in_role_person using ((select seal.is_live('role_person'))) with check ((select seal.is_live('role_person')));
create policy seal_gate_person on app.owned as restrictive for all to models_built_in_role_person using ((select seal.is_live('role_person'))) with check ((select seal.is_live('role_person')));
create policy seal_gate_person on app.read as restrictive for all to models_built_in_role_person using ((select seal.is_live('role_person'))) with check ((select seal.is_live('role_person')));
create policy seal_backup on app.child as permissive for select to models_built_in_backup using (true);
create policy seal_delete_person on app.child as permissive for delete to models_built_in_role_person using ((owned_id = any ((select seal.via_owned_select_2c8990af())::uuid[])) and (owned_id = any ((select seal.via_owned_update_2c8990af())::uuid[])));
create policy seal_insert_person on app.child as permissive for insert to models_built_in_role_person with check (owned_id = any ((select seal.via_owned_update_2c8990af())::uuid[]));
create policy seal_read on app.child as permissive for select to models_built_in_seal using (true);
create policy seal_select_person on app.child as permissive for select to models_built_in_role_person using (owned_id = any ((select seal.via_owned_select_2c8990af())::uuid[]));
create policy seal_update_person on app.child as permissive for update to models_built_in_role_person using ((owned_id = any ((select seal.via_owned_select_2c8990af())::uuid[])) and (owned_id = any ((select seal.via_owned_update_2c8990af())::uuid[]))) with check (owned_id = any ((select seal.via_owned_update_2c8990af())::uuid[]));
create policy seal_backup on app.log as permissive for select to models_built_in_backup using (true);
create policy seal_insert_person on app.log as permissive for insert to models_built_in_role_person with check ("By" = (select seal.me()));
create policy seal_select_person on app.log as permissive for select to models_built_in_role_person using ("By" = (select seal.me()));
create policy seal_backup on app.owned as permissive for select to models_built_in_backup using (true);
create policy seal_delete_person on app.owned as permissive for delete to models_built_in_role_person using (owner = (select seal.me()));
create policy seal_insert_person on app.owned as permissive for insert to models_built_in_role_person with check (owner = (select seal.me()));
create policy seal_read on app.owned as permissive for select to models_built_in_seal using (true);
create policy seal_select_person on app.owned as permissive for select to models_built_in_role_person using (owner = (select seal.me()));
create policy seal_update_person on app.owned as permissive for update to models_built_in_role_person using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on app.read as permissive for select to models_built_in_backup using (true);
create policy seal_select_everybody_person on app.read as permissive for select to models_built_in_role_everybody, models_built_in_role_person using (true);
create policy seal_backup on app.shut as permissive for select to models_built_in_backup using (true);
grant select on table app.child to models_built_in_backup, models_built_in_seal;
grant select, insert, update, delete on table app.child to models_built_in_role_person;
grant select on table app.log to models_built_in_backup;
grant select, insert on table app.log to models_built_in_role_person;
grant select on table app.owned to models_built_in_backup, models_built_in_seal;
grant select, insert, update, delete on table app.owned to models_built_in_role_person;
grant select on table app.read to models_built_in_backup, models_built_in_role_everybody, models_built_in_role_person;
grant select on table app.shut to models_built_in_backup;
grant execute on function seal.kept_key_owned_6935() to models_built_in_owner;
grant execute on function seal.kept_owned_6935() to models_built_in_owner;
grant execute on function seal.still_child_01fb() to models_built_in_owner;
grant execute on function seal.via_owned_select_2c8990af() to models_built_in_role_person;
grant execute on function seal.via_owned_update_2c8990af() to models_built_in_role_person;
