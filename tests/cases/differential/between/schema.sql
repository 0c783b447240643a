create schema app;
create table app.notes (id integer primary key, is_public boolean);
