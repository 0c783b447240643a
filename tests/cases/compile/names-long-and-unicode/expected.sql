do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema "Ünïcode" owner to names_long_and_unicode_owner;
revoke usage on schema public from public cascade;
grant usage on schema seal to names_long_and_unicode_owner, names_long_and_unicode_role_member, names_long_and_unicode_role_visitor;
grant usage on schema "Ünïcode" to names_long_and_unicode_backup, names_long_and_unicode_role_member, names_long_and_unicode_seal;
alter table "Ünïcode"."tééééééééééééééééééééééééééééééé" enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table "Ünïcode"."tééééééééééééééééééééééééééééééé" from public cascade;
alter table "Ünïcode"."order" enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table "Ünïcode"."order" from public cascade;
create or replace function seal.still_may_order_faf7(jsonb, text)
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
  hung "Ünïcode"."order" := jsonb_populate_record(null::"Ünïcode"."order", $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := hung.parent = any ((select seal."via_téééééééééééééééééééééééé_0fcdae3c"())::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.parent = any ((select seal."via_téééééééééééééééééééééééé_0fcdae3c"())::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_order_faf7(jsonb, text) from public cascade;
alter function seal.still_may_order_faf7(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_e471_order_faf7(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from "Ünïcode"."tééééééééééééééééééééééééééééééé" as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_e471_order_faf7(xid, uuid) from public cascade;
alter function seal.same_e471_order_faf7(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_order_faf7()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.parent is not null and (tg_op = 'INSERT' or new.parent is distinct from old.parent) then
    if not seal.same_e471_order_faf7((select p.xmin from "Ünïcode"."tééééééééééééééééééééééééééééééé" as p where p.id = new.parent), new.parent) then
      if not seal.still_may_order_faf7(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of "Ünïcode"."tééééééééééééééééééééééééééééééé" that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_order_faf7() from public cascade;
alter function seal.still_order_faf7() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on "Ünïcode"."order" for each row when (row_security_active('"Ünïcode"."order"'::regclass) and not (current_user in ('names_long_and_unicode_owner'))) execute function seal.still_order_faf7();
create or replace function seal."value_tééééééééééééééééééééééé_d09f3b67"()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if tg_op = 'INSERT' then
    if seal.me() is null then
      raise exception using errcode = '42501', message = '"Ünïcode"."tééééééééééééééééééééééééééééééé"."日本" is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new."日本" := ((select seal.me()));
  end if;
  return new;
end
$seal$;
revoke execute on function seal."value_tééééééééééééééééééééééé_d09f3b67"() from public cascade;
create trigger zzzz_seal_value before insert on "Ünïcode"."tééééééééééééééééééééééééééééééé" for each row when (row_security_active('"Ünïcode"."tééééééééééééééééééééééééééééééé"'::regclass) and not (current_user in ('names_long_and_unicode_owner'))) execute function seal."value_tééééééééééééééééééééééé_d09f3b67"();
create or replace function seal."columns_téééééééééééééééééééééé_03c0cd72"()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new."user" is distinct from old."user" then
    allowed := (old."a b" is null);
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"Ünïcode"."tééééééééééééééééééééééééééééééé"."user" may not be changed by this principal', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new."日本" is distinct from old."日本" then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"Ünïcode"."tééééééééééééééééééééééééééééééé"."日本" can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal."columns_téééééééééééééééééééééé_03c0cd72"() from public cascade;
create trigger aaaa_seal_columns after update on "Ünïcode"."tééééééééééééééééééééééééééééééé" for each row when (row_security_active('"Ünïcode"."tééééééééééééééééééééééééééééééé"'::regclass) and not (current_user in ('names_long_and_unicode_owner'))) execute function seal."columns_téééééééééééééééééééééé_03c0cd72"();
create or replace function seal."kept_téééééééééééééééééééééééé_4ea46304"()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of "Ünïcode"."tééééééééééééééééééééééééééééééé" that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from "Ünïcode"."order" as c where c.parent = old.id) then
    raise exception using errcode = '23503', message = 'rows of "Ünïcode"."order" still point to a row of "Ünïcode"."tééééééééééééééééééééééééééééééé"', hint = 'delete them first, or in the same statement: a row that (parent) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal."kept_téééééééééééééééééééééééé_4ea46304"() from public cascade;
alter function seal."kept_téééééééééééééééééééééééé_4ea46304"() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on "Ünïcode"."tééééééééééééééééééééééééééééééé" for each row when ((row_security_active('"Ünïcode"."tééééééééééééééééééééééééééééééé"'::regclass) and not (current_user in ('names_long_and_unicode_owner'))) or (pg_trigger_depth() > 0 and current_user = 'names_long_and_unicode_owner' and not pg_has_role(session_user, 'names_long_and_unicode_owner', 'member'))) execute function seal."kept_téééééééééééééééééééééééé_4ea46304"();
create or replace function seal."kept_key_téééééééééééééééééééééé_b583ef4d"()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of "Ünïcode"."tééééééééééééééééééééééééééééééé" that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.id is distinct from new.id) and exists (select 1 from "Ünïcode"."order" as c where c.parent = old.id) then
    raise exception using errcode = '23503', message = 'rows of "Ünïcode"."order" still point to a row of "Ünïcode"."tééééééééééééééééééééééééééééééé"', hint = 'delete them first, or in the same statement: a row that (parent) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal."kept_key_téééééééééééééééééééééé_b583ef4d"() from public cascade;
alter function seal."kept_key_téééééééééééééééééééééé_b583ef4d"() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on "Ünïcode"."tééééééééééééééééééééééééééééééé" for each row when ((old.id is distinct from new.id) and ((row_security_active('"Ünïcode"."tééééééééééééééééééééééééééééééé"'::regclass) and not (current_user in ('names_long_and_unicode_owner'))) or (pg_trigger_depth() > 0 and current_user = 'names_long_and_unicode_owner' and not pg_has_role(session_user, 'names_long_and_unicode_owner', 'member')))) execute function seal."kept_key_téééééééééééééééééééééé_b583ef4d"();
create or replace view "Ünïcode"."téééééééééééééééééééééééééé_f962c0fa" with (security_invoker = true) as select id, "日本", "user", "a b" from "Ünïcode"."tééééééééééééééééééééééééééééééé";
revoke select, insert, update, delete, truncate, references, trigger on table "Ünïcode"."téééééééééééééééééééééééééé_f962c0fa" from public cascade;
alter view "Ünïcode"."téééééééééééééééééééééééééé_f962c0fa" set (security_invoker = 'true');
create or replace function seal."via_téééééééééééééééééééééééé_0fcdae3c"()
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
  return array(select p.id from "Ünïcode"."tééééééééééééééééééééééééééééééé" as p where p.id is not null and (p."日本" = (select seal.me())));
end
$seal$;
revoke execute on function seal."via_téééééééééééééééééééééééé_0fcdae3c"() from public cascade;
alter function seal."via_téééééééééééééééééééééééé_0fcdae3c"() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal."via_téééééééééééééééééééééééé_ea741b80"()
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
  return array(select p.id from "Ünïcode"."tééééééééééééééééééééééééééééééé" as p where p.id is not null and (p."日本" = (select seal.me())));
end
$seal$;
revoke execute on function seal."via_téééééééééééééééééééééééé_ea741b80"() from public cascade;
alter function seal."via_téééééééééééééééééééééééé_ea741b80"() security definer set search_path = 'pg_catalog', 'pg_temp';
create policy seal_gate_member on "Ünïcode"."order" as restrictive for all to names_long_and_unicode_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on "Ünïcode"."tééééééééééééééééééééééééééééééé" as restrictive for all to names_long_and_unicode_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on "Ünïcode"."tééééééééééééééééééééééééééééééé" as restrictive for insert to names_long_and_unicode_role_member with check ("日本" is not distinct from (select seal.me()));
create policy seal_backup on "Ünïcode"."order" as permissive for select to names_long_and_unicode_backup using (true);
create policy seal_delete_member on "Ünïcode"."order" as permissive for delete to names_long_and_unicode_role_member using ((parent = any ((select seal."via_téééééééééééééééééééééééé_ea741b80"())::uuid[])) and (parent = any ((select seal."via_téééééééééééééééééééééééé_0fcdae3c"())::uuid[])));
create policy seal_insert_member on "Ünïcode"."order" as permissive for insert to names_long_and_unicode_role_member with check (parent = any ((select seal."via_téééééééééééééééééééééééé_0fcdae3c"())::uuid[]));
create policy seal_read on "Ünïcode"."order" as permissive for select to names_long_and_unicode_seal using (true);
create policy seal_select_member on "Ünïcode"."order" as permissive for select to names_long_and_unicode_role_member using (parent = any ((select seal."via_téééééééééééééééééééééééé_ea741b80"())::uuid[]));
create policy seal_update_member on "Ünïcode"."order" as permissive for update to names_long_and_unicode_role_member using ((parent = any ((select seal."via_téééééééééééééééééééééééé_ea741b80"())::uuid[])) and (parent = any ((select seal."via_téééééééééééééééééééééééé_0fcdae3c"())::uuid[]))) with check (parent = any ((select seal."via_téééééééééééééééééééééééé_0fcdae3c"())::uuid[]));
create policy seal_backup on "Ünïcode"."tééééééééééééééééééééééééééééééé" as permissive for select to names_long_and_unicode_backup using (true);
create policy seal_delete_member on "Ünïcode"."tééééééééééééééééééééééééééééééé" as permissive for delete to names_long_and_unicode_role_member using ("日本" = (select seal.me()));
create policy seal_insert_member on "Ünïcode"."tééééééééééééééééééééééééééééééé" as permissive for insert to names_long_and_unicode_role_member with check ("日本" = (select seal.me()));
create policy seal_read on "Ünïcode"."tééééééééééééééééééééééééééééééé" as permissive for select to names_long_and_unicode_seal using (true);
create policy seal_select_member on "Ünïcode"."tééééééééééééééééééééééééééééééé" as permissive for select to names_long_and_unicode_role_member using ("日本" = (select seal.me()));
create policy seal_update_member on "Ünïcode"."tééééééééééééééééééééééééééééééé" as permissive for update to names_long_and_unicode_role_member using ("日本" = (select seal.me())) with check ("日本" = (select seal.me()));
grant select on table "Ünïcode"."order" to names_long_and_unicode_backup, names_long_and_unicode_seal;
grant select, insert, update, delete on table "Ünïcode"."order" to names_long_and_unicode_role_member;
grant select on table "Ünïcode"."tééééééééééééééééééééééééééééééé" to names_long_and_unicode_backup, names_long_and_unicode_seal;
grant select ("a b", id, "user", "日本"), insert ("a b", id, "user", "日本"), update ("a b", id, "user", "日本") on table "Ünïcode"."tééééééééééééééééééééééééééééééé" to names_long_and_unicode_role_member;
grant delete on table "Ünïcode"."tééééééééééééééééééééééééééééééé" to names_long_and_unicode_role_member;
grant select on table "Ünïcode"."téééééééééééééééééééééééééé_f962c0fa" to names_long_and_unicode_role_member;
grant execute on function seal."columns_téééééééééééééééééééééé_03c0cd72"() to names_long_and_unicode_owner;
grant execute on function seal."kept_key_téééééééééééééééééééééé_b583ef4d"() to names_long_and_unicode_owner;
grant execute on function seal."kept_téééééééééééééééééééééééé_4ea46304"() to names_long_and_unicode_owner;
grant execute on function seal.still_order_faf7() to names_long_and_unicode_owner;
grant execute on function seal."value_tééééééééééééééééééééééé_d09f3b67"() to names_long_and_unicode_owner;
grant execute on function seal."via_téééééééééééééééééééééééé_0fcdae3c"() to names_long_and_unicode_role_member;
grant execute on function seal."via_téééééééééééééééééééééééé_ea741b80"() to names_long_and_unicode_role_member;
