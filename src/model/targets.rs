//! What `--target` takes along: what a target needs where something is made, and what needs it where it goes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::deletion::FREE_TEXT;
use super::plan::Context;
use super::{Desired, Live, ResourceId, Seen};

/// The targets and all that they need; everything where there are no targets.
pub(crate) fn targeted(desired: &Desired, targets: &BTreeSet<ResourceId>) -> BTreeSet<ResourceId> {
    if targets.is_empty() {
        return desired.nodes.keys().cloned().collect();
    }
    let mut found = BTreeSet::new();
    let mut open: Vec<&ResourceId> = targets.iter().collect();
    while let Some(id) = open.pop() {
        if let Some(node) = desired.nodes.get(id)
            && found.insert(id.clone())
        {
            open.extend(&node.needs);
        }
    }
    found
}

/// The targets and all that needs them: by the edges of the files; an orphan has none, and needs whose ARN its live
/// spec holds, and what its own name stands in.
pub(super) fn dependents(cx: &Context<'_>, live: &Live) -> BTreeSet<ResourceId> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&ResourceId> = cx.options.targets.iter().collect();
    while let Some(id) = open.pop() {
        if !found.insert(id.clone()) {
            continue;
        }
        open.extend(cx.files.nodes.values().filter(|node| node.needs.contains(id)).map(|node| &node.id));
        let Some(target) = live.get(id) else { continue };
        let needs_it = |(other, seen): &(&ResourceId, &Seen)| {
            !cx.files.nodes.contains_key(other) && (stands_in(cx, (other, seen), (id, target)) || needs(cx, other, seen, target))
        };
        open.extend(live.iter().filter(needs_it).map(|(other, _)| other));
    }
    found
}

/// Whether the name of one tells that it is within the other: a rule on its bus, a schedule in its group.
fn stands_in(cx: &Context<'_>, (id, seen): (&ResourceId, &Seen), (holder, held_by): (&ResourceId, &Seen)) -> bool {
    let within = (cx.rules)(&id.kind).and_then(|rules| rules.within(&seen.name));
    within.is_some_and(|(section, name)| name == held_by.name && (cx.rules)(&holder.kind).is_some_and(|rules| rules.section() == section))
}

/// Whether a field that needs what it names holds the ARN of what is live. A policy may name what need not be there.
fn needs(cx: &Context<'_>, id: &ResourceId, seen: &Seen, target: &Seen) -> bool {
    let Some(arn) = target.attributes.get("arn") else { return false };
    let loose = (cx.rules)(&id.kind).map_or(&[][..], |rules| rules.loose());
    let fields = seen.spec.as_object().into_iter().flatten();
    let firm = fields.filter(|(field, _)| !loose.contains(&field.as_str()) && !FREE_TEXT.contains(&field.as_str()));
    firm.into_iter().any(|(_, value)| holds_arn(value, arn))
}

/// Whether a text, or a key, anywhere below `value` names an ARN: alone, or with an alias behind it or a
/// protocol before it.
fn holds_arn(value: &Value, arn: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || matches!(next, '-' | '_' | '.'));
    let names = |text: &str| text.match_indices(arn).any(|(at, _)| ends(&text[at + arn.len()..]));
    match value {
        Value::String(text) => names(text),
        Value::Array(items) => items.iter().any(|item| holds_arn(item, arn)),
        Value::Object(map) => map.iter().any(|(key, item)| names(key) || holds_arn(item, arn)),
        _ => false,
    }
}
