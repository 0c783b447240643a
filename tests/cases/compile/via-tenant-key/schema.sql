create schema app;
create table app.orgs (id uuid primary key, name text not null);
create table app.memberships (
    org_id uuid not null references app.orgs, user_id uuid not null, role text, revoked_at timestamptz, primary key (org_id, user_id)
);
create index on app.memberships (user_id);
create table app.projects (id uuid primary key, org_id uuid not null, locked boolean not null default false, unique (org_id, id));
create table app.tasks (id uuid primary key, org_id uuid not null, project_id uuid, foreign key (org_id, project_id) references app.projects (org_id, id), unique (org_id, id));
create index on app.tasks (org_id, project_id);
create table app.notes (id uuid primary key, org_id uuid not null, task_id uuid not null, foreign key (org_id, task_id) references app.tasks (org_id, id));
create index on app.notes (org_id, task_id);
create table app.unlocked (id uuid primary key, org_id uuid not null, project_id uuid not null references app.projects);
alter table app.unlocked add foreign key (org_id, project_id) references app.projects (org_id, id) not valid;
create index on app.unlocked (org_id);
create index on app.unlocked (project_id);
