create schema app;
create table app.friends (a uuid not null, b uuid not null, primary key (a, b));
create table app.posts (id uuid primary key, author uuid not null, b uuid, title text);
create index on app.posts (author);
