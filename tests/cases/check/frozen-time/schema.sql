create schema app;
create type app.moment as enum ('now', 'today', 'later');
create type app.span as (begins timestamptz, ends timestamptz);
create domain app.due as date;
create table app.posts (id uuid primary key, owner_id uuid not null, at timestamptz not null, made date not null, due app.due, during tstzrange not null,
  opens time not null, title text not null, moment app.moment not null default 'later', stamped timestamptz, "now" int);
create index on app.posts (owner_id);
create function app.since(at timestamptz) returns boolean language sql immutable return at is not null;
create table app.people (user_id uuid not null, team_id uuid not null, ends timestamptz not null, primary key (user_id, team_id));
