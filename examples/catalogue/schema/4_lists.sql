-- Rows that say themselves, or in a row beside them, whom they are for.

-- member list: a conversation names the people in it.
create table app.conversations (
    id         bigint generated always as identity primary key,
    owner_id   uuid not null,
    member_ids uuid[] not null default '{}'
);

-- related list: an album's guests stand in a row of another table.
create table app.albums (
    id       bigint generated always as identity primary key,
    owner_id uuid not null,
    title    text not null,
    unique (id, owner_id)
);

-- The guests of an album. It carries the album's owner, so that its rule need not ask the album, whose rule asks it.
create table app.album_guests (
    album_id  bigint primary key,
    owner_id  uuid not null,
    guest_ids uuid[] not null,
    foreign key (album_id, owner_id) references app.albums (id, owner_id)
);

-- Parts of a path are never empty, `.` or `..`: a share of `a` is none of `ab`, and nothing climbs out of it.
create domain app.path as text check (value ~ '^[^/]+(/[^/]+)*$' and value !~ '(^|/)[.][.]?(/|$)');

-- A bucket of files, with its owner.
create table app.buckets (
    id       bigint generated always as identity primary key,
    owner_id uuid not null
);

-- Who else may read or write what lies below a path of a bucket.
create table app.file_shares (
    bucket_id bigint not null references app.buckets,
    user_id   uuid not null,
    path      app.path not null,
    can_write boolean not null default false,
    primary key (bucket_id, user_id, path)
);

-- file path: a file may be read where it, or a folder above it, is shared.
create table app.files (
    id        bigint generated always as identity primary key,
    bucket_id bigint not null references app.buckets,
    path      app.path not null,
    size      bigint not null default 0,
    unique (bucket_id, path)
);
