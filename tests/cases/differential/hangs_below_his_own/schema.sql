create schema app;
create table app.orgs (id integer primary key, parent_id integer references app.orgs (id));
create table app.memberships (
  id integer primary key,
  org_id integer not null references app.orgs (id),
  user_id text not null,
  role text
);
