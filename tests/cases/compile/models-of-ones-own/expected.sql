do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to models_of_ones_own_owner;
grant usage on schema app to models_of_ones_own_backup, models_of_ones_own_role_member, models_of_ones_own_role_staff;
revoke usage on schema public from public cascade;
grant usage on schema seal to models_of_ones_own_owner, models_of_ones_own_role_member, models_of_ones_own_role_staff, models_of_ones_own_role_visitor;
alter table app.a enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.a from public cascade;
alter table app.b enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.b from public cascade;
create or replace function seal.columns_a_cd20()
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
      raise exception using errcode = '42501', message = 'app.a.owner can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_a_cd20() from public cascade;
create trigger aaaa_seal_columns after update on app.a for each row when (row_security_active('app.a'::regclass) and not (current_user in ('models_of_ones_own_owner'))) execute function seal.columns_a_cd20();
create or replace function seal.columns_b_5645()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.who is distinct from old.who then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.b.who can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_b_5645() from public cascade;
create trigger aaaa_seal_columns after update on app.b for each row when (row_security_active('app.b'::regclass) and not (current_user in ('models_of_ones_own_owner'))) execute function seal.columns_b_5645();
create policy seal_gate_member on app.a as restrictive for all to models_of_ones_own_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_staff on app.a as restrictive for all to models_of_ones_own_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_require_select_member_staff on app.a as restrictive for select to models_of_ones_own_role_member, models_of_ones_own_role_staff using (not hidden);
create policy seal_require_update_member_staff on app.a as restrictive for update to models_of_ones_own_role_member, models_of_ones_own_role_staff using ((not hidden) and (owner is not null)) with check (true);
create policy seal_gate_member on app.b as restrictive for all to models_of_ones_own_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_staff on app.b as restrictive for all to models_of_ones_own_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_require_select_member_staff on app.b as restrictive for select to models_of_ones_own_role_member, models_of_ones_own_role_staff using (not hidden);
create policy seal_require_update_member_staff on app.b as restrictive for update to models_of_ones_own_role_member, models_of_ones_own_role_staff using ((not hidden) and (who is not null)) with check (true);
create policy seal_backup on app.a as permissive for select to models_of_ones_own_backup using (true);
create policy seal_insert_member_staff on app.a as permissive for insert to models_of_ones_own_role_member, models_of_ones_own_role_staff with check (owner = (select seal.me()));
create policy seal_select_member on app.a as permissive for select to models_of_ones_own_role_member using (owner = (select seal.me()));
create policy seal_select_staff on app.a as permissive for select to models_of_ones_own_role_staff using (true);
create policy seal_update_member_staff on app.a as permissive for update to models_of_ones_own_role_member, models_of_ones_own_role_staff using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_backup on app.b as permissive for select to models_of_ones_own_backup using (true);
create policy seal_insert_staff on app.b as permissive for insert to models_of_ones_own_role_staff with check (true);
create policy seal_select_member on app.b as permissive for select to models_of_ones_own_role_member using (who = (select seal.me()));
create policy seal_select_staff on app.b as permissive for select to models_of_ones_own_role_staff using (true);
create policy seal_update_member_staff on app.b as permissive for update to models_of_ones_own_role_member, models_of_ones_own_role_staff using (who = (select seal.me())) with check (who = (select seal.me()));
grant select on table app.a to models_of_ones_own_backup;
grant select, insert, update on table app.a to models_of_ones_own_role_member, models_of_ones_own_role_staff;
grant select on table app.b to models_of_ones_own_backup;
grant select, insert, update on table app.b to models_of_ones_own_role_staff;
grant select, update on table app.b to models_of_ones_own_role_member;
grant execute on function seal.columns_a_cd20() to models_of_ones_own_owner;
grant execute on function seal.columns_b_5645() to models_of_ones_own_owner;
