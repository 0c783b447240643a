-- Rows that belong to an application or an organization, directly or through another row.

-- app membership: announcements for everybody who is in the application.
create table app.announcements (
    id   bigint generated always as identity primary key,
    body text not null
);

-- entity membership: an organization's projects.
create table app.projects (
    id     bigint generated always as identity primary key,
    org_id uuid not null references app.orgs,
    name   text not null
);

-- related membership: a task belongs to the organization of its project.
create table app.tasks (
    id         bigint generated always as identity primary key,
    project_id bigint not null references app.projects,
    title      text not null
);

-- related member-owner: one's own remarks on tasks, as long as one is in the task's organization.
create table app.remarks (
    id        bigint generated always as identity primary key,
    task_id   bigint not null references app.tasks,
    author_id uuid not null,
    body      text not null
);

-- not read-only: members read documents; those who are marked read-only change none.
create table app.documents (
    id     bigint generated always as identity primary key,
    org_id uuid not null references app.orgs,
    title  text not null
);

-- composite: a case is for its owner and for admins, until it is closed; a confidential one is for its owner alone.
create table app.cases (
    id           bigint generated always as identity primary key,
    org_id       uuid not null references app.orgs,
    owner_id     uuid not null,
    confidential boolean not null default false,
    closed       boolean not null default false
);

-- column security: members write accounts; what is shared and which plan it has is for admins.
create table app.accounts (
    id        bigint generated always as identity primary key,
    org_id    uuid not null references app.orgs,
    name      text not null,
    is_shared boolean not null default false,
    plan      text not null default 'trial' check (plan in ('trial', 'paid', 'ended'))
);
