create schema app;
create table app.orgs (id uuid primary key, name text not null);
create table app.memberships (
  org_id uuid not null references app.orgs on delete cascade,
  user_id uuid not null,
  primary key (user_id, org_id)
);
create index on app.memberships (org_id);
create table app.pages (
  id uuid primary key,
  org_id uuid not null references app.orgs,
  slug text not null unique,
  body text not null,
  room int4range not null,
  unique (org_id, id),
  exclude using gist (room with &&)
);
create index on app.pages using gin (to_tsvector('simple', body));
create table app.lines (
  id uuid primary key,
  org_id uuid not null,
  page_id uuid not null,
  foreign key (org_id, page_id) references app.pages (org_id, id)
);
create table app.log (id bigint generated always as identity primary key, line text not null);
create rule copy as on insert to app.log do also notify log;
create function app.same(a text, b text) returns boolean language sql immutable leakproof as 'select a = b';
