create schema app;
create schema lib;
create sequence app.invoice_number;
create sequence app.unused;
create function lib.next_code() returns text language sql as $$ select 'c' || nextval('app.invoice_number')::text $$;
create function lib.is_short(text) returns boolean language sql immutable as $$ select length($1) < 9 $$;
create function lib.squash(text) returns text language sql immutable as $$ select lower($1) $$;
create function lib.not_called(text) returns text language sql immutable as $$ select $1 $$;
create domain app.short as text check (lib.is_short(value));
create table app.invoices (
    id        bigint generated always as identity primary key,
    old_id    serial,
    number    bigint not null default nextval('app.invoice_number'),
    code      text default lib.next_code(),
    name      app.short,
    squashed  text generated always as (lib.squash(code)) stored,
    owner     uuid not null,
    check (lib.is_short(code))
);
create index on app.invoices (owner);
create unique index on app.invoices (lib.squash(name));
create table app.read_only (id serial primary key, owner uuid not null);
create index on app.read_only (owner);
