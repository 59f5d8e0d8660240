//! The other environments of a file that stand in another region: what they name for the whole
//! account may meet.

use std::path::Path;

use super::load::{Choice, load_one};
use crate::kinds;
use crate::model::Reach;
use crate::source::loaded::Sibling;
use crate::source::node::Node;

/// The siblings of the environment `env` in `region`. One that cannot be loaded is left out: what is
/// wrong with it is told where it is chosen.
pub(super) fn siblings(path: &Path, tree: &Node, choice: &Choice, env: &str, region: &str) -> Vec<Sibling> {
    let environments = tree.get("environments").map(Node::entries).unwrap_or_default();
    let has_own_region = |node: &Node| node.get("region").is_some();
    if !environments.iter().any(|entry| has_own_region(&entry.value)) {
        return Vec::new();
    }
    let others = environments.iter().filter(|entry| entry.key != env).filter_map(|entry| {
        let choice = Choice { env: Some(entry.key.clone()), region: None, ..choice.clone() };
        load_one(path, &choice).ok().map(|(loaded, _)| loaded)
    });
    let elsewhere = others.filter(|other| other.scope.region != region);
    elsewhere
        .map(|other| Sibling {
            names: other
                .desired
                .nodes
                .values()
                .filter(|node| kinds::driver(&node.id.kind).is_some_and(|driver| driver.reach() == Reach::Account))
                .map(|node| (node.id.kind.clone(), node.name.to_lowercase()))
                .collect(),
            env: other.scope.env,
            region: other.scope.region,
            account: other.account,
        })
        .collect()
}
