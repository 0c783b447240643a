do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to sub_selects_owner;
grant usage on schema app to sub_selects_backup, sub_selects_role_member;
revoke usage on schema public from public cascade;
alter table app.friends enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.friends from public cascade;
alter table app.posts enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.posts from public cascade;
create policy seal_gate_member on app.friends as restrictive for all to sub_selects_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.posts as restrictive for all to sub_selects_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.friends as permissive for select to sub_selects_backup using (true);
create policy seal_select_member on app.friends as permissive for select to sub_selects_role_member using ((a = (select seal.me())) or (b = (select seal.me())));
create policy seal_backup on app.posts as permissive for select to sub_selects_backup using (true);
create policy seal_select_member on app.posts as permissive for select to sub_selects_role_member using ((author = (select seal.me())) or (EXISTS (SELECT 1 FROM app.friends f WHERE f.a = app.posts.author AND f.b = ((select seal.me())))) or (app.posts.author IN (SELECT f.b FROM app.friends f WHERE f.a = ((select seal.me())) AND app.posts.title <> 'private')));
grant select on table app.friends to sub_selects_backup, sub_selects_role_member;
grant select on table app.posts to sub_selects_backup, sub_selects_role_member;
