-- Structure only: who may do what stands in access.toml.
create schema app;

create table app.notes (
    id         uuid primary key default gen_random_uuid(),
    author_id  uuid not null,
    title      text not null,
    body       text not null default '',
    is_public  boolean not null default false,
    created_at timestamptz not null default now()
);

create index on app.notes (author_id);
create index on app.notes (is_public) where is_public;
