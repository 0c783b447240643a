-- What the models lean on: organizations and their members, the application's own members, and a tree of positions.
create schema app;

-- Organizations, the entities that rows belong to.
create table app.orgs (
    id   uuid primary key default gen_random_uuid(),
    name text not null
);

-- Who is in which organization, with which rank; some may only read.
create table app.memberships (
    org_id    uuid not null references app.orgs,
    user_id   uuid not null,
    rank      text not null check (rank in ('viewer', 'editor', 'admin', 'owner')),
    read_only boolean not null default false,
    primary key (org_id, user_id)
);

-- Who is in the application at all, whatever organizations there are.
create table app.app_members (
    user_id uuid primary key,
    active  boolean not null default true
);

-- Positions, each below the one that it reports to.
create table app.positions (
    id         uuid primary key default gen_random_uuid(),
    manager_id uuid references app.positions,
    title      text not null
);

-- Who holds which position.
create table app.position_holders (
    position_id uuid not null references app.positions,
    user_id     uuid not null,
    primary key (position_id, user_id)
);
