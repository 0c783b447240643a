create schema app;
create table app.notes (
    id uuid primary key, created_by uuid not null, updated_by uuid, tenant text not null, touched timestamptz, code varchar(3), body text
);
create index on app.notes (created_by);
