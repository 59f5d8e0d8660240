//! The other environments of a file whose names may meet: in another region what is named for the whole
//! account, in the same one whatever is named alike in both.

use std::path::Path;

use super::load::{Choice, load_one};
use crate::kinds;
use crate::model::reference::{Piece, pieces};
use crate::model::{Node as Resource, Reach};
use crate::source::loaded::Sibling;
use crate::source::node::{Entry, Node};

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

/// Whether two environments may have one name. Variables of the command line and of the process are for the
/// chosen one: what another one is called with them, nobody asked.
fn may_meet(tree: &Node, choice: &Choice) -> bool {
    let holds = |text: &str, word: &str| pieces(text).contains(&Piece::Expression(word));
    // Where the file says nothing else, an instance is called like its environment.
    let instance_tells = tree.get("instance").is_none_or(|node| node.text().is_some_and(|text| holds(text, "env")));
    let is_told = |text: &str| holds(text, "env") || (instance_tells && holds(text, "instance"));
    let sections = tree.entries().iter().filter(|section| kinds::driver_of_section(&section.key).is_some());
    let names = sections.flat_map(|section| section.value.entries()).filter_map(|Entry { value, .. }| value.get("name")?.text());
    let naming = tree.get("naming");
    let patterns = naming
        .and_then(Node::text)
        .into_iter()
        .chain(naming.map(Node::entries).unwrap_or_default().iter().filter_map(|entry| entry.value.text()));
    // Without patterns of its own a file's names hold the instance.
    let is_open = (naming.is_none() && !instance_tells) || names.chain(patterns).any(|name| !is_told(name));
    is_open && choice.sets.is_empty() && !is_of_process(tree)
}

/// Whether the process gives a variable its value.
fn is_of_process(tree: &Node) -> bool {
    let variables = tree.get("variables").map(Node::entries).unwrap_or_default();
    let mut named = variables.iter().filter_map(|entry| entry.value.get("from_env")?.text());
    named.any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
