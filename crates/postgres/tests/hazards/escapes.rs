//! D1: who escapes the rules altogether.

use pgseal_postgres::testing;

use super::{ANN, MAKER, Who, sealed, twin};

/// Hazard 1: a superuser. Nothing binds one; no role of the project is one, and what made one of them so is taken back.
#[tokio::test]
async fn h001_superusers() {
    for server in testing::servers().await.unwrap() {
        twin(server).await.leaks("alter role twin_anon superuser", "twin_anon", "table docs").await;
        let sealed = sealed(server).await;
        for role in ["hz_role_member", "hz_owner", "hz_seal", "hz_agent_triage"] {
            sealed.found(role, &format!("alter role {role} superuser")).await;
        }
        sealed.refused("42501", "", sealed.login(Who::Ann), &format!("alter role {MAKER} superuser")).await;
        sealed.refused("42501", "", sealed.login(Who::Ann), "alter role current_user superuser").await;
    }
}

/// Hazard 2: BYPASSRLS.
#[tokio::test]
async fn h002_bypassrls() {
    for server in testing::servers().await.unwrap() {
        let setup = "alter role twin_anon bypassrls; grant select on docs to twin_anon";
        twin(server).await.leaks(setup, "twin_anon", "table docs").await;
        let sealed = sealed(server).await;
        for role in ["hz_role_member", "hz_fn_remember"] {
            sealed.found(role, &format!("alter role {role} bypassrls")).await;
        }
        // Whoever else has it lacks the privilege.
        sealed.refused("42501", &format!("alter role {MAKER} bypassrls"), MAKER, "table app.docs").await;
        sealed.mended("docs", &format!("alter role {MAKER} bypassrls; grant select on app.docs to {MAKER}")).await;
        sealed.refused("42501", "", sealed.login(Who::Ann), "alter role current_user bypassrls").await;
    }
}

/// Hazard 3: an owner without FORCE.
#[tokio::test]
async fn h003_the_owner_is_bound_too() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        twin.leaks("alter table docs no force row level security", "twin_app_owner", "table docs").await;
        let sealed = sealed(server).await;
        sealed.nothing("", "hz_owner", "table app.docs").await;
        sealed.nothing("", "hz_owner", "table app.events; table app.posts; table app.vault").await;
        sealed.mended("row-level security", "alter table app.docs no force row level security").await;
        sealed.refused("42501", "", MAKER, "table app.docs").await;
        sealed.session(Who::Ann).await.rows(1, "table app.docs").await;
    }
}

/// Hazard 4: a member of the owner inherits what an owner may.
#[tokio::test]
async fn h004_nobody_is_a_member_of_the_owner() {
    for server in testing::servers().await.unwrap() {
        let setup = "alter table docs no force row level security; grant twin_app_owner to twin_anon";
        twin(server).await.leaks(setup, "twin_anon", "table docs").await;
        let sealed = sealed(server).await;
        sealed.nothing(&format!("grant hz_owner to {MAKER}"), MAKER, "table app.docs").await;
        for member in [MAKER, "hz_role_member", sealed.login(Who::Ann)] {
            sealed.no_member("hz_owner", member).await;
        }
    }
}

/// Hazard 5: a membership that is not inherited still allows SET ROLE. A capability without a lease of it sees nothing.
#[tokio::test]
async fn h005_set_role_to_another_capability() {
    for server in testing::servers().await.unwrap() {
        let setup = "create role emp noinherit; grant twin_service to emp";
        twin(server).await.leaks(setup, "emp", "set local role twin_service; table docs").await;
        let sealed = sealed(server).await;
        let ann = sealed.login(Who::Ann);
        for capability in ["hz_role_staff", "hz_role_nightly", "hz_agent_triage"] {
            sealed.refused("42501", "", ann, &format!("set role {capability}")).await;
            let given = format!("grant {capability} to {ann}");
            for attack in [
                format!("set local role {capability}; select name from app.people where name = 'VICTIM'"),
                "select name, salary from app.people where name = 'VICTIM'".to_owned(),
            ] {
                sealed.nothing(&given, ann, &attack).await;
            }
            sealed.no_member(capability, ann).await;
        }
    }
}

