do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema auth owner to identity_domain_supabase_owner;
grant usage on schema auth to identity_domain_supabase_backup, identity_domain_supabase_role_member, identity_domain_supabase_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to identity_domain_supabase_owner, identity_domain_supabase_role_member, identity_domain_supabase_role_visitor;
alter table auth.profiles enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table auth.profiles from public cascade;
alter table auth.pairs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table auth.pairs from public cascade;
create or replace function seal.pair_keys(at_least text default null)
returns auth.user_id[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal auth.user_id := seal.me();
begin
  if not coalesce(principal is not null, false) then
    return '{}'::auth.user_id[];
  end if;
  return array(select distinct m.b from auth.pairs as m where m.a = known.principal and m.b is not null);
end
$seal$;
revoke execute on function seal.pair_keys(text) from public cascade;
alter function seal.pair_keys(text) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.pair_peers()
returns auth.user_id[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal auth.user_id := seal.me();
begin
  if not coalesce(principal is not null, false) then
    return '{}'::auth.user_id[];
  end if;
  return array(select distinct m.a from auth.pairs as m where m.a is not null and m.b is not null and m.b = any ((select seal.pair_keys())::auth.user_id[]));
end
$seal$;
revoke execute on function seal.pair_peers() from public cascade;
alter function seal.pair_peers() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.columns_profiles_ddfa()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if row(new.id)::record operator(pg_catalog.*<>) row(old.id)::record then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'auth.profiles.id can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_profiles_ddfa() from public cascade;
create trigger aaaa_seal_columns after update on auth.profiles for each row when (row_security_active('auth.profiles'::regclass) and not (current_user in ('identity_domain_supabase_owner'))) execute function seal.columns_profiles_ddfa();
create policy seal_gate_member on auth.pairs as restrictive for all to identity_domain_supabase_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on auth.profiles as restrictive for all to identity_domain_supabase_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on auth.pairs as permissive for select to identity_domain_supabase_backup using (true);
create policy seal_read on auth.pairs as permissive for select to identity_domain_supabase_seal using (true);
create policy seal_select_member on auth.pairs as permissive for select to identity_domain_supabase_role_member using (a = (select seal.me()));
create policy seal_backup on auth.profiles as permissive for select to identity_domain_supabase_backup using (true);
create policy seal_select_member on auth.profiles as permissive for select to identity_domain_supabase_role_member using ((id = (select seal.me())) or (id = any ((select seal.pair_keys())::auth.user_id[])) or (id = any ((select seal.pair_peers())::auth.user_id[])));
create policy seal_update_member on auth.profiles as permissive for update to identity_domain_supabase_role_member using (((id = (select seal.me())) or (id = any ((select seal.pair_keys())::auth.user_id[])) or (id = any ((select seal.pair_peers())::auth.user_id[]))) and (id = (select seal.me()))) with check (id = (select seal.me()));
grant select on table auth.pairs to identity_domain_supabase_backup, identity_domain_supabase_role_member, identity_domain_supabase_seal;
grant select on table auth.profiles to identity_domain_supabase_backup;
grant select, update on table auth.profiles to identity_domain_supabase_role_member;
grant execute on function seal.columns_profiles_ddfa() to identity_domain_supabase_owner;
grant execute on function seal.pair_keys(text) to identity_domain_supabase_role_member;
grant execute on function seal.pair_peers() to identity_domain_supabase_role_member;
