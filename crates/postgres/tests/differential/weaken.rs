//! The test of the test: what was compiled is weakened on the live database, and the differential must notice.

use std::collections::BTreeMap;

use pgseal_engine::catalog::{Catalog, Command, Policy, Privilege};
use pgseal_engine::sql::{QualifiedName, ident};
use pgseal_postgres::embedded::Server;
use pgseal_postgres::introspect::introspect;

use super::run::{Stage, Tally};

/// A way in which something that should hold no longer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakness {
    /// A policy lets every row through.
    OpenPolicy(Command),
    /// A restrictive policy, the gate among them, lets every row through.
    OpenRestriction,
    /// A rule asks for a lower rank.
    LowerRank,
    /// The trigger that looks at columns does not fire.
    NoTrigger,
    /// A privilege that was not given.
    Privilege,
}

pub const ALL: [Weakness; 8] = [
    Weakness::OpenPolicy(Command::Select),
    Weakness::OpenPolicy(Command::Insert),
    Weakness::OpenPolicy(Command::Update),
    Weakness::OpenPolicy(Command::Delete),
    Weakness::OpenRestriction,
    Weakness::LowerRank,
    Weakness::NoTrigger,
    Weakness::Privilege,
];

/// How each weakness is put in, and taken out again.
fn changes(catalog: &Catalog, prefix: &str, weakness: Weakness) -> Vec<(String, String)> {
    let mut changes = Vec::new();
    for (name, table) in catalog.tables.iter().filter(|(name, _)| name.schema != "seal") {
        for (policy_name, policy) in &table.policies {
            // Other policies are TO the roles of identity functions and definers: no session is in them.
            if policy.roles.iter().any(|role| role.contains("_role_member"))
                && let Some(weaker) = weaker(policy, weakness)
            {
                changes.push((alter(name, policy_name, &weaker), alter(name, policy_name, policy)));
            }
        }
        let trigger = "aaaa_seal_columns";
        if weakness == Weakness::NoTrigger && table.triggers.contains_key(trigger) {
            let switch = |word: &str| format!("alter table {} {word} trigger {trigger}", name.sql());
            changes.push((switch("disable"), switch("enable")));
        }
        let visitor = format!("{prefix}_role_visitor");
        let reads = table.acl.has(&visitor, Privilege::Select)
            || table.columns.iter().any(|column| column.acl.has(&visitor, Privilege::Select));
        if weakness == Weakness::Privilege && !reads {
            let (table, visitor) = (name.sql(), ident(&visitor));
            let grant = format!("grant select on {table} to {visitor}");
            changes.push((grant, format!("revoke select on {table} from {visitor}")));
        }
    }
    changes
}

fn weaker(policy: &Policy, weakness: Weakness) -> Option<Policy> {
    let open = |text: &Option<String>| text.as_ref().map(|_| "true".to_owned());
    let lower = |text: &Option<String>| {
        text.as_ref().map(|text| text.replace("'owner'", "'viewer'").replace("'editor'", "'viewer'"))
    };
    let weaker = match weakness {
        Weakness::OpenPolicy(command) if policy.permissive && policy.command == Some(command) => {
            Policy { using: open(&policy.using), check: open(&policy.check), ..policy.clone() }
        }
        Weakness::OpenRestriction if !policy.permissive => {
            Policy { using: open(&policy.using), check: open(&policy.check), ..policy.clone() }
        }
        Weakness::LowerRank if policy.permissive => {
            Policy { using: lower(&policy.using), check: lower(&policy.check), ..policy.clone() }
        }
        _ => return None,
    };
    (weaker != *policy).then_some(weaker)
}

fn alter(table: &QualifiedName, name: &str, policy: &Policy) -> String {
    let using = policy.using.as_ref().map(|text| format!(" using ({text})")).unwrap_or_default();
    let check = policy.check.as_ref().map(|text| format!(" with check ({text})")).unwrap_or_default();
    format!("alter policy {} on {}{using}{check}", ident(name), table.sql())
}

/// How often a weakness was put in, and how often that was noticed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    pub tried: usize,
    pub noticed: usize,
}

impl Count {
    /// Tried often enough to say something.
    fn is_enough(self) -> bool {
        self.tried >= 4 && self.noticed > 0
    }
}

/// Weakens the projects of some seeds, until every weakness was tried often enough.
pub async fn noticed(server: &Server, seeds: std::ops::Range<u64>) -> BTreeMap<Weakness, Count> {
    let mut counts: BTreeMap<Weakness, Count> = ALL.into_iter().map(|weakness| (weakness, Count::default())).collect();
    for seed in seeds {
        let prefix = format!("w{seed}");
        let mut stage = Stage::set(server, seed, &prefix).await;
        let catalog = introspect(&stage.database.control, &prefix).await.expect("the catalog can be read");
        for (weakness, count) in counts.iter_mut().filter(|(_, count)| !count.is_enough()) {
            for (weaken, restore) in changes(&catalog, &prefix, *weakness).into_iter().take(3) {
                run(&stage, &weaken).await;
                let found = stage.fill_and_ask(&mut Tally::default()).await;
                run(&stage, &restore).await;
                count.tried += 1;
                count.noticed += usize::from(!found.is_empty());
            }
        }
        let found = stage.fill_and_ask(&mut Tally::default()).await;
        assert!(found.is_empty(), "seed {seed}: everything is as it was again: {found:?}");
        stage.strike().await;
        if counts.values().all(|count| count.is_enough()) {
            break;
        }
    }
    counts
}

async fn run(stage: &Stage<'_>, statement: &str) {
    // As somebody whom the guard lets through: what is asked is whether the comparison notices.
    let through = format!("begin; set local seal.applying = on; {statement}; commit");
    let done = stage.database.control.batch_execute(&through).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}
