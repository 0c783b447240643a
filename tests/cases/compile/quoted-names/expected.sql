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
  create role quoted_names_owner nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  comment on role quoted_names_owner is 'pgseal: quoted_names';
exception when duplicate_object or unique_violation then
  if not exists (
    select from pg_catalog.pg_roles
    where rolname = 'quoted_names_owner'
      and (pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from 'pgseal: quoted_names')
      and rolcanlogin = false and rolsuper = false and rolcreatedb = false and rolcreaterole = false
      and rolreplication = false and rolbypassrls = false
  ) then
    raise exception using errcode = 'duplicate_object', message = 'role quoted_names_owner exists already and was not made by pgseal for this project, or can do more than it shall';
  end if;
end
$seal$;
do $seal$
begin
  create role quoted_names_role_member nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  comment on role quoted_names_role_member is 'pgseal: quoted_names';
exception when duplicate_object or unique_violation then
  if not exists (
    select from pg_catalog.pg_roles
    where rolname = 'quoted_names_role_member'
      and (pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from 'pgseal: quoted_names')
      and rolcanlogin = false and rolsuper = false and rolcreatedb = false and rolcreaterole = false
      and rolreplication = false and rolbypassrls = false
  ) then
    raise exception using errcode = 'duplicate_object', message = 'role quoted_names_role_member exists already and was not made by pgseal for this project, or can do more than it shall';
  end if;
end
$seal$;
do $seal$
begin
  create role quoted_names_role_visitor nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  comment on role quoted_names_role_visitor is 'pgseal: quoted_names';
exception when duplicate_object or unique_violation then
  if not exists (
    select from pg_catalog.pg_roles
    where rolname = 'quoted_names_role_visitor'
      and (pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from 'pgseal: quoted_names')
      and rolcanlogin = false and rolsuper = false and rolcreatedb = false and rolcreaterole = false
      and rolreplication = false and rolbypassrls = false
  ) then
    raise exception using errcode = 'duplicate_object', message = 'role quoted_names_role_visitor exists already and was not made by pgseal for this project, or can do more than it shall';
  end if;
end
$seal$;
do $seal$
begin
  create role quoted_names_seal nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  comment on role quoted_names_seal is 'pgseal: quoted_names';
exception when duplicate_object or unique_violation then
  if not exists (
    select from pg_catalog.pg_roles
    where rolname = 'quoted_names_seal'
      and (pg_catalog.shobj_description(oid, 'pg_authid') is not distinct from 'pgseal: quoted_names')
      and rolcanlogin = false and rolsuper = false and rolcreatedb = false and rolcreaterole = false
      and rolreplication = false and rolbypassrls = false
  ) then
    raise exception using errcode = 'duplicate_object', message = 'role quoted_names_seal exists already and was not made by pgseal for this project, or can do more than it shall';
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
  foreach role in array array['quoted_names_owner', 'quoted_names_seal']::text[] loop
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
create schema "My App";
-- as in every project: schema seal;
alter schema "My App" owner to quoted_names_owner;
alter schema seal owner to quoted_names_seal;
grant usage on schema "My App" to quoted_names_role_member;
revoke usage on schema public from public cascade;
grant usage on schema seal to quoted_names_owner, quoted_names_role_member, quoted_names_role_visitor;
alter default privileges for role quoted_names_owner revoke execute on functions from public;
alter default privileges for role quoted_names_seal revoke execute on functions from public;
grant usage on schema "My App" to quoted_names_seal;
grant usage on schema public to quoted_names_owner;
grant usage on schema public to quoted_names_seal;
set local role quoted_names_owner;
create table "My App"."Weird ""Table"" 表" (
    "Owner Id" uuid primary key,
    "select" text,
    "quote'd" text default 'it''s'
);
set local role none;
alter table "My App"."Weird ""Table"" 表" enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table "My App"."Weird ""Table"" 表" from public cascade;
set local role quoted_names_seal;
-- as in every project: table seal.lease;
set local role none;
alter table seal.lease disable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.lease from public cascade;
set local role quoted_names_seal;
-- as in every project: table seal.token_key;
set local role none;
alter table seal.token_key disable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.token_key from public cascade;
set local role quoted_names_seal;
-- as in every project: function seal.is_backend(integer, numeric);
set local role none;
revoke execute on function seal.is_backend(integer, numeric) from public cascade;
set local role quoted_names_seal;
-- as in every project: function seal.presented();
set local role none;
revoke execute on function seal.presented() from public cascade;
set local role quoted_names_seal;
-- as in every project: function seal.me();
set local role none;
revoke execute on function seal.me() from public cascade;
alter function seal.me() security definer set search_path = 'pg_catalog', 'pg_temp';
set local role quoted_names_seal;
-- as in every project: function seal.claim(text);
set local role none;
revoke execute on function seal.claim(text) from public cascade;
alter function seal.claim(text) security definer set search_path = 'pg_catalog', 'pg_temp';
set local role quoted_names_seal;
-- as in every project: function seal.is_live(text);
set local role none;
revoke execute on function seal.is_live(text) from public cascade;
alter function seal.is_live(text) security definer set search_path = 'pg_catalog', 'pg_temp';
set local role quoted_names_seal;
-- as in every project: function seal.is_agent();
set local role none;
revoke execute on function seal.is_agent() from public cascade;
alter function seal.is_agent() security definer set search_path = 'pg_catalog', 'pg_temp';
set local role quoted_names_seal;
-- as in every project: function seal.is_human();
set local role none;
revoke execute on function seal.is_human() from public cascade;
alter function seal.is_human() security definer set search_path = 'pg_catalog', 'pg_temp';
set local role quoted_names_seal;
create or replace function seal."columns_Weird ""Table"" 表_0233"()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $seal$
declare
  allowed boolean;
