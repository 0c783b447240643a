create schema app;
create table app.tasks (id uuid primary key, owner uuid not null, title text, updated_at timestamptz);
create index on app.tasks (owner);
create table app.log (id bigint generated always as identity primary key, what text not null, task_id uuid not null);
create function app.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
create function app.record() returns trigger language plpgsql as $$
begin insert into app.log (what, task_id) values (tg_op, new.id); return null; end $$;
create trigger touch before update on app.tasks for each row execute function app.touch();
create trigger "Record it" after insert or update on app.tasks for each row execute function app.record();
