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
create schema seal;
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
create table seal.lease (
  login_role name primary key,
  epoch bigint not null default 1,
  pid integer,
  backend_start timestamptz,
  principal text,
  acts_for text,
  acts_for_role text,
  role text not null,
  claims jsonb not null default '{}',
  expires_at timestamptz not null,
  ceilings jsonb not null default '{}',
  constraint lease_agent check (starts_with(role, 'agent_') = (acts_for is not null) and (acts_for is null) = (acts_for_role is null)),
  constraint lease_backend check (backend_start is null or pid is not null),
  constraint lease_login check (not starts_with(login_role::text, 'owned_app_'))
);
set local role none;
alter table seal.lease disable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.lease from public cascade;
set local role owned_seal;
create table seal.token_key (
  id text primary key check (id ~ '^[A-Za-z0-9]{1,32}$'),
  inner_block bytea not null check (octet_length(inner_block) = 64),
  outer_block bytea not null check (octet_length(outer_block) = 64),
  audience text not null,
  epoch bigint not null default 0,
  not_after timestamptz not null default 'infinity'
);
set local role none;
alter table seal.token_key disable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.token_key from public cascade;
set local role owned_seal;
create function seal.is_backend(bound_pid integer, bound_start numeric) returns boolean
  language plpgsql stable parallel safe
  as $seal$
declare
  this_pid integer := pg_catalog.pg_backend_pid();
begin
  if bound_pid = this_pid and bound_start is null then
    return true;
  end if;
  if bound_pid <> this_pid then
    select activity.leader_pid into this_pid from pg_catalog.pg_stat_get_activity(this_pid) as activity;
    if this_pid is distinct from bound_pid then
      return false;
    end if;
  end if;
  return bound_start is null
      or coalesce((select extract(epoch from activity.backend_start) = bound_start from pg_catalog.pg_stat_get_activity(bound_pid) as activity), false);
end
$seal$;
set local role none;
revoke execute on function seal.is_backend(integer, numeric) from public cascade;
set local role owned_seal;
create function seal.presented() returns jsonb
  language plpgsql stable parallel safe
  as $seal$
declare
  token text := pg_catalog.current_setting('seal.token', true);
  part text;
  payload bytea;
  key record;
  said jsonb;
  made numeric;
  until numeric;
  seconds numeric;
