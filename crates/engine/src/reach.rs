//! What whoever deploys may make: a desired catalog in, the part of it that is within their reach and what stays open out.
//!
//! Some of what closes a database takes a superuser. On a managed server nobody is one: then all the rest is made, and this is
//! said, with the SQL that somebody who may would run. INVARIANT: what is out of reach stays as it is, so that the comparison
//! after `apply` is still one of everything.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalog::{Catalog, Grantee, SystemClass};
use crate::diff::{self, Change, Securable};
use crate::render::{self, event_triggers};
use crate::sql::{QualifiedName, ident};

/// What the server lets whoever deploys do, beside what every owner of a database who may create roles can.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployer {
    /// SUPERUSER.
    pub superuser: bool,
    /// May give BYPASSRLS: a superuser, and from 16 on who may create roles and has it.
    pub gives_bypassrls: bool,
    /// May create event triggers: a superuser, and whom the platform lets.
    pub creates_event_triggers: bool,
    /// The roles as which it may change what these own.
    pub acts_as: BTreeSet<String>,
}

impl Deployer {
    /// Owns the database and may create roles, and no more.
    pub const PLAIN: Self =
        Self { superuser: false, gives_bypassrls: false, creates_event_triggers: false, acts_as: BTreeSet::new() };
    /// May do everything.
    pub const SUPERUSER: Self =
        Self { superuser: true, gives_bypassrls: true, creates_event_triggers: true, acts_as: BTreeSet::new() };
}

/// Something that an applied model leaves open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Open {
    /// What is open.
    pub what: String,
    /// Why it was not closed.
    pub why: String,
    /// The statements that close it, for somebody who may.
    pub sql: Vec<String>,
}

/// The desired catalog as far as this deployer can make it, and what stays open because of the rest.
pub fn within<'a>(current: &Catalog, desired: &'a Catalog, deployer: &Deployer) -> (Cow<'a, Catalog>, Vec<Open>) {
    let mut reached = Cow::Borrowed(desired);
    let mut open = Vec::new();
    if !deployer.gives_bypassrls {
        bypassrls(current, desired, &mut reached, &mut open);
    }
    if !deployer.superuser {
        system(current, desired, &mut reached, &mut open);
    }
    if !deployer.creates_event_triggers && current.event_triggers != desired.event_triggers {
        guard(current, desired, &mut reached, &mut open);
    }
    if !deployer.superuser {
        parts(current, desired, deployer, &mut reached, &mut open);
    }
    (reached, open)
}

/// Partitions and children that somebody else made.
fn parts(
    current: &Catalog,
    desired: &Catalog,
    deployer: &Deployer,
    reached: &mut Cow<'_, Catalog>,
    open: &mut Vec<Open>,
) {
    for (name, changes) in diff::late(current, desired) {
        // The project's own roles are lent.
        let reachable = |owner: &String| deployer.acts_as.contains(owner) || desired.roles.contains_key(owner);
        let Some(live) = current.tables.get(&name).filter(|live| !reachable(&live.owner)) else {
            continue;
        };
        reached.to_mut().tables.insert(name.clone(), live.clone());
        open.push(Open {
            what: format!(
                "table {name}: whoever is {}, and whom they let, reach the rows of {} past its rules",
                ident(&live.owner),
                live.parents.iter().map(QualifiedName::to_string).collect::<Vec<_>>().join(", ")
            ),
            why: "only its owner or a superuser may change it".to_owned(),
            sql: changes.iter().flat_map(render::statements).collect(),
        });
    }
}

fn guard(current: &Catalog, desired: &Catalog, reached: &mut Cow<'_, Catalog>, open: &mut Vec<Open>) {
    reached.to_mut().event_triggers.clone_from(&current.event_triggers);
    open.push(Open {
        what: "nothing closes what is made beside pgseal, or refuses what weakens the rules: the guard's event triggers are \
               not as compiled"
            .to_owned(),
        why: "only a superuser, or who the platform lets, may create event triggers".to_owned(),
        sql: event_triggers(current, desired),
    });
}

/// That nobody knows whether the guard compares with what is there: it has a record that whoever deploys may not read, and none
/// of the changes writes it again.
pub fn unread_record(current: &Catalog, changes: &[Change]) -> Option<Open> {
    let written = changes.iter().any(|change| matches!(change, Change::RecordGuarded { .. }));
    (current.record_unread && !current.event_triggers.is_empty() && !written).then(|| Open {
        what: "it cannot be told whether what the guard compares with is what is there".to_owned(),
        why: "whoever deploys may not read seal.guarded; a superuser's `pgseal apply` compares it".to_owned(),
        sql: Vec::new(),
    })
}

/// What a plain deployer could not make on the scratch server, and what no server needs to print in its own words.
pub fn complete(made: &mut Catalog, desired: &Catalog) {
    for (name, role) in &mut made.roles {
        role.bypassrls = desired.roles.get(name).is_some_and(|desired| desired.bypassrls);
    }
    made.system.clone_from(&desired.system);
    made.event_triggers.clone_from(&desired.event_triggers);
}

