create schema app;

create table app.users (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    email text not null,
    phone text
);

create table app.orgs (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    parent_id uuid references app.orgs (id)
);

create table app.memberships (
    org_id uuid not null references app.orgs (id) on delete cascade,
    user_id uuid not null references app.users (id) on delete cascade,
    role text not null default 'viewer',
    joined_at timestamptz not null default now(),
    revoked_at timestamptz,
    primary key (org_id, user_id)
);

create table app.invitations (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null references app.orgs (id) on delete cascade,
    email text not null,
    role text not null default 'viewer',
    invited_by uuid not null references app.users (id),
    accepted_at timestamptz
);
