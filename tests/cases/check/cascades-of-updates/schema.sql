create schema app;
create table app.sorts (name text primary key);
create table app.closed (name text primary key);
create table app.places (id int primary key, region int not null, unique (id, region));
create table app.things (
  id uuid primary key,
  sort text references app.sorts on update cascade on delete set null,
  free text references app.sorts on update cascade on delete set null,
  closed text references app.closed on update cascade,
  place int,
  spot int,
  region int,
  stamp uuid,
  foreign key (place, region) references app.places (id, region) on delete set null (place),
  foreign key (spot, region) references app.places (id, region) on delete set null (spot)
);
