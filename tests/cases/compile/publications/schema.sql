create schema app;
create table app.orders (id uuid primary key, owner uuid not null);
create index on app.orders (owner);
create publication "Ware house" for table app.orders (id);
