do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema "a""; drop role x; --" owner to names_that_try_to_be_sql_owner;
grant usage on schema "a""; drop role x; --" to names_that_try_to_be_sql_backup, names_that_try_to_be_sql_role_member, names_that_try_to_be_sql_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to names_that_try_to_be_sql_owner, names_that_try_to_be_sql_role_member, names_that_try_to_be_sql_role_visitor;
alter table "a""; drop role x; --"."t'$seal$
'); end $seal$" enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table "a""; drop role x; --"."t'$seal$
'); end $seal$" from public cascade;
alter table "a""; drop role x; --"."child%I" enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table "a""; drop role x; --"."child%I" from public cascade;
create or replace function seal."columns_child%I_78cc"()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.new is distinct from old.new then
    allowed := ((old.old = 'x') or (old.m = (select seal.me())));
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"a""; drop role x; --"."child%I".new may not be changed by this principal', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.old is distinct from old.old then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"a""; drop role x; --"."child%I".old can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal."columns_child%I_78cc"() from public cascade;
create trigger aaaa_seal_columns after update on "a""; drop role x; --"."child%I" for each row when (row_security_active('"a""; drop role x; --"."child%I"'::regclass) and not (current_user in ('names_that_try_to_be_sql_owner'))) execute function seal."columns_child%I_78cc"();
create or replace function seal."still_may_child%I_78cc"(jsonb, text)
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
as $seal_$
#variable_conflict use_column
declare
  hung "a""; drop role x; --"."child%I" := jsonb_populate_record(null::"a""; drop role x; --"."child%I", $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := hung.p = any ((select seal."via_t'$seal$
'); end $seal$_update_20639419"())::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.p = any ((select seal."via_t'$seal$
'); end $seal$_update_20639419"())::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal_$;
revoke execute on function seal."still_may_child%I_78cc"(jsonb, text) from public cascade;
alter function seal."still_may_child%I_78cc"(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal."same_148d_child%I_78cc"(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal_$
declare
  now xid := (select p.xmin from "a""; drop role x; --"."t'$seal$
'); end $seal$" as p where p."id"";--" = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal_$;
revoke execute on function seal."same_148d_child%I_78cc"(xid, uuid) from public cascade;
alter function seal."same_148d_child%I_78cc"(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal."still_child%I_78cc"()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal_$
begin
  if new.p is not null and (tg_op = 'INSERT' or new.p is distinct from old.p) then
    if not seal."same_148d_child%I_78cc"((select p.xmin from "a""; drop role x; --"."t'$seal$
'); end $seal$" as p where p."id"";--" = new.p), new.p) then
      if not seal."still_may_child%I_78cc"(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of "a""; drop role x; --"."t''$seal$
''); end $seal$" that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal_$;
revoke execute on function seal."still_child%I_78cc"() from public cascade;
alter function seal."still_child%I_78cc"() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on "a""; drop role x; --"."child%I" for each row when (row_security_active('"a""; drop role x; --"."child%I"'::regclass) and not (current_user in ('names_that_try_to_be_sql_owner'))) execute function seal."still_child%I_78cc"();
create or replace function seal."value_t'$seal$
'); end $seal$_ba5d"()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal_$
begin
  if tg_op = 'INSERT' then
    if seal.me() is null then
      raise exception using errcode = '42501', message = '"a""; drop role x; --"."t''$seal$
''); end $seal$"."$1" is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new."$1" := ((select seal.me()));
    new."{}" := (('{}' || '$seal$') || '%s');
  end if;
  return new;
end
$seal_$;
revoke execute on function seal."value_t'$seal$
'); end $seal$_ba5d"() from public cascade;
create trigger zzzz_seal_value before insert on "a""; drop role x; --"."t'$seal$
'); end $seal$" for each row when (row_security_active('"a""; drop role x; --"."t''$seal$
''); end $seal$"'::regclass) and not (current_user in ('names_that_try_to_be_sql_owner'))) execute function seal."value_t'$seal$
'); end $seal$_ba5d"();
create or replace function seal."columns_t'$seal$
'); end $seal$_ba5d"()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal_$
declare
  allowed boolean;
begin
  if new."$1" is distinct from old."$1" then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"a""; drop role x; --"."t''$seal$
''); end $seal$"."$1" can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new."id"";--" is distinct from old."id"";--" then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"a""; drop role x; --"."t''$seal$
''); end $seal$"."id"";--" can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new."val
ue" is distinct from old."val
ue" then
    allowed := false;
    if not coalesce(allowed, false) and (new."val
ue" in ('$$')) and (old."val
ue" in (E'a\\''b')) then
      allowed := true;
    end if;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"a""; drop role x; --"."t''$seal$
''); end $seal$"."val
ue" may not go from its old to its new value', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new."{}" is distinct from old."{}" then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"a""; drop role x; --"."t''$seal$
''); end $seal$"."{}" can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal_$;
revoke execute on function seal."columns_t'$seal$
'); end $seal$_ba5d"() from public cascade;
create trigger aaaa_seal_columns after update on "a""; drop role x; --"."t'$seal$
'); end $seal$" for each row when (row_security_active('"a""; drop role x; --"."t''$seal$
''); end $seal$"'::regclass) and not (current_user in ('names_that_try_to_be_sql_owner'))) execute function seal."columns_t'$seal$
'); end $seal$_ba5d"();
create or replace function seal."kept_t'$seal$
'); end $seal$_ba5d"()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal_$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of "a""; drop role x; --"."t''$seal$
''); end $seal$" that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from "a""; drop role x; --"."child%I" as c where c.p = old."id"";--") then
    raise exception using errcode = '23503', message = 'rows of "a""; drop role x; --"."child%I" still point to a row of "a""; drop role x; --"."t''$seal$
''); end $seal$"', hint = 'delete them first, or in the same statement: a row that (p) points to is not replaced by another';
  end if;
  return null;
end
$seal_$;
revoke execute on function seal."kept_t'$seal$
'); end $seal$_ba5d"() from public cascade;
alter function seal."kept_t'$seal$
'); end $seal$_ba5d"() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on "a""; drop role x; --"."t'$seal$
'); end $seal$" for each row when ((row_security_active('"a""; drop role x; --"."t''$seal$
''); end $seal$"'::regclass) and not (current_user in ('names_that_try_to_be_sql_owner'))) or (pg_trigger_depth() > 0 and current_user = 'names_that_try_to_be_sql_owner' and not pg_has_role(session_user, 'names_that_try_to_be_sql_owner', 'member'))) execute function seal."kept_t'$seal$
'); end $seal$_ba5d"();
create or replace function seal."kept_key_t'$seal$
'); end $seal$_ba5d"()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal_$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of "a""; drop role x; --"."t''$seal$
''); end $seal$" that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old."id"";--" is distinct from new."id"";--") and exists (select 1 from "a""; drop role x; --"."child%I" as c where c.p = old."id"";--") then
    raise exception using errcode = '23503', message = 'rows of "a""; drop role x; --"."child%I" still point to a row of "a""; drop role x; --"."t''$seal$
