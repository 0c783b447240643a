//! A project of any size, the same for the same number: a settings file, an access model and schema files.
//!
//! Ten tables make a block of their own: tenants with ranks, `via` one, two and three tables up, by a tenant key, owners, visitors,
//! transitions and columns set by the database, a tree of groups, and a column that is hidden. Each block has a view, a
//! function and one that runs as definer; a few agents work in some of them.

use std::fmt::Write as _;

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::project::Input;

/// How many tables a schema file holds.
const BLOCKS_IN_A_FILE: usize = 10;

/// What role names begin with.
pub const PREFIX: &str = "scale";

const GROUPS: &str = r#"[identity]
user = "uuid"

[roles]
visitor = { anonymous = true }
member = { default = true }
staff = { includes = ["member"] }
nightly = { service = true }

[groups.org]
table = "app.memberships"
member = "user_id"
key = "org_id"
rank = { column = "role", order = ["viewer", "editor", "admin", "owner"] }
granted_by = "admin"
founder = "owner"

[groups.unit]
table = "app.unit_members"
member = "user_id"
key = "unit_id"
parent = "app.units.parent_id"

[models."tenant(key)"]
select = "org(key)"
insert = "org(key, 'editor')"
update = "org(key, 'editor')"
delete = "org(key, 'admin')"
columns.key = { update = "never" }

[tables."app.orgs"]
select = "org(id)"
insert = "true"
update = "org(id, 'owner')"

[tables."app.memberships"]
select = "org(org_id)"
insert = "org(org_id, 'admin') and org(org_id, role)"
update = "org(org_id, 'admin') and org(org_id, role)"
delete = "user_id = me() or org(org_id, 'admin')"
columns.org_id = { update = "never" }
columns.user_id = { update = "never" }

[tables."app.units"]
select = "unit(id)"

[tables."app.unit_members"]
select = "unit(unit_id)"
"#;

const GROUP_TABLES: &str = "create schema app;
create table app.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create table app.memberships (org_id uuid not null references app.orgs on delete cascade, user_id uuid not null,
    role text not null check (role in ('viewer', 'editor', 'admin', 'owner')), primary key (org_id, user_id));
create index on app.memberships (user_id);
create table app.units (id uuid primary key, parent_id uuid references app.units, name text not null);
create index on app.units (parent_id);
create table app.unit_members (unit_id uuid not null references app.units, user_id uuid not null, primary key (unit_id, user_id));
create index on app.unit_members (user_id);
";

/// Entries of a block under `[tables]`: `@` stands for its schema and `#` for its number.
const TABLE_ENTRIES: &str = r#""@.projects_#" = { model = "tenant(org_id)", for.visitor.select = "is_public" }
"@.comments_#" = "via(task_id)"
"@.reactions_#" = { model = "via(comment_id)", columns.author_id = { value = "me()" } }
"@.labels_#" = { select = "org(org_id)", insert = "org(org_id, 'admin')", update = "org(org_id, 'admin')", delete = "org(org_id, 'admin')", require.new = ["name <> ''"] }
"@.rooms_#" = { select = "unit(unit_id)", insert = "unit(unit_id)", update = "unit(unit_id)", delete = "unit(unit_id)", for.nightly.select = "true" }
"#;

/// Entries of a block with a heading of their own.
const SECTIONS: &str = r#"
[tables."@.tasks_#"]
model = "via((org_id, project_id))"
columns.org_id = { update = "never" }

[tables."@.notes_#"]
model = "owned(author_id)"
require.change = ["not locked"]

[tables."@.posts_#"]
select = "org(org_id)"
insert = "org(org_id, 'editor')"
update = "org(org_id, 'editor') and author_id = me()"
delete = "org(org_id, 'admin') or author_id = me()"
for.visitor.select = "published_at <= now()"

[tables."@.invoices_#"]
select = "org(org_id, 'admin')"
insert = "org(org_id, 'admin')"
update = "org(org_id, 'admin')"
columns.status = { initial = ["draft"], update = [{ from = "draft", to = ["sent"] }, { from = "sent", to = ["paid"], by = "org(org_id, 'owner')" }] }
columns.created_by = { value = "me()" }

[tables."@.people_#"]
select = "id = me() or org_peer(id)"
update = "id = me()"
columns.id = { update = "never" }
columns.phone = { select = ["staff"] }
for.staff.select = "true"

[functions."@.tasks_of_#(uuid)"]
execute = ["member"]

[functions."@.hand_over_#(uuid, uuid)"]
execute = ["staff"]
runs_as = "definer"
may = { "@.notes_#" = ["select", "update(author_id)"] }
because = "moves rows between owners"
"#;

