create schema app;
create table app.memberships (org_id uuid not null, user_id uuid not null, primary key (user_id, org_id));
create index on app.memberships (org_id);
create table app.projects (id uuid primary key, org_id uuid not null);
create index on app.projects (org_id);
create table app.places (id uuid primary key, org_id uuid not null, unique (org_id, id));
create table app.tasks (
  id uuid primary key,
  org_id uuid not null,
  project_id uuid references app.projects on delete cascade,
  place_id uuid references app.places on delete set null,
  fine_id uuid,
  foreign key (org_id, fine_id) references app.places (org_id, id) on delete cascade
);
create index on app.tasks (org_id);
create table app.docs (id bigint generated always as identity primary key, owner_id uuid not null);
create index on app.docs (owner_id);
create table app.comments (
  id bigint generated always as identity primary key,
  owner_id uuid not null,
  doc bigint not null references app.docs on delete cascade
);
create index on app.comments (owner_id);
