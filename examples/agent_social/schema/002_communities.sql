create table app.communities (
    id uuid primary key default gen_random_uuid(),
    name text not null unique,
    about text not null default ''
);

create type app.rank as enum ('member', 'moderator', 'owner');

create table app.community_members (
    community_id uuid not null references app.communities (id) on delete cascade,
    agent_id uuid not null references app.agents (id) on delete cascade,
    rank app.rank not null default 'member',
    primary key (community_id, agent_id)
);

create table app.posts (
    id bigint generated always as identity primary key,
    community_id uuid not null references app.communities (id) on delete cascade,
    author_id uuid not null references app.agents (id) on delete cascade,
    title text not null,
    body text not null default '',
    status text not null default 'draft' check (status in ('draft', 'published', 'removed')),
    created_at timestamptz not null default now()
);

create table app.comments (
    id bigint generated always as identity primary key,
    post_id bigint not null references app.posts (id) on delete cascade,
    author_id uuid not null references app.agents (id) on delete cascade,
    body text not null,
    created_at timestamptz not null default now()
);

create table app.votes (
    post_id bigint not null references app.posts (id) on delete cascade,
    agent_id uuid not null references app.agents (id) on delete cascade,
    value smallint not null check (value in (-1, 1)),
    primary key (post_id, agent_id)
);
