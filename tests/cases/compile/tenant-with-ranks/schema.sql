create schema app;
create type app.rank as enum ('viewer', 'editor', 'admin');
create table app.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create table app.memberships (
    org_id uuid not null references app.orgs (id) on delete cascade,
    user_id uuid not null,
    role app.rank not null,
    revoked_at timestamptz,
    primary key (org_id, user_id)
);
create index on app.memberships (user_id);
create table app.projects (id uuid primary key, org_id uuid not null references app.orgs (id), name text not null);
create index on app.projects (org_id);
create table app.tasks (id uuid primary key, project_id uuid not null references app.projects (id), note text);
create index on app.tasks (project_id);
