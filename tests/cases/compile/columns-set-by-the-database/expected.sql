do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to columns_set_by_the_database_owner;
grant usage on schema app to columns_set_by_the_database_backup, columns_set_by_the_database_role_member;
revoke usage on schema public from public cascade;
grant usage on schema seal to columns_set_by_the_database_owner, columns_set_by_the_database_role_member, columns_set_by_the_database_role_visitor;
alter table app.notes enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.notes from public cascade;
create or replace function seal.value_notes_de5e()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if tg_op = 'INSERT' then
    new.code := (upper("left"(new.body, 3)));
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'app.notes.created_by is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.created_by := ((select seal.me()));
    new.tenant := (COALESCE(((select seal.claim('tenant'))), 'none'));
    new.touched := (now());
  end if;
  if tg_op = 'UPDATE' then
    new.touched := (now());
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'app.notes.updated_by is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.updated_by := ((select seal.me()));
  end if;
  return new;
end
$seal$;
revoke execute on function seal.value_notes_de5e() from public cascade;
create trigger zzzz_seal_value before insert or update on app.notes for each row when (row_security_active('app.notes'::regclass) and not (current_user in ('columns_set_by_the_database_owner'))) execute function seal.value_notes_de5e();
create or replace function seal.columns_notes_de5e()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.code is distinct from old.code then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.notes.code can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.created_by is distinct from old.created_by then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.notes.created_by can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.tenant is distinct from old.tenant then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.notes.tenant can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_notes_de5e() from public cascade;
create trigger aaaa_seal_columns after update on app.notes for each row when (row_security_active('app.notes'::regclass) and not (current_user in ('columns_set_by_the_database_owner'))) execute function seal.columns_notes_de5e();
create policy seal_gate_member on app.notes as restrictive for all to columns_set_by_the_database_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.notes as restrictive for insert to columns_set_by_the_database_role_member with check ((code is not distinct from ((upper("left"(body, 3)))::character varying(3))) and (created_by is not distinct from (select seal.me())) and (tenant is not distinct from ((COALESCE(((select seal.claim('tenant'))), 'none'))::text)) and (touched is not distinct from ((now())::timestamp with time zone)));
create policy seal_require_update_member on app.notes as restrictive for update to columns_set_by_the_database_role_member using (true) with check ((touched is not distinct from ((now())::timestamp with time zone)) and (updated_by is not distinct from (select seal.me())));
create policy seal_backup on app.notes as permissive for select to columns_set_by_the_database_backup using (true);
create policy seal_insert_member on app.notes as permissive for insert to columns_set_by_the_database_role_member with check (true);
create policy seal_select_member on app.notes as permissive for select to columns_set_by_the_database_role_member using (created_by = (select seal.me()));
create policy seal_update_member on app.notes as permissive for update to columns_set_by_the_database_role_member using (created_by = (select seal.me())) with check (created_by = (select seal.me()));
grant select on table app.notes to columns_set_by_the_database_backup;
grant select, insert, update on table app.notes to columns_set_by_the_database_role_member;
grant execute on function seal.columns_notes_de5e() to columns_set_by_the_database_owner;
grant execute on function seal.value_notes_de5e() to columns_set_by_the_database_owner;
