create schema app;
create table app.tasks (id uuid primary key, owner uuid not null, title text, done boolean not null default false);
create index on app.tasks (owner);
create function app.label(text) returns text language sql immutable as $$ select '> ' || $1 $$;
create view app.open as select id, app.label(title) as title from app.tasks where not done;
create view app.writable with (security_barrier) as select id, owner, title from app.tasks with local check option;
create view app.of_view as select title from app.open;
create view app.unlisted as select id from app.tasks;
create materialized view app.totals as select owner, count(*) as n from app.tasks group by owner;
