-- Rows that are open by what they hold, and rows that ask what kind of session it is.

-- temporal: an offer holds from a day to a day.
create table app.offers (
    id          bigint generated always as identity primary key,
    title       text not null,
    valid_from  timestamptz not null,
    valid_until timestamptz
);

-- publishable: an article is its author's until it is published, and then everybody's.
create table app.articles (
    id           bigint generated always as identity primary key,
    author_id    uuid not null,
    title        text not null,
    is_published boolean not null default false,
    published_at timestamptz
);

-- value allowed: tickets that are open or waiting may be seen and worked on.
create table app.tickets (
    id     bigint generated always as identity primary key,
    title  text not null,
    status text not null check (status in ('open', 'waiting', 'closed'))
);

-- Regions, and whether they are served.
create table app.regions (
    code   text primary key,
    served boolean not null
);

-- value exists: a shipment is seen while its region is served.
create table app.shipments (
    id     bigint generated always as identity primary key,
    region text not null references app.regions,
    goods  text not null
);

-- Channels, and the kinds of bulletin that each shows.
create table app.channels (
    code  text primary key,
    kinds text[] not null
);

-- value match: a bulletin is seen where its channel shows its kind.
create table app.bulletins (
    id      bigint generated always as identity primary key,
    channel text not null references app.channels,
    kind    text not null,
    body    text not null
);

-- system-only: what happened is written by the system and read by admins.
create table app.audit_events (
    id     bigint generated always as identity primary key,
    org_id uuid not null references app.orgs,
    what   text not null
);

-- human-only: an agent may read approvals, and never gives one.
create table app.approvals (
    id         bigint generated always as identity primary key,
    org_id     uuid not null references app.orgs,
    subject    text not null,
    granted_by uuid not null
);

-- database claim: a worker sees the settings of the database that its login is bound to.
create table app.database_settings (
    id          bigint generated always as identity primary key,
    database_id uuid not null,
    setting     text not null
);

-- allow: countries are for everybody.
create table app.countries (
    code text primary key,
    name text not null
);

-- deny: keys are for nobody.
create table app.signing_keys (
    id     bigint generated always as identity primary key,
    secret text not null
);