/// Hazard 6: a pool's login that switches to whoever asks. A login of the lease pool is nobody else.
#[tokio::test]
async fn h006_no_login_switches() {
    for server in testing::servers().await.unwrap() {
        let setup = "create role pool noinherit; grant twin_authenticated, twin_service to pool";
        let attack = "set local role twin_authenticated; reset role; set local role twin_service; table docs";
        twin(server).await.leaks(setup, "pool", attack).await;
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Visitor, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            for role in ["hz_owner", "hz_seal", "hz_role_staff", "hz_fn_remember", "hz_found_org", "pgseal"] {
                session.refused("42501", &format!("reset role; set role {role}")).await;
                session.refused("42501", &format!("set session authorization {role}")).await;
                session.refused("42501", &format!("select set_config('role', '{role}', false)")).await;
            }
        }
    }
}

/// Hazard 7: COMMIT ends SET LOCAL ROLE and READ ONLY. There is no wider role to come back to.
#[tokio::test]
async fn h007_commit_leads_nowhere() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        // What the application sends, then what the client does.
        twin.operator.batch_execute("begin read only; set local role twin_authenticated").await.unwrap();
        twin.operator.batch_execute("commit; begin; set local role twin_service").await.unwrap();
        assert_eq!(twin.operator.execute("update docs set title = 'pwned'", &[]).await.unwrap(), 2);
        twin.operator.batch_execute("rollback").await.unwrap();
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.client.batch_execute("begin read only; commit; reset all; reset role").await.unwrap();
        ann.rows(1, "update app.docs set title = 'pwned'").await;
        ann.refused("42501", "set role hz_role_staff; update app.docs set title = 'pwned'").await;
        let agent = sealed.session(Who::Agent).await;
        agent.client.batch_execute("begin read only; commit; reset all").await.unwrap();
        agent.refused("42501", "update app.docs set title = 'pwned'").await;
    }
}

/// Hazard 8: before 16, CREATEROLE gives any role to anybody. The owner that it leads to sees no rows, and `apply` takes it back.
#[tokio::test]
async fn h008_createrole() {
    for server in testing::servers().await.unwrap() {
        let attack = "grant twin_app_owner to twin_anon; set local role twin_app_owner; table docs";
        let setup = "alter role twin_anon createrole; alter table docs no force row level security";
        let is_old = server.major() < 16;
        let twin = twin(server).await;
        match is_old {
            true => twin.leaks(setup, "twin_anon", attack).await,
            false => twin.tells("42501", setup, "twin_anon", attack).await,
        }
        let sealed = sealed(server).await;
        let (setup, join) =
            (format!("alter role {MAKER} createrole"), format!("grant hz_owner, hz_seal, hz_role_staff to {MAKER}"));
        for table in ["app.docs", "app.people", "app.vault", "app.history"] {
            for role in ["hz_owner", "hz_seal", "hz_role_staff", "hz_role_nightly"] {
                let attack = format!("{join}; set local role {role}; select t::text from {table} as t");
                sealed.nothing(&setup, MAKER, &attack).await;
            }
        }
        if is_old {
            sealed
                .mended(
                    "revoke role hz_owner",
                    &format!("{setup}; set local session authorization {MAKER}; {join}; reset session authorization"),
                )
                .await;
        } else {
            sealed.refused("42501", &setup, MAKER, &join).await;
        }
        for role in ["hz_role_member", "hz_agent_triage"] {
            sealed.found(role, &format!("alter role {role} createrole createdb")).await;
        }
    }
}

/// Hazard 9: who holds a role with ADMIN OPTION hands it on.
#[tokio::test]
async fn h009_admin_option() {
    for server in testing::servers().await.unwrap() {
        let setup = "grant twin_service to twin_authenticated with admin option";
        let attack = "grant twin_service to twin_anon; set local role twin_service; table docs";
        twin(server).await.leaks(setup, "twin_authenticated", attack).await;
        let sealed = sealed(server).await;
        let ann = sealed.login(Who::Ann);
        for role in ["hz_role_member", "hz_role_staff", "hz_owner", "hz_seal"] {
            sealed.refused("42501", "", ann, &format!("grant {role} to {MAKER}")).await;
        }
        let given = format!("grant hz_role_staff to {MAKER} with admin option");
        sealed.mended("revoke role hz_role_staff", &given).await;
        // A login of another project's, or of a person: the capability takes a lease.
        sealed.nothing(&given, MAKER, "set local role hz_role_staff; select name, salary from app.people").await;
        sealed.mended("hz_role_member", &format!("grant hz_role_member to {ann} with admin option")).await;
    }
}

