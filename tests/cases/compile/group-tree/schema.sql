create schema app;
create table app.units (id uuid primary key, parent_id uuid references app.units, name text);
create index on app.units (parent_id);
create table app.unit_members (unit_id uuid not null references app.units, user_id uuid not null, role text not null, primary key (unit_id, user_id));
create index on app.unit_members (user_id);
