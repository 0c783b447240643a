create schema app;
create table app.pages (id bigint primary key, published boolean not null, spam boolean not null);
