-- A table for each built-in model, called like it.
create schema app;
create table app.owned (id uuid primary key, owner uuid not null);
create table app.parents (id uuid primary key, owner uuid not null);
create table app.via (id uuid primary key, parent_id uuid not null references app.parents (id));
create table app.public_read (id uuid primary key);
create table app.append_only (id uuid primary key, owner uuid not null);
create table app.sealed (id uuid primary key);
create index on app.owned (owner);
create index on app.parents (owner);
create index on app.via (parent_id);
create index on app.append_only (owner);
