//! D3: what a policy says and should not. Where `check` refuses or warns, the test names the case that shows it.

use std::path::Path;

use pgseal_postgres::testing;

use super::{ANN, BOB, Who, sealed, twin};

/// What `check` says about a rule of a case in `tests/cases`, which the suite runs on every server.
pub fn said(case: &str, code: &str, rule: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases").join(case);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let file = if folder.join("access.toml").exists() { "access.toml" } else { "rule.sql" };
    let (access, answers) = (read(file), read("diagnostics.txt"));
    let lines = access.lines().enumerate().filter(|(_, line)| line.contains(rule));
    let wanted: Vec<String> = lines.map(|(at, _)| format!("[{code}] {file}:{}:", at + 1)).collect();
    assert!(wanted.iter().any(|wanted| answers.contains(wanted)), "{case}: {code} for {rule}: {wanted:?}\n{answers}");
}

/// A policy of the twin on `docs`, for everybody signed in.
fn policy(condition: &str) -> String {
    format!("create policy extra on docs for select to twin_authenticated using ({condition})")
}

const LET_IN: &str = "check/rules-that-let-too-many-in";

/// Hazard 59: a write rule that holds for every row is bound by the select rule.
#[tokio::test]
async fn h059_writes_reach_what_is_seen() {
    for server in testing::servers().await.unwrap() {
        let setup = "create policy extra on docs for update to twin_authenticated using (true)";
        twin(server).await.reaches(2, setup, "twin_authenticated", "update docs set title = 'x'").await;
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        for sql in
            ["update app.loose set body = 'x'", "update app.loose set body = 'x' where true", "delete from app.loose"]
        {
            ann.rows(1, sql).await;
        }
    }
}

/// Hazards 60, 61, 62, 67: rules that hold for everybody, or for whoever has no identity.
#[tokio::test]
async fn h060_rules_that_hold_for_everybody() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        for condition in [
            "owner_id = owner_id",
            "2 > 1",
            "coalesce(owner_id = auth.uid() and id > 99, true) or id = 2",
            "(select auth.uid()) is not null",
        ] {
            twin.leaks(&policy(condition), "twin_authenticated", "table docs").await;
        }
        let nobody = "set local request.jwt.claims = '{}'; table docs";
        let anonymous = "grant select on docs to twin_anon; create policy extra on docs for select using";
        twin.leaks(&format!("{anonymous} (auth.uid() is null or auth.uid() = owner_id)"), "twin_anon", nobody).await;
        let ownerless = "update docs set owner_id = null where id = 2";
        twin.leaks(
            &format!("{ownerless}; {anonymous} (owner_id is not distinct from auth.uid())"),
            "twin_anon",
            nobody,
        )
        .await;
    }
    said("resolve/lints", "always-true", "\"app.orgs\"");
    said(LET_IN, "always-true", "me() is not null");
    for rule in [
        "me() is null or me() = owner_id",
        "coalesce(owner_id = me(), true)",
        "(owner_id = me()) is not false",
        "is not distinct from me()",
    ] {
        said(LET_IN, "absence-matches-null", rule);
    }
}

/// Hazard 63: a second permissive policy widens. There is no second one: `require` narrows, and `apply` takes away what is not the model's.
#[tokio::test]
async fn h063_no_second_permissive_policy() {
    for server in testing::servers().await.unwrap() {
        twin(server).await.leaks(&policy("title <> 'draft'"), "twin_authenticated", "table docs").await;
        let sealed = sealed(server).await;
        sealed
            .mended("policy", "create policy extra on app.docs for select to hz_role_member using (title <> 'draft')")
            .await;
    }
}

