create schema app;
create schema ext;
create extension citext schema ext;
create domain app.word as ext.citext;
create table app.docs (id uuid primary key, owner_id uuid not null, status ext.citext not null, kind app.word not null, title text not null);
create index on app.docs (owner_id);
create table app.notes (id uuid primary key, owner_id uuid not null, status ext.citext not null);
create index on app.notes (owner_id);
