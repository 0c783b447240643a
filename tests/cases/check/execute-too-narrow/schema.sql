create schema app;
create function app.salary(who uuid) returns int language sql return 1;
create function app.stamp() returns text language sql return 'now';
create function app.tidy(t text) returns text language sql immutable return trim(t);
create function app.free(t text) returns boolean language sql immutable return t <> '';
create table app.notes (id int primary key, author_id uuid not null, body text check (app.free(body)), made text default app.stamp());
create index on app.notes (author_id);
create index on app.notes (app.tidy(body));
create table app.drafts (id int primary key, author_id uuid not null, body text check (app.free(body)));
create index on app.drafts (author_id);
create view app.paid with (security_invoker) as select id, app.salary(author_id) from app.notes;
create view app.staff with (security_invoker) as select id, app.salary(author_id) from app.notes;
create view app.paid_again with (security_invoker) as select * from app.paid;
create materialized view app.paid_once as select id, app.salary(author_id) from app.notes;
-- Of two of one name it is said which is called.
create function app.pay(who uuid) returns int language sql stable return 1;
create function app.pay(n int) returns int language sql immutable return n;
create view app.pays with (security_invoker) as select id, app.pay(author_id) from app.notes;
create view app.counts with (security_invoker) as select id, app.pay(id) from app.notes;
-- In a type below a type, and behind an operator.
create function app.worded(t text) returns boolean language sql immutable return t <> '';
create domain app.word as text check (app.worded(value));
create domain app.title as app.word;
create function app.same(a text, b text) returns boolean language sql immutable return a = b;
create operator app.=== (function = app.same, leftarg = text, rightarg = text);
create table app.books (id int primary key, author_id uuid not null, titles app.title[], body text check (body operator(app.===) 'x'));
create index on app.books (author_id);
-- In a rule.
create function app.ranked(who uuid) returns boolean language sql stable return true;
create table app.ranks (id int primary key, author_id uuid not null, kind text not null);
create index on app.ranks (author_id);
