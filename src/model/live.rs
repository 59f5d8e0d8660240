//! What AWS holds now.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Owner, ResourceId};

/// Attributes that references can name: ARN, URL, version. Never compared.
pub type Attributes = BTreeMap<String, String>;

/// One live resource.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Physical name.
    pub name: String,
    /// The kind's spec in normal form.
    pub spec: Value,
    /// What AWS alone knows of it.
    pub live: Value,
    /// What references can name of it.
    pub attributes: Attributes,
    /// Whose it is.
    pub owner: Owner,
    /// What of it AWS could not tell. The spec holds nothing there, which is not what AWS holds.
    pub unread: Vec<Unread>,
    /// When AWS last took what counts.
    pub times: Times,
}

/// When AWS took what counts where an ARN stands for an identity: milliseconds since 1970, by AWS's
/// clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// When the resource was made.
    pub made: Option<i64>,
    /// When what it names was last set.
    pub set: Option<i64>,
}

/// A part of a live resource that AWS could not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Field of the spec.
    pub field: &'static str,
    /// What AWS says.
    pub why: String,
}

/// Another instance of the same stack and environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Neighbour {
    /// Its name.
    pub instance: String,
    /// Where it stands.
    pub region: String,
}

/// Other instances, with the number of resources that were met of each.
pub type Neighbours = BTreeMap<Neighbour, usize>;

/// Live resources by address: those that the files name and those that carry the stack's mark.
pub type Live = BTreeMap<ResourceId, Seen>;