/// Entries of a block under `[views]`.
const VIEW_ENTRIES: &str = r#""@.open_tasks_#" = { select = ["member"] }
"#;

/// What makes a block.
const TABLES: &str = "
create table @.projects_# (id uuid primary key default gen_random_uuid(), org_id uuid not null references app.orgs on delete cascade,
    name text not null, is_public boolean not null default false, unique (org_id, id));
create index on @.projects_# (is_public) where is_public;
create table @.tasks_# (id uuid primary key default gen_random_uuid(), org_id uuid not null, project_id uuid not null, title text not null,
    status text not null default 'open', foreign key (org_id, project_id) references @.projects_# (org_id, id) on delete cascade);
create index on @.tasks_# (org_id, project_id);
create table @.comments_# (id uuid primary key default gen_random_uuid(), task_id uuid not null references @.tasks_#, body text not null);
create index on @.comments_# (task_id);
create table @.reactions_# (id bigint generated always as identity primary key, comment_id uuid not null references @.comments_#,
    author_id uuid not null, kind text not null);
create index on @.reactions_# (comment_id);
create table @.labels_# (org_id uuid not null references app.orgs, name text not null, primary key (org_id, name));
create table @.notes_# (id bigserial primary key, author_id uuid not null, body text, locked boolean not null default false);
create index on @.notes_# (author_id);
create table @.posts_# (id uuid primary key, org_id uuid not null references app.orgs, author_id uuid not null, published_at timestamptz, body text);
create index on @.posts_# (org_id);
create index on @.posts_# (author_id);
create index on @.posts_# (published_at);
create type @.status_# as enum ('draft', 'sent', 'paid');
create table @.invoices_# (id uuid primary key, org_id uuid not null references app.orgs, created_by uuid not null,
    status @.status_# not null default 'draft', amount numeric(12, 2) not null check (amount >= 0));
create index on @.invoices_# (org_id);
create table @.people_# (id uuid primary key, name text not null, phone text);
create table @.rooms_# (id uuid primary key, unit_id uuid not null references app.units, name text not null);
create index on @.rooms_# (unit_id);
create view @.open_tasks_# as select id, project_id, title from @.tasks_# where status = 'open';
create function @.tasks_of_#(project uuid) returns bigint language sql stable
    return (select count(*) from @.tasks_# where project_id = project);
create function @.hand_over_#(old_user uuid, new_user uuid) returns void language sql begin atomic
    update @.notes_# set author_id = new_user where author_id = old_user;
end;
";

/// Rules of a block, with what its models bring: a command, `for`, `require` and a column's rule each count as one.
const RULES_OF_A_BLOCK: usize = 52;

/// A project, and how many tables and rules it has.
pub struct Generated {
    /// Its texts.
    pub input: Input,
    /// Tables.
    pub tables: usize,
    /// Rules.
    pub rules: usize,
}

/// A project of so many tables, rounded up to whole blocks of ten.
pub fn project(tables: usize) -> Generated {
    let blocks = tables.div_ceil(10).max(1);
    let mut sources = Sources::default();
    let file = sources.add("pgseal.toml", format!("name = \"{PREFIX}\"\n"));
    let (settings, _) = settings::parse(&sources, Some(file), PREFIX);
    let mut access = vec![sources.add("access/groups.toml", GROUPS)];
    let mut schema = vec![sources.add("schema/groups.sql", GROUP_TABLES)];
    for (number, chunk) in (0..blocks).collect::<Vec<_>>().chunks(BLOCKS_IN_A_FILE).enumerate() {
        let place = format!("s{number:04}");
        let filled = |text: &str| -> String {
            chunk.iter().map(|block| text.replace('@', &place).replace('#', &block.to_string())).collect()
        };
        let sql = format!("create schema {place};\n{}", filled(TABLES));
        let mut text =
            format!("[tables]\n{}\n[views]\n{}{}", filled(TABLE_ENTRIES), filled(VIEW_ENTRIES), filled(SECTIONS));
        if number % 4 == 0 {
            let first = chunk.first().copied().unwrap_or_default();
            let _ = write!(
                text,
                "\n[agents.triage_{number}]\nacts_for = \"member\"\nmay = {{ \"{place}.tasks_{first}\" = [\"select\", \"update(status)\"], \
                 \"{place}.projects_{first}\" = [\"select(id, name)\"] }}\n"
            );
        }
        access.push(sources.add(format!("access/{place}.toml"), text));
        schema.push(sources.add(format!("schema/{place}.sql"), sql));
    }
    Generated {
        input: Input { sources, settings, access, schema },
        tables: blocks * 10 + 4,
        rules: blocks * RULES_OF_A_BLOCK + 13,
    }
}
