do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to group_composite_key_owner;
grant usage on schema app to group_composite_key_backup, group_composite_key_found_club, group_composite_key_role_member, group_composite_key_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to group_composite_key_found_club, group_composite_key_owner, group_composite_key_role_member, group_composite_key_role_visitor;
alter table app.clubs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.clubs from public cascade;
alter table app.members enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.members from public cascade;
alter table app.events enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.events from public cascade;
create table seal.given_up (
  transaction xid8 not null,
  began timestamptz not null,
  member text not null,
  of_group text not null,
  key text[] not null,
  rank integer,
  parent text
);
alter table seal.given_up enable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.given_up from public cascade;
create or replace function seal.give_up(text, text[], integer, text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    delete from seal.given_up as g where g.ctid = any (array(select e.ctid from seal.given_up as e where e.transaction <> pg_current_xact_id() limit 100 for update skip locked));
  end if;
  insert into seal.given_up values (pg_current_xact_id(), transaction_timestamp(), seal.me()::text, $1, $2, $3, $4);
end
$seal$;
revoke execute on function seal.give_up(text, text[], integer, text) from public cascade;
alter function seal.give_up(text, text[], integer, text) security definer set search_path = 'pg_catalog', 'pg_temp';
create table seal.admitted (
  key_lock bigint primary key,
  transaction xid8 not null,
  began timestamptz not null,
  before xid8
);
alter table seal.admitted enable row level security, no force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table seal.admitted from public cascade;
create or replace function seal.admit(bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  update seal.admitted as a set before = a.transaction, transaction = pg_current_xact_id(), began = transaction_timestamp() where a.key_lock = $1 and (a.transaction = pg_current_xact_id_if_assigned() and a.began = transaction_timestamp()) is not true;
  if not found then
    insert into seal.admitted values ($1, pg_current_xact_id(), transaction_timestamp(), null) on conflict do nothing;
  end if;
end
$seal$;
revoke execute on function seal.admit(bigint) from public cascade;
alter function seal.admit(bigint) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.admitted_since(pg_snapshot)
returns bigint[]
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  return array(select a.key_lock from seal.admitted as a where not pg_visible_in_snapshot(case when a.transaction = pg_current_xact_id_if_assigned() and a.began = transaction_timestamp() then a.before else a.transaction end, $1));
end
$seal$;
revoke execute on function seal.admitted_since(pg_snapshot) from public cascade;
alter function seal.admitted_since(pg_snapshot) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.club_keys(at_least text default null)
returns table(key1 text, key2 integer)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal uuid := seal.me();
  wanted integer := case when at_least is null then 1 else (case at_least when 'guest' then 1 when 'host' then 2 end) end;
begin
  if not coalesce(principal is not null, false) then
    return;
  end if;
  return query select distinct m.country, m.number from app.members as m where m.user_id = known.principal and m.country is not null and m.number is not null and m.level::text in ('guest', 'host') and (case m.level::text when 'guest' then 1 when 'host' then 2 end) >= known.wanted;
end
$seal$;
revoke execute on function seal.club_keys(text) from public cascade;
alter function seal.club_keys(text) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.club_peers()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal uuid := seal.me();
begin
  if not coalesce(principal is not null, false) then
    return '{}'::uuid[];
  end if;
  return array(select distinct m.user_id from app.members as m where m.user_id is not null and m.country is not null and m.number is not null and m.level::text in ('guest', 'host') and (m.country, m.number) in (select k.key1, k.key2 from seal.club_keys() as k));
end
$seal$;
revoke execute on function seal.club_peers() from public cascade;
alter function seal.club_peers() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.club_held(text, integer, at_least text default null)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = 'on'
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set array_nulls = 'on'
set transform_null_equals = 'off'
set xmloption = 'content'
as $seal$
#variable_conflict use_column
<<known>>
declare
  principal uuid := seal.me();
  wanted integer := case when at_least is null then 1 else (case at_least when 'guest' then 1 when 'host' then 2 end) end;
begin
  if principal is null then
    return false;
  end if;
  return exists (select 1 from app.members as m where m.user_id = known.principal and m.country = $1 and m.number = $2 and m.country is not null and m.number is not null and m.level::text in ('guest', 'host') and (case m.level::text when 'guest' then 1 when 'host' then 2 end) >= known.wanted) or exists (select 1 from (select g.key[1]::text, g.key[2]::integer from seal.given_up as g where g.transaction = pg_current_xact_id_if_assigned() and g.began = transaction_timestamp() and g.of_group = 'club' and g.parent is null and g.member = known.principal::text and g.rank >= known.wanted) as g (key1, key2) where g.key1 = $1 and g.key2 = $2);
end
$seal$;
revoke execute on function seal.club_held(text, integer, text) from public cascade;
alter function seal.club_held(text, integer, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.club_lock(text, integer)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
begin
  perform pg_advisory_xact_lock(876802858752 + hashtextextended(row($1, $2)::text, 0) % 128);
end
$seal$;
revoke execute on function seal.club_lock(text, integer) from public cascade;
alter function seal.club_lock(text, integer) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.found_club_clubs_8c1d()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if seal.me() is not null then
    insert into app.members (user_id, country, number, level) values (seal.me(), new.country, new.number, 'host');
  end if;
  return null;
end
$seal$;
revoke execute on function seal.found_club_clubs_8c1d() from public cascade;
alter function seal.found_club_clubs_8c1d() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger seal_founder_club after insert on app.clubs for each row when (row_security_active('app.clubs'::regclass) and not (current_user in ('group_composite_key_owner'))) execute function seal.found_club_clubs_8c1d();
create or replace function seal.new_club_clubs_8c1d()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if exists (select 1 from app.events as m where m.country = new.country and m.number = new.number) or exists (select 1 from app.members as m where m.country = new.country and m.number = new.number) then
    raise exception using errcode = '42501', message = 'this group of `club` was there before, and is not founded again', hint = 'change its row with UPDATE, or delete its memberships and all that is its first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.new_club_clubs_8c1d() from public cascade;
alter function seal.new_club_clubs_8c1d() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaaa_seal_new_club after insert on app.clubs for each row when (row_security_active('app.clubs'::regclass) and not (current_user in ('group_composite_key_owner'))) execute function seal.new_club_clubs_8c1d();
create or replace function seal.afresh_club_clubs_8c1d()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
      if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `club` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
  if exists (select 1 from app.events as m where m.country = new.country and m.number = new.number) then
    raise exception using errcode = '42501', message = 'this group of `club` was there before, and is not founded again', hint = 'change its row with UPDATE, or delete its memberships and all that is its first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.afresh_club_clubs_8c1d() from public cascade;
alter function seal.afresh_club_clubs_8c1d() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaaa_seal_afresh_club after insert on app.clubs for each row when (row_security_active('app.clubs'::regclass) and not (current_user in ('group_composite_key_owner'))) execute function seal.afresh_club_clubs_8c1d();
create or replace function seal.kept_clubs_8c1d()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.clubs that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from app.members as c where c.country = old.country and c.number = old.number) then
    raise exception using errcode = '23503', message = 'rows of app.members still point to a row of app.clubs', hint = 'delete them first, or in the same statement: a row that (country, number) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_clubs_8c1d() from public cascade;
alter function seal.kept_clubs_8c1d() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on app.clubs for each row when ((row_security_active('app.clubs'::regclass) and not (current_user in ('group_composite_key_owner'))) or (pg_trigger_depth() > 0 and current_user = 'group_composite_key_owner' and not pg_has_role(session_user, 'group_composite_key_owner', 'member'))) execute function seal.kept_clubs_8c1d();
create or replace function seal.kept_key_clubs_8c1d()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.clubs that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.country is distinct from new.country or old.number is distinct from new.number) and exists (select 1 from app.members as c where c.country = old.country and c.number = old.number) then
    raise exception using errcode = '23503', message = 'rows of app.members still point to a row of app.clubs', hint = 'delete them first, or in the same statement: a row that (country, number) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_clubs_8c1d() from public cascade;
alter function seal.kept_key_clubs_8c1d() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.clubs for each row when ((old.country is distinct from new.country or old.number is distinct from new.number) and ((row_security_active('app.clubs'::regclass) and not (current_user in ('group_composite_key_owner'))) or (pg_trigger_depth() > 0 and current_user = 'group_composite_key_owner' and not pg_has_role(session_user, 'group_composite_key_owner', 'member')))) execute function seal.kept_key_clubs_8c1d();
create or replace function seal.columns_members_04e1()
returns trigger
language plpgsql stable
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
declare
  allowed boolean;
begin
  if new.country is distinct from old.country or new.level is distinct from old.level or new.number is distinct from old.number or new.user_id is distinct from old.user_id then
    allowed := (((old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('host') as k)) and (coalesce(case (old.level)::text when 'guest' then (old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('guest') as k) when 'host' then (old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('host') as k) else false end, false)));
    if coalesce(allowed, false) then
      allowed := (((new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('host') as k)) and (coalesce(case (new.level)::text when 'guest' then (new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('guest') as k) when 'host' then (new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('host') as k) else false end, false)));
    end if;
    if not coalesce(allowed, false) then
      raise exception using errcode = '42501', message = 'a membership of `club` is changed by host or above, up to the own rank', hint = 'see the rules of the column with `pgseal matrix`';
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.columns_members_04e1() from public cascade;
create trigger aaaa_seal_columns after update on app.members for each row when (row_security_active('app.members'::regclass) and not (current_user in ('group_composite_key_owner', 'group_composite_key_found_club'))) execute function seal.columns_members_04e1();
create or replace function seal.afresh_members_04e1()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
set standard_conforming_strings = 'on'
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set array_nulls = 'on'
set transform_null_equals = 'off'
set xmloption = 'content'
as $seal$
#variable_conflict use_column
declare
  allowed boolean;
begin
  if tg_op = 'INSERT' then
  if true then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.club_lock(new.country, new.number);
    perform seal.admit(876802858752 + hashtextextended(row(new.country, new.number)::text, 0) % 128);
    allowed := ((seal.club_held(new.country, new.number, 'host')) and (coalesce(case (new.level)::text when 'guest' then seal.club_held(new.country, new.number, 'guest') when 'host' then seal.club_held(new.country, new.number, 'host') else false end, false)));
    end if;
    if not coalesce(allowed, false) then
    allowed := (((new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('host') as k)) and (coalesce(case (new.level)::text when 'guest' then (new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('guest') as k) when 'host' then (new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('host') as k) else false end, false)));
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `club` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `club` is changed by host or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  elsif tg_op = 'UPDATE' then
  if (new.country is distinct from old.country or new.level is distinct from old.level or new.number is distinct from old.number or new.user_id is distinct from old.user_id) and not (tg_name = 'zzzz_seal_zz_cascade' and coalesce((new.user_id is null or new.country is null or new.number is null or new.level is null), false)) then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.club_lock(old.country, old.number);
    perform seal.club_lock(new.country, new.number);
    if new.country is distinct from old.country or new.number is distinct from old.number or new.user_id is distinct from old.user_id then
      perform seal.admit(876802858752 + hashtextextended(row(new.country, new.number)::text, 0) % 128);
    end if;
    allowed := ((seal.club_held(old.country, old.number, 'host')) and (coalesce(case (old.level)::text when 'guest' then seal.club_held(old.country, old.number, 'guest') when 'host' then seal.club_held(old.country, old.number, 'host') else false end, false)));
    if coalesce(allowed, false) then
      allowed := ((seal.club_held(new.country, new.number, 'host')) and (coalesce(case (new.level)::text when 'guest' then seal.club_held(new.country, new.number, 'guest') when 'host' then seal.club_held(new.country, new.number, 'host') else false end, false)));
    end if;
    end if;
    if not coalesce(allowed, false) then
    allowed := (((old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('host') as k)) and (coalesce(case (old.level)::text when 'guest' then (old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('guest') as k) when 'host' then (old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('host') as k) else false end, false)));
    if coalesce(allowed, false) then
      allowed := (((new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('host') as k)) and (coalesce(case (new.level)::text when 'guest' then (new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('guest') as k) when 'host' then (new.country, new.number) in (select k.key1, k.key2 from seal.club_keys('host') as k) else false end, false)));
    end if;
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `club` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `club` is changed by host or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  if new.country is distinct from old.country or new.level is distinct from old.level or new.number is distinct from old.number or new.user_id is distinct from old.user_id then
    if old.user_id = seal.me() and old.country::text::text = old.country and old.number::text::integer = old.number then
      perform seal.give_up('club', array[old.country::text, old.number::text], (case old.level::text when 'guest' then 1 when 'host' then 2 end), null);
    end if;
  end if;
  else
  if old.user_id is distinct from seal.me() and old.country is not null and old.number is not null and old.level is not null then
    allowed := false;
    if not (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')) then
    perform seal.club_lock(old.country, old.number);
    allowed := ((old.user_id = (select seal.me())) or ((seal.club_held(old.country, old.number, 'host')) and (coalesce(case (old.level)::text when 'guest' then seal.club_held(old.country, old.number, 'guest') when 'host' then seal.club_held(old.country, old.number, 'host') else false end, false))));
    end if;
    if not coalesce(allowed, false) then
    allowed := ((old.user_id = (select seal.me())) or (((old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('host') as k)) and (coalesce(case (old.level)::text when 'guest' then (old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('guest') as k) when 'host' then (old.country, old.number) in (select k.key1, k.key2 from seal.club_keys('host') as k) else false end, false))));
    if coalesce(allowed, false) or tg_name = 'zzzz_seal_zz_cascade' then
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'memberships of `club` are changed at READ COMMITTED', hint = 'a stricter isolation cannot see who has been removed meanwhile: change them in a transaction of their own';
    end if;
    if true then
      raise exception using errcode = '42501', message = 'a membership of `club` is changed by host or above, up to the own rank', hint = 'the rank is needed now, not only when the statement began';
    end if;
    end if;
    end if;
  end if;
  if old.user_id = seal.me() and seal.club_held(old.country, old.number, 'host') then
    perform seal.club_lock(old.country, old.number);
  end if;
    if old.user_id = seal.me() and old.country::text::text = old.country and old.number::text::integer = old.number then
      perform seal.give_up('club', array[old.country::text, old.number::text], (case old.level::text when 'guest' then 1 when 'host' then 2 end), null);
    end if;
    return old;
  end if;
  return new;
end
$seal$;
revoke execute on function seal.afresh_members_04e1() from public cascade;
alter function seal.afresh_members_04e1() security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create trigger zzzz_seal_zz_afresh before insert or update or delete on app.members for each row when (row_security_active('app.members'::regclass) and not (current_user in ('group_composite_key_owner', 'group_composite_key_found_club'))) execute function seal.afresh_members_04e1();
create trigger zzzz_seal_zz_cascade before update on app.members for each row when (pg_trigger_depth() > 0 and current_user = 'group_composite_key_owner' and not pg_has_role(session_user, 'group_composite_key_owner', 'member')) execute function seal.afresh_members_04e1();
create or replace function seal.club_rows(text, integer)
returns table(member uuid, version text, came xid)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
begin
  return query select m.user_id::uuid, (m.tableoid::text || m.ctid::text), m.xmin from app.members as m where m.country = $1 and m.number = $2;
end
$seal$;
revoke execute on function seal.club_rows(text, integer) from public cascade;
alter function seal.club_rows(text, integer) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.dodged_members_04e1()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
#variable_conflict use_column
declare
  since bigint[] := seal.admitted_since(pg_current_snapshot());
  top bigint;
  came xid;
begin
  if cardinality(since) = 0 then
    return null;
  end if;
  top := pg_current_xact_id()::text;
  for came in
    with here as materialized (select k.key1, k.key2, n.member, n.version, n.came from seal.club_keys('host') as k (key1, key2), lateral seal.club_rows(k.key1, k.key2) as n where 876802858752 + hashtextextended(row(k.key1, k.key2)::text, 0) % 128 = any (since))
    select h.came from here as h where not exists (select 1 from app.members as m where m.country = h.key1 and m.number = h.key2 and m.user_id = h.member and (m.tableoid::text || m.ctid::text) = h.version)
      and exists (select 1 from app.members as m where m.country = h.key1 and m.number = h.key2 and m.user_id = h.member and (m.tableoid::text || m.ctid::text) not in (select o.version from here as o))
  loop
    if pg_xact_status((top + ((came::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) is distinct from 'in progress' then
      raise exception using errcode = '40001', message = 'memberships of `club` were written anew while this statement waited', hint = 'try again';
    end if;
  end loop;
  return null;
end
$seal$;
revoke execute on function seal.dodged_members_04e1() from public cascade;
alter function seal.dodged_members_04e1() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_zz_dodged after update or delete on app.members for each statement when (row_security_active('app.members'::regclass) and not (current_user in ('group_composite_key_owner', 'group_composite_key_found_club'))) execute function seal.dodged_members_04e1();
create or replace function seal.last_club_members_04e1()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if not coalesce(old.level::text = 'host' and old.user_id is not null and (true), false) then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if coalesce(row(new.country, new.number) = row(old.country, old.number) and new.level::text = 'host' and new.user_id is not null and (true), false) then
      return null;
    end if;
  end if;
  if tg_name = 'aaac_seal_cascade_club' and not exists (select 1 from app.members as m where row(m.country, m.number) = row(old.country, old.number) and m.user_id is not null and (true)) then
    return null;
  end if;
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using errcode = '42501', message = 'who leaves as host of `club` does so at READ COMMITTED', hint = 'a stricter isolation cannot see who else leaves at the same time';
  end if;
  perform pg_advisory_xact_lock(876802858752 + hashtextextended(row(old.country, old.number)::text, 0) % 128);
  if not exists (select 1 from app.members as m where row(m.country, m.number) = row(old.country, old.number) and m.level::text = 'host' and m.user_id is not null and (true)) then
    raise exception using errcode = '42501', message = 'the last host of `club` cannot leave', hint = 'make somebody else host first';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.last_club_members_04e1() from public cascade;
alter function seal.last_club_members_04e1() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger aaab_seal_last_club after delete or update on app.members for each row when (row_security_active('app.members'::regclass) and not (current_user in ('group_composite_key_owner', 'group_composite_key_found_club'))) execute function seal.last_club_members_04e1();
create trigger aaac_seal_cascade_club after delete or update on app.members for each row when (pg_trigger_depth() > 0 and current_user = 'group_composite_key_owner' and not pg_has_role(session_user, 'group_composite_key_owner', 'member')) execute function seal.last_club_members_04e1();
create or replace function seal.still_may_members_04e1(jsonb, text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
set standard_conforming_strings = 'on'
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set array_nulls = 'on'
set transform_null_equals = 'off'
set xmloption = 'content'
as $seal$
#variable_conflict use_column
declare
  hung app.members := jsonb_populate_record(null::app.members, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := (hung.country, hung.number) in (select k.key1, k.key2 from seal.club_keys('host') as k); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    allowed := false;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_members_04e1(jsonb, text) from public cascade;
alter function seal.still_may_members_04e1(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_191c_members_04e1(xid, text, integer)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.clubs as p where p.country = $2 and p.number = $3);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_191c_members_04e1(xid, text, integer) from public cascade;
alter function seal.same_191c_members_04e1(xid, text, integer) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_members_04e1()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.country is not null and new.number is not null and (tg_op = 'INSERT' or new.country is distinct from old.country or new.number is distinct from old.number) then
    if not seal.same_191c_members_04e1((select p.xmin from app.clubs as p where p.country = new.country and p.number = new.number), new.country, new.number) then
      if not seal.still_may_members_04e1(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.clubs that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_members_04e1() from public cascade;
alter function seal.still_members_04e1() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.members for each row when (row_security_active('app.members'::regclass) and not (current_user in ('group_composite_key_owner'))) execute function seal.still_members_04e1();
create or replace function seal.create_club(new_row jsonb)
returns app.clubs
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $seal$
declare
  given jsonb := new_row;
  made app.clubs;
  listed text;
  answer jsonb;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    raise exception using errcode = '22023', message = 'a new row of app.clubs is a JSON object', hint = 'seal.create_club(''{"column": "value"}'')';
  end if;
  made := jsonb_populate_record(null::app.clubs, given);
  select string_agg(format('%I', k), ', ' order by k) into listed from jsonb_object_keys(given) as k where k in ('country', 'number', 'name');
  if listed is null then
    raise exception using errcode = '22023', message = 'a new row of app.clubs names at least one of its columns', hint = 'seal.create_club(''{"column": "value"}'')';
  end if;
  execute format('insert into app.clubs (%1$s) select %1$s from jsonb_populate_record(null::app.clubs, $1)', listed) using given;
  select to_jsonb(r) into answer from (select t.country, t.number, t.name from app.clubs as t where t.country = made.country and t.number = made.number) as r;
  return jsonb_populate_record(null::app.clubs, answer);
end
$seal$;
revoke execute on function seal.create_club(jsonb) from public cascade;
create policy seal_gate_member on app.clubs as restrictive for all to group_composite_key_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.events as restrictive for all to group_composite_key_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.members as restrictive for all to group_composite_key_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_require_delete_member on app.members as restrictive for delete to group_composite_key_role_member using ((user_id = (select seal.me())) or (((country, number) in (select k.key1, k.key2 from seal.club_keys('host') as k)) and (coalesce(case (level)::text when 'guest' then (country, number) in (select k.key1, k.key2 from seal.club_keys('guest') as k) when 'host' then (country, number) in (select k.key1, k.key2 from seal.club_keys('host') as k) else false end, false))));
create policy seal_require_insert_member on app.members as restrictive for insert to group_composite_key_role_member with check (((country, number) in (select k.key1, k.key2 from seal.club_keys('host') as k)) and (coalesce(case (level)::text when 'guest' then (country, number) in (select k.key1, k.key2 from seal.club_keys('guest') as k) when 'host' then (country, number) in (select k.key1, k.key2 from seal.club_keys('host') as k) else false end, false)));
create policy seal_backup on app.clubs as permissive for select to group_composite_key_backup using (true);
create policy seal_insert_member on app.clubs as permissive for insert to group_composite_key_role_member with check (true);
create policy seal_read on app.clubs as permissive for select to group_composite_key_seal using (true);
create policy seal_select_member on app.clubs as permissive for select to group_composite_key_role_member using ((country, number) in (select k.key1, k.key2 from seal.club_keys() as k));
create policy seal_backup on app.events as permissive for select to group_composite_key_backup using (true);
create policy seal_insert_member on app.events as permissive for insert to group_composite_key_role_member with check ((host = (select seal.me())) and ((country, number) in (select k.key1, k.key2 from seal.club_keys('host') as k)));
create policy seal_read on app.events as permissive for select to group_composite_key_seal using (true);
create policy seal_select_member on app.events as permissive for select to group_composite_key_role_member using (((country, number) in (select k.key1, k.key2 from seal.club_keys() as k)) and (not ((country is not null and number is not null and (country, number) in (select k.key1, k.key2 from seal.club_keys('host') as k)))));
create policy seal_backup on app.members as permissive for select to group_composite_key_backup using (true);
create policy seal_delete_member on app.members as permissive for delete to group_composite_key_role_member using (((user_id = (select seal.me())) or (user_id = any ((select seal.club_peers())::uuid[]))) and (user_id = (select seal.me())));
create policy seal_found_insert_found_club on app.members as permissive for insert to group_composite_key_found_club with check (true);
create policy seal_insert_member on app.members as permissive for insert to group_composite_key_role_member with check ((country, number) in (select k.key1, k.key2 from seal.club_keys('host') as k));
create policy seal_read on app.members as permissive for select to group_composite_key_seal using (true);
create policy seal_select_member on app.members as permissive for select to group_composite_key_role_member using ((user_id = (select seal.me())) or (user_id = any ((select seal.club_peers())::uuid[])));
grant select on table app.clubs to group_composite_key_backup, group_composite_key_seal;
grant select, insert on table app.clubs to group_composite_key_role_member;
grant select on table app.events to group_composite_key_backup, group_composite_key_seal;
grant select, insert on table app.events to group_composite_key_role_member;
grant select on table app.members to group_composite_key_backup, group_composite_key_seal;
grant select, insert, delete on table app.members to group_composite_key_role_member;
grant insert (country, level, number, user_id) on table app.members to group_composite_key_found_club;
grant execute on function seal.afresh_club_clubs_8c1d() to group_composite_key_owner;
grant execute on function seal.afresh_members_04e1() to group_composite_key_owner;
grant execute on function seal.claim(text) to group_composite_key_found_club, group_composite_key_role_member, group_composite_key_role_visitor;
grant execute on function seal.club_keys(text) to group_composite_key_role_member;
grant execute on function seal.club_peers() to group_composite_key_role_member;
grant execute on function seal.columns_members_04e1() to group_composite_key_owner;
grant execute on function seal.create_club(jsonb) to group_composite_key_role_member;
grant execute on function seal.dodged_members_04e1() to group_composite_key_owner;
grant execute on function seal.found_club_clubs_8c1d() to group_composite_key_owner;
grant execute on function seal.is_agent() to group_composite_key_found_club, group_composite_key_role_member, group_composite_key_role_visitor;
grant execute on function seal.is_human() to group_composite_key_found_club, group_composite_key_role_member, group_composite_key_role_visitor;
grant execute on function seal.is_live(text) to group_composite_key_found_club, group_composite_key_role_member, group_composite_key_role_visitor;
grant execute on function seal.kept_clubs_8c1d() to group_composite_key_owner;
grant execute on function seal.kept_key_clubs_8c1d() to group_composite_key_owner;
grant execute on function seal.last_club_members_04e1() to group_composite_key_owner;
grant execute on function seal.me() to group_composite_key_found_club, group_composite_key_role_member, group_composite_key_role_visitor;
grant execute on function seal.new_club_clubs_8c1d() to group_composite_key_owner;
grant execute on function seal.still_members_04e1() to group_composite_key_owner;
