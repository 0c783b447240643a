create schema app;
create table app.people (id uuid primary key, name text, team text);
create function app.salary(who uuid) returns int language sql stable return 1;
create function app.dice() returns int language sql volatile return 1;
create function app.is_active(who uuid) returns boolean language sql stable return true;
create function app.keep() returns trigger language plpgsql as $$ begin return old; end $$;
-- Told: behind a column, in the condition, in a sub-select of a column.
create view app.cards with (security_invoker) as
  select id, name, app.salary(id) as salary, (select max(app.salary(q.id)) from app.people q) as most from app.people where app.is_active(id);
-- A query below FROM, both legs of a union, what is computed whether it is read or not, a view's column below.
create view app.below with (security_invoker) as select s.id, s.salary from (select id, app.salary(id) as salary from app.people offset 0) s;
create view app.merged with (security_invoker) as select id, 0 as salary from app.people union all select id, app.salary(id) from app.people;
create view app.rolled with (security_invoker) as select id, app.salary(id) + app.dice() as salary from app.people;
create view app.again with (security_invoker) as select id, salary from app.cards;
-- Sorted by: always computed, and so given.
create view app.sorted with (security_invoker) as select id, app.salary(id) as salary from app.people order by 2;
-- Its trigger is handed the whole row.
create view app.kept with (security_invoker) as select id, name, app.salary(id) as salary from app.people;
create trigger keep instead of update or delete on app.kept for each row execute function app.keep();
