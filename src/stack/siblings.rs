//! The other environments of a file whose names may meet: in another region what is named for the whole
//! account, in the same one whatever is named alike in both.

use std::path::Path;

use super::load::{Choice, load_one};
use crate::kinds;
use crate::model::reference::{Piece, pieces};
use crate::model::{Node as Resource, Reach};
use crate::source::loaded::Sibling;
use crate::source::node::{Entry, Node};

/// Words in a name that make it another one in each environment.
const TELLING: [&str; 2] = ["env", "instance"];

/// The siblings of the environment `env` in `region`. One that cannot be loaded is left out: what is
/// wrong with it is told where it is chosen.
pub(super) fn siblings(path: &Path, tree: &Node, choice: &Choice, env: &str, region: &str) -> Vec<Sibling> {
    let environments = tree.get("environments").map(Node::entries).unwrap_or_default();
    let has_own_region = |node: &Node| node.get("region").is_some();
    let may_meet = may_meet(tree, choice);
    // A large file takes a moment to load, and few have a name that two environments could share.
    if !may_meet && !environments.iter().any(|entry| has_own_region(&entry.value)) {
        return Vec::new();
    }
    let others = environments.iter().filter(|entry| entry.key != env).filter_map(|entry| {
        let choice = Choice { env: Some(entry.key.clone()), region: None, ..choice.clone() };
        load_one(path, &choice).ok().map(|(loaded, _)| loaded)
    });
    let meant = others.filter(|other| other.scope.region != region || may_meet);
    meant
        .map(|other| {
            let is_here = other.scope.region == region;
            Sibling {
                names: other.desired.nodes.values().filter_map(|node| known_by(node, is_here)).collect(),
                env: other.scope.env,
                region: other.scope.region,
                account: other.account,
            }
        })
        .collect()
}

/// Kind and name of what nothing else of its account and region, or of its account, may be called.
fn known_by(node: &Resource, is_here: bool) -> Option<(String, String)> {
    let driver = kinds::driver(&node.id.kind)?;
    let is_one = !driver.names().is_shared && (is_here || driver.reach() == Reach::Account);
    is_one.then(|| (node.id.kind.clone(), driver.names().folded(&node.name)))
}

/// Whether two environments may have one name. Variables of the command line are for the chosen one: what
/// another one is called with them, nobody asked.
fn may_meet(tree: &Node, choice: &Choice) -> bool {
    let is_told = |text: &str| pieces(text).iter().any(|piece| matches!(piece, Piece::Expression(name) if TELLING.contains(name)));
    let sections = tree.entries().iter().filter(|section| kinds::driver_of_section(&section.key).is_some());
    let resources = sections.flat_map(|section| section.value.entries());
    let mut names = resources.filter_map(|Entry { value, .. }| value.get("name")?.text());
    choice.sets.is_empty() && (tree.get("naming").is_some() || tree.get("instance").is_some() || names.any(|name| !is_told(name)))
}
