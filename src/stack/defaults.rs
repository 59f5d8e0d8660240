//! What stands under `defaults`, put under every resource of its kind.

use std::sync::Arc;

use super::merge;
use super::schema::DEFAULTS;
use crate::contract::Driver;
use crate::kinds;
use crate::source::budget::{Budget, WRITTEN_OUT, size};
use crate::source::diagnostic::{Diagnostic, Source, suggest};
use crate::source::node::{Node, Yaml};

/// Defaults of kinds that there are.
fn written(tree: &Node) -> impl Iterator<Item = (&'static dyn Driver, &Node)> {
    let entries = tree.get(DEFAULTS).map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((kinds::driver(&entry.key)?, &entry.value)))
}

/// Refuses defaults of kinds that there are not.
pub(super) fn check(source: &Arc<Source>, tree: &Node) -> Vec<Diagnostic> {
    let names: Vec<&str> = kinds::registry().iter().map(|kind| kind.name()).collect();
    let Some(defaults) = tree.get(DEFAULTS) else { return Vec::new() };
    if !matches!(defaults.yaml, Yaml::Map(_)) {
        let fix = "write the kinds below it, such as `function: { timeout: 30s }`";
        return vec![Diagnostic::new(source, defaults.place, "`defaults` is a mapping", fix)];
    }
    let unknown = defaults.entries().iter().filter(|entry| !names.contains(&entry.key.as_str()));
    unknown
        .map(|entry| {
            Diagnostic::new(source, entry.place, format!("unknown key `{}`", entry.key), suggest(&entry.key, names.iter().copied()))
        })
        .collect()
}

/// Refuses defaults and tags that, at every resource that takes them, would fill the memory.
pub(super) fn check_written_out(source: &Arc<Source>, tree: &Node) -> Result<(), Vec<Diagnostic>> {
    let count = |section: &str| tree.get(section).map_or(0, |node| node.entries().len());
    let all: usize = kinds::registry().iter().map(|kind| count(kind.section())).sum();
    // A resource may bring along two more.
    let tags = tree.get("tags").map(|node| (node, 3 * all));
    let budget = Budget::of(WRITTEN_OUT);
    for (node, times) in written(tree).map(|(kind, node)| (node, count(kind.section()))).chain(tags) {
        if !budget.spend(size(node).saturating_mul(times)) {
            let message = format!("at {times} resources this is larger than {} MB", WRITTEN_OUT / 1024 / 1024);
            return Err(vec![Diagnostic::new(source, node.place, message, "make it smaller, or split the file into several stacks")]);
        }
    }
    Ok(())
}

/// Puts each kind's defaults under its resources.
pub(super) fn fill(tree: &mut Node) {
    let defaults: Vec<(&dyn Driver, Node)> = written(tree).map(|(kind, node)| (kind, node.clone())).collect();
    let Yaml::Map(entries) = &mut tree.yaml else { return };
    for entry in entries.iter_mut() {
        let Some(kind) = kinds::driver_of_section(&entry.key) else { continue };
        let default = defaults.iter().find(|(of, _)| of.name() == kind.name()).map(|(_, node)| node);
        let Yaml::Map(resources) = &mut entry.value.yaml else { continue };
        for resource in resources {
            // `queues: { dlq: }` asks for a queue with nothing but defaults.
            if matches!(resource.value.yaml, Yaml::Null) {
                resource.value.yaml = Yaml::Map(Vec::new());
            }
            if let Some(default) = default {
                resource.value = merge::under(&resource.value, default, &kind.apart());
            }
        }
    }
}
