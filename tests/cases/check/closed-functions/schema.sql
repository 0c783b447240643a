create schema app;
create table app.notes (id int primary key, author_id uuid not null, body text);
create index on app.notes (author_id);
create function app.tell() returns trigger language plpgsql as $$begin perform pg_notify('notes', new.id::text); return new; end$$;
create trigger tell after insert on app.notes for each row execute function app.tell();
create function app.one_at_a_time() returns void language sql as 'select pg_catalog.pg_advisory_xact_lock(42)';
create function app.told() returns void language plpgsql as $$begin perform pg_notify('notes', 'all'); end$$;
create function app.gives_back() returns void language sql as 'select pg_advisory_unlock_all()';
