//! From a tree whose variables are filled in to nodes: each kind of the registry expands its section.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use crate::contract::{Driver, Expand};
use crate::kinds;
use crate::model::mark::OWN_TAG_PREFIX;
use crate::source::diagnostic::{Diagnostic, Place};
use crate::source::node::{Node, Yaml};

use super::schema::DEFAULTS;

/// Expands all sections. Where something does not fit its type, all of that is told and nothing else,
/// since the rest may follow from it.
pub(super) fn expand(cx: &mut Expand<'_>, tree: &Node) -> Result<(), Vec<Diagnostic>> {
    for kind in kinds::registry() {
        section(cx, *kind, tree);
    }
    cx.put_admitted();
    for entry in tree.get(DEFAULTS).map(Node::entries).unwrap_or_default() {
        if let Some(kind) = kinds::driver(&entry.key) {
            kind.check_defaults(cx, &entry.value);
        }
    }
    let mut mistyped = std::mem::take(&mut cx.mistyped);
    if !mistyped.is_empty() {
        mistyped.sort_by_key(|problem| problem.place);
        // A default is wrong once, not once a function.
        mistyped.dedup_by(|a, b| a.place == b.place && a.message == b.message);
        return Err(mistyped);
    }
    check_tags(cx, tree);
    Ok(())
}

fn section(cx: &mut Expand<'_>, kind: &dyn Driver, tree: &Node) {
    let Some(section) = tree.get(kind.section()) else { return };
    let Yaml::Map(entries) = &section.yaml else {
        cx.typed::<BTreeMap<String, IgnoredAny>>(section);
        return;
    };
    for entry in entries {
        cx.expanding = Some((kind.section(), entry.key.clone()));
        kind.expand(cx, &entry.key, &entry.value);
    }
    cx.expanding = None;
}

/// Tags that etlctl or AWS keeps for itself, wherever they are written.
fn check_tags(cx: &mut Expand<'_>, tree: &Node) {
    let tops = tree.entries().iter().filter(|entry| entry.key == "tags");
    let resources = tree.entries().iter().flat_map(|section| section.value.entries()).flat_map(|resource| resource.value.entries());
    let is_reserved = |key: &str| key.starts_with(OWN_TAG_PREFIX) || key.to_ascii_lowercase().starts_with("aws:");
    let all = tops.chain(resources.filter(|entry| entry.key == "tags")).flat_map(|tags| tags.value.entries());
    let reserved: Vec<(Place, &str)> = all.filter(|tag| is_reserved(&tag.key)).map(|tag| (tag.place, tag.key.as_str())).collect();
    for (place, key) in reserved {
        cx.problem(place, format!("the tag `{key}` is reserved"), "choose a key that begins with neither `etlctl:` nor `aws:`");
    }
}
