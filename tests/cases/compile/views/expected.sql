do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to views_owner;
grant usage on schema app to views_backup, views_role_member, views_role_staff, views_view_totals;
revoke usage on schema public from public cascade;
alter table app.tasks enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.tasks from public cascade;
revoke execute on function app.label(text) from public cascade;
revoke select, insert, update, delete, truncate, references, trigger on table app.open from public cascade;
alter view app.open set (security_invoker = 'true');
revoke select, insert, update, delete, truncate, references, trigger on table app.writable from public cascade;
alter view app.writable set (security_invoker = 'true');
revoke select, insert, update, delete, truncate, references, trigger on table app.of_view from public cascade;
alter view app.of_view set (security_invoker = 'true');
revoke select, insert, update, delete, truncate, references, trigger on table app.unlisted from public cascade;
alter view app.unlisted set (security_invoker = 'true');
create materialized view app.totals as select owner, count(*) as n from app.tasks group by owner
with no data;
revoke select, insert, update, delete, truncate, references, trigger on table app.totals from public cascade;
create policy seal_gate_member on app.tasks as restrictive for all to views_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_staff on app.tasks as restrictive for all to views_role_staff using ((select seal.is_live('role_staff'))) with check ((select seal.is_live('role_staff')));
create policy seal_backup on app.tasks as permissive for select to views_backup using (true);
create policy seal_delete_member_staff on app.tasks as permissive for delete to views_role_member, views_role_staff using (owner = (select seal.me()));
create policy seal_insert_member_staff on app.tasks as permissive for insert to views_role_member, views_role_staff with check (owner = (select seal.me()));
create policy seal_select_member_staff on app.tasks as permissive for select to views_role_member, views_role_staff using (owner = (select seal.me()));
create policy seal_update_member_staff on app.tasks as permissive for update to views_role_member, views_role_staff using (owner = (select seal.me())) with check (owner = (select seal.me()));
create policy seal_view_select_view_totals on app.tasks as permissive for select to views_view_totals using (true);
grant select on table app.tasks to views_backup;
grant select, insert, update, delete on table app.tasks to views_role_member, views_role_staff;
grant select (owner) on table app.tasks to views_view_totals;
grant select on table app.of_view to views_role_staff;
grant select on table app.open to views_role_member, views_role_staff;
grant select on table app.totals to views_role_staff;
grant select, insert on table app.writable to views_role_member;
grant select, insert, update, delete on table app.writable to views_role_staff;
grant execute on function app.label(text) to views_role_member, views_role_staff;
refresh materialized view app.totals;
