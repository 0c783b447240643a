do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to owned_owner;
grant usage on schema app to owned_backup, owned_role_member, owned_role_visitor;
revoke usage on schema public from public cascade;
grant usage on schema seal to owned_owner, owned_role_member, owned_role_visitor;
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
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'app.notes.author_id is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.author_id := ((select seal.me()));
  end if;
  return new;
end
$seal$;
revoke execute on function seal.value_notes_de5e() from public cascade;
create trigger zzzz_seal_value before insert on app.notes for each row when (row_security_active('app.notes'::regclass) and not (current_user in ('owned_owner'))) execute function seal.value_notes_de5e();
create or replace function seal.columns_notes_de5e()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.author_id is distinct from old.author_id then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.notes.author_id can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_notes_de5e() from public cascade;
create trigger aaaa_seal_columns after update on app.notes for each row when (row_security_active('app.notes'::regclass) and not (current_user in ('owned_owner'))) execute function seal.columns_notes_de5e();
create policy seal_gate_member on app.notes as restrictive for all to owned_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.notes as restrictive for insert to owned_role_member with check (author_id is not distinct from (select seal.me()));
create policy seal_backup on app.notes as permissive for select to owned_backup using (true);
create policy seal_delete_member on app.notes as permissive for delete to owned_role_member using (((author_id = (select seal.me())) or is_public) and (author_id = (select seal.me())));
create policy seal_insert_member on app.notes as permissive for insert to owned_role_member with check (author_id = (select seal.me()));
create policy seal_select_member on app.notes as permissive for select to owned_role_member using ((author_id = (select seal.me())) or is_public);
create policy seal_select_visitor on app.notes as permissive for select to owned_role_visitor using (is_public);
create policy seal_update_member on app.notes as permissive for update to owned_role_member using (((author_id = (select seal.me())) or is_public) and (author_id = (select seal.me()))) with check (author_id = (select seal.me()));
grant select on table app.notes to owned_backup, owned_role_visitor;
grant select, insert, update, delete on table app.notes to owned_role_member;
grant execute on function seal.columns_notes_de5e() to owned_owner;
grant execute on function seal.value_notes_de5e() to owned_owner;
