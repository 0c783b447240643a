-- The rows that decisions.toml speaks of. Ann owns the organization A, Ed edits there, Vi views; Bob owns B; Zoe is in neither.
-- Ann, Ed and Bob are in the application; Vi was suspended. Ann leads, Ed works below her, Bob sits beside.
insert into app.orgs (id, name) values
    ('a0000000-0000-4000-8000-000000000000', 'A'),
    ('b0000000-0000-4000-8000-000000000000', 'B');
insert into app.memberships (org_id, user_id, rank, read_only) values
    ('a0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000a', 'owner', false),
    ('a0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000e', 'editor', false),
    ('a0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-000000000001', 'viewer', true),
    ('b0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000b', 'owner', false);
insert into app.app_members (user_id, active) values
    ('00000000-0000-4000-8000-00000000000a', true),
    ('00000000-0000-4000-8000-00000000000e', true),
    ('00000000-0000-4000-8000-00000000000b', true),
    ('00000000-0000-4000-8000-000000000001', false);
insert into app.positions (id, manager_id, title) values
    ('c0000000-0000-4000-8000-000000000001', null, 'director'),
    ('c0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000001', 'manager'),
    ('c0000000-0000-4000-8000-000000000003', 'c0000000-0000-4000-8000-000000000002', 'engineer'),
    ('c0000000-0000-4000-8000-000000000004', 'c0000000-0000-4000-8000-000000000001', 'counsel');
insert into app.position_holders (position_id, user_id) values
    ('c0000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a'),
    ('c0000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-00000000000e'),
    ('c0000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-00000000000b');

insert into app.notes (owner_id, body) values ('00000000-0000-4000-8000-00000000000a', 'Ann''s');
insert into app.messages (sender_id, recipient_id, body) values
    ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b', 'from Ann to Bob');
insert into app.announcements (body) values ('to all');
insert into app.projects (org_id, name) values
    ('a0000000-0000-4000-8000-000000000000', 'with tasks'),
    ('a0000000-0000-4000-8000-000000000000', 'without tasks');
insert into app.drafts (owner_id, body) values
    ('00000000-0000-4000-8000-00000000000a', 'Ann''s'),
    ('00000000-0000-4000-8000-000000000001', 'of Vi, who was suspended');
insert into app.timesheets (org_id, owner_id, hours) values
    ('a0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000e', 8),
    ('b0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000e', 4);
insert into app.tasks (project_id, title) values (1, 'of the project of A');
insert into app.remarks (task_id, author_id, body) values
    (1, '00000000-0000-4000-8000-00000000000e', 'Ed''s'),
    (1, '00000000-0000-4000-8000-00000000000b', 'of Bob, who has left A');
insert into app.profiles (user_id, name) values
    ('00000000-0000-4000-8000-00000000000a', 'Ann'),
    ('00000000-0000-4000-8000-00000000000b', 'Bob');
insert into app.skills (user_id, skill) values ('00000000-0000-4000-8000-00000000000a', 'sailing');
insert into app.reports (position_id, author_id, body) values
    ('c0000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-00000000000e', 'of the engineer'),
    ('c0000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'of the director');

insert into app.offers (title, valid_from, valid_until) values
    ('over', now() - interval '2 days', now() - interval '1 day'),
    ('now', now() - interval '1 day', now() + interval '1 year'),
    ('without end', now() - interval '1 day', null),
    ('not yet', now() + interval '1 year', null);
insert into app.articles (author_id, title, is_published, published_at) values
    ('00000000-0000-4000-8000-00000000000a', 'draft', false, null),
    ('00000000-0000-4000-8000-00000000000a', 'published', true, now() - interval '1 day'),
    ('00000000-0000-4000-8000-00000000000a', 'next year', true, now() + interval '1 year'),
    ('00000000-0000-4000-8000-00000000000a', 'without a date', true, null);
insert into app.conversations (owner_id, member_ids) values
    ('00000000-0000-4000-8000-00000000000a', '{00000000-0000-4000-8000-00000000000b}');
insert into app.albums (owner_id, title) values
    ('00000000-0000-4000-8000-00000000000a', 'with guests'),
    ('00000000-0000-4000-8000-00000000000a', 'without guests');
insert into app.album_guests (album_id, owner_id, guest_ids) values
    (1, '00000000-0000-4000-8000-00000000000a', '{00000000-0000-4000-8000-00000000000b}');
insert into app.buckets (owner_id) values ('00000000-0000-4000-8000-00000000000a');
insert into app.file_shares (bucket_id, user_id, path, can_write) values
    (1, '00000000-0000-4000-8000-00000000000b', 'plans', false),
    (1, '00000000-0000-4000-8000-00000000000e', 'plans/2030', true);
insert into app.files (bucket_id, path) values
    (1, 'plans/2030/budget'), (1, 'plans/overview'), (1, 'plans-secret/merger'), (1, 'letters');
insert into app.documents (org_id, title) values ('a0000000-0000-4000-8000-000000000000', 'of A');
insert into app.audit_events (org_id, what) values ('a0000000-0000-4000-8000-000000000000', 'founded');
insert into app.approvals (org_id, subject, granted_by) values
    ('a0000000-0000-4000-8000-000000000000', 'the budget', '00000000-0000-4000-8000-00000000000a');
insert into app.database_settings (database_id, setting) values
    ('d0000000-0000-4000-8000-000000000001', 'of the first'),
    ('d0000000-0000-4000-8000-000000000002', 'of the second');
insert into app.tickets (title, status) values ('open', 'open'), ('waiting', 'waiting'), ('closed', 'closed');
insert into app.regions (code, served) values ('north', true), ('south', false);
insert into app.shipments (region, goods) values ('north', 'tea'), ('south', 'salt');
insert into app.channels (code, kinds) values ('news', '{release,incident}');
insert into app.bulletins (channel, kind, body) values ('news', 'release', 'shown'), ('news', 'rumour', 'not shown');
insert into app.accounts (org_id, name, plan) values
    ('a0000000-0000-4000-8000-000000000000', 'on trial', 'trial'),
    ('a0000000-0000-4000-8000-000000000000', 'ended', 'ended');
insert into app.cases (org_id, owner_id, confidential, closed) values
    ('a0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000e', false, false),
    ('a0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000e', true, false),
    ('a0000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000e', false, true);
insert into app.countries (code, name) values ('IS', 'Iceland');
insert into app.signing_keys (secret) values ('never shown');
