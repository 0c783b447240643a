do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to partitions_and_inheritance_owner;
grant usage on schema app to partitions_and_inheritance_backup, partitions_and_inheritance_role_member, partitions_and_inheritance_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to partitions_and_inheritance_owner, partitions_and_inheritance_role_member, partitions_and_inheritance_role_visitor;
alter table app.events enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.events from public cascade;
alter table app.events_2024 enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.events_2024 from public cascade;
alter table app.events_2024_a enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.events_2024_a from public cascade;
alter table app.events_rest enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.events_rest from public cascade;
alter table app.parent enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.parent from public cascade;
alter table app.kid enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.kid from public cascade;
alter table app.on_parent enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.on_parent from public cascade;
create or replace function seal.value_events_f0ec()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if tg_op = 'INSERT' then
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'app.events.owner is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.owner := ((select seal.me()));
  end if;
  return new;
end
$seal$;
revoke execute on function seal.value_events_f0ec() from public cascade;
create trigger zzzz_seal_value before insert on app.events for each row when (row_security_active('app.events'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) execute function seal.value_events_f0ec();
create or replace function seal.columns_events_f0ec()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.note is distinct from old.note then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.events.note can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.owner is distinct from old.owner then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.events.owner can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.at is distinct from old.at then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.events.at decides the partition, and rows of this table do not move', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.note is distinct from old.note then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.events.note decides the partition, and rows of this table do not move', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return new;
end
$seal$;
revoke execute on function seal.columns_events_f0ec() from public cascade;
create trigger aaaa_seal_columns after update on app.events for each row when (row_security_active('app.events'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) execute function seal.columns_events_f0ec();
create trigger zzzz_seal_z_columns before update on app.events for each row when (row_security_active('app.events'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) execute function seal.columns_events_f0ec();
create or replace function seal.value_kid_b36f()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if tg_op = 'INSERT' then
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'app.kid.owner is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.owner := ((select seal.me()));
  end if;
  return new;
end
$seal$;
revoke execute on function seal.value_kid_b36f() from public cascade;
create trigger zzzz_seal_value before insert on app.kid for each row when (row_security_active('app.kid'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) execute function seal.value_kid_b36f();
create or replace function seal.columns_kid_b36f()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.note is distinct from old.note then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.kid.note can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.owner is distinct from old.owner then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.kid.owner can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_kid_b36f() from public cascade;
create trigger aaaa_seal_columns after update on app.kid for each row when (row_security_active('app.kid'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) execute function seal.columns_kid_b36f();
create or replace function seal.still_may_on_parent_ccca(jsonb, text)
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
  hung app.on_parent := jsonb_populate_record(null::app.on_parent, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := hung.parent_id = any ((select seal.via_parent_update_6cda8625())::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.parent_id = any ((select seal.via_parent_update_6cda8625())::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_on_parent_ccca(jsonb, text) from public cascade;
alter function seal.still_may_on_parent_ccca(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_7b54_on_parent_ccca(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.parent as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_7b54_on_parent_ccca(xid, uuid) from public cascade;
alter function seal.same_7b54_on_parent_ccca(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_on_parent_ccca()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.parent_id is not null and (tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id) then
    if not seal.same_7b54_on_parent_ccca((select p.xmin from app.parent as p where p.id = new.parent_id), new.parent_id) then
      if not seal.still_may_on_parent_ccca(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.parent that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_on_parent_ccca() from public cascade;
alter function seal.still_on_parent_ccca() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.on_parent for each row when (row_security_active('app.on_parent'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) execute function seal.still_on_parent_ccca();
create or replace function seal.value_parent_1a83()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if tg_op = 'INSERT' then
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'app.parent.owner is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.owner := ((select seal.me()));
  end if;
  return new;
end
$seal$;
revoke execute on function seal.value_parent_1a83() from public cascade;
create trigger zzzz_seal_value before insert on app.parent for each row when (row_security_active('app.parent'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) execute function seal.value_parent_1a83();
create or replace function seal.columns_parent_1a83()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.note is distinct from old.note then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.parent.note can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.owner is distinct from old.owner then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.parent.owner can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_parent_1a83() from public cascade;
create trigger aaaa_seal_columns after update on app.parent for each row when (row_security_active('app.parent'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) execute function seal.columns_parent_1a83();
create or replace function seal.kept_parent_1a83()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.parent that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from app.on_parent as c where c.parent_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.on_parent still point to a row of app.parent', hint = 'delete them first, or in the same statement: a row that (parent_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_parent_1a83() from public cascade;
alter function seal.kept_parent_1a83() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on app.parent for each row when ((row_security_active('app.parent'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) or (pg_trigger_depth() > 0 and current_user = 'partitions_and_inheritance_owner' and not pg_has_role(session_user, 'partitions_and_inheritance_owner', 'member'))) execute function seal.kept_parent_1a83();
create or replace function seal.kept_key_parent_1a83()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.parent that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.id is distinct from new.id) and exists (select 1 from app.on_parent as c where c.parent_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.on_parent still point to a row of app.parent', hint = 'delete them first, or in the same statement: a row that (parent_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_parent_1a83() from public cascade;
alter function seal.kept_key_parent_1a83() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.parent for each row when ((old.id is distinct from new.id) and ((row_security_active('app.parent'::regclass) and not (current_user in ('partitions_and_inheritance_owner'))) or (pg_trigger_depth() > 0 and current_user = 'partitions_and_inheritance_owner' and not pg_has_role(session_user, 'partitions_and_inheritance_owner', 'member')))) execute function seal.kept_key_parent_1a83();
create or replace function seal.via_parent_select_6cda8625()
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
  return array(select p.id from app.parent as p where p.id is not null and (p.owner = (select seal.me())));
end
$seal$;
revoke execute on function seal.via_parent_select_6cda8625() from public cascade;
alter function seal.via_parent_select_6cda8625() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_parent_update_6cda8625()
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
  return array(select p.id from app.parent as p where p.id is not null and (p.owner = (select seal.me())));
end
$seal$;
revoke execute on function seal.via_parent_update_6cda8625() from public cascade;
alter function seal.via_parent_update_6cda8625() security definer set search_path = 'pg_catalog', 'pg_temp';
create policy seal_gate_member on app.events as restrictive for all to partitions_and_inheritance_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.events as restrictive for insert to partitions_and_inheritance_role_member with check (owner is not distinct from (select seal.me()));
create policy seal_gate_member on app.events_2024 as restrictive for all to partitions_and_inheritance_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.events_2024 as restrictive for insert to partitions_and_inheritance_role_member with check (owner is not distinct from (select seal.me()));
create policy seal_gate_member on app.events_2024_a as restrictive for all to partitions_and_inheritance_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.events_2024_a as restrictive for insert to partitions_and_inheritance_role_member with check (owner is not distinct from (select seal.me()));
create policy seal_gate_member on app.events_rest as restrictive for all to partitions_and_inheritance_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.events_rest as restrictive for insert to partitions_and_inheritance_role_member with check (owner is not distinct from (select seal.me()));
create policy seal_gate_member on app.kid as restrictive for all to partitions_and_inheritance_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.kid as restrictive for insert to partitions_and_inheritance_role_member with check (owner is not distinct from (select seal.me()));
create policy seal_gate_member on app.on_parent as restrictive for all to partitions_and_inheritance_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.parent as restrictive for all to partitions_and_inheritance_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.parent as restrictive for insert to partitions_and_inheritance_role_member with check (owner is not distinct from (select seal.me()));
create policy seal_backup on app.events as permissive for select to partitions_and_inheritance_backup using (true);
create policy seal_delete_member on app.events as permissive for delete to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.events as permissive for insert to partitions_and_inheritance_role_member with check (owner = (select seal.me()));
create policy seal_select_member on app.events as permissive for select to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.events as permissive for update to partitions_and_inheritance_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on app.events_2024 as permissive for select to partitions_and_inheritance_backup using (true);
create policy seal_delete_member on app.events_2024 as permissive for delete to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.events_2024 as permissive for insert to partitions_and_inheritance_role_member with check (owner = (select seal.me()));
create policy seal_select_member on app.events_2024 as permissive for select to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.events_2024 as permissive for update to partitions_and_inheritance_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on app.events_2024_a as permissive for select to partitions_and_inheritance_backup using (true);
create policy seal_delete_member on app.events_2024_a as permissive for delete to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.events_2024_a as permissive for insert to partitions_and_inheritance_role_member with check (owner = (select seal.me()));
create policy seal_select_member on app.events_2024_a as permissive for select to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.events_2024_a as permissive for update to partitions_and_inheritance_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on app.events_rest as permissive for select to partitions_and_inheritance_backup using (true);
create policy seal_delete_member on app.events_rest as permissive for delete to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.events_rest as permissive for insert to partitions_and_inheritance_role_member with check (owner = (select seal.me()));
create policy seal_select_member on app.events_rest as permissive for select to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.events_rest as permissive for update to partitions_and_inheritance_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on app.kid as permissive for select to partitions_and_inheritance_backup using (true);
create policy seal_delete_member on app.kid as permissive for delete to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.kid as permissive for insert to partitions_and_inheritance_role_member with check (owner = (select seal.me()));
create policy seal_read on app.kid as permissive for select to partitions_and_inheritance_seal using (true);
create policy seal_select_member on app.kid as permissive for select to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.kid as permissive for update to partitions_and_inheritance_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on app.on_parent as permissive for select to partitions_and_inheritance_backup using (true);
create policy seal_delete_member on app.on_parent as permissive for delete to partitions_and_inheritance_role_member using ((parent_id = any ((select seal.via_parent_select_6cda8625())::uuid[])) and (parent_id = any ((select seal.via_parent_update_6cda8625())::uuid[])));
create policy seal_insert_member on app.on_parent as permissive for insert to partitions_and_inheritance_role_member with check (parent_id = any ((select seal.via_parent_update_6cda8625())::uuid[]));
create policy seal_read on app.on_parent as permissive for select to partitions_and_inheritance_seal using (true);
create policy seal_select_member on app.on_parent as permissive for select to partitions_and_inheritance_role_member using (parent_id = any ((select seal.via_parent_select_6cda8625())::uuid[]));
create policy seal_update_member on app.on_parent as permissive for update to partitions_and_inheritance_role_member using ((parent_id = any ((select seal.via_parent_select_6cda8625())::uuid[])) and (parent_id = any ((select seal.via_parent_update_6cda8625())::uuid[]))) with check (parent_id = any ((select seal.via_parent_update_6cda8625())::uuid[]));
create policy seal_backup on app.parent as permissive for select to partitions_and_inheritance_backup using (true);
create policy seal_delete_member on app.parent as permissive for delete to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.parent as permissive for insert to partitions_and_inheritance_role_member with check (owner = (select seal.me()));
create policy seal_read on app.parent as permissive for select to partitions_and_inheritance_seal using (true);
create policy seal_select_member on app.parent as permissive for select to partitions_and_inheritance_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.parent as permissive for update to partitions_and_inheritance_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
grant select on table app.events to partitions_and_inheritance_backup;
grant select, insert, update, delete on table app.events to partitions_and_inheritance_role_member;
grant select on table app.events_2024 to partitions_and_inheritance_backup;
grant select on table app.events_2024_a to partitions_and_inheritance_backup;
grant select on table app.events_rest to partitions_and_inheritance_backup;
grant select on table app.kid to partitions_and_inheritance_backup;
grant select on table app.on_parent to partitions_and_inheritance_backup, partitions_and_inheritance_seal;
grant select, insert, update, delete on table app.on_parent to partitions_and_inheritance_role_member;
grant select on table app.parent to partitions_and_inheritance_backup, partitions_and_inheritance_seal;
grant select, insert, update, delete on table app.parent to partitions_and_inheritance_role_member;
grant execute on function seal.columns_events_f0ec() to partitions_and_inheritance_owner;
grant execute on function seal.columns_kid_b36f() to partitions_and_inheritance_owner;
grant execute on function seal.columns_parent_1a83() to partitions_and_inheritance_owner;
grant execute on function seal.kept_key_parent_1a83() to partitions_and_inheritance_owner;
grant execute on function seal.kept_parent_1a83() to partitions_and_inheritance_owner;
grant execute on function seal.still_on_parent_ccca() to partitions_and_inheritance_owner;
grant execute on function seal.value_events_f0ec() to partitions_and_inheritance_owner;
grant execute on function seal.value_kid_b36f() to partitions_and_inheritance_owner;
grant execute on function seal.value_parent_1a83() to partitions_and_inheritance_owner;
grant execute on function seal.via_parent_select_6cda8625() to partitions_and_inheritance_role_member;
grant execute on function seal.via_parent_update_6cda8625() to partitions_and_inheritance_role_member;
