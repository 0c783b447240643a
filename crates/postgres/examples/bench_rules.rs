//! `bench/rules/run`: what a compiled rule costs beside other ways to write the same rule, in one run on one server.
//!
//! One million rows; a principal in five organizations of 20,000, and one in all of them. Each number is the median of several
//! runs of one statement in a session with a lease; the policy's condition is swapped between runs, everything else stays.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::embedded::{Server, StartOptions};
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::scratch::Scratch;
use tokio_postgres::Client;

const FEW: &str = "00000000-0000-0000-0000-000000000001";
const ALL: &str = "00000000-0000-0000-0000-000000000002";

const DATA: &str = "
set session_replication_role = replica;
create function pg_temp.org(n bigint) returns uuid language sql immutable as $$ select md5(n::text)::uuid $$;
insert into app.memberships (org_id, user_id) select pg_temp.org(n), '00000000-0000-0000-0000-000000000001' from generate_series(1, 5) n;
insert into app.memberships (org_id, user_id) select pg_temp.org(n), '00000000-0000-0000-0000-000000000002' from generate_series(0, 19999) n;
insert into app.projects select n, pg_temp.org(n / 5) from generate_series(0, 99999) n;
insert into app.rows select n, pg_temp.org(n / 50), 'row ' || n from generate_series(0, 999999) n;
insert into app.tasks select n, n / 10, 'task ' || n from generate_series(0, 999999) n;
insert into app.keyed_tasks select n, n / 10, pg_temp.org(n / 50), 'task ' || n from generate_series(0, 999999) n;
set session_replication_role = origin;
create function app.per_row(org uuid) returns boolean language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$ begin return exists (select from app.memberships m where m.org_id = org and m.user_id = seal.me()); end $$;
create function app.keys() returns setof uuid language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$ begin return query select m.org_id from app.memberships m where m.user_id = seal.me(); end $$;
grant execute on function app.per_row(uuid), app.keys() to bench_role_member;
alter function app.per_row(uuid) owner to bench_seal;
alter function app.keys() owner to bench_seal;
vacuum analyze;
";

/// A way to write one table's select rule; none is the compiled one.
struct Form {
    name: &'static str,
    table: &'static str,
    using: Option<&'static str>,
}

const FORMS: [Form; 9] = [
    Form { name: "tenant: compiled", table: "app.rows", using: None },
    Form {
        name: "tenant: exists over memberships",
        table: "app.rows",
        using: Some(
            "exists (select from app.memberships m where m.org_id = rows.org_id and m.user_id = (select seal.me()))",
        ),
    },
    Form {
        name: "tenant: in (select set-returning function)",
        table: "app.rows",
        using: Some("org_id in (select app.keys())"),
    },
    Form { name: "tenant: a function per row", table: "app.rows", using: Some("app.per_row(org_id)") },
    Form { name: "via: compiled (array of parents)", table: "app.tasks", using: None },
    Form {
        name: "via: exists over the parent",
        table: "app.tasks",
        using: Some("exists (select from app.projects p where p.id = tasks.project_id)"),
    },
    Form {
        name: "via: in over the parent",
        table: "app.tasks",
        using: Some("project_id in (select p.id from app.projects p)"),
    },
    Form { name: "via: compiled by tenant key", table: "app.keyed_tasks", using: None },
    Form {
        name: "via: exists, with the tenant key there",
        table: "app.keyed_tasks",
        using: Some(
            "exists (select from app.projects p where p.id = keyed_tasks.project_id and p.org_id = keyed_tasks.org_id)",
        ),
    },
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: bench_rules FOLDER")?;
    let server = Server::start(StartOptions::default()).await?;
    let input = input(Path::new(&folder))?;
    let project = prepare(&input, &server).await?;
    let compiled = project.compiled.ok_or_else(|| format!("{:#?}", project.diagnostics))?;
    let scratch = Scratch::new(&server).await?;
    scratch.run(&compiled.script).await?;
    for statement in DATA.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        scratch.client().batch_execute(statement).await?;
    }
    println!(
        "PostgreSQL {}, one million rows; milliseconds, and the ratio to the same question without security\n",
        server.version()
    );
    println!("{:<44} {:>22} {:>22} {:>22}", "form", "count, 5 orgs", "count, all orgs", "one row by key");
    for table in ["app.rows", "app.tasks", "app.keyed_tasks"] {
        let few = session(&server, &scratch, FEW).await?;
        let all = session(&server, &scratch, ALL).await?;
        let bare = bare(scratch.client(), table).await?;
        println!(
            "{:<44} {:>22} {:>22} {:>22}",
            format!("{table}: WHERE by hand, as superuser"),
            ms(bare.0),
            ms(bare.1),
            ms(bare.2)
        );
        for form in FORMS.iter().filter(|form| form.table == table) {
            let policy = format!("alter policy seal_select_member on {table} using");
            let original: String = scratch
                .client()
                .query_one("select pg_get_expr(polqual, polrelid) from pg_policy where polrelid = $1::text::regclass and polname = 'seal_select_member'", &[&table])
                .await?
                .get(0);
            if let Some(using) = form.using {
                scratch.client().batch_execute(&format!("{policy} ({using})")).await?;
            }
            let times = (
                median(&few, &format!("select count(*) from {table}")).await?,
                median(&all, &format!("select count(*) from {table}")).await?,
                median(&all, &format!("select title from {table} where id = 4242")).await?,
            );
            scratch.client().batch_execute(&format!("{policy} ({original})")).await?;
            let cell = |time: f64, bare: f64| format!("{} ({:.1}x)", ms(time), time / bare);
            println!(
                "{:<44} {:>22} {:>22} {:>22}",
                form.name,
                cell(times.0, bare.0),
                cell(times.1, bare.1),
                cell(times.2, bare.2)
            );
        }
    }
    scratch.close(Some("bench")).await?;
    server.stop().await;
    Ok(())
}

