create schema app;
create type app.state as enum ('draft', 'sent', 'it''s paid');
create domain app.small as integer check (value < 10);
create table app.invoices (
    id uuid primary key, owner uuid not null, org_id uuid not null, state app.state not null default 'draft', level app.small not null default 1,
    data json, note text, "Weird ""Col" text
);
create index on app.invoices (owner);
