do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to require_in_all_forms_owner;
grant usage on schema app to require_in_all_forms_role_member, require_in_all_forms_role_staff;
revoke usage on schema public from public cascade;
alter table app.a enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.a from public cascade;
alter table app.b enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.b from public cascade;
create policy seal_gate_member on app.a as restrictive for all to require_in_all_forms_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_staff on app.a as restrictive for all to require_in_all_forms_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_require_delete_member_staff on app.a as restrictive for delete to require_in_all_forms_role_member, require_in_all_forms_role_staff using ((gone is not true) and ((id is not null) or (amount is null)) and (not locked));
create policy seal_require_insert_member_staff on app.a as restrictive for insert to require_in_all_forms_role_member, require_in_all_forms_role_staff with check ((amount >= 0) and (amount < 1e6));
create policy seal_require_select_member_staff on app.a as restrictive for select to require_in_all_forms_role_member, require_in_all_forms_role_staff using ((gone is not true) and ((id is not null) or (amount is null)));
create policy seal_require_update_member_staff on app.a as restrictive for update to require_in_all_forms_role_member, require_in_all_forms_role_staff using ((gone is not true) and ((id is not null) or (amount is null)) and (not locked)) with check ((amount >= 0) and (amount < 1e6));
create policy seal_gate_member on app.b as restrictive for all to require_in_all_forms_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_staff on app.b as restrictive for all to require_in_all_forms_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_require_delete_member_staff on app.b as restrictive for delete to require_in_all_forms_role_member, require_in_all_forms_role_staff using ((gone is not true) and ((open_for is null) or (open_for = (select seal.me()))));
create policy seal_require_select_member_staff on app.b as restrictive for select to require_in_all_forms_role_member, require_in_all_forms_role_staff using ((gone is not true) and ((open_for is null) or (open_for = (select seal.me()))));
create policy seal_require_update_member_staff on app.b as restrictive for update to require_in_all_forms_role_member, require_in_all_forms_role_staff using ((gone is not true) and ((open_for is null) or (open_for = (select seal.me())))) with check (true);
create policy seal_delete_member on app.a as permissive for delete to require_in_all_forms_role_member using (owner = (select seal.me()));
create policy seal_delete_staff on app.a as permissive for delete to require_in_all_forms_role_staff using (((owner = (select seal.me())) or (amount > 1000)) and (owner = (select seal.me())));
create policy seal_insert_member_staff on app.a as permissive for insert to require_in_all_forms_role_member, require_in_all_forms_role_staff with check (owner = (select seal.me()));
create policy seal_select_member on app.a as permissive for select to require_in_all_forms_role_member using (owner = (select seal.me()));
create policy seal_select_staff on app.a as permissive for select to require_in_all_forms_role_staff using ((owner = (select seal.me())) or (amount > 1000));
create policy seal_update_member on app.a as permissive for update to require_in_all_forms_role_member using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_update_staff on app.a as permissive for update to require_in_all_forms_role_staff using (((owner = (select seal.me())) or (amount > 1000)) and (owner = (select seal.me()))) with check (owner = (select seal.me()));
create policy seal_delete_member_staff on app.b as permissive for delete to require_in_all_forms_role_member, require_in_all_forms_role_staff using (owner = (select seal.me()));
create policy seal_insert_member_staff on app.b as permissive for insert to require_in_all_forms_role_member, require_in_all_forms_role_staff with check (owner = (select seal.me()));
create policy seal_select_member_staff on app.b as permissive for select to require_in_all_forms_role_member, require_in_all_forms_role_staff using (owner = (select seal.me()));
create policy seal_update_member_staff on app.b as permissive for update to require_in_all_forms_role_member, require_in_all_forms_role_staff using (owner = (select seal.me())) with check ((owner = (select seal.me())) or (owner is not null));
grant select, insert, update, delete on table app.a to require_in_all_forms_role_member, require_in_all_forms_role_staff;
grant select, insert, update, delete on table app.b to require_in_all_forms_role_member, require_in_all_forms_role_staff;
