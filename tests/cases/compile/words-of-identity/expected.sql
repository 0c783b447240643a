do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to words_of_identity_owner;
grant usage on schema app to words_of_identity_backup, words_of_identity_role_member;
revoke usage on schema public from public cascade;
alter table app.documents enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.documents from public cascade;
create policy seal_gate_member on app.documents as restrictive for all to words_of_identity_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.documents as permissive for select to words_of_identity_backup using (true);
create policy seal_delete_member on app.documents as permissive for delete to words_of_identity_role_member using (((owner_id = (select seal.me())) or ((select seal.me()) = any (readers)) or (department = (select seal.claim('department')))) and ((owner_id = (select seal.me())) is not false) and ((select seal.me()) is not null) and ((select seal.claim('may_delete')) = 'yes'));
create policy seal_insert_member on app.documents as permissive for insert to words_of_identity_role_member with check ((owner_id = (select seal.me())) and (select seal.is_human()));
create policy seal_select_member on app.documents as permissive for select to words_of_identity_role_member using ((owner_id = (select seal.me())) or ((select seal.me()) = any (readers)) or (department = (select seal.claim('department'))));
create policy seal_update_member on app.documents as permissive for update to words_of_identity_role_member using (((owner_id = (select seal.me())) or ((select seal.me()) = any (readers)) or (department = (select seal.claim('department')))) and (owner_id = (select seal.me())) and (not (select seal.is_agent())) and (level <= (COALESCE(((select seal.claim('level')))::int, 0)))) with check ((owner_id = (select seal.me())) and (not (select seal.is_agent())) and (level <= (COALESCE(((select seal.claim('level')))::int, 0))));
grant select on table app.documents to words_of_identity_backup;
grant select, insert, update, delete on table app.documents to words_of_identity_role_member;