/// Hazard 64: a row that is given away, blind or not, or written for somebody else.
#[tokio::test]
async fn h064_rows_are_not_given_away() {
    for server in testing::servers().await.unwrap() {
        let setup = "drop policy own on docs; create policy r on docs for select to twin_authenticated using (owner_id = auth.uid());
            create policy i on docs for insert to twin_authenticated with check (true);
            create policy u on docs for update to twin_authenticated using (owner_id = auth.uid()) with check (true)";
        let give = format!("update docs set owner_id = '{BOB}'");
        let twin = twin(server).await;
        twin.reaches(1, setup, "twin_authenticated", &give).await;
        twin.tells("42501", setup, "twin_authenticated", &format!("{give} where id = 1")).await;
        twin.reaches(1, setup, "twin_authenticated", &format!("insert into docs values (3, '{BOB}', 'x')")).await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.refused("42501", &format!("update app.docs set owner_id = '{BOB}'")).await;
        ann.refused("42501", &format!("update app.docs set owner_id = '{BOB}' where owner_id = '{ANN}'")).await;
        ann.refused("42501", &format!("insert into app.docs (owner_id, title) values ('{BOB}', 'x')")).await;
        ann.rows(1, &format!("insert into app.docs (owner_id, title) values ('{ANN}', 'x')")).await;
    }
}

/// Hazard 65: UPDATE and DELETE that read no column are not asked SELECT policies.
#[tokio::test]
async fn h065_blind_statements() {
    for server in testing::servers().await.unwrap() {
        let setup = "create policy d on docs for delete to twin_authenticated using (true)";
        let twin = twin(server).await;
        twin.reaches(2, setup, "twin_authenticated", "delete from docs").await;
        twin.reaches(0, setup, "twin_authenticated", "delete from docs where id = 2").await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        for table in ["docs", "loose", "tasks", "projects", "events", "posts"] {
            let seen = ann.attempt(&format!("select 1 from app.{table}")).await.unwrap().rows;
            ann.rows(seen, &format!("delete from app.{table}")).await;
        }
        sealed.session(Who::Visitor).await.refused("42501", "delete from app.docs").await;
    }
}

/// Hazard 66: who may update their own row makes themselves an admin.
#[tokio::test]
async fn h066_privileges_in_ones_own_row() {
    for server in testing::servers().await.unwrap() {
        let setup = format!(
            "create table profiles (user_id uuid, is_admin boolean); insert into profiles values ('{ANN}', false);
             alter table profiles enable row level security; grant select, update on profiles to twin_authenticated;
             create policy own on profiles using (user_id = auth.uid()); {}",
            policy("exists (select from profiles p where p.user_id = auth.uid() and p.is_admin)")
        );
        let attack = "update profiles set is_admin = true; table docs";
        twin(server).await.leaks(&setup, "twin_authenticated", attack).await;
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.refused("42501", "update app.people set is_admin = true").await;
        ann.refused("42501", "update app.people set is_admin = not is_admin, name = 'x' where owner_id = seal.me()")
            .await;
        ann.refused("42501", &format!("insert into app.people (owner_id, name, is_admin) values ('{ANN}', 'x', true)"))
            .await;
        ann.rows(1, "update app.people set name = 'x'").await;
    }
}

/// Hazards 68, 69, 70, 71, 72, 86, 110: an identity that the client sets, or that a pool shares.
#[tokio::test]
async fn h068_settings_say_nothing_about_who_asks() {
    let forged = format!(
        "select set_config('request.jwt.claims', '{{\"sub\": \"{BOB}\", \"user_metadata\": {{\"role\": \"admin\"}}}}', true)"
    );
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        twin.leaks("", "twin_authenticated", &format!("{forged}; table docs")).await;
        twin.leaks(
            "revoke set on parameter \"request.jwt.claims\" from public",
            "twin_authenticated",
            &format!("{forged}; table docs"),
        )
        .await;
        let metadata = "current_setting('request.jwt.claims')::json -> 'user_metadata' ->> 'role' = 'admin'";
        let only_admins = format!("update docs set owner_id = null; {}", policy(metadata));
        twin.leaks(&only_admins, "twin_authenticated", &format!("{forged}; table docs")).await;
        let helper = format!(
            "create function is_admin() returns boolean language sql stable as $$ select {metadata} $$; update docs set owner_id = null; {}",
            policy("is_admin()")
        );
        twin.leaks(&helper, "twin_authenticated", &format!("{forged}; table docs")).await;
        // Once set, a setting is never NULL again.
        let empty = "update docs set title = '' || title; create table t (tenant text, v text); insert into t values ('', 'VICTIM');
            alter table t enable row level security; grant select on t to twin_authenticated;
            create policy p on t using (tenant = current_setting('app.tenant', true))";
        twin.leaks(empty, "twin_authenticated", "savepoint s; set local app.tenant = 'x'; rollback to s; table t")
            .await;
        twin.leaks(&policy("session_user = 'twin_authenticated'"), "twin_authenticated", "table docs").await;
        drop(twin);
        let sealed = sealed(server).await;
        for (who, me) in
            [(Who::Ann, format!("'{ANN}'")), (Who::Visitor, "null".to_owned()), (Who::Agent, format!("'{ANN}'"))]
        {
            let session = sealed.session(who).await;
            for set in [
                forged.clone(),
                format!("set request.jwt.claims = '{{\"sub\": \"{BOB}\"}}'"),
                format!(
                    "set local app.user_id = '{BOB}'; set local app.tenant = ''; set local seal.me = '{BOB}'; set local seal.lease = '{BOB}'"
                ),
                "set local seal.token = 'v1.x.e30.00'".to_owned(),
                "set local seal.token = ''; reset all".to_owned(),
            ] {
                let told = format!(
                    "{set}; select 'same' where seal.me() is not distinct from {me}::uuid and seal.claim('tenant') is null and seal.claim('user_metadata') is null"
                );
                let answer = session.attempt(&told).await.unwrap();
                assert!(answer.text.contains("same|"), "{who:?} {set}: {answer:?}");
            }
        }
        sealed.session(Who::Ann).await.rows(2, &format!("{forged}; select title from app.docs")).await;
    }
    said("check/answers-that-change", "session-dependent", "current_setting");
    said("check/answers-that-change", "session-dependent", "session_user = 'admin'");
}

