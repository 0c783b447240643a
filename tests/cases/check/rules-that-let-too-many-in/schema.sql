create schema app;
create table app.orgs (id uuid primary key, name text not null);
create table app.members (org_id uuid not null references app.orgs, user_id uuid not null, role text not null, primary key (user_id, org_id));
create table app.profiles (user_id uuid primary key, is_admin boolean not null default false, nick text);
create table app.trusted (user_id uuid primary key, is_admin boolean not null default false, nick text);
create table app.docs (
    id       uuid primary key,
    org_id   uuid not null references app.orgs,
    owner_id uuid,
    email    text,
    title    text not null,
    need     text[] not null default '{}',
    ratio    int not null default 1,
    meta     jsonb not null default '{}'
);
create index on app.docs (owner_id);
create index on app.docs (email);
create index on app.docs (org_id, title);
create index on app.docs (title);
create index on app.docs (ratio) where ratio > 1;
