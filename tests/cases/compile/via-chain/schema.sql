create schema app;
create table app.orgs (id uuid primary key, name text not null);
create table app.memberships (
    org_id uuid not null references app.orgs, user_id uuid not null, role text, revoked_at timestamptz, primary key (org_id, user_id)
);
create index on app.memberships (user_id);
create table app.projects (id uuid primary key, org_id uuid not null, archived boolean not null default false);
create index on app.projects (org_id);
create table app.tasks (id uuid primary key, project_id uuid references app.projects on delete cascade);
create index on app.tasks (project_id);
create table app.comments (id uuid primary key, task_id uuid not null references app.tasks on delete cascade, author_id uuid not null);
create index on app.comments (task_id);
create table app.likes (comment_id uuid not null references app.comments on delete cascade, user_id uuid not null, primary key (comment_id, user_id));
