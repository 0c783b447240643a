-- Rows that belong to people, alone or because somebody shares something with them.

-- owner: everybody keeps notes of their own.
create table app.notes (
    id       bigint generated always as identity primary key,
    owner_id uuid not null,
    body     text not null
);

-- any owner: a message belongs to who sent it and to who gets it.
create table app.messages (
    id           bigint generated always as identity primary key,
    sender_id    uuid not null,
    recipient_id uuid not null,
    body         text not null
);

-- app member-owner: one's own drafts, as long as one is in the application.
create table app.drafts (
    id       bigint generated always as identity primary key,
    owner_id uuid not null,
    body     text not null
);

-- member-owner: one's own hours, as long as one is in the organization that they were worked for.
create table app.timesheets (
    id       bigint generated always as identity primary key,
    org_id   uuid not null references app.orgs,
    owner_id uuid not null,
    hours    integer not null
);

-- peer: colleagues see each other's profiles.
create table app.profiles (
    user_id uuid primary key,
    name    text not null
);

-- related peer: what hangs on a profile is seen by whoever sees the profile.
create table app.skills (
    id      bigint generated always as identity primary key,
    user_id uuid not null references app.profiles,
    skill   text not null
);

-- hierarchy: a report is read by whoever sits above its position.
create table app.reports (
    id          bigint generated always as identity primary key,
    position_id uuid not null references app.positions,
    author_id   uuid not null,
    body        text not null
);
