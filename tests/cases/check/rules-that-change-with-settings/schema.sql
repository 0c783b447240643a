create schema app;
create extension pg_trgm schema app;
create domain app.day as date;
create domain app.open_during as tstzrange;
create type app.inner_t as (days app.day[]);
create type app.outer_t as (name text, inners app.inner_t[]);
create table app.posts (
    id         int primary key,
    opens_on   date not null,
    opens_at   timestamp not null,
    open_from  timestamptz not null,
    title      text not null,
    price      money,
    share      float8,
    meta       jsonb,
    kind       text,
    stamp      timestamp,
    day        date,
    bytes      bytea,
    tags       text[],
    spans      tstzrange[],
    multi      tstzmultirange,
    during     app.open_during,
    deep       app.outer_t,
    at         point
);
create table app.fine (
    id        int primary key,
    open_from timestamptz not null,
    opens_at  timestamp not null,
    opens_on  date not null,
    title     text not null,
    tags      text[] not null default '{}',
    code      int not null,
    ids       uuid[],
    meta      jsonb
);
create type app.state as enum ('open', 'done');
create table app.states (id int primary key, state app.state not null, at timestamptz not null);
create function app.is_open(at timestamp) returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp set timezone = 'UTC'
    as $$ begin return at <= localtimestamp; end $$;
