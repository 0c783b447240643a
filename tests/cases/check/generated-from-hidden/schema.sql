create schema app;
create table app.people (
  id uuid primary key,
  owner_id uuid not null,
  salary integer not null default 0,
  "Tax" numeric generated always as (salary * 0.3) stored,
  grade text generated always as (case when salary > 100 then 'high' else 'low' end) stored,
  name text not null,
  short text generated always as (left(name, 3)) stored
);
create index on app.people (owner_id);
