create schema app;
create type app.state as enum ('open', 'done');
create table app.notes (id uuid primary key, author_id uuid not null, title text, state app.state not null default 'open', org_id uuid);
create index on app.notes (author_id);
