create schema app;
create table app.notes (
    id uuid primary key default gen_random_uuid(),
    author_id uuid not null,
    title text not null,
    is_public boolean not null default false
);
create index on app.notes (author_id);
create index on app.notes (is_public);

grant select on app.notes to public;
create policy p on app.notes using (true);
alter table app.notes enable row level security;
create role joe;
insert into app.notes (author_id, title) values (null, 'x');
begin;
create view public.v as select * from app.nowhere;
