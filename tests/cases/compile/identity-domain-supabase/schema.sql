create schema auth;
create domain auth.user_id as text check (value <> '');
create table auth.profiles (id auth.user_id primary key, name text);
create table auth.pairs (a auth.user_id not null, b auth.user_id not null, primary key (a, b));
