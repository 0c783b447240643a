//! `bench/rules/run`: what a compiled rule costs beside other ways to write the same rule, on one server in one run.
//!
//! One million rows in 20,000 organizations, 100,000 people in five each, one principal of those, and one in all organizations.
//! Statements are prepared, as drivers do it, in a session that has run them before. Each number is the least of several runs,
//! so that a busy machine counts little; the policy's condition is swapped between runs, everything else stays.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::testing::servers;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

const FEW: &str = "00000000-0000-0000-0000-000000000001";
const ALL: &str = "00000000-0000-0000-0000-000000000002";

/// A row that both may see.
const SEEN: u32 = 100;

/// A statement that takes longer, in milliseconds, is ended.
const PATIENCE: f64 = 10_000.0;

const DATA: &str = "
set seal.applying = on;
set session_replication_role = replica;
create function pg_temp.org(n bigint) returns uuid language sql immutable as $$ select md5(n::text)::uuid $$;
insert into app.memberships (org_id, user_id) select pg_temp.org(n), '00000000-0000-0000-0000-000000000001' from generate_series(1, 5) n;
insert into app.memberships (org_id, user_id) select pg_temp.org(n), '00000000-0000-0000-0000-000000000002' from generate_series(0, 19999) n;
insert into app.memberships (org_id, user_id) select pg_temp.org((n * 7919 + k * 104729) % 20000), md5('user ' || n)::uuid from generate_series(1, 100000) n, generate_series(1, 5) k;
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
    Form { name: "**tenant, as compiled**", table: "app.rows", using: None },
    Form {
        name: "`exists` over memberships",
        table: "app.rows",
        using: Some(
            "exists (select from app.memberships m where m.org_id = rows.org_id and m.user_id = (select seal.me()))",
        ),
    },
    Form { name: "`in (select function())`", table: "app.rows", using: Some("org_id in (select app.keys())") },
    Form { name: "a function per row", table: "app.rows", using: Some("app.per_row(org_id)") },
    Form { name: "**`via`, as compiled**", table: "app.tasks", using: None },
    Form {
        name: "`exists` over the parent",
        table: "app.tasks",
        using: Some("exists (select from app.projects p where p.id = tasks.project_id)"),
    },
    Form {
        name: "`in` over the parent",
        table: "app.tasks",
        using: Some("project_id in (select p.id from app.projects p)"),
    },
    Form { name: "**`via` by tenant key, as compiled**", table: "app.keyed_tasks", using: None },
    Form {
        name: "`exists`, with the tenant key there",
        table: "app.keyed_tasks",
        using: Some(
            "exists (select from app.projects p where p.id = keyed_tasks.project_id and p.org_id = keyed_tasks.org_id)",
        ),
    },
];

/// Milliseconds of the questions, in the order of the table's columns.
type Times = [f64; 5];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: bench_rules FOLDER")?;
    let input = input(Path::new(&folder))?;
    println!("Milliseconds, and the ratio to the same question without security.\n");
    println!(
        "| PostgreSQL | form of the rule | count, 5 orgs | one row by key, 5 orgs | first 50, 5 orgs | count, all orgs | one row by key, all orgs |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for server in servers().await? {
        on_server(server, &input).await?;
    }
    Ok(())
}

async fn on_server(server: &Server, input: &Input) -> Result<(), Box<dyn Error>> {
    let project = prepare(input, server).await?;
    let compiled = project.compiled.ok_or_else(|| format!("{:#?}", project.diagnostics))?;
    let scratch = Scratch::new(server).await?;
    scratch.run_as_superuser(&compiled.script).await?;
    for statement in DATA.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        scratch.client().batch_execute(statement).await?;
    }
    let control = scratch.client();
    for table in ["app.rows", "app.tasks", "app.keyed_tasks"] {
        let few = session(server, &scratch, FEW).await?;
        let all = session(server, &scratch, ALL).await?;
        let by_hand = times(control, control, table, [condition(table, FEW), condition(table, ALL)]).await?;
        print_row(server, &format!("by hand, no security: {table}"), &by_hand, None);
        for form in FORMS.iter().filter(|form| form.table == table) {
            let policy = format!("alter policy seal_select_member on {table} using");
            let original: String = control
                .query_one("select pg_get_expr(polqual, polrelid) from pg_policy where polrelid = $1::text::regclass and polname = 'seal_select_member'", &[&table])
                .await?
                .get(0);
            if let Some(using) = form.using {
                control.batch_execute(&format!("{policy} ({using})")).await?;
            }
            let sealed = times(&few, &all, table, ["true".to_owned(), "true".to_owned()]).await?;
            control.batch_execute(&format!("{policy} ({original})")).await?;
            print_row(server, form.name, &sealed, Some(&by_hand));
        }
    }
    scratch.close(Some("bench")).await?;
    Ok(())
}

fn print_row(server: &Server, name: &str, times: &Times, by_hand: Option<&Times>) {
    let cells: Vec<String> = times
        .iter()
        .enumerate()
        .map(|(at, time)| {
            let digits = if *time < 10.0 { 3 } else { 0 };
            if *time > PATIENCE {
                return format!("> {PATIENCE:.0}");
            }
            match by_hand.and_then(|by_hand| by_hand.get(at)) {
                Some(least) => format!("{time:.digits$} ({:.1} x)", time / least),
                None => format!("{time:.digits$}"),
            }
        })
        .collect();
    println!("| {} | {name} | {} |", server.version(), cells.join(" | "));
}

/// What a person would write to see the rows of one user only.
fn condition(table: &str, user: &str) -> String {
    let orgs = format!("array(select org_id from app.memberships where user_id = '{user}')");
    match table {
        "app.tasks" => format!("project_id = any (array(select id from app.projects where org_id = any ({orgs})))"),
        _ => format!("org_id = any ({orgs})"),
    }
}

async fn times(few: &Client, all: &Client, table: &str, conditions: [String; 2]) -> Result<Times, Box<dyn Error>> {
    let [of_few, of_all] = conditions;
    let key = format!("select title from {table} where id = {SEEN}");
    Ok([
        least(few, &format!("select count(*) from {table} where {of_few}")).await?,
        least(few, &key).await?,
        least(few, &format!("select title from {table} where {of_few} order by id limit 50")).await?,
        least(all, &format!("select count(*) from {table} where {of_all}")).await?,
        least(all, &key).await?,
    ])
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
    client.batch_execute(&format!("set statement_timeout = {PATIENCE:.0}")).await?;
    Ok(client)
}

/// The fewest milliseconds that a prepared statement takes, of as many runs as fit into a second; a slow one runs once, and one that is
/// ended counts as endless.
async fn least(client: &Client, sql: &str) -> Result<f64, Box<dyn Error>> {
    /// Enough for Postgres to settle on a plan.
    const WARM: u32 = 8;
    let statement = client.prepare(sql).await?;
    let (begun, mut runs, mut least) = (Instant::now(), 0, f64::MAX);
    while runs == 0 || (begun.elapsed().as_secs_f64() < 1.0 && runs < 1000) {
        let start = Instant::now();
        match client.query(&statement, &[]).await {
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => return Ok(f64::INFINITY),
            answer => drop(answer?),
        }
        let took = start.elapsed().as_secs_f64() * 1000.0;
        least = if runs < WARM { took } else { least.min(took) };
        runs += 1;
    }
    Ok(least)
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
