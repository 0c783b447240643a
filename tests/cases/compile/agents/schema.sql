create schema app;
create table app.orgs (id uuid primary key, name text not null);
create table app.memberships (
    org_id uuid not null references app.orgs, user_id uuid not null, role text, revoked_at timestamptz, primary key (org_id, user_id)
);
create index on app.memberships (user_id);
create table app.tasks (id uuid primary key, org_id uuid not null, status text, note text, secret text);
create index on app.tasks (org_id);
create table app.notes (id uuid primary key, owner uuid not null);
create index on app.notes (owner);
create view app.task_notes as select id, note from app.tasks;
