create schema app;
create table app.auctions (
  id uuid primary key,
  bidder uuid not null,
  bid int not null,
  fixed int not null default 0,
  most int not null default 100,
  secret int not null default 7,
  check (bid <> secret),
  check (secret > fixed),
  check (secret > 0)
);
create index on app.auctions (bidder);
create table app.quiet (id uuid primary key, owner_id uuid not null, note text, pin int default 1, fixed int);
create index on app.quiet (owner_id);
create index on app.quiet (pin);
create table app.prices (price int not null, season text not null, primary key (price, season), unique (price));
create table app.rooms (id uuid primary key, owner_id uuid not null, title text, season text, floor int, number int, wing text, price int,
  foreign key (price, season) references app.prices (price, season),
  exclude using btree ((wing || title) with =));
create function app.fits(room app.rooms) returns boolean language sql immutable return (room).floor > length((room).title);
alter table app.rooms add check (app.fits(rooms.*));
create unique index rooms_numbers on app.rooms ((number::text || coalesce(season, '')));
create index on app.rooms (owner_id);
create table app.codes (id uuid primary key, owner_id uuid not null, code text unique, price int references app.prices (price), token uuid unique);
create index on app.codes (owner_id);

-- Partitions come one after the other.
create table app.pays (id int, owner_id uuid not null, pay int not null, kind text, diag text) partition by range (pay);
create table app.pays_low partition of app.pays for values from (0) to (100);
create table app.pays_high partition of app.pays for values from (100) to (1000) partition by list (lower(diag));
create index on app.pays (owner_id);

-- What an agent's own list leaves out.
create table app.patients (id int primary key, owner_id uuid not null, name text, diag text, num int,
  check (name <> diag), unique (owner_id, diag));
create index on app.patients (owner_id);
create table app.lists (id int primary key, owner_id uuid not null, name text, diag text, seq int, check (name <> diag), unique (owner_id, seq));
create index on app.lists (owner_id);