begin
  if new."select" is distinct from old."select" then
    allowed := false;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = '"My App"."Weird ""Table"" 表"."select" can never change', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
set local role none;
revoke execute on function seal."columns_Weird ""Table"" 表_0233"() from public cascade;
create trigger aaaa_seal_columns after update on "My App"."Weird ""Table"" 表" for each row when (row_security_active('"My App"."Weird ""Table"" 表"'::regclass) and not (current_user in ('quoted_names_owner'))) execute function seal."columns_Weird ""Table"" 表_0233"();
create policy seal_gate_member on "My App"."Weird ""Table"" 表" as restrictive for all to quoted_names_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_insert_member on "My App"."Weird ""Table"" 表" as permissive for insert to quoted_names_role_member with check ("Owner Id" = (select seal.me()));
create policy seal_select_member on "My App"."Weird ""Table"" 表" as permissive for select to quoted_names_role_member using ("Owner Id" = (select seal.me()));
do $seal$
begin
  execute format('grant connect on database %I to quoted_names_role_member, quoted_names_role_visitor', current_database());
end
$seal$;
grant select, insert on table "My App"."Weird ""Table"" 表" to quoted_names_role_member;
grant execute on function seal.claim(text) to quoted_names_role_member, quoted_names_role_visitor;
grant execute on function seal."columns_Weird ""Table"" 表_0233"() to quoted_names_owner;
grant execute on function seal.is_agent() to quoted_names_role_member, quoted_names_role_visitor;
grant execute on function seal.is_human() to quoted_names_role_member, quoted_names_role_visitor;
grant execute on function seal.is_live(text) to quoted_names_role_member, quoted_names_role_visitor;
grant execute on function seal.me() to quoted_names_role_member, quoted_names_role_visitor;
revoke usage on schema "My App" from quoted_names_seal;
revoke usage on schema public from quoted_names_owner;
revoke usage on schema public from quoted_names_seal;
do $seal$
declare
  role text;
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = session_user) then
    return;
  end if;
  foreach role in array array['quoted_names_owner', 'quoted_names_seal']::text[] loop
    if current_setting('server_version_num')::integer >= 160000 then
      execute format('revoke %1$I from %2$I granted by %3$I', role, session_user, session_user);
    else
      execute format('revoke %I from %I', role, session_user);
    end if;
  end loop;
end
$seal$;
commit;
