create schema app;
create table app.notes (id integer primary key, owner_id text, is_public boolean);
