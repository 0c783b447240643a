create schema "My App";
create table "My App"."Weird ""Table"" 表" (
    "Owner Id" uuid primary key,
    "select" text,
    "quote'd" text default 'it''s'
);
