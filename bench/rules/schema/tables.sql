create schema app;
create table app.memberships (org_id uuid not null, user_id uuid not null, role text not null default 'viewer', primary key (user_id, org_id));
create table app.projects (id bigint primary key, org_id uuid not null, unique (id, org_id));
-- The rule asks for the row's own tenant.
create table app.rows (id bigint primary key, org_id uuid not null, title text not null);
-- The rule asks for the project; the row carries no tenant.
create table app.tasks (id bigint primary key, project_id bigint not null references app.projects (id), title text not null);
-- The same with the tenant key copied by a composite foreign key.
create table app.keyed_tasks (id bigint primary key, project_id bigint not null, org_id uuid not null, title text not null, foreign key (project_id, org_id) references app.projects (id, org_id));
create index on app.keyed_tasks (project_id, org_id);
create index on app.tasks (project_id);
