do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema one owner to several_schemas_owner;
alter schema two owner to several_schemas_owner;
alter schema unused owner to several_schemas_owner;
grant usage on schema one to several_schemas_backup, several_schemas_role_member, several_schemas_seal;
revoke usage on schema public from public cascade;
grant usage on schema public to several_schemas_backup, several_schemas_owner, several_schemas_role_member, several_schemas_role_visitor;
grant usage on schema seal to several_schemas_owner, several_schemas_role_member, several_schemas_role_visitor;
grant usage on schema two to several_schemas_backup, several_schemas_role_member, several_schemas_seal;
alter table one.things enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table one.things from public cascade;
alter table two.things enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table two.things from public cascade;
alter table public.in_public enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table public.in_public from public cascade;
alter table public.seal_me enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table public.seal_me from public cascade;
create or replace function seal.value_things_02d0()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if tg_op = 'INSERT' then
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'one.things.owner is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.owner := ((select seal.me()));
  end if;
  return new;
end
$seal$;
revoke execute on function seal.value_things_02d0() from public cascade;
create trigger zzzz_seal_value before insert on one.things for each row when (row_security_active('one.things'::regclass) and not (current_user in ('several_schemas_owner'))) execute function seal.value_things_02d0();
create or replace function seal.columns_things_02d0()
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
      raise exception using errcode = '42501', message = 'one.things.owner can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_things_02d0() from public cascade;