fn ms(milliseconds: f64) -> String {
    format!("{milliseconds:.2}")
}

/// The same questions with the condition written by hand and no security at all.
async fn bare(client: &Client, table: &str) -> Result<(f64, f64, f64), Box<dyn Error>> {
    let seen = |user: &str| {
        let orgs = format!("(select array_agg(org_id) from app.memberships where user_id = '{user}')");
        match table {
            "app.tasks" => {
                format!("project_id = any (array(select id from app.projects where org_id = any ({orgs}::uuid[])))")
            }
            _ => format!("org_id = any ({orgs}::uuid[])"),
        }
    };
    Ok((
        median(client, &format!("select count(*) from {table} where {}", seen(FEW))).await?,
        median(client, &format!("select count(*) from {table} where {}", seen(ALL))).await?,
        median(client, &format!("select title from {table} where id = 4242")).await?,
    ))
}

async fn session(server: &Server, scratch: &Scratch, user: &str) -> Result<Client, Box<dyn Error>> {
    let login = issue(
        scratch.client(),
        "bench",
        &server.url(scratch.name()),
        &Lease { ttl: std::time::Duration::from_secs(3600), ..Lease::new("role_member", Some(user)) },
    )
    .await?;
    let mut config = server.config(scratch.name(), &login.role);
    config.password(&login.password);
    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Milliseconds that a statement takes, median of up to 15 runs within five seconds, after one to warm up.
async fn median(client: &Client, sql: &str) -> Result<f64, Box<dyn Error>> {
    let mut times = Vec::new();
    let begun = Instant::now();
    client.simple_query(sql).await?;
    while times.is_empty() || (times.len() < 15 && begun.elapsed().as_secs() < 5) {
        let start = Instant::now();
        client.simple_query(sql).await?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().ok_or_else(|| "no runs".into())
}

fn input(folder: &Path) -> Result<Input, Box<dyn Error>> {
    let mut sources = Sources::default();
    let mut add = |path: &str| -> Result<_, std::io::Error> {
        Ok(sources.add(path, std::fs::read_to_string(folder.join(path))?))
    };
    let (file, access, schema) = (add("pgseal.toml")?, vec![add("access.toml")?], vec![add("schema/tables.sql")?]);
    let (mut settings, _) = settings::parse(&sources, Some(file), "bench");
    settings.role_prefix = "bench".to_owned();
    Ok(Input { sources, settings, access, schema })
}
