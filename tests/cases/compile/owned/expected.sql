\set ON_ERROR_STOP on
begin;
select pg_catalog.pg_advisory_xact_lock(31638942711376896);
set local search_path = public, pg_temp;
set local standard_conforming_strings = on;
set local check_function_bodies = on;
set local row_security = on;
set local client_min_messages = warning;
do $seal$
begin
  create role owned_owner nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  comment on role owned_owner is 'pgseal: owned';
exception when duplicate_object or unique_violation then
  if not exists (
    select from pg_catalog.pg_roles
    where rolname = 'owned_owner'
      and (pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from 'pgseal: owned')
      and rolcanlogin = false and rolsuper = false and rolcreatedb = false and rolcreaterole = false
      and rolreplication = false and rolbypassrls = false
  ) then
    raise exception using errcode = 'duplicate_object', message = 'role owned_owner exists already and was not made by pgseal for this project, or can do more than it shall';
  end if;
end
$seal$;
do $seal$
begin
  create role owned_role_member nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  comment on role owned_role_member is 'pgseal: owned';
exception when duplicate_object or unique_violation then
  if not exists (
    select from pg_catalog.pg_roles
    where rolname = 'owned_role_member'
      and (pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from 'pgseal: owned')
      and rolcanlogin = false and rolsuper = false and rolcreatedb = false and rolcreaterole = false
      and rolreplication = false and rolbypassrls = false
  ) then
    raise exception using errcode = 'duplicate_object', message = 'role owned_role_member exists already and was not made by pgseal for this project, or can do more than it shall';
  end if;
end
$seal$;
do $seal$
begin
  create role owned_role_visitor nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  comment on role owned_role_visitor is 'pgseal: owned';
exception when duplicate_object or unique_violation then
  if not exists (
    select from pg_catalog.pg_roles
    where rolname = 'owned_role_visitor'
      and (pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from 'pgseal: owned')
      and rolcanlogin = false and rolsuper = false and rolcreatedb = false and rolcreaterole = false
      and rolreplication = false and rolbypassrls = false
  ) then
    raise exception using errcode = 'duplicate_object', message = 'role owned_role_visitor exists already and was not made by pgseal for this project, or can do more than it shall';
  end if;
end
$seal$;
do $seal$
begin
  create role owned_seal nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  comment on role owned_seal is 'pgseal: owned';
exception when duplicate_object or unique_violation then
  if not exists (
    select from pg_catalog.pg_roles
    where rolname = 'owned_seal'
      and (pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from 'pgseal: owned')
      and rolcanlogin = false and rolsuper = false and rolcreatedb = false and rolcreaterole = false
      and rolreplication = false and rolbypassrls = false
  ) then
    raise exception using errcode = 'duplicate_object', message = 'role owned_seal exists already and was not made by pgseal for this project, or can do more than it shall';
  end if;
end
$seal$;
do $seal$
declare
  role text;
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = session_user) then
    return;
  end if;
  foreach role in array array['owned_owner', 'owned_seal']::text[] loop
    if current_setting('server_version_num')::integer >= 160000 then
      execute format('grant %1$I to %2$I with inherit true, set true', role, session_user, session_user);
    else
      execute format('grant %I to %I', role, session_user);
    end if;
  end loop;
