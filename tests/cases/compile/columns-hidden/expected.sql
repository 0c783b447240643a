do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to columns_hidden_owner;
grant usage on schema app to columns_hidden_backup, columns_hidden_role_member, columns_hidden_role_payroll, columns_hidden_role_staff;
revoke usage on schema public from public cascade;
grant usage on schema seal to columns_hidden_owner, columns_hidden_role_member, columns_hidden_role_payroll, columns_hidden_role_staff, columns_hidden_role_visitor;
alter table app.people enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.people from public cascade;
alter table app."Odd ""Name" enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app."Odd ""Name" from public cascade;
create or replace function seal.columns_people_eb84()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.id is distinct from old.id then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.people.id can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.phone is distinct from old.phone then
    allowed := (old.id = (select seal.me()));
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.people.phone may not be changed by this principal', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_people_eb84() from public cascade;
create trigger aaaa_seal_columns after update on app.people for each row when (row_security_active('app.people'::regclass) and not (current_user in ('columns_hidden_owner'))) execute function seal.columns_people_eb84();
create or replace function seal.blind_phone_people_eb84()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if coalesce(seal.is_live('role_member'), false) then
    allowed := (old.id = (select seal.me()));
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.people.phone may not be changed by this principal', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return new;
end
$seal$;
revoke execute on function seal.blind_phone_people_eb84() from public cascade;
create trigger aaaa_seal_blind_phone before update of phone on app.people for each row when (row_security_active('app.people'::regclass) and not (current_user in ('columns_hidden_owner'))) execute function seal.blind_phone_people_eb84();
create or replace view app."Odd ""Name_visible" with (security_invoker = true) as select id, public from app."Odd ""Name";
revoke select, insert, update, delete, truncate, references, trigger on table app."Odd ""Name_visible" from public cascade;
alter view app."Odd ""Name_visible" set (security_invoker = 'true');
create or replace view app.people_visible with (security_invoker = true) as select id, name from app.people;
revoke select, insert, update, delete, truncate, references, trigger on table app.people_visible from public cascade;
alter view app.people_visible set (security_invoker = 'true');
create policy seal_gate_member on app."Odd ""Name" as restrictive for all to columns_hidden_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_payroll on app."Odd ""Name" as restrictive for all to columns_hidden_role_payroll using ((select seal.is_live('role_payroll'))) with check ((select seal.is_live('role_payroll')));
create policy seal_gate_staff on app."Odd ""Name" as restrictive for all to columns_hidden_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_gate_member on app.people as restrictive for all to columns_hidden_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_payroll on app.people as restrictive for all to columns_hidden_role_payroll using ((select seal.is_live('role_payroll'))) with check ((select seal.is_live('role_payroll')));
create policy seal_gate_staff on app.people as restrictive for all to columns_hidden_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_backup on app."Odd ""Name" as permissive for select to columns_hidden_backup using (true);
create policy seal_select_member_payroll_staff on app."Odd ""Name" as permissive for select to columns_hidden_role_member, columns_hidden_role_payroll, columns_hidden_role_staff using (true);
create policy seal_backup on app.people as permissive for select to columns_hidden_backup using (true);
create policy seal_insert_member_payroll_staff on app.people as permissive for insert to columns_hidden_role_member, columns_hidden_role_payroll, columns_hidden_role_staff with check (id = (select seal.me()));
create policy seal_select_member_payroll_staff on app.people as permissive for select to columns_hidden_role_member, columns_hidden_role_payroll, columns_hidden_role_staff using (true);
create policy seal_update_member_staff on app.people as permissive for update to columns_hidden_role_member, columns_hidden_role_staff using (id = (select seal.me())) with check (id = (select seal.me()));
create policy seal_update_payroll on app.people as permissive for update to columns_hidden_role_payroll using (true) with check (true);
grant select on table app."Odd ""Name" to columns_hidden_backup;
grant select (id, public) on table app."Odd ""Name" to columns_hidden_role_member, columns_hidden_role_payroll, columns_hidden_role_staff;
grant select on table app.people to columns_hidden_backup;
grant select, update on table app.people to columns_hidden_role_payroll;
grant select (email, id, name, phone), insert (email, id, name, phone), update (email, id, name, phone) on table app.people to columns_hidden_role_staff;
grant select (id, name), insert (email, id, name), update (id, name, phone) on table app.people to columns_hidden_role_member;
grant insert (email, id, name, phone) on table app.people to columns_hidden_role_payroll;
grant select on table app."Odd ""Name_visible" to columns_hidden_role_member, columns_hidden_role_payroll, columns_hidden_role_staff;
grant select on table app.people_visible to columns_hidden_role_member, columns_hidden_role_payroll, columns_hidden_role_staff;
grant execute on function seal.blind_phone_people_eb84() to columns_hidden_owner;
grant execute on function seal.columns_people_eb84() to columns_hidden_owner;