/// Hazard 10: `pg_read_all_data` reads every table without row-level security: there is none.
#[tokio::test]
async fn h010_read_and_write_all_data() {
    for server in testing::servers().await.unwrap() {
        let setup = "create table plain as table docs; grant pg_read_all_data to twin_anon";
        twin(server).await.leaks(setup, "twin_anon", "table plain").await;
        let sealed = sealed(server).await;
        let given = format!("grant pg_read_all_data, pg_write_all_data to {MAKER}");
        let names = "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p') and c.relnamespace in ('app'::regnamespace, 'seal'::regnamespace)";
        for row in sealed.operator.query(names, &[]).await.unwrap() {
            let table: String = row.get(0);
            let read = sealed.attempt(&given, MAKER, &format!("table {table}")).await.unwrap();
            assert_eq!(read.rows, 0, "{table}: {read:?}");
            let written = sealed.attempt(&given, MAKER, &format!("delete from {table}")).await.unwrap();
            assert_eq!(written.rows, 0, "{table}");
        }
        let lease = "insert into seal.lease select * from seal.lease";
        sealed.nothing(&given, MAKER, lease).await;
        for role in ["pg_read_all_data", "pg_write_all_data"] {
            for member in ["hz_role_member", sealed.login(Who::Ann)] {
                sealed.no_member(role, member).await;
            }
        }
    }
}

/// Hazard 11: the monitoring roles show what other sessions run.
#[tokio::test]
async fn h011_monitoring_roles() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let victim = twin.connect().await;
        victim.batch_execute("select 'VICTIM'").await.unwrap();
        let attack = "select query from pg_stat_activity where query = 'select ''VICTIM'''";
        twin.leaks("grant pg_read_all_stats to twin_anon", "twin_anon", attack).await;
        let sealed = sealed(server).await;
        for role in
            ["pg_monitor", "pg_read_all_stats", "pg_stat_scan_tables", "pg_read_all_settings", "pg_signal_backend"]
        {
            for member in ["hz_role_member", "hz_agent_triage", sealed.login(Who::Ann)] {
                sealed.no_member(role, member).await;
            }
        }
        let bob = sealed.session(Who::Bob).await;
        bob.client.batch_execute("select 'VICTIM'").await.unwrap();
        sealed.nothing("", sealed.login(Who::Staff), attack).await;
    }
}

/// Hazard 12: REPLICATION reads everything.
#[tokio::test]
async fn h012_replication() {
    for server in testing::servers().await.unwrap() {
        let attack = "select count(*) from pg_create_physical_replication_slot('hazard', true)";
        // Refused for what this server is not set up for, not for who asks.
        twin(server).await.tells("55000", "alter role twin_anon replication", "twin_anon", attack).await;
        let sealed = sealed(server).await;
        for role in ["hz_role_member", "hz_role_visitor"] {
            sealed.found(role, &format!("alter role {role} replication")).await;
        }
        sealed.refused("42501", "", sealed.login(Who::Ann), attack).await;
    }
}

/// Hazard 13: policies TO a role hold for whoever inherits it. Each capability has a gate of its own.
#[tokio::test]
async fn h013_inherited_policies() {
    for server in testing::servers().await.unwrap() {
        let setup = "create role auditor; create policy aud on docs to auditor using (true); grant auditor to twin_authenticated";
        twin(server).await.leaks(setup, "twin_authenticated", "table docs").await;
        let sealed = sealed(server).await;
        let given = "grant hz_role_staff to hz_role_member";
        sealed.nothing(given, sealed.login(Who::Ann), "select name from app.people").await;
        sealed.no_member("hz_role_staff", "hz_role_member").await;
        let auditor = "create policy aud on app.docs to hz_role_visitor using (true)";
        sealed.mended("aud", auditor).await;
    }
}

