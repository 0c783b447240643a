do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to columns_that_do_not_change_owner;
grant usage on schema app to columns_that_do_not_change_backup, columns_that_do_not_change_role_member;
revoke usage on schema public from public cascade;
grant usage on schema seal to columns_that_do_not_change_owner, columns_that_do_not_change_role_member, columns_that_do_not_change_role_visitor;
alter table app.invoices enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.invoices from public cascade;
create or replace function seal.columns_invoices_7d93()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new."Weird ""Col" is distinct from old."Weird ""Col" then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.invoices."Weird ""Col" can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if row(new.data)::record operator(pg_catalog.*<>) row(old.data)::record then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.invoices.data can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.level is distinct from old.level then
    allowed := false;
    if not coalesce(allowed, false) and (new.level in (2, 3)) and (old.level in (1)) then
      allowed := true;
    end if;
    if not coalesce(allowed, false) and (new.level in (1)) and (old.level in (2, 3)) then
      allowed := true;
    end if;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.invoices.level may not go from its old to its new value', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.note is distinct from old.note then
    allowed := ((old.owner = (select seal.me())) and (old.level < 3));
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.invoices.note may not be changed by this principal', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.org_id is distinct from old.org_id then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.invoices.org_id can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  if new.state is distinct from old.state then
    allowed := false;
    if not coalesce(allowed, false) and (new.state in ('sent')) and (old.state in ('draft')) then
      allowed := (old.owner = (select seal.me()));
    end if;
    if not coalesce(allowed, false) and (new.state in ('it''s paid')) then
      allowed := ((select seal.is_human()));
    end if;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.invoices.state may not go from its old to its new value', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_invoices_7d93() from public cascade;
create trigger aaaa_seal_columns after update on app.invoices for each row when (row_security_active('app.invoices'::regclass) and not (current_user in ('columns_that_do_not_change_owner'))) execute function seal.columns_invoices_7d93();
create policy seal_gate_member on app.invoices as restrictive for all to columns_that_do_not_change_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.invoices as restrictive for insert to columns_that_do_not_change_role_member with check ((level in (1, 2)) and (state in ('draft')));
create policy seal_backup on app.invoices as permissive for select to columns_that_do_not_change_backup using (true);
create policy seal_delete_member on app.invoices as permissive for delete to columns_that_do_not_change_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.invoices as permissive for insert to columns_that_do_not_change_role_member with check (owner = (select seal.me()));
create policy seal_select_member on app.invoices as permissive for select to columns_that_do_not_change_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.invoices as permissive for update to columns_that_do_not_change_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
grant select on table app.invoices to columns_that_do_not_change_backup;
grant select, insert, update, delete on table app.invoices to columns_that_do_not_change_role_member;
grant execute on function seal.columns_invoices_7d93() to columns_that_do_not_change_owner;
