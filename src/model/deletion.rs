//! In which order resources go: whoever's live spec mentions what is about to be deleted goes before
//! it, or is changed before it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::plan::{Action, Sides, Step};
use super::{ResourceId, Seen, graph};

/// Fields in which a name says nothing of what is referred to.
pub(super) const FREE_TEXT: [&str; 2] = ["description", "tags"];

/// What is about to be deleted, by what a live spec mentions it with.
#[derive(Default)]
struct Going<'a> {
    by_arn: BTreeMap<&'a str, &'a ResourceId>,
    by_name: BTreeMap<&'a str, Vec<&'a ResourceId>>,
}

/// From what goes first to what waits for it.
#[derive(Default)]
struct Edges {
    /// An ARN in a field that needs what it names.
    firm: BTreeSet<(ResourceId, ResourceId)>,
    /// A text that equals a name: a hint that gives way in a circle.
    weak: BTreeSet<(ResourceId, ResourceId)>,
}

/// For each deletion, the steps that come before it. `loose` gives a kind's fields that may name what
/// need not be there: they order nothing.
pub(super) fn order(
    steps: &BTreeMap<ResourceId, Step>,
    sides: &BTreeMap<ResourceId, Sides>,
    loose: &dyn Fn(&str) -> &'static [&'static str],
) -> BTreeMap<ResourceId, BTreeSet<ResourceId>> {
    let live = |id: &ResourceId| sides.get(id).and_then(|sides| sides.have.as_ref());
    let going = Going::of(steps.values().filter(|step| step.action == Action::Delete).filter_map(|step| Some((&step.id, live(&step.id)?))));
    let mut edges = Edges::default();
    for step in steps.values().filter(|step| step.action != Action::Keep) {
        let Some(seen) = live(&step.id) else { continue };
        let orders = |field: &str| !FREE_TEXT.contains(&field) && !loose(&step.id.kind).contains(&field);
        for (_, value) in seen.spec.as_object().into_iter().flatten().filter(|(field, _)| orders(field)) {
            each_text(value, &mut |text| {
                for (id, by_name) in going.mentioned_in(text).filter(|(id, _)| **id != step.id) {
                    let edge = (step.id.clone(), id.clone());
                    let known = if by_name { &mut edges.weak } else { &mut edges.firm };
                    known.insert(edge);
                }
            });
        }
    }
    let ids = steps.values().filter(|step| step.action == Action::Delete).map(|step| &step.id);
    edges.without_circles(ids)
}

impl<'a> Going<'a> {
    fn of(deleted: impl Iterator<Item = (&'a ResourceId, &'a Seen)>) -> Self {
        let mut going = Self::default();
        for (id, seen) in deleted {
            going.by_arn.extend(seen.attributes.values().filter(|value| value.starts_with("arn:")).map(|arn| (arn.as_str(), id)));
            going.by_name.entry(&seen.name).or_default().push(id);
        }
        going
    }

    /// What a text mentions, and whether only by its name.
    fn mentioned_in<'b>(&'b self, text: &'b str) -> impl Iterator<Item = (&'a ResourceId, bool)> + 'b {
        let named = self.by_name.get(text).into_iter().flatten().map(|id| (*id, true));
        let arns = text.match_indices("arn:").flat_map(|(at, _)| prefixes(&text[at..]));
        named.chain(arns.filter_map(|arn| Some((*self.by_arn.get(arn)?, false))))
    }
}

/// The ARN that a text begins with, and what it may be of: `…:function:a:live` is of `…:function:a`.
fn prefixes(text: &str) -> impl Iterator<Item = &str> {
    let ends_arn = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '*');
    let arn = &text[..text.find(ends_arn).unwrap_or(text.len())];
    let cuts = arn.match_indices([':', '/']).map(|(at, _)| at).chain([arn.len()]);
    cuts.map(|at| &arn[..at])
}

fn each_text(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        Value::Object(map) => map.iter().for_each(|(key, item)| {
            visit(key);
            each_text(item, visit);
        }),
        _ => {}
    }
}

impl Edges {
    fn without_circles<'a>(mut self, deleted: impl Iterator<Item = &'a ResourceId>) -> BTreeMap<ResourceId, BTreeSet<ResourceId>> {
        let mut before: BTreeMap<ResourceId, BTreeSet<ResourceId>> = deleted.map(|id| (id.clone(), BTreeSet::new())).collect();
        self.weak.retain(|edge| !self.firm.contains(edge));
        for (first, then) in self.firm.iter().chain(&self.weak) {
            before.entry(then.clone()).or_default().insert(first.clone());
        }
        while let Err(circle) = graph::order(&before) {
            // Each needs the next, so an edge runs from the next to it.
            let edges: Vec<_> = circle.iter().zip(circle.iter().skip(1)).map(|(then, first)| (first.clone(), then.clone())).collect();
            let weak = edges.iter().find(|edge| self.weak.contains(edge)).or_else(|| edges.first());
            let Some((first, then)) = weak else { break };
            if !before.get_mut(then).is_some_and(|before| before.remove(first)) {
                break;
            }
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_found_with_what_stands_behind_it() {
        let all: Vec<&str> = prefixes("arn:aws:lambda:r:1:function:a:live,x").collect();
        assert!(all.contains(&"arn:aws:lambda:r:1:function:a") && all.contains(&"arn:aws:lambda:r:1:function:a:live"), "{all:?}");
        assert!(!all.contains(&"arn:aws:lambda:r:1:function:a:live,x"), "{all:?}");
    }
}
