create schema app;
create table app.admins (user_id uuid primary key);
create table app.docs (id uuid primary key, owner_id uuid not null, made date not null);
create index on app.docs (owner_id);
create function app.by_path(owner uuid) returns boolean language sql stable as 'select exists (select from app.admins where user_id = owner)';
create function app.pinned(owner uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as 'select exists (select from app.admins where user_id = owner)';
create function app.read_before(owner uuid) returns boolean language sql stable return owner is not null;
create function app.keeps(owner uuid) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as 'select exists (select from app.admins where user_id = owner)';
create function app.keeps_setting(owner uuid) returns boolean language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return owner::text = current_setting('app.user'); end $$;
create function app.keeps_read_before(owner uuid) returns boolean language sql immutable return exists (select from app.admins where user_id = owner);
create function app.computes(made date) returns boolean language sql immutable set search_path = pg_catalog, pg_temp
    as $$ select extract(year from made) > 2000 and substring('now' from 1) is distinct from 'x' $$;
create function app.asks(owner uuid) returns boolean language sql stable security definer as 'select exists (select from app.admins where user_id = owner)';
create function app.unreadable(owner uuid) returns boolean language sql immutable set standard_conforming_strings = off as $$ select owner::text <> 'it\'s' $$;