create trigger aaaa_seal_columns after update on one.things for each row when (row_security_active('one.things'::regclass) and not (current_user in ('several_schemas_owner'))) execute function seal.columns_things_02d0();
create or replace function seal.kept_things_02d0()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of one.things that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from two.things as c where c.thing_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of two.things still point to a row of one.things', hint = 'delete them first, or in the same statement: a row that (thing_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_things_02d0() from public cascade;
alter function seal.kept_things_02d0() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on one.things for each row when ((row_security_active('one.things'::regclass) and not (current_user in ('several_schemas_owner'))) or (pg_trigger_depth() > 0 and current_user = 'several_schemas_owner' and not pg_has_role(session_user, 'several_schemas_owner', 'member'))) execute function seal.kept_things_02d0();
create or replace function seal.kept_key_things_02d0()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of one.things that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.id is distinct from new.id) and exists (select 1 from two.things as c where c.thing_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of two.things still point to a row of one.things', hint = 'delete them first, or in the same statement: a row that (thing_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_things_02d0() from public cascade;
alter function seal.kept_key_things_02d0() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on one.things for each row when ((old.id is distinct from new.id) and ((row_security_active('one.things'::regclass) and not (current_user in ('several_schemas_owner'))) or (pg_trigger_depth() > 0 and current_user = 'several_schemas_owner' and not pg_has_role(session_user, 'several_schemas_owner', 'member')))) execute function seal.kept_key_things_02d0();
create or replace function seal.columns_things_4637()
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
      raise exception using errcode = '42501', message = 'two.things.note can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_things_4637() from public cascade;
create trigger aaaa_seal_columns after update on two.things for each row when (row_security_active('two.things'::regclass) and not (current_user in ('several_schemas_owner'))) execute function seal.columns_things_4637();
create or replace function seal.still_may_things_4637(jsonb, text)
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
  hung two.things := jsonb_populate_record(null::two.things, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := hung.thing_id = any ((select seal.via_things_update_9fbce86f())::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.thing_id = any ((select seal.via_things_update_9fbce86f())::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_things_4637(jsonb, text) from public cascade;
alter function seal.still_may_things_4637(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_d517_things_4637(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from one.things as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_d517_things_4637(xid, uuid) from public cascade;
alter function seal.same_d517_things_4637(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_things_4637()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.thing_id is not null and (tg_op = 'INSERT' or new.thing_id is distinct from old.thing_id) then
    if not seal.same_d517_things_4637((select p.xmin from one.things as p where p.id = new.thing_id), new.thing_id) then
      if not seal.still_may_things_4637(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of one.things that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_things_4637() from public cascade;
alter function seal.still_things_4637() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on two.things for each row when (row_security_active('two.things'::regclass) and not (current_user in ('several_schemas_owner'))) execute function seal.still_things_4637();
create or replace function seal.via_things_select_9fbce86f()
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
  return array(select p.id from one.things as p where p.id is not null and (p.owner = (select seal.me())));
end
$seal$;
revoke execute on function seal.via_things_select_9fbce86f() from public cascade;
alter function seal.via_things_select_9fbce86f() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_things_update_9fbce86f()
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
  return array(select p.id from one.things as p where p.id is not null and (p.owner = (select seal.me())));
end
$seal$;
revoke execute on function seal.via_things_update_9fbce86f() from public cascade;
alter function seal.via_things_update_9fbce86f() security definer set search_path = 'pg_catalog', 'pg_temp';
create policy seal_gate_member on one.things as restrictive for all to several_schemas_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on one.things as restrictive for insert to several_schemas_role_member with check (owner is not distinct from (select seal.me()));
create policy seal_gate_member on public.in_public as restrictive for all to several_schemas_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on public.seal_me as restrictive for all to several_schemas_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on two.things as restrictive for all to several_schemas_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on one.things as permissive for select to several_schemas_backup using (true);
create policy seal_delete_member on one.things as permissive for delete to several_schemas_role_member using (owner = (select seal.me()));
create policy seal_insert_member on one.things as permissive for insert to several_schemas_role_member with check (owner = (select seal.me()));
create policy seal_read on one.things as permissive for select to several_schemas_seal using (true);
create policy seal_select_member on one.things as permissive for select to several_schemas_role_member using (owner = (select seal.me()));
create policy seal_update_member on one.things as permissive for update to several_schemas_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on public.in_public as permissive for select to several_schemas_backup using (true);
create policy seal_delete_member on public.in_public as permissive for delete to several_schemas_role_member using (owner = (select seal.me()));
create policy seal_insert_member on public.in_public as permissive for insert to several_schemas_role_member with check (owner = (select seal.me()));
create policy seal_select_member on public.in_public as permissive for select to several_schemas_role_member using (owner = (select seal.me()));
create policy seal_update_member on public.in_public as permissive for update to several_schemas_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on public.seal_me as permissive for select to several_schemas_backup using (true);
create policy seal_select_member_visitor on public.seal_me as permissive for select to several_schemas_role_member, several_schemas_role_visitor using (true);
create policy seal_backup on two.things as permissive for select to several_schemas_backup using (true);
create policy seal_delete_member on two.things as permissive for delete to several_schemas_role_member using ((thing_id = any ((select seal.via_things_select_9fbce86f())::uuid[])) and (thing_id = any ((select seal.via_things_update_9fbce86f())::uuid[])));
create policy seal_insert_member on two.things as permissive for insert to several_schemas_role_member with check (thing_id = any ((select seal.via_things_update_9fbce86f())::uuid[]));
create policy seal_read on two.things as permissive for select to several_schemas_seal using (true);
create policy seal_select_member on two.things as permissive for select to several_schemas_role_member using (thing_id = any ((select seal.via_things_select_9fbce86f())::uuid[]));
create policy seal_update_member on two.things as permissive for update to several_schemas_role_member using ((thing_id = any ((select seal.via_things_select_9fbce86f())::uuid[])) and (thing_id = any ((select seal.via_things_update_9fbce86f())::uuid[]))) with check (thing_id = any ((select seal.via_things_update_9fbce86f())::uuid[]));
grant select on table one.things to several_schemas_backup, several_schemas_seal;
grant select, insert, update, delete on table one.things to several_schemas_role_member;
grant select on table public.in_public to several_schemas_backup;
grant select, insert, update, delete on table public.in_public to several_schemas_role_member;
grant select on table public.seal_me to several_schemas_backup, several_schemas_role_member, several_schemas_role_visitor;
grant select on table two.things to several_schemas_backup, several_schemas_seal;
grant select, insert, update, delete on table two.things to several_schemas_role_member;
grant execute on function seal.columns_things_02d0() to several_schemas_owner;
grant execute on function seal.columns_things_4637() to several_schemas_owner;
grant execute on function seal.kept_key_things_02d0() to several_schemas_owner;
grant execute on function seal.kept_things_02d0() to several_schemas_owner;
grant execute on function seal.still_things_4637() to several_schemas_owner;
grant execute on function seal.value_things_02d0() to several_schemas_owner;
grant execute on function seal.via_things_select_9fbce86f() to several_schemas_role_member;
grant execute on function seal.via_things_update_9fbce86f() to several_schemas_role_member;
