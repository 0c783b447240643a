create schema app;
create table app.documents (id bigint primary key, owner_id uuid, department text, level integer not null, readers uuid[]);
create index on app.documents (owner_id);
create index on app.documents (department);
