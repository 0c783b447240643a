create schema app;
create type app.state as enum ('open', 'done');
create table app.notes (id uuid primary key, author_id uuid not null, title text, state app.state not null default 'open', org_id uuid);
create index on app.notes (author_id);
create table app.orgs (id uuid primary key);
create table app.members (org_id uuid not null references app.orgs, user_id uuid not null, role text);
create table app.forgotten (id uuid primary key, note_id uuid not null references app.notes);