/// Hazards 73, 74, 75: patterns, substrings and empty lists that fit everything.
#[tokio::test]
async fn h073_what_fits_everything() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        for (condition, claims) in [
            ("title like (current_setting('request.jwt.claims')::json ->> 'prefix') || '%'", "{\"prefix\": \"%\"}"),
            (
                "current_setting('request.jwt.claims')::json ->> 'roles' like '%admin%'",
                "{\"roles\": \"non-admin-guest\"}",
            ),
            ("string_to_array('', ',') <@ array['x']", "{}"),
            ("'x' = all (string_to_array('', ','))", "{}"),
        ] {
            let attack = format!("set local request.jwt.claims = '{claims}'; table docs");
            twin.leaks(&policy(condition), "twin_authenticated", &attack).await;
        }
    }
    said("check/catalog-lints", "pattern-from-claim", "body like claim('pattern')");
    for rule in ["claim('roles') like '%admin%'", "strpos(claim('roles'), 'admin')"] {
        said(LET_IN, "claim-by-substring", rule);
    }
    said("check/catalog-lints", "empty-list-fits", "<@ string_to_array(claim('labels')");
    for rule in ["'x' = all (need)", "need @> string_to_array(claim('labels'), ',')"] {
        said(LET_IN, "empty-list-fits", rule);
    }
}

/// Hazard 76: whoever may write memberships lets themselves in.
#[tokio::test]
async fn h076_nobody_lets_themselves_in() {
    for server in testing::servers().await.unwrap() {
        let setup = format!(
            "create table members (org integer, uid uuid); alter table members enable row level security;
             grant select, insert on members to twin_authenticated; create policy own on members using (uid = auth.uid()); {}",
            policy("exists (select from members m where m.uid = auth.uid() and m.org = 7)")
        );
        let attack = format!("insert into members values (7, '{ANN}'); table docs");
        twin(server).await.leaks(&setup, "twin_authenticated", &attack).await;
        let sealed = sealed(server).await;
        let join =
            format!("insert into app.memberships values ('b0000000-0000-0000-0000-000000000000', '{ANN}', 'viewer')");
        for who in [Who::Ann, Who::Staff, Who::Visitor, Who::Nightly, Who::Agent] {
            sealed.session(who).await.refused("42501", &join).await;
        }
        let ann = sealed.session(Who::Ann).await;
        ann.refused("42501", "update app.memberships set org_id = 'b0000000-0000-0000-0000-000000000000'").await;
        ann.refused("42501", &join.replace("viewer", "owner")).await;
    }
    said(LET_IN, "open-membership", "\"app.members\"");
}

