create schema app;
create table app.a (id uuid primary key, b_id uuid, owner uuid);
create table app.b (id uuid primary key, a_id uuid not null references app.a);
alter table app.a add foreign key (b_id) references app.b;
create table app.self (id uuid primary key, parent_id uuid references app.self);
create table app.x (id uuid primary key);
create table app.y (id uuid primary key);
create table app.z (id uuid primary key);
