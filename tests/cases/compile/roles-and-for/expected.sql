do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to roles_and_for_owner;
grant usage on schema app to roles_and_for_backup, roles_and_for_role_chief, roles_and_for_role_member, roles_and_for_role_nightly, roles_and_for_role_staff, roles_and_for_role_visitor;
revoke usage on schema public from public cascade;
alter table app.pages enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.pages from public cascade;
create policy seal_gate_chief on app.pages as restrictive for all to roles_and_for_role_chief using ((select seal.is_live('role_chief'))) with check ((select seal.is_live('role_chief')));
create policy seal_gate_member on app.pages as restrictive for all to roles_and_for_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_nightly on app.pages as restrictive for all to roles_and_for_role_nightly using ((select seal.is_live('role_nightly'))) with check ((select seal.is_live('role_nightly')));
create policy seal_gate_staff on app.pages as restrictive for all to roles_and_for_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_require_delete_chief_nightly on app.pages as restrictive for delete to roles_and_for_role_chief, roles_and_for_role_nightly using (not (published and (not spam)));
create policy seal_require_update_chief_staff on app.pages as restrictive for update to roles_and_for_role_chief, roles_and_for_role_staff using (not (published and (not spam))) with check (true);
create policy seal_backup on app.pages as permissive for select to roles_and_for_backup using (true);
create policy seal_delete_chief on app.pages as permissive for delete to roles_and_for_role_chief using (true);
create policy seal_delete_nightly on app.pages as permissive for delete to roles_and_for_role_nightly using ((spam or published) and spam);
create policy seal_select_chief on app.pages as permissive for select to roles_and_for_role_chief using (true);
create policy seal_select_member on app.pages as permissive for select to roles_and_for_role_member using ((not spam) or published);
create policy seal_select_nightly on app.pages as permissive for select to roles_and_for_role_nightly using (spam or published);
create policy seal_select_staff on app.pages as permissive for select to roles_and_for_role_staff using ((not spam) or spam or published);
create policy seal_select_visitor on app.pages as permissive for select to roles_and_for_role_visitor using (published);
create policy seal_update_chief on app.pages as permissive for update to roles_and_for_role_chief using (spam) with check (spam);
create policy seal_update_staff on app.pages as permissive for update to roles_and_for_role_staff using (((not spam) or spam or published) and spam) with check (spam);
grant select on table app.pages to roles_and_for_backup, roles_and_for_role_member, roles_and_for_role_visitor;
grant select, update on table app.pages to roles_and_for_role_staff;
grant select, update, delete on table app.pages to roles_and_for_role_chief;
grant select, delete on table app.pages to roles_and_for_role_nightly;
