create schema app;
create table app.a (id uuid primary key, owner uuid not null, gone boolean, locked boolean not null, amount numeric not null);
create index on app.a (owner);
create table app.b (id uuid primary key, owner uuid not null, gone boolean, open_for uuid);
create index on app.b (owner);
