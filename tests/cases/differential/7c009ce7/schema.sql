create schema app;
create type app.rank as enum ('owner', 'viewer', 'editor', 'guest');
create type app."State" as enum ('draft', 'sent', 'paid');
create table app.orgs (
  org_id integer not null,
  is_public boolean,
  primary key (org_id)
);