/// Hazards 77, 78, 79: sub-selects that are empty, that compare a column with itself, that ask about nobody.
#[tokio::test]
async fn h077_subselects_ask_what_they_seem_to() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let tables = "create table blocks (owner uuid, blocked uuid); create table members (org integer, uid uuid); create table admins (uid uuid);
            alter table blocks enable row level security; grant select on blocks, members, admins to twin_authenticated;
            create policy own on blocks using (owner = auth.uid()); alter table docs add column org integer default 7";
        let rows = format!(
            "insert into blocks values ('{BOB}', '{ANN}'); insert into members values (8, '{ANN}'); insert into admins values ('{BOB}')"
        );
        for condition in [
            "not exists (select from blocks b where b.owner = docs.owner_id and b.blocked = auth.uid())",
            "exists (select from members m where m.uid = auth.uid() and m.org = org)",
            "exists (select from admins)",
        ] {
            twin.leaks(&format!("{tables}; {rows}; {}", policy(condition)), "twin_authenticated", "table docs").await;
        }
    }
    said("rule/a-subselect-under-not", "subselect-fails-open", "not exists");
    said("resolve/subselects", "ambiguous-column", "org_id");
    said(LET_IN, "unbound-subselect", "exists (select from app.orgs)");
    said(LET_IN, "unbound-subselect", "where m.user_id = me())\"");
}

/// Hazard 80: a helper that says it is immutable keeps the first caller's answer in a plan.
#[tokio::test]
async fn h080_helpers_that_keep_an_answer() {
    for server in testing::servers().await.unwrap() {
        let setup =
            "create function who() returns uuid language plpgsql immutable as $$ begin return auth.uid(); end $$;
            drop policy own on docs; create policy own on docs using (owner_id = who())";
        let warm = format!(
            "set local plan_cache_mode = force_generic_plan; set local request.jwt.claims = '{{\"sub\": \"{BOB}\"}}';
             prepare p as select title from docs; create temp table warm as execute p;
             set local request.jwt.claims = '{{\"sub\": \"{ANN}\"}}'; execute p"
        );
        twin(server).await.leaks(setup, "twin_authenticated", &warm).await;
    }
    for helper in ["app.keeps(owner_id)", "app.keeps_setting(owner_id)", "app.keeps_read_before(owner_id)"] {
        said("check/helpers-in-rules", "helper-immutable", helper);
    }
}

/// Hazards 81, 82: a temporary table takes the place of one that a helper reads, the definer's too.
#[tokio::test]
async fn h081_nothing_stands_before_a_helpers_tables() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        for rights in ["", "security definer set search_path = public"] {
            let setup = format!(
                "create table admins (uid uuid); grant select on admins to twin_authenticated;
                 create function is_admin() returns boolean language plpgsql stable {rights} as
                 $$ begin return exists (select from admins where uid = auth.uid()); end $$; {}",
                policy("is_admin()")
            );
            let attack = format!(
                "create temp table admins (uid uuid); grant select on admins to public; insert into admins values ('{ANN}'); table docs"
            );
            twin.leaks(&setup, "twin_authenticated", &attack).await;
        }
        drop(twin);
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Staff, Who::Visitor, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            for sql in [
                "create temp table vault (id integer)",
                "create temp view memberships as select 1",
                "create schema app2",
                "create table public.vault ()",
            ] {
                session.refused("42501", sql).await;
            }
        }
        let pinned = "select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname in ('app', 'seal') and prosecdef
            and not coalesce('search_path=pg_catalog, pg_temp' = any (proconfig), false)";
        let unpinned = sealed.operator.query(pinned, &[]).await.unwrap();
        assert!(unpinned.is_empty(), "{}", unpinned.len());
    }
    said("check/helpers-in-rules", "helper-search-path", "app.by_path(owner_id)");
    said("check/definers", "definer-search-path", "app.public_path()");
}

