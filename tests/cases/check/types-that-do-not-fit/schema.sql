create schema app;
create table app.notes (
    id uuid primary key default gen_random_uuid(),
    author_id uuid not null,
    title text not null,
    is_public boolean not null default false
);
create index on app.notes (author_id);
create index on app.notes (is_public);
