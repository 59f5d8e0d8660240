//! What a rule sees: the stack's specs with their types, and the places they were written at.

use std::cell::OnceCell;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::kinds::{alarm, function, layer, log_group, queue, role, topic};
use crate::model::{Artifact, ResourceId};
use crate::package::{Given, Layer};
use crate::source::Loaded;
use crate::source::diagnostic::Place;
use crate::source::node::{Node as Tree, Yaml};

/// A resource with its typed spec. References that follow from names are resolved; those that only
/// AWS can give still read `${…}`.
pub struct Resource<S> {
    /// Key in the stack file.
    pub key: String,
    /// `function/api-handler`.
    pub address: String,
    /// Physical name.
    pub name: String,
    /// Normal form.
    pub spec: S,
    /// Its sources, where it has any.
    pub artifact: Option<Artifact>,
}

/// One stack, as rules see it.
pub struct Context<'a> {
    /// The stack.
    pub loaded: &'a Loaded,
    /// All stacks of the run.
    pub stacks: &'a [Loaded],
    /// The day on which facts are judged.
    pub as_of: Date,
    /// Functions.
    pub functions: Vec<Resource<function::Spec>>,
    /// Roles, those of functions included.
    pub roles: Vec<Resource<role::Spec>>,
    /// Queues.
    pub queues: Vec<Resource<queue::Spec>>,
    /// Topics.
    pub topics: Vec<Resource<topic::Spec>>,
    /// Layers.
    pub layers: Vec<Resource<layer::Spec>>,
    /// Log groups, those of functions included.
    pub log_groups: Vec<Resource<log_group::Spec>>,
    /// Alarms.
    pub alarms: Vec<Resource<alarm::Spec>>,
    given: OnceCell<Vec<(String, Given)>>,
}

impl<'a> Context<'a> {
    /// Types the specs of a stack.
    pub fn new(loaded: &'a Loaded, stacks: &'a [Loaded], as_of: Date) -> Self {
        Self {
            loaded,
            stacks,
            as_of,
            functions: typed(loaded, "function"),
            roles: typed(loaded, "role"),
            queues: typed(loaded, "queue"),
            topics: typed(loaded, "topic"),
            layers: typed(loaded, "layer"),
            log_groups: typed(loaded, "log_group"),
            alarms: typed(loaded, "alarm"),
            given: OnceCell::new(),
        }
    }

    /// Where `path` of a resource is written: in the resource, or in the default it takes; the
    /// resource's own place where the field is written nowhere. A resource that a function brings
    /// along (its role, its log group) is looked for in that function.
    pub fn place(&self, section: &str, key: &str, path: &[&str]) -> Place {
        let find = |section: &str| self.loaded.tree.get(section)?.entries().iter().find(|entry| entry.key == key);
        let (entry, path) = match (find(section), section) {
            (Some(entry), _) => (entry, path.to_vec()),
            (None, "roles") => match find("functions") {
                Some(entry) => (entry, [&["role"], path].concat()),
                None => return Place::default(),
            },
            (None, _) => match find("functions") {
                Some(entry) => (entry, path.to_vec()),
                None => return Place::default(),
            },
        };
        let mut place = entry.place;
        let mut at: &Tree = &entry.value;
        for part in path {
            let next = match &at.yaml {
                Yaml::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => at.get(part),
            };
            let Some(next) = next else { break };
            at = next;
            place = next.place;
        }
        place
    }

    /// Where the key of `path` is written, rather than its value; else as [`Context::place`].
    pub fn key_place(&self, section: &str, key: &str, path: &[&str], last: &str) -> Place {
        let entry = self.loaded.tree.get(section).and_then(|s| s.entries().iter().find(|entry| entry.key == key));
        let holder = entry.and_then(|entry| path.iter().try_fold(&entry.value, |at, part| at.get(part)));
        let found = holder.and_then(|holder| holder.entries().iter().find(|entry| entry.key == last));
        found.map_or_else(|| self.place(section, key, path), |entry| entry.place)
    }

    /// Where a key at the top of the file is written.
    pub fn top_place(&self, key: &str) -> Place {
        self.loaded.tree.get(key).map_or(Place { line: 1, column: 1, length: 1 }, |node| node.place)
    }

    /// Addresses of layers with what their installers would be given, read once for all rules. What
    /// cannot be read is told where it is digested.
    pub fn given(&self) -> &[(String, Given)] {
        self.given.get_or_init(|| {
            let layers = self.layers.iter().filter_map(|layer| Some((&layer.address, Layer::of(layer.artifact.as_ref()?)?)));
            layers.filter_map(|(address, layer)| Some((address.clone(), Given::of(&layer).ok()?))).collect()
        })
    }

    /// Folder of the stack file.
    pub fn folder(&self) -> PathBuf {
        super::folder(self.loaded)
    }
}

fn typed<S: DeserializeOwned>(loaded: &Loaded, kind: &str) -> Vec<Resource<S>> {
    let nodes = loaded.desired.nodes.values().filter(|node| node.id.kind == kind);
    let resources = nodes.filter_map(|node| {
        let spec = S::deserialize(&loaded.desired.resolved(node)).ok()?;
        let ResourceId { name: key, .. } = node.id.clone();
        Some(Resource { key, address: node.id.to_string(), name: node.name.clone(), spec, artifact: node.artifact.clone() })
    });
    resources.collect()
}
