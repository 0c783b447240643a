do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to sequences_and_defaults_owner;
alter schema lib owner to sequences_and_defaults_owner;
grant usage on schema app to sequences_and_defaults_role_member;
grant usage on schema lib to sequences_and_defaults_role_member;
revoke usage on schema public from public cascade;
revoke execute on function lib.next_code() from public cascade;
revoke execute on function lib.is_short(text) from public cascade;
revoke execute on function lib.squash(text) from public cascade;
revoke execute on function lib.not_called(text) from public cascade;
alter table app.invoices enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.invoices from public cascade;
alter table app.read_only enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.read_only from public cascade;
create policy seal_gate_member on app.invoices as restrictive for all to sequences_and_defaults_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.read_only as restrictive for all to sequences_and_defaults_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_delete_member on app.invoices as permissive for delete to sequences_and_defaults_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.invoices as permissive for insert to sequences_and_defaults_role_member with check (owner = (select seal.me()));
create policy seal_select_member on app.invoices as permissive for select to sequences_and_defaults_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.invoices as permissive for update to sequences_and_defaults_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_select_member on app.read_only as permissive for select to sequences_and_defaults_role_member using (owner = (select seal.me()));
grant usage on sequence app.invoice_number to sequences_and_defaults_role_member;
grant usage on sequence app.invoices_old_id_seq to sequences_and_defaults_role_member;
grant select, insert, update, delete on table app.invoices to sequences_and_defaults_role_member;
grant select on table app.read_only to sequences_and_defaults_role_member;
grant execute on function lib.is_short(text) to sequences_and_defaults_role_member;
grant execute on function lib.next_code() to sequences_and_defaults_role_member;
grant execute on function lib.squash(text) to sequences_and_defaults_role_member;
