do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema "My App" owner to quoted_names_owner;
grant usage on schema "My App" to quoted_names_backup, quoted_names_role_member;
revoke usage on schema public from public cascade;
grant usage on schema seal to quoted_names_owner, quoted_names_role_member, quoted_names_role_visitor;
alter table "My App"."Weird ""Table"" 表" enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table "My App"."Weird ""Table"" 表" from public cascade;
create or replace function seal."columns_Weird ""Table"" 表_0233"()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new."select" is distinct from old."select" then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"My App"."Weird ""Table"" 表"."select" can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal."columns_Weird ""Table"" 表_0233"() from public cascade;
create trigger aaaa_seal_columns after update on "My App"."Weird ""Table"" 表" for each row when (row_security_active('"My App"."Weird ""Table"" 表"'::regclass) and not (current_user in ('quoted_names_owner'))) execute function seal."columns_Weird ""Table"" 表_0233"();
create policy seal_gate_member on "My App"."Weird ""Table"" 表" as restrictive for all to quoted_names_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on "My App"."Weird ""Table"" 表" as permissive for select to quoted_names_backup using (true);
create policy seal_insert_member on "My App"."Weird ""Table"" 表" as permissive for insert to quoted_names_role_member with check ("Owner Id" = (select seal.me()));
create policy seal_select_member on "My App"."Weird ""Table"" 表" as permissive for select to quoted_names_role_member using ("Owner Id" = (select seal.me()));
grant select on table "My App"."Weird ""Table"" 表" to quoted_names_backup;
grant select, insert on table "My App"."Weird ""Table"" 表" to quoted_names_role_member;
grant execute on function seal."columns_Weird ""Table"" 表_0233"() to quoted_names_owner;
