do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to publications_owner;
grant usage on schema app to publications_backup, publications_role_member;
revoke usage on schema public from public cascade;
alter table app.orders enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.orders from public cascade;
create policy seal_gate_member on app.orders as restrictive for all to publications_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.orders as permissive for select to publications_backup using (true);
create policy seal_delete_member on app.orders as permissive for delete to publications_role_member using (owner = (select seal.me()));
create policy seal_insert_member on app.orders as permissive for insert to publications_role_member with check (owner = (select seal.me()));
create policy seal_select_member on app.orders as permissive for select to publications_role_member using (owner = (select seal.me()));
create policy seal_update_member on app.orders as permissive for update to publications_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
grant select on table app.orders to publications_backup;
grant select, insert, update, delete on table app.orders to publications_role_member;
comment on schema seal is 'pgseal: has run 38655d4a3a35764b';