''); end $seal$"', hint = 'delete them first, or in the same statement: a row that (p) points to is not replaced by another';
  end if;
  return null;
end
$seal_$;
revoke execute on function seal."kept_key_t'$seal$
'); end $seal$_ba5d"() from public cascade;
alter function seal."kept_key_t'$seal$
'); end $seal$_ba5d"() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on "a""; drop role x; --"."t'$seal$
'); end $seal$" for each row when ((old."id"";--" is distinct from new."id"";--") and ((row_security_active('"a""; drop role x; --"."t''$seal$
''); end $seal$"'::regclass) and not (current_user in ('names_that_try_to_be_sql_owner'))) or (pg_trigger_depth() > 0 and current_user = 'names_that_try_to_be_sql_owner' and not pg_has_role(session_user, 'names_that_try_to_be_sql_owner', 'member')))) execute function seal."kept_key_t'$seal$
'); end $seal$_ba5d"();
create or replace function seal."via_t'$seal$
'); end $seal$_select_20639419"()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal_$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_member'), false) then
    return '{}'::uuid[];
  end if;
  return array(select p."id"";--" from "a""; drop role x; --"."t'$seal$
'); end $seal$" as p where p."id"";--" is not null and (p."o'wner" = (select seal.me())));
end
$seal_$;
revoke execute on function seal."via_t'$seal$
'); end $seal$_select_20639419"() from public cascade;
alter function seal."via_t'$seal$
'); end $seal$_select_20639419"() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal."via_t'$seal$
'); end $seal$_update_20639419"()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal_$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_member'), false) then
    return '{}'::uuid[];
  end if;
  return array(select p."id"";--" from "a""; drop role x; --"."t'$seal$
'); end $seal$" as p where p."id"";--" is not null and (p."o'wner" = (select seal.me())));
end
$seal_$;
revoke execute on function seal."via_t'$seal$
'); end $seal$_update_20639419"() from public cascade;
alter function seal."via_t'$seal$
'); end $seal$_update_20639419"() security definer set search_path = 'pg_catalog', 'pg_temp';
create policy seal_gate_member on "a""; drop role x; --"."child%I" as restrictive for all to names_that_try_to_be_sql_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on "a""; drop role x; --"."t'$seal$
'); end $seal$" as restrictive for all to names_that_try_to_be_sql_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on "a""; drop role x; --"."t'$seal$
'); end $seal$" as restrictive for insert to names_that_try_to_be_sql_role_member with check ((("val
ue" is null) or ("val
ue" <> '$seal$')) and ("$1" is not distinct from (select seal.me())) and ("val
ue" in ('''; drop table x; --', '$seal$')) and ("{}" is not distinct from ((('{}' || '$seal$') || '%s')::text)));
create policy seal_require_update_member on "a""; drop role x; --"."t'$seal$
'); end $seal$" as restrictive for update to names_that_try_to_be_sql_role_member using (true) with check (("val
ue" is null) or ("val
ue" <> '$seal$'));
create policy seal_backup on "a""; drop role x; --"."child%I" as permissive for select to names_that_try_to_be_sql_backup using (true);
create policy seal_delete_member on "a""; drop role x; --"."child%I" as permissive for delete to names_that_try_to_be_sql_role_member using ((p = any ((select seal."via_t'$seal$
'); end $seal$_select_20639419"())::uuid[])) and (p = any ((select seal."via_t'$seal$
'); end $seal$_update_20639419"())::uuid[])));
create policy seal_insert_member on "a""; drop role x; --"."child%I" as permissive for insert to names_that_try_to_be_sql_role_member with check (p = any ((select seal."via_t'$seal$
'); end $seal$_update_20639419"())::uuid[]));
create policy seal_read on "a""; drop role x; --"."child%I" as permissive for select to names_that_try_to_be_sql_seal using (true);
create policy seal_select_member on "a""; drop role x; --"."child%I" as permissive for select to names_that_try_to_be_sql_role_member using (p = any ((select seal."via_t'$seal$
'); end $seal$_select_20639419"())::uuid[]));
create policy seal_update_member on "a""; drop role x; --"."child%I" as permissive for update to names_that_try_to_be_sql_role_member using ((p = any ((select seal."via_t'$seal$
'); end $seal$_select_20639419"())::uuid[])) and (p = any ((select seal."via_t'$seal$
'); end $seal$_update_20639419"())::uuid[]))) with check (p = any ((select seal."via_t'$seal$
'); end $seal$_update_20639419"())::uuid[]));
create policy seal_backup on "a""; drop role x; --"."t'$seal$
'); end $seal$" as permissive for select to names_that_try_to_be_sql_backup using (true);
create policy seal_delete_member on "a""; drop role x; --"."t'$seal$
'); end $seal$" as permissive for delete to names_that_try_to_be_sql_role_member using ("o'wner" = (select seal.me()));
create policy seal_insert_member on "a""; drop role x; --"."t'$seal$
'); end $seal$" as permissive for insert to names_that_try_to_be_sql_role_member with check ("o'wner" = (select seal.me()));
create policy seal_read on "a""; drop role x; --"."t'$seal$
'); end $seal$" as permissive for select to names_that_try_to_be_sql_seal using (true);
create policy seal_select_member on "a""; drop role x; --"."t'$seal$
'); end $seal$" as permissive for select to names_that_try_to_be_sql_role_member using ("o'wner" = (select seal.me()));
create policy seal_update_member on "a""; drop role x; --"."t'$seal$
'); end $seal$" as permissive for update to names_that_try_to_be_sql_role_member using ("o'wner" = (select seal.me())) with check ("o'wner" = (select seal.me()));
grant select on table "a""; drop role x; --"."child%I" to names_that_try_to_be_sql_backup, names_that_try_to_be_sql_seal;
grant select, insert, update, delete on table "a""; drop role x; --"."child%I" to names_that_try_to_be_sql_role_member;
grant select on table "a""; drop role x; --"."t'$seal$
'); end $seal$" to names_that_try_to_be_sql_backup, names_that_try_to_be_sql_seal;
grant select, insert, update, delete on table "a""; drop role x; --"."t'$seal$
'); end $seal$" to names_that_try_to_be_sql_role_member;
grant execute on function seal."columns_child%I_78cc"() to names_that_try_to_be_sql_owner;
grant execute on function seal."columns_t'$seal$
'); end $seal$_ba5d"() to names_that_try_to_be_sql_owner;
grant execute on function seal."kept_key_t'$seal$
'); end $seal$_ba5d"() to names_that_try_to_be_sql_owner;
grant execute on function seal."kept_t'$seal$
'); end $seal$_ba5d"() to names_that_try_to_be_sql_owner;
grant execute on function seal."still_child%I_78cc"() to names_that_try_to_be_sql_owner;
grant execute on function seal."value_t'$seal$
'); end $seal$_ba5d"() to names_that_try_to_be_sql_owner;
grant execute on function seal."via_t'$seal$
'); end $seal$_select_20639419"() to names_that_try_to_be_sql_role_member;
grant execute on function seal."via_t'$seal$
'); end $seal$_update_20639419"() to names_that_try_to_be_sql_role_member;
