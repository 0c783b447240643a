//! Privileges and who holds them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Who a privilege is given to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// Everybody, now and later.
    Public,
    /// One role.
    Role(String),
}

impl Grantee {
    /// As SQL.
    pub fn sql(&self) -> String {
        match self {
            Self::Public => "public".to_owned(),
            Self::Role(name) => crate::sql::ident(name),
        }
    }
}

impl Serialize for Grantee {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.sql())
    }
}

/// A privilege, with Postgres' own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Privilege {
    /// SELECT.
    Select,
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// TRUNCATE.
    Truncate,
    /// REFERENCES.
    References,
    /// TRIGGER.
    Trigger,
    /// MAINTAIN (17 and later).
    Maintain,
    /// EXECUTE.
    Execute,
    /// USAGE.
    Usage,
    /// CREATE.
    Create,
    /// CONNECT.
    Connect,
    /// TEMPORARY.
    Temporary,
}

impl Privilege {
    /// As SQL, upper case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
            Self::References => "REFERENCES",
            Self::Trigger => "TRIGGER",
            Self::Maintain => "MAINTAIN",
            Self::Execute => "EXECUTE",
            Self::Usage => "USAGE",
            Self::Create => "CREATE",
            Self::Connect => "CONNECT",
            Self::Temporary => "TEMPORARY",
        }
    }

    /// The privilege that `aclexplode` calls by this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Select,
            Self::Insert,
            Self::Update,
            Self::Delete,
            Self::Truncate,
            Self::References,
            Self::Trigger,
            Self::Maintain,
            Self::Execute,
            Self::Usage,
            Self::Create,
            Self::Connect,
            Self::Temporary,
        ]
        .into_iter()
        .find(|privilege| privilege.word() == word)
    }
}

/// Who holds what on one object. The owner's own privileges are left out; Postgres' built-in defaults (EXECUTE and USAGE to
/// PUBLIC) are written out, so that an absent entry always means refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Acl {
    /// Held privileges.
    pub grants: BTreeMap<Grantee, BTreeSet<Privilege>>,
    /// The subset held WITH GRANT OPTION; a compiled catalog never has any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub grantable: BTreeMap<Grantee, BTreeSet<Privilege>>,
}

impl Acl {
    /// Gives a role a privilege.
    pub fn grant(&mut self, role: &str, privilege: Privilege) {
        self.grants.entry(Grantee::Role(role.to_owned())).or_default().insert(privilege);
    }

    /// Whether that very role (not PUBLIC, not a role it is a member of) holds the privilege.
    pub fn has(&self, role: &str, privilege: Privilege) -> bool {
        self.grants.get(&Grantee::Role(role.to_owned())).is_some_and(|held| held.contains(&privilege))
    }

    /// Whether nobody but the owner holds anything.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }
}
