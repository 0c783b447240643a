do $seal$
begin
  execute format('revoke connect, temporary on database %I from public cascade', current_database());
end
$seal$;
alter schema app owner to indexes_are_added_owner;
grant usage on schema app to indexes_are_added_backup, indexes_are_added_role_member, indexes_are_added_seal;
revoke usage on schema public from public cascade;
grant usage on schema seal to indexes_are_added_owner, indexes_are_added_role_member, indexes_are_added_role_visitor;
alter table app.notes enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.notes from public cascade;
alter table app.replies enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.replies from public cascade;
alter table app.orgs enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.orgs from public cascade;
alter table app.members enable row level security, force row level security;
revoke select, insert, update, delete, truncate, references, trigger on table app.members from public cascade;
create or replace function seal.org_keys(at_least text default null)
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
  return array(select distinct m.org_id from app.members as m where m.user_id = known.principal and m.org_id is not null);
end
$seal$;
revoke execute on function seal.org_keys(text) from public cascade;
alter function seal.org_keys(text) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.org_peers()
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
  return array(select distinct m.user_id from app.members as m where m.user_id is not null and m.org_id is not null and m.org_id = any ((select seal.org_keys())::uuid[]));
end
$seal$;
revoke execute on function seal.org_peers() from public cascade;
alter function seal.org_peers() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.kept_notes_de5e()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.notes that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if exists (select 1 from app.replies as c where c.note_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.replies still point to a row of app.notes', hint = 'delete them first, or in the same statement: a row that (note_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_notes_de5e() from public cascade;
alter function seal.kept_notes_de5e() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept after delete on app.notes for each row when ((row_security_active('app.notes'::regclass) and not (current_user in ('indexes_are_added_owner'))) or (pg_trigger_depth() > 0 and current_user = 'indexes_are_added_owner' and not pg_has_role(session_user, 'indexes_are_added_owner', 'member'))) execute function seal.kept_notes_de5e();
create or replace function seal.kept_key_notes_de5e()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception using errcode = '42501', message = 'rows of app.notes that others point to are let go at READ COMMITTED', hint = 'a stricter isolation cannot see what points to them by now';
    end if;
  if (old.id is distinct from new.id) and exists (select 1 from app.replies as c where c.note_id = old.id) then
    raise exception using errcode = '23503', message = 'rows of app.replies still point to a row of app.notes', hint = 'delete them first, or in the same statement: a row that (note_id) points to is not replaced by another';
  end if;
  return null;
end
$seal$;
revoke execute on function seal.kept_key_notes_de5e() from public cascade;
alter function seal.kept_key_notes_de5e() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_kept_key after update on app.notes for each row when ((old.id is distinct from new.id) and ((row_security_active('app.notes'::regclass) and not (current_user in ('indexes_are_added_owner'))) or (pg_trigger_depth() > 0 and current_user = 'indexes_are_added_owner' and not pg_has_role(session_user, 'indexes_are_added_owner', 'member')))) execute function seal.kept_key_notes_de5e();
create or replace function seal.still_may_replies_6786(jsonb, text)
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
  hung app.replies := jsonb_populate_record(null::app.replies, $1);
  tg_op text := $2;
  allowed boolean;
begin
  if tg_op = 'INSERT' then
    if seal.is_live('role_member') then allowed := hung.note_id = any ((select seal.via_notes_update_754de8f6())::uuid[]); else allowed := false; end if;
  elsif tg_op = 'UPDATE' then
    if seal.is_live('role_member') then allowed := hung.note_id = any ((select seal.via_notes_update_754de8f6())::uuid[]); else allowed := false; end if;
  end if;
  return coalesce(allowed, false);
end
$seal$;
revoke execute on function seal.still_may_replies_6786(jsonb, text) from public cascade;
alter function seal.still_may_replies_6786(jsonb, text) security definer set "DateStyle" = 'ISO, MDY' set "IntervalStyle" = 'postgres' set "TimeZone" = 'UTC' set array_nulls = 'on' set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp' set standard_conforming_strings = 'on' set transform_null_equals = 'off' set xmloption = 'content';
create or replace function seal.same_3f86_replies_6786(xid, uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $seal$
declare
  now xid := (select p.xmin from app.notes as p where p.id = $2);
  top bigint := pg_current_xact_id()::text;
begin
  if now is not distinct from $1 then
    return true;
  end if;
  return coalesce(pg_xact_status((top + ((now::text::bigint - top + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', false);
end
$seal$;
revoke execute on function seal.same_3f86_replies_6786(xid, uuid) from public cascade;
alter function seal.same_3f86_replies_6786(xid, uuid) security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.still_replies_6786()
returns trigger
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set debug_print_plan = 'off'
as $seal$
begin
  if new.note_id is not null and (tg_op = 'INSERT' or new.note_id is distinct from old.note_id) then
    if not seal.same_3f86_replies_6786((select p.xmin from app.notes as p where p.id = new.note_id), new.note_id) then
      if not seal.still_may_replies_6786(to_jsonb(new), tg_op) then
        raise exception using errcode = '40001', message = 'the row of app.notes that this one points to is not the one that it was', hint = 'try again';
      end if;
    end if;
  end if;
  return null;
end
$seal$;
revoke execute on function seal.still_replies_6786() from public cascade;
alter function seal.still_replies_6786() security definer set debug_print_plan = 'off' set search_path = 'pg_catalog', 'pg_temp';
create trigger zzzz_seal_still after insert or update on app.replies for each row when (row_security_active('app.replies'::regclass) and not (current_user in ('indexes_are_added_owner'))) execute function seal.still_replies_6786();
create or replace function seal.via_notes_select_a1118b94()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_member'), false) then
    return '{}'::uuid[];
  end if;
  return array(select p.id from app.notes as p where p.id is not null and ((p.owner = (select seal.me())) or (p.org_id = any ((select seal.org_keys())::uuid[]))));
end
$seal$;
revoke execute on function seal.via_notes_select_a1118b94() from public cascade;
alter function seal.via_notes_select_a1118b94() security definer set search_path = 'pg_catalog', 'pg_temp';
create or replace function seal.via_notes_update_754de8f6()
returns uuid[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $seal$
#variable_conflict use_column
<<known>>
begin
  if not coalesce(seal.is_live('role_member'), false) then
    return '{}'::uuid[];
  end if;
  return array(select p.id from app.notes as p where p.id is not null and (((p.owner = (select seal.me())) or (p.org_id = any ((select seal.org_keys())::uuid[]))) and (p.owner = (select seal.me()))));
end
$seal$;
revoke execute on function seal.via_notes_update_754de8f6() from public cascade;
alter function seal.via_notes_update_754de8f6() security definer set search_path = 'pg_catalog', 'pg_temp';
create index seal_members_user_id on app.members (user_id);
create index seal_notes_org_id on app.notes (org_id);
create index seal_notes_owner on app.notes (owner);
create index seal_replies_note_id on app.replies (note_id);
create policy seal_gate_member on app.notes as restrictive for all to indexes_are_added_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.orgs as restrictive for all to indexes_are_added_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_gate_member on app.replies as restrictive for all to indexes_are_added_role_member using ((select seal.is_live('role_member'))) with check ((select seal.is_live('role_member')));
create policy seal_backup on app.members as permissive for select to indexes_are_added_backup using (true);
create policy seal_read on app.members as permissive for select to indexes_are_added_seal using (true);
create policy seal_backup on app.notes as permissive for select to indexes_are_added_backup using (true);
create policy seal_delete_member on app.notes as permissive for delete to indexes_are_added_role_member using (((owner = (select seal.me())) or (org_id = any ((select seal.org_keys())::uuid[]))) and (owner = (select seal.me())));
create policy seal_insert_member on app.notes as permissive for insert to indexes_are_added_role_member with check (owner = (select seal.me()));
create policy seal_read on app.notes as permissive for select to indexes_are_added_seal using (true);
create policy seal_select_member on app.notes as permissive for select to indexes_are_added_role_member using ((owner = (select seal.me())) or (org_id = any ((select seal.org_keys())::uuid[])));
create policy seal_update_member on app.notes as permissive for update to indexes_are_added_role_member using (((owner = (select seal.me())) or (org_id = any ((select seal.org_keys())::uuid[]))) and (owner = (select seal.me()))) with check (owner = (select seal.me()));
create policy seal_backup on app.orgs as permissive for select to indexes_are_added_backup using (true);
create policy seal_select_member on app.orgs as permissive for select to indexes_are_added_role_member using (id = any ((select seal.org_keys())::uuid[]));
create policy seal_backup on app.replies as permissive for select to indexes_are_added_backup using (true);
create policy seal_delete_member on app.replies as permissive for delete to indexes_are_added_role_member using ((note_id = any ((select seal.via_notes_select_a1118b94())::uuid[])) and (note_id = any ((select seal.via_notes_update_754de8f6())::uuid[])));
create policy seal_insert_member on app.replies as permissive for insert to indexes_are_added_role_member with check (note_id = any ((select seal.via_notes_update_754de8f6())::uuid[]));
create policy seal_read on app.replies as permissive for select to indexes_are_added_seal using (true);
create policy seal_select_member on app.replies as permissive for select to indexes_are_added_role_member using (note_id = any ((select seal.via_notes_select_a1118b94())::uuid[]));
create policy seal_update_member on app.replies as permissive for update to indexes_are_added_role_member using ((note_id = any ((select seal.via_notes_select_a1118b94())::uuid[])) and (note_id = any ((select seal.via_notes_update_754de8f6())::uuid[]))) with check (note_id = any ((select seal.via_notes_update_754de8f6())::uuid[]));
grant select on table app.members to indexes_are_added_backup, indexes_are_added_seal;
grant select on table app.notes to indexes_are_added_backup, indexes_are_added_seal;
grant select, insert, update, delete on table app.notes to indexes_are_added_role_member;
grant select on table app.orgs to indexes_are_added_backup, indexes_are_added_role_member;
grant select on table app.replies to indexes_are_added_backup, indexes_are_added_seal;
grant select, insert, update, delete on table app.replies to indexes_are_added_role_member;
grant execute on function seal.kept_key_notes_de5e() to indexes_are_added_owner;
grant execute on function seal.kept_notes_de5e() to indexes_are_added_owner;
grant execute on function seal.org_keys(text) to indexes_are_added_role_member;
grant execute on function seal.still_replies_6786() to indexes_are_added_owner;
grant execute on function seal.via_notes_select_a1118b94() to indexes_are_added_role_member;
grant execute on function seal.via_notes_update_754de8f6() to indexes_are_added_role_member;
