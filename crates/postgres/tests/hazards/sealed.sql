-- What every hazard is tried on, sealed. Ann and Bob share no organization.
create schema app;
create extension btree_gist;

create table app.orgs (
    id   uuid primary key default gen_random_uuid(),
    name text not null
);

create table app.memberships (
    org_id  uuid not null references app.orgs on delete cascade,
    user_id uuid not null,
    role    text not null check (role in ('viewer', 'editor', 'admin', 'owner')),
    primary key (org_id, user_id)
);
create index on app.memberships (user_id);

-- The table of the twin: a row of each person, the tenant's column first in the index.
create table app.docs (
    id       bigint generated always as identity primary key,
    owner_id uuid not null,
    title    text not null default '',
    salary   integer
);
create index on app.docs (owner_id, salary);

-- A column that not everybody sees, and one computed from another.
create table app.people (
    id       uuid primary key default gen_random_uuid(),
    owner_id uuid not null,
    name     text not null,
    salary   integer,
    is_admin boolean not null default false
);
create index on app.people (owner_id);

create table app.projects (
    id     uuid primary key default gen_random_uuid(),
    org_id uuid not null references app.orgs on delete cascade,
    name   text not null,
    unique (org_id, id),
    unique (org_id, name)
);

create table app.tasks (
    id         uuid primary key default gen_random_uuid(),
    org_id     uuid not null,
    project_id uuid not null,
    title      text not null,
    foreign key (org_id, project_id) references app.projects (org_id, id) on delete cascade
);
create index on app.tasks (org_id, project_id);

create table app.bookings (
    org_id uuid not null references app.orgs on delete cascade,
    room   integer not null,
    during int4range not null,
    exclude using gist (org_id with =, room with =, during with &&)
);
create index on app.bookings (org_id);

create table app.events (
    org_id uuid not null,
    at     integer not null,
    what   text not null
) partition by range (at);
create table app.events_1 partition of app.events for values from (0) to (10);
create table app.events_2 partition of app.events for values from (10) to (20) partition by range (at);
create table app.events_2_low partition of app.events_2 for values from (10) to (15);
create table app.events_2_rest partition of app.events_2 default;
create table app.events_4 (at integer not null, what text not null, org_id uuid not null);
alter table app.events attach partition app.events_4 for values from (30) to (40);
create table app.events_rest partition of app.events default;
create index on app.events (org_id);

create table app.posts (id integer not null, owner_id uuid not null, body text not null);
create index on app.posts (owner_id);
create table app.long_posts (more text) inherits (app.posts);
create index on app.long_posts (owner_id);

create table app.vault (id integer primary key, secret text not null);

create table app.history (doc bigint not null, was jsonb not null);
create function app.remember() returns trigger language plpgsql as $$
begin
    insert into app.history values (old.id, to_jsonb(old));
    return null;
end
$$;
create trigger remember after update or delete on app.docs for each row execute function app.remember();

create view app.titles as select id, title from app.docs;
create view app.long_titles as select id, title from app.titles where length(title) > 3;
create materialized view app.totals as select org_id, count(*) as projects from app.projects group by org_id;

create sequence app.tickets;
create table app.orders (
    number   bigint primary key default nextval('app.tickets'),
    owner_id uuid not null,
    shipped  serial
);
create index on app.orders (owner_id);

create function app.vault_size() returns bigint language plpgsql as $$
begin
    return (select count(*) from app.vault);
end
$$;

-- Rules of which a part is only in the select rule, and write rules that hold for every row.
create table app.files (id integer primary key, org_id uuid not null references app.orgs on delete cascade, name text not null, deleted_at timestamptz);
create index on app.files (org_id);
create table app.loose (id integer primary key, owner_id uuid not null, body text not null);
create index on app.loose (owner_id);
create table app.notices (id integer primary key, org_id uuid not null references app.orgs on delete cascade, body text not null, publish_at timestamptz not null);
create index on app.notices (org_id);
