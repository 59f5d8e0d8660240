//! The plan as a pure function of desired and live.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::mark::{Guard, OnRemove};
use super::plan::{
    Action, Comparison, Conflict, Context, NotNormal, Obstacle, Plan, Planned, Protected, Refusal, Rules, Sides, Step, Unreadable,
};
use super::reference::{self, Reference};
use super::secret::Mask;
use super::{Desired, Fingerprint, Handle, Live, Node, Owner, ResourceId, Seen, Unread, diff, graph, stored};

/// Plans `desired` against `live`.
///
/// # Errors
/// Resources are in the way that are not ours, protected ones would go, or AWS could not tell all of
/// one that is compared.
pub fn plan(cx: &Context<'_>, desired: &Desired, live: &Live) -> Result<Planned, Refusal> {
    let mut planner = Planner {
        cx,
        live,
        conflicts: Vec::new(),
        protected: Vec::new(),
        unreadable: Vec::new(),
        not_normal: None,
        steps: BTreeMap::new(),
        sides: BTreeMap::new(),
        known: BTreeMap::new(),
        index: BTreeMap::new(),
        secrets: desired.secrets.mask(),
    };
    let wanted = targeted(desired, &cx.options.targets);
    // The loader refuses cycles, so the order exists; a graph that has one anyway plans in address order.
    let needs = wanted.iter().map(|id| (id.clone(), desired.nodes[id].needs.clone())).collect();
    let order = graph::order(&needs).unwrap_or_else(|_| wanted.iter().cloned().collect());
    // What follows from names is known of all before any is planned: a policy may name what comes later.
    for id in &order {
        planner.foresee(&desired.nodes[id]);
    }
    for id in &order {
        planner.want(&desired.nodes[id]);
    }
    if !cx.options.keep_orphans {
        let targets = dependents(cx.files, live, &cx.options.targets);
        for (id, seen) in live {
            let orphan = !desired.nodes.contains_key(id) && seen.owner.is_ours();
            if orphan && (cx.options.targets.is_empty() || targets.contains(id)) {
                planner.delete(id, seen);
            }
        }
    }
    planner.finish()
}

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

/// The targets and all that needs them, by the edges of the files, and by the ARNs that live specs
/// hold: an orphan has no edges.
fn dependents(files: &Desired, live: &Live, targets: &BTreeSet<ResourceId>) -> BTreeSet<ResourceId> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&ResourceId> = targets.iter().collect();
    while let Some(id) = open.pop() {
        if !found.insert(id.clone()) {
            continue;
        }
        open.extend(files.nodes.values().filter(|node| node.needs.contains(id)).map(|node| &node.id));
        if let Some(arn) = live.get(id).and_then(|seen| seen.handle.get("arn")) {
            let names_it = |(other, seen): &(&ResourceId, &Seen)| !files.nodes.contains_key(other) && holds_text(&seen.spec, arn);
            open.extend(live.iter().filter(names_it).map(|(other, _)| other));
        }
    }
    found
}

/// Whether a text, or a key, anywhere below `value` is `text`.
fn holds_text(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) => items.iter().any(|item| holds_text(item, text)),
        Value::Object(map) => map.iter().any(|(key, item)| key == text || holds_text(item, text)),
        _ => false,
    }
}

/// What the tags of a spec forbid.
fn guard(spec: &Value) -> Guard {
    Guard::of(|key| spec["tags"][key].as_str())
}

struct Planner<'a, 'b> {
    cx: &'a Context<'b>,
    live: &'a Live,
    conflicts: Vec<Conflict>,
    protected: Vec<Protected>,
    unreadable: Vec<Unreadable>,
    not_normal: Option<(ResourceId, NotNormal)>,
    steps: BTreeMap<ResourceId, Step>,
    sides: BTreeMap<ResourceId, Sides>,
    known: BTreeMap<ResourceId, Handle>,
    /// Addresses by section and key, as references name them.
    index: BTreeMap<(String, String), ResourceId>,
    secrets: Mask,
}

