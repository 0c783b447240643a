create schema app;
create table app.people (id uuid primary key, name text not null, email text unique, phone text, salary numeric);
create table app."Odd ""Name" (id uuid primary key, secret text, public text);