/// Hazard 14: GRANT OPTION.
#[tokio::test]
async fn h014_grant_option() {
    for server in testing::servers().await.unwrap() {
        let setup = "create table pay as table docs; grant select on pay to twin_authenticated with grant option";
        let attack =
            "grant select on pay to twin_anon; select 'VICTIM' where has_table_privilege('twin_anon', 'pay', 'select')";
        twin(server).await.leaks(setup, "twin_authenticated", attack).await;
        let sealed = sealed(server).await;
        let attack = format!(
            "grant select on app.docs to {MAKER}; select where has_any_column_privilege('{MAKER}', 'app.docs', 'select')"
        );
        let answer = sealed.attempt("", sealed.login(Who::Ann), &attack).await.unwrap();
        assert_eq!(answer.rows, 0);
        sealed.mended("docs", "grant select on app.docs to hz_role_member with grant option").await;
        let chain = format!(
            "grant select on app.docs to hz_role_member with grant option; set local role hz_role_member; \
             grant select on app.docs to {MAKER}; reset role"
        );
        sealed.mended(MAKER, &chain).await;
    }
}

/// Hazard 15: PUBLIC's CONNECT and TEMP.
#[tokio::test]
async fn h015_connect_and_temp() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let ask = "select where has_database_privilege(current_database(), 'connect') and has_database_privilege(current_database(), 'temp')";
        twin.reaches(1, "", "twin_anon", ask).await;
        twin.reaches(1, "", "twin_anon", "create temp table t (); select").await;
        let sealed = sealed(server).await;
        let none = "select where has_database_privilege(current_database(), 'connect') or has_database_privilege(current_database(), 'temp')";
        assert_eq!(sealed.attempt("", MAKER, none).await.unwrap().rows, 0);
        for who in [Who::Ann, Who::Visitor, Who::Nightly, Who::Agent, Who::Staff] {
            sealed.refused("42501", "", sealed.login(who), "create temp table t ()").await;
            sealed
                .refused("42501", "", sealed.login(who), "select pg_my_temp_schema(); create temp view v as select 1")
                .await;
        }
        sealed.mended("database", "do $$ begin execute format('grant connect, temp on database %I to public', current_database()); end $$").await;
    }
}

/// Hazard 16: what ALTER ROLE .. SET says is a default that the session lifts. No rule rests on a setting.
#[tokio::test]
async fn h016_settings_are_no_limits() {
    for server in testing::servers().await.unwrap() {
        let setup = "alter role twin_authenticated set default_transaction_read_only = on; set local transaction_read_only = off";
        let attack =
            "set default_transaction_read_only = off; set statement_timeout = 0; update docs set title = 'pwned'";
        twin(server).await.reaches(1, setup, "twin_authenticated", attack).await;
        let sealed = sealed(server).await;
        let agent = sealed.session(Who::Agent).await;
        agent.refused("42501", "set default_transaction_read_only = off; update app.docs set title = 'pwned'").await;
        for setting in ["row_security = off", "session_replication_role = replica", "search_path = pg_temp, app"] {
            let attack = format!(
                "set {setting}; update app.tasks set title = 'pwned' where title = 'VICTIM'; select title from app.tasks where title = 'VICTIM'"
            );
            sealed.nothing("", sealed.login(Who::Agent), &attack).await;
        }
    }
}

/// Hazard 17: `GRANT SET ON PARAMETER session_replication_role` switches triggers off.
#[tokio::test]
async fn h017_parameters() {
    for server in testing::servers().await.unwrap() {
        let given = "create function no() returns trigger language plpgsql as 'begin raise ''no''; end'; \
                     create trigger no before update on docs for each row execute function no()";
        let attack = "set session_replication_role = replica; update docs set title = 'pwned'";
        let twin = twin(server).await;
        twin.tells("42501", given, "twin_authenticated", attack).await;
        let given = format!("{given}; grant set on parameter session_replication_role to twin_authenticated");
        twin.reaches(1, &given, "twin_authenticated", attack).await;
        let sealed = sealed(server).await;
        sealed.refused("42501", "", sealed.login(Who::Ann), "set session_replication_role = replica").await;
        sealed.refused("42501", "", sealed.login(Who::Ann), "set lo_compat_privileges = on").await;
        // Where somebody was given it, and foreign keys and triggers do not hold, rules do.
        let given = "grant set on parameter session_replication_role to public";
        let attack =
            "set session_replication_role = replica; update app.docs set title = 'pwned'; select title from app.docs";
        let answer = sealed.attempt(given, sealed.login(Who::Ann), attack).await.unwrap();
        assert_eq!(answer.text, "pwned|");
    }
}

