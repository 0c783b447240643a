create schema app;
create table app.orgs (id uuid primary key, name text not null);
create table app.memberships (
    org_id uuid not null references app.orgs, user_id uuid not null, role text, revoked_at timestamptz, primary key (org_id, user_id)
);
create index on app.memberships (user_id);
create table app.files (id uuid primary key, org_id uuid, role text not null, note text);
create index on app.files (org_id);
