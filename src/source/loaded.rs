//! A stack file that was loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::diagnostic::{Place, Source};
use super::naming::Naming;
use super::node::{Node, Yaml};
use crate::model::{Account, Desired, ResourceId, Scope};

/// A stack, ready to be planned.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The file.
    pub source: Arc<Source>,
    /// Where it goes; its account comes late.
    pub scope: Scope,
    /// The account that the environment asks for.
    pub account: Option<String>,
    /// Whether destroy needs to be confirmed by the environment's name.
    pub protection: Protection,
    /// Whether it is applied and destroyed under a lease.
    pub lock: bool,
    /// Seconds after which the instance expires; none where it does not.
    pub expires: Option<u32>,
    /// Variables that the file declares.
    pub variables: Vec<String>,
    /// How it names what declares no name.
    pub naming: Naming,
    /// What it asks for.
    pub desired: Desired,
    /// The file with variables and defaults filled in, with its places.
    pub tree: Node,
    /// Files beside it that resources are read from.
    pub documents: BTreeMap<ResourceId, Document>,
    /// What is known by another address than before, in the order of the file.
    pub moved: Vec<Moved>,
    /// Warnings that it turns off.
    pub checks: Vec<CheckFile>,
    /// What `watch` may mend of it.
    pub heal: HealFile,
    /// Whether names are built from what is not shown.
    pub names_are_secret: bool,
    /// Other environments of the file whose names may meet its own.
    pub siblings: Vec<Sibling>,
    /// Variables whose values are not shown.
    pub sensitive: BTreeSet<String>,
}

impl Loaded {
    /// Whether the file could have given this name: it says it, or a pattern of its could have made what of it
    /// is its own, without a bus or group.
    pub fn could_have_named(&self, name: &str, own: &str) -> bool {
        self.naming.could_have_made(own) || self.desired.nodes.values().any(|node| node.name == name)
    }

    /// A stack of which no file is at hand: what is known of it stands in marks, and nothing is asked for.
    pub fn without_file(scope: Scope) -> Self {
        let named = "the marks of a stack";
        Self {
            source: Source::unread(Path::new(named)),
            scope,
            account: None,
            protection: Protection::Unknown,
            lock: false,
            expires: None,
            variables: Vec::new(),
            naming: Naming::unknown(),
            desired: Desired::default(),
            tree: Node { place: Place::START, yaml: Yaml::Null },
            documents: BTreeMap::new(),
            moved: Vec::new(),
            checks: Vec::new(),
            heal: HealFile::default(),
            names_are_secret: false,
            siblings: Vec::new(),
            sensitive: BTreeSet::new(),
        }
    }

    /// Names of the file's environments.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.tree.get("environments").into_iter().flat_map(Node::entries).map(|entry| entry.key.as_str())
    }

    /// Fills the account in, once AWS has told it.
    pub fn settle_account(&mut self, id: &str) {
        self.scope.account = Account::Known(id.to_owned());
        self.desired.settle_account(id);
        self.naming.settle_account(id);
        if self.names_are_secret {
            self.desired.nodes.values().for_each(|node| self.desired.secrets.add(&node.name));
        }
    }
}

/// Whether an environment is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// It is not.
    Open,
    /// Its file says so.
    Protected,
    /// Its file would say, and is not at hand.
    Unknown,
}

/// A file beside a stack file that a resource is read from.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file.
    pub source: Arc<Source>,
    /// What it holds, with variables filled in.
    pub tree: Node,
}

/// Another environment of the same file, in another region or with names that may be the same.
#[derive(Debug, Clone)]
pub struct Sibling {
    /// Its name.
    pub env: String,
    /// Its region.
    pub region: String,
    /// The account that it asks for.
    pub account: Option<String>,
    /// Kinds and physical names, as they are compared: in another region of what reaches over the account.
    pub names: BTreeSet<(String, String)>,
}

/// What `watch --heal` may mend by itself. Each entry is a kind (`table`), an address (`function/loader`), or
/// a field of either (`function:environment`).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealFile {
    /// This and nothing else; everything where it is not said.
    pub only: Option<Vec<String>>,
    /// Not this, whatever `only` says.
    #[serde(default)]
    pub never: Vec<String>,
    /// Whether instances of the environment that have expired are destroyed, as `destroy --expired --yes` does.
    #[serde(default)]
    pub expired: bool,
}

/// A resource that is known by another address than before.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// The address that it had.
    pub from: Origin,
    /// The address that it has, `function/importer` for one.
    #[schemars(with = "String")]
    pub to: ResourceId,
}

/// Where a resource comes from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected an address such as function/loader, or { stack: jobs, address: function/loader }")]
pub enum Origin {
    /// Another address of this file.
    Here(#[schemars(with = "String")] ResourceId),
    /// Another stack.
    Elsewhere(OtherStack),
}

/// A resource of another stack.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherStack {
    /// Its name.
    pub stack: String,
    /// The address that the resource had there.
    #[schemars(with = "String")]
    pub address: ResourceId,
}

impl Origin {
    /// The address.
    pub fn address(&self) -> &ResourceId {
        match self {
            Self::Here(address) | Self::Elsewhere(OtherStack { stack: _, address }) => address,
        }
    }

    /// The stack, where it is another one.
    pub fn stack(&self) -> Option<&str> {
        match self {
            Self::Here(_) => None,
            Self::Elsewhere(OtherStack { stack, address: _ }) => Some(stack),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(address) => write!(f, "{address}"),
            Self::Elsewhere(OtherStack { stack, address }) => write!(f, "{address} of {stack}"),
        }
    }
}

/// A warning that is turned off.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFile {
    /// Code of the rule, `W101` for one.
    pub code: String,
    /// Only about this resource, `function/api-handler` for one.
    pub address: Option<String>,
    /// Why it is turned off.
    pub reason: String,
    /// Last day on which it is turned off, `2027-06-30` for one.
    #[schemars(with = "String")]
    pub until: jiff::civil::Date,
}
