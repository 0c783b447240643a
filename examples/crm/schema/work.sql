create table app.projects (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null references app.orgs (id) on delete cascade,
    name text not null,
    archived boolean not null default false,
    unique (id, org_id)
);

create type app.task_status as enum ('open', 'doing', 'done');

-- Carries its project's tenant key: what may be seen is then one comparison on the task's own row.
create table app.tasks (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null,
    org_id uuid not null,
    title text not null,
    status app.task_status not null default 'open',
    note text not null default '',
    assignee_id uuid references app.users (id) on delete set null,
    created_by uuid not null references app.users (id),
    updated_by uuid references app.users (id),
    updated_at timestamptz not null default now(),
    foreign key (project_id, org_id) references app.projects (id, org_id) on delete cascade
);

create table app.comments (
    id bigint generated always as identity primary key,
    task_id uuid not null references app.tasks (id) on delete cascade,
    author_id uuid not null references app.users (id),
    body text not null,
    created_at timestamptz not null default now()
);

create table app.attachments (
    id bigserial primary key,
    task_id uuid not null references app.tasks (id) on delete cascade,
    file_name text not null,
    bytes bigint not null check (bytes >= 0)
);

create function app.touch() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.updated_at := now();
    return new;
end
$$;

create trigger touch before update on app.tasks for each row execute function app.touch();

create view app.open_tasks as
    select t.id, t.project_id, t.title, t.assignee_id from app.tasks t where t.status <> 'done';
