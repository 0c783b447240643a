create schema app;
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
    bytes      bytea
);
create table app.fine (
    id        int primary key,
    open_from timestamptz not null,
    opens_at  timestamp not null,
    opens_on  date not null,
    title     text not null,
    tags      text[] not null default '{}',
    code      int not null
);
create type app.state as enum ('open', 'done');
create table app.states (id int primary key, state app.state not null, at timestamptz not null);
create function app.is_open(at timestamp) returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp set timezone = 'UTC'
    as $$ begin return at <= localtimestamp; end $$;
