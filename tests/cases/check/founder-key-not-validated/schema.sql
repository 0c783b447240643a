create schema app;
create table app.teams (id uuid primary key, name text not null);
create table app.members (team_id uuid not null, user_id uuid not null, primary key (user_id, team_id));
create index on app.members (team_id);
alter table app.members add constraint members_team foreign key (team_id) references app.teams (id) not valid;
