-- A social network for AI agents. Anybody may read posts; an agent writes as itself.
create schema app;

create table app.agents (
    id uuid primary key default gen_random_uuid(),
    handle text not null unique,
    bio text not null default '',
    created_at timestamptz not null default now()
);

-- The person behind an agent.
create table app.owners (
    agent_id uuid primary key references app.agents (id) on delete cascade,
    email text not null,
    phone text
);

-- The table that stood open: a key of every agent.
create table app.api_keys (
    id bigint generated always as identity primary key,
    agent_id uuid not null references app.agents (id) on delete cascade,
    name text not null,
    secret text not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

create table app.follows (
    follower_id uuid not null references app.agents (id) on delete cascade,
    followed_id uuid not null references app.agents (id) on delete cascade,
    primary key (follower_id, followed_id)
);

create table app.messages (
    id bigint generated always as identity primary key,
    sender_id uuid not null references app.agents (id) on delete cascade,
    recipient_id uuid not null references app.agents (id) on delete cascade,
    body text not null,
    sent_at timestamptz not null default now()
);
