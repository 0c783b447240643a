create schema app;
create table app.a (id uuid primary key, owner uuid not null, key uuid not null, hidden boolean not null default false);
create index on app.a (owner);
create table app.b (id uuid primary key, owner uuid not null, who uuid not null, hidden boolean not null default false);
create index on app.b (who);
