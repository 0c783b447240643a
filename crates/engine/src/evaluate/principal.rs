//! Who asks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Value;
use crate::model::{Model, Role};

/// As what a session is logged in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// In a role of the model.
    Role(String),
    /// As an agent of that kind.
    Agent(String),
}

/// A session's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// As what it is logged in.
    pub capability: Capability,
    /// Whether the lease or token that it presents is live and of that capability. A visitor need not present any.
    pub live: bool,
    /// The person; for an agent the one that it acts for.
    pub user: Option<Value>,
    /// The role of the person that an agent acts for.
    pub acts_for_role: Option<String>,
    /// Verified claims.
    pub claims: BTreeMap<String, String>,
}

impl Principal {
    /// A person in a role, with a live lease.
    pub fn person(role: &str, user: Value) -> Self {
        let capability = Capability::Role(role.to_owned());
        Self { capability, live: true, user: Some(user), acts_for_role: None, claims: BTreeMap::new() }
    }

    /// The role whose rules speak of it: for an agent that which its kind acts for.
    pub(super) fn role<'a>(&'a self, model: &'a Model) -> &'a str {
        match &self.capability {
            Capability::Role(role) => role,
            Capability::Agent(agent) => model.agents.get(agent).map_or("", |agent| &agent.acts_for),
        }
    }

    fn declared<'a>(&self, model: &'a Model) -> Option<&'a Role> {
        match &self.capability {
            Capability::Role(role) => model.roles.get(role),
            Capability::Agent(_) => None,
        }
    }

    /// Whether any rule speaks to it at all. A role that needs an identity must have it live; an agent's person must have
    /// the role that agents of its kind act for, or one that includes it.
    pub(super) fn passes_gate(&self, model: &Model) -> bool {
        match &self.capability {
            Capability::Role(_) => self.live || self.declared(model).is_some_and(|role| role.anonymous),
            Capability::Agent(agent) => {
                let acts_for = model.agents.get(agent).map(|agent| BTreeSet::from([agent.acts_for.clone()]));
                let role = self.acts_for_role.as_deref();
                self.live && role.zip(acts_for).is_some_and(|(role, acts_for)| model.is_any_of(role, &acts_for))
            }
        }
    }

    /// Whether it has an identity that holds: an agent of a person that it may not act for has none.
    fn is_somebody(&self, model: &Model) -> bool {
        self.live && self.passes_gate(model)
    }

    /// `me()`: null for a visitor, for a service and without a live identity.
    pub(super) fn me(&self, model: &Model) -> Value {
        let nobody = self.declared(model).is_some_and(|role| role.anonymous || role.service);
        match &self.user {
            Some(user) if self.is_somebody(model) && !nobody => user.clone(),
            _ => Value::Null,
        }
    }

    /// `claim(name)`.
    pub(super) fn claim(&self, model: &Model, name: &str) -> Value {
        match self.claims.get(name) {
            Some(text) if self.is_somebody(model) => Value::Text(text.clone()),
            _ => Value::Null,
        }
    }

    /// `agent()`: null where the identity that is presented does not hold.
    pub(super) fn is_agent(&self) -> Value {
        self.unless_unknown(matches!(self.capability, Capability::Agent(_)))
    }

    /// `human()`: a person acts, itself. Null likewise.
    pub(super) fn is_human(&self, model: &Model) -> Value {
        self.unless_unknown(self.declared(model).is_some_and(|role| !role.anonymous && !role.service))
    }

    fn unless_unknown(&self, answer: bool) -> Value {
        if self.live { Value::Bool(answer) } else { Value::Null }
    }
}