end
$seal$;
do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
create schema app;
-- as in every project: schema seal;
alter schema app owner to owned_owner;
alter schema seal owner to owned_seal;
grant usage on schema app to owned_role_member, owned_role_visitor;
revoke usage on schema public from public cascade;
grant usage on schema seal to owned_owner, owned_role_member, owned_role_visitor;
alter default privileges for role owned_owner revoke execute on functions from public;
alter default privileges for role owned_seal revoke execute on functions from public;
grant usage on schema app to owned_seal;
grant usage on schema public to owned_owner;
grant usage on schema public to owned_seal;
set local role owned_owner;
create table app.notes (
    id uuid primary key default gen_random_uuid(),
    author_id uuid not null,
    title text not null,
    is_public boolean not null default false
);
set local role none;
alter table app.notes enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.notes from public cascade;
set local role owned_owner;
create index on app.notes (author_id);
create index on app.notes (is_public);
set local role owned_seal;
-- as in every project: table seal.lease;
set local role none;
alter table seal.lease disable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.lease from public cascade;
set local role owned_seal;
-- as in every project: table seal.token_key;
set local role none;
alter table seal.token_key disable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.token_key from public cascade;
set local role owned_seal;
-- as in every project: function seal.is_backend(integer, numeric);
set local role none;
revoke execute on function seal.is_backend(integer, numeric) from public cascade;
set local role owned_seal;
-- as in every project: function seal.presented();
set local role none;
revoke execute on function seal.presented() from public cascade;
set local role owned_seal;
-- as in every project: function seal.me();
set local role none;
revoke execute on function seal.me() from public cascade;
alter function seal.me() security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
-- as in every project: function seal.claim(text);
set local role none;
revoke execute on function seal.claim(text) from public cascade;
alter function seal.claim(text) security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
-- as in every project: function seal.is_live(text);
set local role none;
revoke execute on function seal.is_live(text) from public cascade;
alter function seal.is_live(text) security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
-- as in every project: function seal.is_agent();
set local role none;
revoke execute on function seal.is_agent() from public cascade;
alter function seal.is_agent() security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
-- as in every project: function seal.is_human();
set local role none;
revoke execute on function seal.is_human() from public cascade;
alter function seal.is_human() security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
create or replace function seal.value_notes_de5e()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $seal$
begin
  if tg_op = 'INSERT' then
    if seal.me() is null then
      raise exception using errcode = '42501', message = 'app.notes.author_id is set to the principal, and there is none', hint = 'connect with a lease or a token of a person';
    end if;
    new.author_id := ((select seal.me()));
  end if;
  return new;
end
$seal$;
set local role none;
revoke execute on function seal.value_notes_de5e() from public cascade;
create trigger zzzz_seal_value before insert on app.notes for each row when (row_security_active('app.notes'::regclass) and not (current_user in ('owned_owner'))) execute function seal.value_notes_de5e();
set local role owned_seal;
create or replace function seal.columns_notes_de5e()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $seal$
declare
  allowed boolean;
begin
  if new.author_id is distinct from old.author_id then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'app.notes.author_id can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
set local role none;
revoke execute on function seal.columns_notes_de5e() from public cascade;
create trigger aaaa_seal_columns after update on app.notes for each row when (row_security_active('app.notes'::regclass) and not (current_user in ('owned_owner'))) execute function seal.columns_notes_de5e();
create policy seal_gate_member on app.notes as restrictive for all to owned_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_insert_member on app.notes as restrictive for insert to owned_role_member with check (author_id is not distinct from (select seal.me()));
create policy seal_delete_member on app.notes as permissive for delete to owned_role_member using (((author_id = (select seal.me())) or is_public) and (author_id = (select seal.me())));
create policy seal_insert_member on app.notes as permissive for insert to owned_role_member with check (author_id = (select seal.me()));
create policy seal_select_member on app.notes as permissive for select to owned_role_member using ((author_id = (select seal.me())) or is_public);
create policy seal_select_visitor on app.notes as permissive for select to owned_role_visitor using (is_public);
create policy seal_update_member on app.notes as permissive for update to owned_role_member using (((author_id = (select seal.me())) or is_public) and (author_id = (select seal.me()))) with check (author_id = (select seal.me()));
do $seal$
begin
  execute format('grant connect on database %I to owned_role_member, owned_role_visitor', current_database());
end
$seal$;
grant select on table app.notes to owned_role_visitor;
grant select, insert, update, delete on table app.notes to owned_role_member;
grant execute on function seal.claim(text) to owned_role_member, owned_role_visitor;
grant execute on function seal.columns_notes_de5e() to owned_owner;
grant execute on function seal.is_agent() to owned_role_member, owned_role_visitor;
grant execute on function seal.is_human() to owned_role_member, owned_role_visitor;
grant execute on function seal.is_live(text) to owned_role_member, owned_role_visitor;
grant execute on function seal.me() to owned_role_member, owned_role_visitor;
grant execute on function seal.value_notes_de5e() to owned_owner;
revoke usage on schema app from owned_seal;
revoke usage on schema public from owned_owner;
revoke usage on schema public from owned_seal;
do $seal$
declare
  role text;
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = session_user) then
    return;
  end if;
  foreach role in array array['owned_owner', 'owned_seal']::text[] loop
    if current_setting('server_version_num')::integer >= 160000 then
      execute format('revoke %1$I from %2$I granted by %3$I', role, session_user, session_user);
    else
      execute format('revoke %I from %I', role, session_user);
    end if;
  end loop;
end
$seal$;
commit;