begin
  if token is null or pg_catalog.octet_length(token) not between 100 and 4096
     or token !~ '^v1[.][A-Za-z0-9]+[.][A-Za-z0-9_-]+[.][0-9a-f]+$' then
    return null;
  end if;
  select known.inner_block, known.outer_block, known.epoch into key
    from seal.token_key as known
    where known.id = pg_catalog.split_part(token, '.', 2)
      and known.not_after > pg_catalog.clock_timestamp()
      and known.audience = (select server.system_identifier::text || '/' || pg_catalog.current_database() from pg_catalog.pg_control_system() as server);
  if not found then
    return null;
  end if;
  part := pg_catalog.split_part(token, '.', 4);
  if pg_catalog.length(part) <> 64
     or pg_catalog.sha256(pg_catalog.encode(pg_catalog.sha256(key.outer_block || pg_catalog.sha256(key.inner_block || pg_catalog.left(token, -65)::bytea)), 'hex')::bytea)
        <> pg_catalog.sha256(part::bytea) then
    return null;
  end if;
  part := pg_catalog.split_part(token, '.', 3);
  if pg_catalog.length(part) % 4 = 1 then
    return null;
  end if;
  payload := pg_catalog.decode(pg_catalog.replace(pg_catalog.replace(part, '-', '+'), '_', '/') || pg_catalog.repeat('=', -pg_catalog.length(part) & 3), 'base64');
  part := pg_catalog.encode(payload, 'escape');
  if pg_catalog.length(part) <> pg_catalog.octet_length(payload) then -- more than ASCII, or a backslash
    if pg_catalog.encode(payload, 'hex') !~ '^(?:0[1-9a-f]|[1-7][0-9a-f]|(?:c[2-9a-f]|d[0-9a-f])[89ab][0-9a-f]|e0[ab][0-9a-f][89ab][0-9a-f]|e[1-9abcef](?:[89ab][0-9a-f]){2}|ed[89][0-9a-f][89ab][0-9a-f]|f0[9ab][0-9a-f](?:[89ab][0-9a-f]){2}|f[123](?:[89ab][0-9a-f]){3}|f48[0-9a-f](?:[89ab][0-9a-f]){2})*$' or pg_catalog.current_setting('server_encoding') <> 'UTF8' then
      return null;
    end if;
    part := pg_catalog.convert_from(payload, 'UTF8');
  end if;
  if pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 then
    if not pg_catalog.pg_input_is_valid(part, 'pg_catalog.jsonb') then
      return null;
    end if;
  end if;
  said := part::pg_catalog.jsonb;
  if said ->> 'login' is distinct from session_user::text
     or coalesce(said ->> 'cap' not in ('role_member'), true)
     or 'owned_app_' || pg_catalog.substr(said ->> 'cap', 6) <> session_user::text
     or pg_catalog.jsonb_typeof(said -> 'iat') <> 'number'
     or pg_catalog.jsonb_typeof(said -> 'exp') <> 'number'
     or pg_catalog.jsonb_typeof(said -> 'sub') not in ('string', 'null')
     or pg_catalog.jsonb_typeof(said -> 'claims') <> 'object' then
    return null;
  end if;
  made := (said -> 'iat')::numeric;
  until := (said -> 'exp')::numeric;
  seconds := extract(epoch from pg_catalog.clock_timestamp());
  if (until > seconds and made > key.epoch and made <= seconds + 60 and until - made <= 86400) is not true then
    return null;
  end if;
  if said ? 'pid' or said ? 'start' then
    if pg_catalog.jsonb_typeof(said -> 'pid') is distinct from 'number' or pg_catalog.jsonb_typeof(said -> 'start') <> 'number' then
      return null;
    end if;
    if (said -> 'pid')::numeric not between 1 and 2147483647 then
      return null;
    end if;
    if not seal.is_backend((said -> 'pid')::int4, (said -> 'start')::numeric) then
      return null;
    end if;
  end if;
  return said;
end
$seal$;
set local role none;
revoke execute on function seal.presented() from public cascade;
set local role owned_seal;
create function seal.me() returns uuid
  language plpgsql stable parallel safe security definer
  set search_path = pg_catalog, pg_temp
  as $seal$
declare
  held text;
  subject text;
  live boolean;
begin
  if pg_catalog.starts_with(session_user::text, 'owned_app_') then
    subject := seal.presented() ->> 'sub';
  else
  select lease.role, coalesce(lease.acts_for, lease.principal),
      lease.expires_at > pg_catalog.clock_timestamp()
      and (lease.pid is null or lease.pid = pg_catalog.pg_backend_pid() and lease.backend_start is null
           or seal.is_backend(lease.pid, extract(epoch from lease.backend_start)))
      and lease.role in ('role_member', 'role_visitor')
    into held, subject, live
    from seal.lease as lease
    where lease.login_role = session_user;
    if live is not true then
      return null;
    end if;
  end if;
  if subject ~ '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$' then
    return subject::uuid;
  end if;
  return null;
end
$seal$;
set local role none;
revoke execute on function seal.me() from public cascade;
alter function seal.me() security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
create function seal.claim(name text) returns text
  language plpgsql stable parallel safe security definer
  set search_path = pg_catalog, pg_temp
  as $seal$
declare
  held text;
  subject text;
  live boolean;
  claims jsonb;
begin
  if pg_catalog.starts_with(session_user::text, 'owned_app_') then
    claims := seal.presented() -> 'claims';
  else
  select lease.role, coalesce(lease.acts_for, lease.principal), lease.claims,
      lease.expires_at > pg_catalog.clock_timestamp()
      and (lease.pid is null or lease.pid = pg_catalog.pg_backend_pid() and lease.backend_start is null
           or seal.is_backend(lease.pid, extract(epoch from lease.backend_start)))
      and lease.role in ('role_member', 'role_visitor')
    into held, subject, claims, live
    from seal.lease as lease
    where lease.login_role = session_user;
    if live is not true then
      return null;
    end if;
  end if;
  return claims ->> name;
