create schema app;
create table app.clubs (country text, number integer, name text, primary key (country, number));
create table app.members (user_id uuid not null, country text not null, number integer not null, level text not null,
    primary key (user_id, country, number), foreign key (country, number) references app.clubs);
create table app.events (id uuid primary key, country text, number integer, host uuid not null);
create index on app.events (country, number);
