-- The same as most people would write it: one table with row-level security, and what usually stands around it.
create schema auth;
create schema scratch;
create function auth.uid() returns uuid language sql stable as
    $$ select nullif(current_setting('request.jwt.claims', true)::json ->> 'sub', '')::uuid $$;
grant usage on schema auth to public;
grant usage, create on schema scratch to twin_authenticated, twin_anon;

create table public.docs (id bigint primary key, owner_id uuid, title text, salary integer);
alter table public.docs owner to twin_app_owner;
alter table public.docs enable row level security;
alter table public.docs force row level security;
create policy own on public.docs to twin_authenticated using (owner_id = (select auth.uid()));
grant select, insert, update, delete on public.docs to twin_authenticated, twin_service;
create index on public.docs (salary);
insert into public.docs values
    (1, '00000000-0000-0000-0000-00000000000a', 'mine', 10),
    (2, '00000000-0000-0000-0000-00000000000b', 'VICTIM', 55555);
analyze public.docs;
