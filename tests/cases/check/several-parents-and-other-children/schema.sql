create schema app;
create table app.a (id uuid, owner_id uuid);
create table app.b (id uuid, owner_id uuid);
create table app.both () inherits (app.a, app.b);
create table app.part (id uuid, owner_id uuid) partition by hash (id);
create table app.part_0 partition of app.part for values with (modulus 1, remainder 0);
