create schema app;
create table app.notes (id uuid primary key, author_id uid not null);
create table app.tags (id uuid primary key, note_id uuid references app.notes);
create table app.fine (id uuid primary key, owner uuid);
create table app.fine (id uuid primary key);
creat table app.typo (id uuid);
