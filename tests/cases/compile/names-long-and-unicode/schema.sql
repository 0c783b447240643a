create schema "Ünïcode";
create table "Ünïcode"."tééééééééééééééééééééééééééééééé" (id uuid primary key, "日本" uuid not null, "SELECT" text, "user" text, "a b" text);
create index "日本 index" on "Ünïcode"."tééééééééééééééééééééééééééééééé" ("日本");
create table "Ünïcode"."order" (id uuid primary key, parent uuid not null references "Ünïcode"."tééééééééééééééééééééééééééééééé");
create index on "Ünïcode"."order" (parent);
