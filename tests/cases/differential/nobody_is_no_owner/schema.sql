create schema app;
create table app.orgs (id integer primary key);
create table app.memberships (
  id integer primary key,
  org_id integer not null references app.orgs (id),
  user_id text,
  role text
);
