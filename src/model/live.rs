//! What AWS holds now.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ResourceId;
use super::scope::{ENV_TAG, OWN_TAG_PREFIX, STACK_TAG, Scope};

/// Attributes that AWS makes: ARN, URL, version, revision, identifiers of parts. Never diffed.
pub type Handle = BTreeMap<String, String>;

/// Whose a live resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// It carries this stack's and environment's mark.
    Ours,
    /// It carries the mark of another stack or environment, named `stack/env`.
    Foreign(String),
    /// It carries no mark.
    Unmarked,
}

impl Owner {
    /// Reads the mark from tags.
    pub fn of(scope: &Scope, tags: &BTreeMap<String, String>) -> Self {
        match (tags.get(STACK_TAG), tags.get(ENV_TAG)) {
            (Some(stack), Some(env)) if *stack == scope.stack && *env == scope.env => Self::Ours,
            (Some(stack), env) => Self::Foreign(format!("{stack}/{}", env.map_or("?", String::as_str))),
            (None, _) => Self::Unmarked,
        }
    }
}

/// Tags without ours and without those that AWS itself sets (`aws:` is reserved).
pub fn user_tags(tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
    tags.into_iter().filter(|(key, _)| !key.starts_with(OWN_TAG_PREFIX) && !key.starts_with("aws:")).collect()
}

/// One live resource.
#[derive(Debug, Clone)]
pub struct Seen<S = Value> {
    /// Physical name.
    pub name: String,
    /// The kind's spec in normal form.
    pub spec: S,
    /// What AWS made of it.
    pub handle: Handle,
    /// Whose it is.
    pub owner: Owner,
}

/// Live resources by address: those that the files name and those that carry the stack's mark.
pub type Live = BTreeMap<ResourceId, Seen>;