/// Hazard 18: roles that reach the server's files and programs.
#[tokio::test]
async fn h018_files_and_programs() {
    for server in testing::servers().await.unwrap() {
        let setup =
            "grant pg_execute_server_program to twin_anon; create table out (line text); grant all on out to twin_anon";
        twin(server).await.leaks(setup, "twin_anon", "copy out from program 'echo VICTIM'; table out").await;
        let sealed = sealed(server).await;
        let ann = sealed.login(Who::Ann);
        for attack in [
            "copy app.docs (title) from program 'echo x'",
            "copy (select 1) to program 'cat'",
            "copy (select 1) to '/tmp/pgseal_hazard'",
            "copy app.docs (title) from '/etc/passwd'",
            "select pg_read_file('/etc/passwd')",
            "select pg_read_binary_file('PG_VERSION')",
            "select pg_ls_dir('.')",
            "select lo_import('/etc/passwd')",
            "select lo_export(1, '/tmp/pgseal_hazard')",
            "select pg_stat_file('PG_VERSION')",
            "load 'auto_explain'",
        ] {
            sealed.refused("42501", "", ann, attack).await;
        }
        for role in ["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"] {
            for member in ["hz_role_member", "hz_agent_triage", "hz_fn_remember", ann] {
                sealed.no_member(role, member).await;
            }
        }
    }
}

/// Hazard 19: MAINTAIN runs the functions of indexes.
#[tokio::test]
async fn h019_maintain() {
    for server in testing::servers().await.unwrap() {
        let sealed = sealed(server).await;
        let ann = sealed.login(Who::Ann);
        for attack in [
            "refresh materialized view app.totals",
            "cluster app.docs using docs_pkey",
            "reindex table app.docs",
            "lock table app.vault",
        ] {
            sealed.refused("42501", "", ann, attack).await;
        }
        if server.major() >= 17 {
            let setup = "grant maintain on docs to twin_anon";
            twin(server).await.reaches(0, setup, "twin_anon", "lock table docs in access exclusive mode").await;
            sealed.mended("docs", "grant maintain on app.docs to hz_role_member").await;
            sealed.mended("totals", "grant maintain on app.totals to public").await;
            sealed.no_member("pg_maintain", ann).await;
        }
    }
}

/// Hazard 20: ownership that moved to a role within reach.
#[tokio::test]
async fn h020_ownership() {
    for server in testing::servers().await.unwrap() {
        let setup = "alter table docs no force row level security; alter table docs owner to twin_anon";
        twin(server).await.leaks(setup, "twin_anon", "table docs").await;
        let sealed = sealed(server).await;
        for (words, tampering) in [
            ("docs", "alter table app.docs owner to hz_role_member"),
            ("app", "alter schema app owner to hz_role_member"),
            ("titles", "alter view app.titles owner to hz_role_staff"),
            ("remember", "alter function app.remember() owner to hz_owner"),
            ("tickets", "alter sequence app.tickets owner to hz_role_member"),
            ("docs", "reassign owned by hz_owner to hz_role_member"),
            ("lease", "alter table seal.lease owner to hz_role_member"),
        ] {
            sealed.mended(words, tampering).await;
        }
        sealed.nothing("alter table app.docs owner to hz_role_member", sealed.login(Who::Ann), "table app.docs").await;
        sealed.refused("42501", "", sealed.login(Who::Ann), "alter table app.docs owner to hz_role_member").await;
    }
}

/// Hazard 21: an identity that is a default of a role or database. An identity is no setting.
#[tokio::test]
async fn h021_defaults_of_roles() {
    for server in testing::servers().await.unwrap() {
        let bob = super::BOB;
        // RESET goes back to the role's default, which `set local` stands for here.
        let attack = format!("set local request.jwt.claims = '{{\"sub\": \"{bob}\"}}'; table docs");
        twin(server).await.leaks("", "twin_authenticated", &attack).await;
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        for setting in ["request.jwt.claims", "request.jwt.claim.sub", "jwt.claims.user_id", "app.user_id"] {
            let set =
                format!("set {setting} = '{{\"sub\": \"{bob}\"}}'; reset all; set {setting} = '{bob}'; table app.docs");
            ann.rows(1, &set).await;
        }
        let identity = ann.attempt("reset all; select seal.me()").await.unwrap();
        assert_eq!(identity.text, format!("{ANN}|"));
    }
}
