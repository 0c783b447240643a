create schema "a""; drop role x; --";
create table "a""; drop role x; --"."t'$seal$
'); end $seal$" ("id"";--" uuid primary key, "o'wner" uuid not null, "val
ue" text, "$1" uuid, "{}" text);
create index on "a""; drop role x; --"."t'$seal$
'); end $seal$" ("o'wner");
create table "a""; drop role x; --"."child%I" (p uuid references "a""; drop role x; --"."t'$seal$
'); end $seal$", "old" text, "new" text, "m" uuid);
create index on "a""; drop role x; --"."child%I" (p);
