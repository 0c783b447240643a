//! What the compiler makes of the examples, applied by somebody who is no superuser, and each single piece of it missed.

use pgseal_engine::catalog::{Catalog, Grantee};
use pgseal_engine::diff::{Change, diff};
use pgseal_engine::sql::ident;
use pgseal_postgres::apply::Options;
use pgseal_postgres::introspect::introspect;
use pgseal_postgres::project::prepare;
use pgseal_postgres::testing;

use super::project::Project;
use crate::examples::{findings, input};

/// How many of the losses are tried.
const ONE_IN: usize = 17;

#[tokio::test]
async fn the_examples_apply_as_compiled_and_nothing_of_them_is_missed_unseen() {
    for server in testing::servers().await.unwrap() {
        for name in ["agent_social", "crm"] {
            let project = Project::new(server, name);
            let input = input(name, &project.prefix);
            let prepared = prepare(&input, server).await.unwrap();
            let compiled = prepared.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(&input, &prepared)));
            let desired = &compiled.canonical;
            let database = project.database_of_deployer("db").await;
            let dry = Options { dry_run: true, ..Options::default() };
            let tried = database.apply_with(desired, dry).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            let applied = database.apply(desired).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(tried.statements, applied.statements);
            assert_eq!(database.apply(desired).await.unwrap().changes, [], "{name}");

            let mut client = database.connect("pgseal").await;
            let mut tried = 0;
            // Reading a catalog takes its time: other ones on each server.
            for sql in losses(desired).into_iter().skip(server.major() as usize % ONE_IN).step_by(ONE_IN) {
                let transaction = client.transaction().await.unwrap();
                transaction.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
                let found = diff(&introspect(&transaction, &project.prefix).await.unwrap(), desired);
                assert!(found.iter().any(|change| !matches!(change, Change::Unsupported { .. })), "not found: {sql}");
                transaction.rollback().await.unwrap();
                tried += 1;
            }
            assert!(tried > 10, "{name}: {tried}");
        }
    }
}

/// Statements that each take one piece away.
fn losses(catalog: &Catalog) -> Vec<String> {
    let mut losses = Vec::new();
    for (name, table) in &catalog.tables {
        if table.row_security {
            losses.push(format!("alter table {name} disable row level security"));
            losses.push(format!("alter table {name} no force row level security"));
        }
        losses.extend(table.policies.keys().map(|policy| format!("drop policy {} on {name}", ident(policy))));
        losses.extend(table.triggers.keys().map(|trigger| format!("drop trigger {} on {name}", ident(trigger))));
        for (grantee, privilege) in
            table.acl.grants.iter().flat_map(|(grantee, held)| held.iter().map(move |p| (grantee, p)))
        {
            losses.push(format!("revoke {} on {name} from {}", privilege.word(), grantee.sql()));
        }
        for column in &table.columns {
            for (grantee, held) in &column.acl.grants {
                let privileges: Vec<String> =
                    held.iter().map(|privilege| format!("{} ({})", privilege.word(), ident(&column.name))).collect();
                losses.push(format!("revoke {} on {name} from {}", privileges.join(", "), grantee.sql()));
            }
        }
        losses.push(format!("grant truncate on {name} to public"));
    }
    for (name, view) in &catalog.views {
        losses.push(format!("alter view {name} reset (security_invoker)"));
        losses.extend(view.acl.grants.keys().map(|grantee| format!("revoke all on {name} from {}", grantee.sql())));
    }
    for (signature, function) in &catalog.functions {
        losses.push(format!("grant execute on function {signature} to public"));
        losses.push(format!("alter function {signature} set search_path = public"));
        losses.push(format!(
            "alter function {signature} {}",
            if function.security_definer { "security invoker" } else { "security definer" }
        ));
        losses.extend(
            function
                .acl
                .grants
                .keys()
                .map(|grantee| format!("revoke all on function {signature} from {}", grantee.sql())),
        );
    }
    for (name, schema) in &catalog.schemas {
        losses.push(format!("grant create on schema {} to public", ident(name)));
        let roles = schema.acl.grants.keys().filter(|grantee| **grantee != Grantee::Public);
        losses.extend(roles.map(|grantee| format!("revoke usage on schema {} from {}", ident(name), grantee.sql())));
    }
    losses
}
