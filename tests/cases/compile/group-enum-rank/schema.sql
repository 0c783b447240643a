create schema app;
create type app."Rank" as enum ('owner', 'viewer');
create table app.orgs (id bigint generated always as identity primary key, name text);
create table app.memberships (org_id bigint not null references app.orgs, user_id bigint not null, rank app."Rank" not null, primary key (org_id, user_id));
create index on app.memberships (user_id);
create table app.posts (id bigint primary key, org_id bigint not null, needs app."Rank");
create index on app.posts (org_id);
