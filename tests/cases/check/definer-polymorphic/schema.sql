create schema app;
create type app.state as enum ('open', 'done');
create table app.notes (id uuid primary key, author_id uuid not null, state app.state not null default 'open');
create index on app.notes (author_id);
create function app.audit(a anyelement) returns text language sql security definer as $$ select to_jsonb(a)::text $$;
create function app.listed(a anycompatiblearray, b integer) returns text language sql security definer as $$ select a::text $$;
create function app.entry(a record) returns text language plpgsql security definer as $$ begin return a::text; end $$;
create function app.own(a app.state, b app.notes, c text[]) returns text language sql security definer as $$ select a::text $$;
create function app.shown(a anyelement) returns text language sql as $$ select a::text $$;