/// Hazard 83: a helper with rights of its own answers whoever calls it, about anybody.
#[tokio::test]
async fn h083_helpers_answer_about_the_caller() {
    for server in testing::servers().await.unwrap() {
        let setup = format!(
            "create table members (org integer, uid uuid); insert into members values (7, '{BOB}');
             create function is_member(o integer, u uuid) returns boolean language sql stable security definer as
             $$ select exists (select from members where org = o and uid = u) $$"
        );
        let attack = format!("select case when is_member(7, '{BOB}') then 'VICTIM' end");
        twin(server).await.leaks(&setup, "twin_anon", &attack).await;
        let sealed = sealed(server).await;
        // What may be called takes no identity; and what it tells is of the session's own.
        let takes =
            "select p.oid::regprocedure::text from pg_proc p where pronamespace = 'seal'::regnamespace and prosecdef
            and proargtypes::text like '%2950%' and has_function_privilege('hz_role_member', oid, 'execute')";
        assert!(sealed.operator.query(takes, &[]).await.unwrap().is_empty());
        let ann = sealed.session(Who::Ann).await;
        ann.rows(1, "select * from unnest(seal.org_keys())").await;
        ann.rows(0, "select * from unnest(seal.org_keys()) as k where k::text like 'b%'").await;
        sealed.session(Who::Visitor).await.refused("42501", "select * from unnest(seal.org_keys())").await;
    }
    said("check/helpers-in-rules", "helper-tells", "app.asks(me())");
}

/// Hazard 84: what a session sets moves an embargo.
#[tokio::test]
async fn h084_settings_move_nothing() {
    let zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", "AAA0BBB160,J1/0,J365/0", "AAA-160BBB0,J1/0,J365/0"];
    for server in testing::servers().await.unwrap() {
        let setup = "create table posts (title text, at timestamp, made timestamptz, tags text[]); grant select on posts to twin_authenticated;
            insert into posts values ('VICTIM', (now() at time zone 'UTC') + interval '13 hours', now() - interval '30 hours', array['NULL']); alter table posts enable row level security;";
        let twin = twin(server).await;
        let attack = "set local timezone = 'Pacific/Kiritimati'; table posts";
        twin.leaks(
            &format!("{setup} create policy p on posts using (at <= localtimestamp)"),
            "twin_authenticated",
            attack,
        )
        .await;
        // Days are the time zone's, and a session may invent one in which the clocks went back by a week twelve hours ago.
        let yesterday = format!("{setup} create policy p on posts using (made > now() - interval '1 day')");
        twin.reaches(0, &yesterday, "twin_authenticated", "table posts").await;
        let invent = "do $$ declare back timestamp := (now() at time zone 'UTC') - interval '12 hours'; day integer := extract(doy from back) - 1; begin
            execute format('set local timezone = %L', format('AAA0BBB160,%s/%s,%s/0', day, extract(hour from back), (day + 180) % 365)); end $$; table posts";
        twin.leaks(&yesterday, "twin_authenticated", invent).await;
        // A zone's name is looked up in the session's own zone first, from 18 on.
        if server.major() >= 18 {
            let by_name = format!("{setup} create policy p on posts using (at <= now() at time zone 'UTC')");
            twin.reaches(0, &by_name, "twin_authenticated", "table posts").await;
            twin.leaks(&by_name, "twin_authenticated", "set local timezone = 'UTC-13'; table posts").await;
        }
        // What is cast holds a type whose text is the session's to read; and an array's NULL is what the session says.
        let within = format!("{setup} create policy p on posts using (('[\"' || at || '\",)')::tstzrange @> now())");
        twin.reaches(
            0,
            &format!("set local timezone = 'UTC'; {within}"),
            "twin_authenticated",
            "set local timezone = 'UTC'; table posts",
        )
        .await;
        twin.leaks(&within, "twin_authenticated", attack).await;
        let tagged = format!("{setup} create policy p on posts using (tags = current_setting('request.tags')::text[])");
        let ask = "set local request.tags = '{NULL}'; table posts";
        twin.reaches(0, &tagged, "twin_authenticated", ask).await;
        twin.leaks(&tagged, "twin_authenticated", &format!("set local array_nulls = off; {ask}")).await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        for zone in zones {
            ann.rows(1, &format!("set local timezone = '{zone}'; set local datestyle = 'German, DMY'; set local intervalstyle = 'sql_standard'; select body from app.notices")).await;
        }
    }
    for rule in [
        "opens_at <= localtimestamp",
        "opens_on <= current_date",
        "open_from::date",
        "interval '7 days'",
        "to_char(",
        "::timestamptz <",
        "::regclass",
        "at time zone 'UTC' > opens_at",
        "title::text[]",
        "title::tstzrange[]",
        "title::app.open_during",
        "deep::text",
        "operator(app.%)",
        "quote_ident(",
    ] {
        said("check/rules-that-change-with-settings", "setting-dependent", rule);
    }
}