impl<'b> Planner<'_, 'b> {
    fn rules(&self, kind: &str) -> Option<&'b dyn Rules> {
        (self.cx.rules)(kind)
    }

    fn foresee(&mut self, node: &Node) {
        let Some(rules) = self.rules(&node.id.kind) else { return };
        let mut known = rules.computed(self.cx.scope, &node.name, &node.spec);
        known.extend(self.live.get(&node.id).map(|seen| seen.handle.clone()).unwrap_or_default());
        self.known.insert(node.id.clone(), known);
        self.index.insert((rules.section().to_owned(), node.id.name.clone()), node.id.clone());
    }

    fn want(&mut self, node: &Node) {
        let Some(rules) = (self.cx.rules)(&node.id.kind) else { return };
        let mut want = node.spec.clone();
        reference::resolve(&mut want, &|reference| self.attribute(reference));
        // Compared with their values, and kept by their names: steps that wait for others resolve more.
        let named = (!node.stored.is_empty()).then(|| want["environment"].clone());
        if named.is_some() {
            stored::fill(&mut want["environment"], &node.stored);
        }
        let seen = self.live.get(&node.id);
        let mut known = rules.computed(self.cx.scope, &node.name, &want);
        let (action, mut changes) = match seen {
            None => (Action::Create, diff::all_set(&want, rules.documents(), rules.internal())),
            Some(seen) => {
                let changes = match rules.compare(&want, &seen.spec, node.artifact.as_ref()) {
                    Ok(Comparison { want: aligned, changes }) => {
                        want = aligned;
                        changes
                    }
                    Err(error) => {
                        self.not_normal.get_or_insert((node.id.clone(), error));
                        return;
                    }
                };
                self.check_owner(node, seen, rules);
                let unread = |part: &Unread| Unreadable { id: node.id.clone(), name: node.name.clone(), part: part.clone() };
                self.unreadable.extend(seen.unread.iter().map(unread));
                let action = match &seen.owner {
                    Owner::Ours | Owner::Incomplete if changes.is_empty() => Action::Keep,
                    Owner::Ours | Owner::Incomplete if rules.immutable().iter().any(|field| changes.iter().any(|c| c.is_in(field))) => {
                        Action::Replace
                    }
                    Owner::Ours | Owner::Incomplete => Action::Update,
                    Owner::Foreign(_) | Owner::Unmarked => Action::Adopt,
                };
                known.extend(seen.handle.clone());
                (action, changes)
            }
        };
        if let Some(seen) = seen.filter(|seen| action == Action::Replace && (guard(&seen.spec).protect || guard(&want).protect)) {
            self.protected.push(Protected { id: node.id.clone(), name: seen.name.clone(), action, in_files: true });
        }
        let mut sensitive = node.sensitive.clone();
        sensitive.extend(seen.map(|seen| rules.sensitive(&seen.spec)).unwrap_or_default());
        diff::hide(&mut changes, &sensitive);
        diff::hide_known(&mut changes, &self.secrets);
        match action {
            Action::Replace => {
                let computed = rules.computed(self.cx.scope, &node.name, &want);
                known = computed;
            }
            Action::Update | Action::Adopt => rules.unsettled(&changes).iter().for_each(|attribute| {
                known.remove(*attribute);
            }),
            _ => {}
        }
        self.known.insert(node.id.clone(), known);
        self.steps.insert(
            node.id.clone(),
            Step {
                id: node.id.clone(),
                name: node.name.clone(),
                action,
                changes,
                needs: node.needs.clone(),
                fingerprint: Fingerprint::of(seen.map(|seen| &seen.spec), Some(&want)),
            },
        );
        if let Some(named) = named {
            want["environment"] = named;
        }
        let want = Node { spec: want, ..node.clone() };
        self.sides.insert(node.id.clone(), Sides { want: Some(want), have: seen.cloned() });
    }

    fn attribute(&self, reference: &Reference) -> Option<String> {
        let id = self.index.get(&(reference.section.clone(), reference.key.clone()))?;
        self.known.get(id)?.get(&reference.attribute).cloned()
    }

    fn check_owner(&mut self, node: &Node, seen: &Seen, rules: &dyn Rules) {
        let Some(obstacle) = Obstacle::of(self.cx.scope, &seen.owner) else { return };
        let is_asked_for = self.cx.options.adopt || (obstacle == Obstacle::Unmarked && rules.adopts_unmarked());
        if obstacle.is_adoptable() && is_asked_for {
            return;
        }
        self.conflicts.push(Conflict { id: node.id.clone(), name: node.name.clone(), obstacle });
    }

    fn delete(&mut self, id: &ResourceId, seen: &Seen) {
        let Guard { protect, on_remove } = guard(&seen.spec);
        let action = match on_remove {
            OnRemove::Retain => Action::Release,
            OnRemove::Delete => Action::Delete,
        };
        if protect && action == Action::Delete {
            let in_files = self.cx.files.nodes.contains_key(id);
            self.protected.push(Protected { id: id.clone(), name: seen.name.clone(), action, in_files });
        }
        self.steps.insert(
            id.clone(),
            Step {
                id: id.clone(),
                name: seen.name.clone(),
                action,
                changes: Vec::new(),
                needs: BTreeSet::new(),
                fingerprint: Fingerprint::of(Some(&seen.spec), None),
            },
        );
        self.sides.insert(id.clone(), Sides { want: None, have: Some(seen.clone()) });
    }

    fn finish(mut self) -> Result<Planned, Refusal> {
        if let Some((id, error)) = self.not_normal {
            return Err(Refusal::NotNormal(id, error));
        }
        if !self.conflicts.is_empty() {
            self.conflicts.sort_by(|a, b| a.id.cmp(&b.id));
            return Err(Refusal::Conflicts(self.conflicts));
        }
        if !self.protected.is_empty() {
            self.protected.sort_by(|a, b| a.id.cmp(&b.id));
            return Err(Refusal::Protected(self.protected));
        }
        if !self.unreadable.is_empty() {
            return Err(Refusal::Unreadable(self.unreadable));
        }
        let deletes: Vec<ResourceId> = self.steps.values().filter(|s| s.action == Action::Delete).map(|s| s.id.clone()).collect();
        for id in deletes {
            let before =
                self.steps.values().filter(|other| other.id != id && other.action != Action::Keep && self.comes_before_delete(other, &id));
            let before = before.map(|other| other.id.clone()).collect();
            if let Some(step) = self.steps.get_mut(&id) {
                step.needs = before;
            }
        }
        let steps: Vec<Step> = self.steps.into_values().collect();
        Ok(Planned { plan: Plan { scope: self.cx.scope.clone(), steps }, sides: self.sides, known: self.known })
    }

    /// What may still refer to `id` is changed or deleted first.
    fn comes_before_delete(&self, other: &Step, id: &ResourceId) -> bool {
        let refers = self.rules(&other.id.kind).is_some_and(|rules| rules.refers_to().contains(&id.kind.as_str()));
        refers && (other.id.kind != id.kind || self.mentions(other, id))
    }

    /// Between two of a kind only a mention decides: a queue that redrives to another goes first.
    fn mentions(&self, other: &Step, id: &ResourceId) -> bool {
        let (Some(from), Some(to)) = (self.sides.get(&other.id), self.sides.get(id)) else { return false };
        let arn = to.have.as_ref().and_then(|seen| seen.handle.get("arn"));
        let text = from.have.as_ref().map(|seen| seen.spec["redrive"].to_string());
        matches!((arn, text), (Some(arn), Some(text)) if text.contains(arn.as_str()))
    }
}