end
$seal$;
set local role none;
revoke execute on function seal.claim(text) from public cascade;
alter function seal.claim(text) security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
create function seal.is_live(capability text) returns boolean
  language plpgsql stable parallel safe security definer
  set search_path = pg_catalog, pg_temp
  as $seal$
declare
  held text;
  subject text;
  live boolean;
  said jsonb;
begin
  if pg_catalog.starts_with(session_user::text, 'owned_app_') then
    said := seal.presented();
    held := said ->> 'cap';
    subject := said ->> 'sub';
  else
  select lease.role, coalesce(lease.acts_for, lease.principal),
      lease.expires_at > pg_catalog.clock_timestamp()
      and (lease.pid is null or lease.pid = pg_catalog.pg_backend_pid() and lease.backend_start is null
           or seal.is_backend(lease.pid, extract(epoch from lease.backend_start)))
      and lease.role in ('role_member', 'role_visitor')
    into held, subject, live
    from seal.lease as lease
    where lease.login_role = session_user;
    if live is not true then
      return false;
    end if;
  end if;
  if held is distinct from capability or capability is null then
    return false;
  end if;
  if capability in ('role_visitor') then
    return true;
  end if;
  return coalesce(subject ~ '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$', false);
end
$seal$;
set local role none;
revoke execute on function seal.is_live(text) from public cascade;
alter function seal.is_live(text) security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
create function seal.is_agent() returns boolean
  language plpgsql stable parallel safe security definer
  set search_path = pg_catalog, pg_temp
  as $seal$
declare
  held text;
  subject text;
  live boolean;
begin
  if pg_catalog.starts_with(session_user::text, 'owned_app_') then
    return false;
  else
  select lease.role, coalesce(lease.acts_for, lease.principal),
      lease.expires_at > pg_catalog.clock_timestamp()
      and (lease.pid is null or lease.pid = pg_catalog.pg_backend_pid() and lease.backend_start is null
           or seal.is_backend(lease.pid, extract(epoch from lease.backend_start)))
      and lease.role in ('role_member', 'role_visitor')
    into held, subject, live
    from seal.lease as lease
    where lease.login_role = session_user;
    if live is not true then
      return case when live is null then false end;
    end if;
  end if;
  return pg_catalog.starts_with(held, 'agent_');
end
$seal$;
set local role none;
revoke execute on function seal.is_agent() from public cascade;
alter function seal.is_agent() security definer set search_path = 'pg_catalog', 'pg_temp';
set local role owned_seal;
create function seal.is_human() returns boolean
  language plpgsql stable parallel safe security definer
  set search_path = pg_catalog, pg_temp
  as $seal$
declare
  held text;
  subject text;
  live boolean;
  said jsonb;
begin
  if pg_catalog.starts_with(session_user::text, 'owned_app_') then
    if coalesce(pg_catalog.current_setting('seal.token', true), '') = '' then
      return false;
    end if;
    said := seal.presented();
    if said is null then
      return null;
    end if;
    held := said ->> 'cap';
    subject := said ->> 'sub';
  else
  select lease.role, coalesce(lease.acts_for, lease.principal),
      lease.expires_at > pg_catalog.clock_timestamp()
      and (lease.pid is null or lease.pid = pg_catalog.pg_backend_pid() and lease.backend_start is null
           or seal.is_backend(lease.pid, extract(epoch from lease.backend_start)))
      and lease.role in ('role_member', 'role_visitor')
    into held, subject, live
    from seal.lease as lease
    where lease.login_role = session_user;
    if live is not true then
      return case when live is null then false end;
    end if;
  end if;
  if pg_catalog.starts_with(held, 'agent_') or held in ('role_visitor') then
    return false;
  end if;
  return coalesce(subject ~ '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$', false);
end
$seal$;
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
