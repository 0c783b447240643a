create schema app;
create table app.owned (id uuid primary key, owner uuid not null);
create index on app.owned (owner);
create table app.read (id uuid primary key);
create table app.log (id uuid primary key, "By" uuid not null, at timestamptz not null default now());
create index on app.log ("By");
create table app.shut (id uuid primary key);
create table app.child (id uuid primary key, owned_id uuid not null references app.owned);
create index on app.child (owned_id);