/// Hazard 87: an address changes hands.
#[tokio::test]
async fn h087_addresses_change_hands() {
    for server in testing::servers().await.unwrap() {
        let setup = format!(
            "alter table docs add column email text default 'info@example.org'; {}",
            policy("lower(email) = lower(current_setting('request.jwt.claims')::json ->> 'email')")
        );
        let attack = "set local request.jwt.claims = '{\"email\": \"Info@example.org\"}'; table docs";
        twin(server).await.leaks(&setup, "twin_authenticated", attack).await;
    }
    said(LET_IN, "mutable-identity", "email = claim('email')");
}

/// Hazard 88: a rule's own error prints what it read.
#[tokio::test]
async fn h088_errors_of_rules() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let cast = policy("id = 2 and title::uuid = auth.uid()");
        let answer = twin.attempt(&cast, "twin_authenticated", "table docs").await;
        assert!(matches!(&answer, Err(error) if error.message.contains("VICTIM")), "{answer:?}");
        twin.tells("22012", &policy("100 / (salary - 55555) > 3"), "twin_authenticated", "table docs").await;
    }
    said(LET_IN, "cast-may-leak", "(meta ->> 'owner')::uuid");
    said(LET_IN, "division-may-fail", "100 / ratio");
}

/// Hazard 89: a restrictive policy that misses a command or a role. The gate of each capability speaks of all commands.
#[tokio::test]
async fn h089_gates_miss_nobody() {
    for server in testing::servers().await.unwrap() {
        let setup = "grant select, delete on docs to twin_anon; drop policy own on docs; create policy everybody on docs using (true);
            create policy live on docs as restrictive for select to twin_authenticated using (title <> 'VICTIM')";
        let twin = twin(server).await;
        twin.leaks(setup, "twin_anon", "table docs").await;
        twin.reaches(2, setup, "twin_authenticated", "delete from docs").await;
        drop(twin);
        let sealed = sealed(server).await;
        let ungated = "select p.polrelid::regclass::text || ' ' || r::regrole::text from pg_policy p cross join unnest(p.polroles) as r
            where p.polpermissive and r::regrole::text ~ '^hz_(role_(member|staff)|agent_)'
            and not exists (select from pg_policy g where g.polrelid = p.polrelid and not g.polpermissive and g.polcmd = '*' and r = any (g.polroles) and pg_get_expr(g.polqual, g.polrelid) like '%seal.is_live%')
            union all select p.polrelid::regclass::text || ' speaks to everybody' from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = 'app'::regnamespace and 0 = any (p.polroles)";
        let found = sealed.operator.query(ungated, &[]).await.unwrap();
        assert!(found.is_empty(), "{:?}", found.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>());
        // A gate that is taken away or narrowed is found.
        sealed.mended("policy", "drop policy seal_gate_member on app.docs").await;
        sealed.mended("policy", "alter policy seal_gate_member on app.docs to hz_role_staff").await;
    }
}

/// Hazard 90: what only the SELECT policy says binds writes too.
#[tokio::test]
async fn h090_hidden_rows_are_not_brought_back() {
    for server in testing::servers().await.unwrap() {
        let setup = format!(
            "alter table docs add column deleted_at timestamptz; update docs set deleted_at = now() where id = 1; drop policy own on docs;
             create policy r on docs for select to twin_authenticated using (owner_id = auth.uid() and deleted_at is null);
             create policy u on docs for update to twin_authenticated using (owner_id = auth.uid()) with check (owner_id = '{ANN}')"
        );
        twin(server)
            .await
            .reaches(1, &setup, "twin_authenticated", "update docs set title = 'back', deleted_at = null")
            .await;
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.rows(1, "select * from app.files").await;
        for sql in [
            "update app.files set name = 'back', deleted_at = null",
            "update app.files set deleted_at = null where true",
        ] {
            ann.rows(1, sql).await;
        }
        ann.rows(1, "update app.files set deleted_at = null; select 1 from app.files where name = 'gone'").await;
    }
}
