//! What is known of resources, live and by their names.

use std::collections::BTreeMap;

use crate::model::{Attributes, Live, ResourceId};
use crate::source::Loaded;

/// Attributes of live resources with those that follow from their names.
pub fn attributes(loaded: &Loaded, live: &Live) -> BTreeMap<ResourceId, Attributes> {
    let known = loaded.desired.nodes.values().filter_map(|node| {
        let seen = live.get(&node.id)?;
        let mut attributes = loaded.desired.known.get(&node.id)?.clone();
        attributes.extend(seen.attributes.clone());
        Some((node.id.clone(), attributes))
    });
    known.collect()
}
