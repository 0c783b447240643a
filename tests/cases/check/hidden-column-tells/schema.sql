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
