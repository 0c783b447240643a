create schema app;
create type app.rank as enum ('owner', 'viewer', 'editor', 'guest');
create type app."State" as enum ('draft', 'sent', 'paid');
create table app.projects (
  id integer not null,
  team text,
  primary key (id)
);