fn bypassrls(current: &Catalog, desired: &Catalog, reached: &mut Cow<'_, Catalog>, open: &mut Vec<Open>) {
    let lacks = |name: &String| !current.roles.get(name).is_some_and(|live| live.bypassrls);
    for (name, _) in desired.roles.iter().filter(|(name, role)| role.bypassrls && lacks(name)) {
        if let Some(role) = reached.to_mut().roles.get_mut(name) {
            role.bypassrls = false;
        }
        open.push(Open {
            what: format!("role {} does not bypass row-level security", ident(name)),
            why:
                "only a superuser may give BYPASSRLS, from Postgres 16 on also somebody who has it and may create roles"
                    .to_owned(),
            sql: vec![format!("alter role {} bypassrls", ident(name))],
        });
    }
}

/// System objects are the superuser's.
fn system(current: &Catalog, desired: &Catalog, reached: &mut Cow<'_, Catalog>, open: &mut Vec<Open>) {
    let changes = diff::system(current, desired);
    if changes.is_empty() {
        return;
    }
    reached.to_mut().system.clone_from(&current.system);
    for class in SystemClass::ALL {
        let changes: Vec<&Change> = changes.iter().filter(|change| class_of(change) == Some(class)).collect();
        let sql: Vec<String> = changes.iter().flat_map(|change| render::statements(change)).collect();
        // Where PUBLIC loses nothing, somebody closed what the project keeps open.
        let closes =
            |change: &&Change| matches!(change, Change::Revoke(acl) if acl.grantees.contains(&Grantee::Public));
        if !changes.iter().any(closes) && !sql.is_empty() {
            open.push(Open {
                what: format!("{}: not every login may {}", class.word(), class.lets()),
                why: format!(
                    "`keep_open` in pgseal.toml has \"{}\", somebody closed it, and only a superuser may open what is Postgres' own",
                    class.word()
                ),
                sql,
            });
        } else if !sql.is_empty() {
            open.push(Open {
                what: format!("{}: every login may {}", class.word(), class.lets()),
                why: "only a superuser may close what is Postgres' own; what is meant to stay open is named by `keep_open` in pgseal.toml"
                    .to_owned(),
                sql,
            });
        }
    }
}

fn class_of(change: &Change) -> Option<SystemClass> {
    let (Change::Grant(acl) | Change::Revoke(acl) | Change::RevokeGrantOption(acl)) = change else { return None };
    match &acl.on {
        Securable::SystemFunctions(class, _) => Some(*class),
        Securable::SystemRelation(name) => SystemClass::of_relation(&name.name).map(|(class, _)| class),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Deployer, complete, within};
    use crate::catalog::{Catalog, EventTrigger, Role, Signature};
    use crate::sql::QualifiedName;

    fn catalog(bypassrls: bool) -> Catalog {
        let role = Role { bypassrls, ..Role::default() };
        Catalog { roles: BTreeMap::from([("acme_backup".to_owned(), role)]), ..Catalog::default() }
    }

    #[test]
    fn what_a_deployer_may_not_give_stays_as_it_is_and_is_said() {
        let desired = catalog(true);
        let (reached, open) = within(&Catalog::default(), &desired, &Deployer::PLAIN);
        assert_eq!(*reached, catalog(false));
        assert_eq!(open.iter().flat_map(|open| &open.sql).collect::<Vec<_>>(), ["alter role acme_backup bypassrls"]);
        // Somebody gave it in between.
        assert_eq!(within(&desired, &desired, &Deployer::PLAIN).1, []);
        assert_eq!(*within(&desired, &desired, &Deployer::PLAIN).0, desired);
        assert_eq!(within(&Catalog::default(), &desired, &Deployer::SUPERUSER).1, []);
        let mut made = reached.into_owned();
        complete(&mut made, &desired);
        assert_eq!(made, desired);
    }

    #[test]
    fn event_triggers_are_made_by_whom_the_server_lets() {
        let function = Signature { name: QualifiedName::new("seal", "guard_verify"), arguments: Vec::new() };
        let trigger =
            EventTrigger { event: "ddl_command_end".to_owned(), tags: BTreeSet::new(), function, enabled: 'A' };
        let triggers = BTreeMap::from([("seal_guard_verify".to_owned(), trigger)]);
        let desired = Catalog { event_triggers: triggers, ..Catalog::default() };
        let lets = Deployer { creates_event_triggers: true, ..Deployer::PLAIN };
        assert_eq!(*within(&Catalog::default(), &desired, &lets).0, desired);
        assert_eq!(within(&Catalog::default(), &desired, &lets).1, []);
        let (reached, open) = within(&Catalog::default(), &desired, &Deployer::PLAIN);
        assert!(reached.event_triggers.is_empty());
        assert!(open.iter().any(|open| open.sql.iter().any(|sql| sql.starts_with("create event trigger"))), "{open:?}");
    }
}
