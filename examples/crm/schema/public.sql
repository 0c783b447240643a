create table app.pages (
    slug text primary key,
    org_id uuid not null references app.orgs (id) on delete cascade,
    title text not null,
    body text not null default '',
    published_at timestamptz
);

create table app.settings (
    name text primary key,
    value jsonb not null
);

create table app.events (
    id bigint generated always as identity primary key,
    org_id uuid not null references app.orgs (id) on delete cascade,
    actor_id uuid,
    happened_at timestamptz not null default now(),
    what text not null
);
