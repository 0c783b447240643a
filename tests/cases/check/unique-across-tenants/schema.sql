create schema app;
create table app.memberships (org_id uuid not null, user_id uuid not null, primary key (user_id, org_id));
create index on app.memberships (org_id);
create table app.pages (
  id uuid primary key,
  org_id uuid not null,
  slug text not null,
  number integer not null,
  deleted boolean not null default false,
  author uuid not null,
  unique (slug, number)
);
create index on app.pages (org_id);
create unique index pages_lower on app.pages (lower(slug));
create unique index pages_live on app.pages (slug) include (number) where not deleted;
create unique index pages_fine on app.pages (lower(slug), org_id);
create unique index pages_author on app.pages (author);
create table app.notes (id bigint generated always as identity primary key, owner_id uuid not null, title text unique, rank integer unique);
create index on app.notes (owner_id);
create table app.words (id bigint generated always as identity primary key, owner_id uuid not null, word text unique);
create index on app.words (owner_id);
create table app.read_only (id bigint generated always as identity primary key, org_id uuid not null, code text unique);
create index on app.read_only (org_id);
-- What stands on one partition or child alone tells as well; what it has from above is said once.
create table app.jots (id bigint not null, owner_id uuid not null, slug text, span int4range, unique (id, slug)) partition by range (id);
create table app.jots_old partition of app.jots for values from (0) to (100);
create table app.jots_new partition of app.jots for values from (100) to (200);
create index on app.jots (owner_id);
create unique index jots_slug on app.jots_old (slug);
create unique index jots_owned on app.jots_new (owner_id, slug);
alter table app.jots_new add constraint jots_apart exclude using gist (span with &&);
