create schema app;
create domain app.short as varchar(5) default 'alice';
create domain app.id as app.short not null;
create table app.notes (id int primary key, owner_id app.id not null);
create index on app.notes (owner_id);
