create schema app;
create table app.notes (id uuid primary key, owner uuid not null, org_id uuid, shared boolean not null default false);
create table app.replies (id uuid primary key, note_id uuid not null references app.notes);
create table app.orgs (id uuid primary key);
create table app.members (org_id uuid not null references app.orgs, user_id uuid not null);
