//! What is not loaded: rows that do not fit, and everything that is more than rows. Nothing of the files is left then.

use super::*;

/// The place and the message.
async fn fails(sealed: &Sealed<'_>, user: &str, file: File) -> (String, String) {
    let files = vec![csv("app.orgs", format!("id,name\n{ORG},x\n")), file];
    let how = How { dry_run: false, as_is: false, notice: &|_| {}, progress: &|_| {} };
    let error = load(&mut sealed.connect(user).await, sealed.prefix, files, how).await.unwrap_err();
    assert!(error.is_refusal(), "{error:?}");
    let left = "select count(*) + (select count(*) from pg_roles where rolbypassrls and rolname = 'PREFIX_owner') \
                + (select count(*) from pg_class where relname in ('orgs', 'tasks') and not relforcerowsecurity) from app.orgs";
    assert_eq!(sealed.value(&left.replace("PREFIX", sealed.prefix)).await, "0", "{error}");
    match error {
        LoadError::At { file, line, message, help } => {
            (format!("{file}:{line}"), format!("{message} {}", help.unwrap_or_default()))
        }
        other => (String::new(), other.to_string()),
    }
}

/// Rows that do not fit are tried as a deployer who is no superuser.
async fn at(sealed: &Sealed<'_>, file: File, place: &str, words: &str) {
    let (found, message) = fails(sealed, DEPLOYER, file).await;
    assert_eq!(found, place, "{message}");
    assert!(message.contains(words), "{found}: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_fit_are_named_by_file_and_line() {
    for server in testing::servers().await.unwrap() {
        let sealed = &Sealed::new(server, "loadbad").await;
        let tasks = |rows: &str| csv("app.tasks", format!("org_id,title\n{}", rows.replace("ORG", ORG)));
        at(sealed, tasks("ORG,a\nORG,\"b\nb\"\nORG,\"\"\n"), "app.tasks.csv:5", "check constraint").await;
        at(sealed, tasks("ORG,a\nno uuid,b\n"), "app.tasks.csv:3", "invalid input syntax").await;
        at(sealed, tasks("ORG,a,too many\n"), "app.tasks.csv:2", "extra data").await;
        at(
            sealed,
            csv("app.tasks", b"org_id,title\nx,\xff\xfe\n".to_vec()),
            "app.tasks.csv:2",
            "invalid byte sequence",
        )
        .await;
        at(sealed, csv("app.tasks", b"org_id,title\nx,a\0b\n".to_vec()), "app.tasks.csv:2", "invalid byte sequence")
            .await;
        at(sealed, csv("app.tasks", b"org_id,ti\0tle\n".to_vec()), "app.tasks.csv:1", "NUL").await;
        at(sealed, csv("app.tasks", b"org_id,t\xfftle\n".to_vec()), "app.tasks.csv:1", "UTF-8").await;
        at(sealed, csv("app.tasks", "PGDMP\u{1}\u{f}"), "app.tasks.csv:1", "no CSV").await;
        at(sealed, csv("app.tasks", ""), "app.tasks.csv:1", "header").await;
        // Orphans: foreign keys are heeded though FORCE hides the rows that they point to.
        at(sealed, csv("app.tasks", format!("org_id,title\n{ANN},a\n")), "app.tasks.csv:1", "is not present in table")
            .await;
        at(sealed, sql("\n\ninsert into app.tasks (org_id, title)\nvalues (null, 'a')"), "seed.sql:3", "null value")
            .await;
        at(sealed, sql(format!("copy app.orgs from stdin;\n{ANN}\ta\nbad\tb\n\\.\n")), "seed.sql:3", "invalid input")
            .await;
        at(sealed, sql("copy app.orgs from stdin;\nx\ta\n"), "seed.sql:2", "ends within the rows").await;
        at(sealed, sql("copy app.orgs from stdin"), "seed.sql:1", "missing").await;
        at(sealed, sql("insert into app.orgs values ('x"), "seed.sql:1", "inside of a text").await;
        at(sealed, sql("insert into app.Tasks values (1)"), "seed.sql:1", "identity column").await;
        at(sealed, sql("insert into app.\"Tasks\" values (1)"), "seed.sql:1", "did you mean `app.tasks`").await;
        // Only at the end of everything.
        let (_, message) = fails(sealed, DEPLOYER, sql("insert into app.tree values (1, 2)")).await;
        assert!(message.contains("at the end of all files") && message.contains("tree_parent_fkey"), "{message}");
        // One line that is longer than any buffer, and one that is longer than what is held.
        let long = format!("org_id,title\n{ORG},{}\n", "x".repeat(3 << 20));
        let loaded = sealed
            .load_as(
                SUPERUSER,
                vec![csv("app.orgs", format!("id,name\n{ORG},x\n")), csv("app.tasks", long)],
                false,
                true,
            )
            .await;
        assert_eq!(rows(&loaded.unwrap(), "app.tasks"), 1);
        at(
            sealed,
            sql(format!("insert into app.orgs values ('{}", "x".repeat(65 << 20))),
            "seed.sql:1",
            "longer than 64 MiB",
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_rows_is_loaded() {
    for server in testing::servers().await.unwrap() {
        let sealed = &Sealed::new(server, "loadatk").await;
        // Headers.
        for header in [
            "id\"",
            "id) from program 'id' --",
            "\"id) from program 'id' --\"",
            "ctid",
            "id,id",
            "secret); drop table app.orgs; --",
            "",
        ] {
            let (place, message) = fails(sealed, SUPERUSER, csv("app.orgs", format!("{header}\n1\n"))).await;
            assert_eq!(place, "app.orgs.csv:1", "{header}: {message}");
        }
        at(sealed, csv("app.nothing", "id\n"), "app.nothing.csv:1", "there is no table").await;
        at(sealed, csv("seal.lease", "login_role\nx\n"), "seal.lease.csv:1", "not a table of this project").await;
        at(sealed, csv("pg_catalog.pg_authid", "rolname\nx\n"), "pg_catalog.pg_authid.csv:1", "there is no table")
            .await;
        // Statements; what the parser knows is tried there, what only the database knows here.
        for statement in [
            "insert into seal.lease (login_role, role, audience, expires_at) values ('x', 'role_member', '', now())",
            "insert into pg_catalog.pg_class default values",
            "insert into app.orgs select gen_random_uuid(), rolname from pg_catalog.pg_authid",
            "insert into app.orgs select gen_random_uuid(), id from seal.token_key",
            "insert into app.orgs values (gen_random_uuid(), set_config('role', 'postgres', true))",
            "insert into app.orgs values (gen_random_uuid(), pg_catalog.set_config('session_authorization', 'postgres', true))",
            "insert into app.orgs values (gen_random_uuid(), pg_read_file('/etc/passwd'))",
            "insert into app.orgs select gen_random_uuid(), f from pg_ls_dir('.') f",
            "insert into app.orgs values (gen_random_uuid(), query_to_xml('drop table app.orgs', true, true, '')::text)",
            "insert into app.orgs values (gen_random_uuid(), lo_from_bytea(0, '')::text)",
            "insert into app.orgs values (gen_random_uuid(), pg_sleep(1)::text)",
            "insert into app.orgs values (gen_random_uuid(), pg_notify('a', 'b')::text)",
            "insert into app.orgs values (gen_random_uuid(), pg_advisory_lock(1)::text)",
            "insert into app.orgs values (gen_random_uuid(), no_such_function())",
            "insert into app.orgs values (gen_random_uuid(), setval('app.tasks_id_seq', 1)::text)",
            "insert into app.orgs values (gen_random_uuid(), app.touch())",
            "insert into app.orgs values (gen_random_uuid(), 'x'::app.trap)",
            "insert into app.orgs values (gen_random_uuid(), cast('x' as theirs.trap))",
            "insert into app.orgs values (gen_random_uuid(), ('{x}'::theirs.trap[])[1])",
            "insert into app.orgs values (gen_random_uuid(), 'x'); drop table app.orgs",
            "insert into app.orgs values (gen_random_uuid(), 'x'); copy app.orgs from program 'id'",
            "copy app.orgs from stdin; drop table app.orgs;\n\\.\n",
            "copy app.orgs from stdin;\n\\.\ndrop table app.orgs;",
            "select setval('seal.x', 1)",
            "select setval('app.no_seq', 1)",
            "\\! id",
            "begin; insert into app.orgs values (gen_random_uuid(), 'x'); commit",
            "insert into app.tasks_visible (title) values ('x')",
        ] {
            let (place, message) = fails(sealed, SUPERUSER, sql(statement)).await;
            assert!(place.starts_with("seed.sql:"), "{statement}: {place} {message}");
        }
        let mut error = sealed.load(SUPERUSER, vec![sql("insert into app.turned values (1)")]).await.unwrap_err();
        assert!(error.to_string().contains("a trigger or default made the session"), "{error}");
        error = sealed.load(DEPLOYER, vec![sql("insert into app.turned values (1)")]).await.unwrap_err();
        assert!(error.is_refusal(), "{error}");
        who_may_not_load(sealed).await;
    }
}

async fn who_may_not_load(sealed: &Sealed<'_>) {
    let other = "loadatk other";
    let make =
        format!("create role \"{other}\" login; grant connect on database {} to \"{other}\"", sealed.scratch.name());
    sealed.scratch.client().batch_execute(&make).await.unwrap();
    let seed = || vec![sql("insert into app.seen values ('x', 1)")];
    let error = sealed.load(other, seed()).await.unwrap_err();
    assert!(error.to_string().contains("may not become `loadatk_owner`"), "{error}");
    // Member of the owner, and no more: what was granted stays granted.
    sealed.scratch.client().batch_execute(&format!("grant loadatk_owner to \"{other}\"")).await.unwrap();
    assert_eq!(rows(&sealed.load(other, seed()).await.unwrap(), "app.seen"), 1);
    let replica = format!("alter role {} set session_replication_role = replica", pgseal_engine::sql::ident(other));
    sealed.scratch.client().batch_execute(&replica).await.unwrap();
    let error = sealed.load(other, seed()).await.unwrap_err();
    assert!(error.to_string().contains("session_replication_role"), "{error}");
    let how = How { dry_run: false, as_is: false, notice: &|_| {}, progress: &|_| {} };
    let error = load(&mut sealed.connect(SUPERUSER).await, "another", seed(), how).await.unwrap_err();
    assert!(error.to_string().contains("sealed by `loadatk_seal`"), "{error}");
    let drop = format!("revoke all on database {} from \"{other}\"; drop role \"{other}\"", sealed.scratch.name());
    sealed.scratch.client().batch_execute(&drop).await.unwrap();
}
