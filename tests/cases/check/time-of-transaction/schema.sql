create schema app;
create table app.posts (id uuid primary key, owner_id uuid not null, at timestamptz not null);
create index on app.posts (owner_id);
create function app.now() returns timestamptz language sql stable return clock_timestamp();
create function app.is_open(at timestamptz) returns boolean language sql stable return at < now();
create function app.is_due(at timestamptz) returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$ begin /* now() */ return at < Current_Timestamp; end $$;
create function app.is_late(at timestamptz) returns boolean language sql stable return app.is_due(at) and at is not null;
create function app.is_old(at timestamptz) returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$ begin return at < timestamptz 'now'; end $$;
create function app.is_new(at timestamptz) returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$ begin return at > pg_catalog.statement_timestamp(); end $$;
create function app.is_free(at timestamptz) returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$ declare now int := 1; begin -- current_date
    return at > clock_timestamp() and at > app.now() and 'now' <> 'then' and now = 1; end $$;
