//! The plan: a pure function of desired and live.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::reference::{self, Reference};
use super::{Artifact, Change, Desired, Handle, Live, Node, Owner, ResourceId, Scope, Seen, diff, graph};

/// What a kind contributes to planning. All of it is pure.
pub trait Rules {
    /// Section of the stack file, `functions` for one.
    fn section(&self) -> &'static str;
    /// Paths whose values are documents.
    fn documents(&self) -> &'static [&'static str];
    /// Fields that are etlctl's own bookkeeping, not shown of what is new.
    fn internal(&self) -> &'static [&'static str];
    /// Fields that AWS cannot change in place.
    fn immutable(&self) -> &'static [&'static str];
    /// Kinds that a resource of this kind can refer to: those are deleted after it.
    fn refers_to(&self) -> &'static [&'static str];
    /// Whether a resource without any mark is taken over without being asked for.
    fn adopts_unmarked(&self) -> bool;
    /// Brings the two sides of one resource to the form in which they compare: fields that only
    /// one side can know are copied over.
    fn align(&self, want: &mut Value, have: &mut Value, artifact: Option<&Artifact>);
    /// Attributes that these changes will give a new value.
    fn unsettled(&self, changes: &[Change]) -> &'static [&'static str];
    /// Attributes that follow from scope, name and spec alone.
    fn computed(&self, scope: &Scope, name: &str, spec: &Value) -> Handle;
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Not there yet.
    Create,
    /// There, some fields differ.
    Update,
    /// There, a field differs that AWS cannot change in place: deleted, then created.
    Replace,
    /// There, ours and no longer in the files.
    Delete,
    /// There without our mark: marked, and brought to the desired state.
    Adopt,
    /// There as desired.
    Keep,
}

/// One resource of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// Fields that change. For a create all that is set, for a delete none.
    pub changes: Vec<Change>,
    /// Steps of this plan that come first.
    pub needs: BTreeSet<ResourceId>,
    /// Hash of the live state that the step was planned on.
    pub fingerprint: String,
}

/// What apply will do, and all that it will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where.
    pub scope: Scope,
    /// One step a resource, in address order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Whether anything would be written.
    pub fn has_changes(&self) -> bool {
        self.steps.iter().any(|step| step.action != Action::Keep)
    }

    /// Number of steps with this action.
    pub fn count(&self, action: Action) -> usize {
        self.steps.iter().filter(|step| step.action == action).count()
    }
}

/// What the user asked of the plan.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Take over resources that carry no mark.
    pub adopt: bool,
    /// Leave alone what is ours and no longer in the files.
    pub keep_orphans: bool,
    /// Only these and what they need; empty means all.
    pub targets: BTreeSet<ResourceId>,
}

/// A live resource that stands where a desired one would, and is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// `stack/env` of the owner, none where it carries no mark.
    pub owner: Option<String>,
}

/// Everything that the planner needs beside desired and live.
pub struct Context<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// Rules of a kind by its name.
    pub rules: &'a dyn Fn(&str) -> Option<&'a dyn Rules>,
    /// Choices of the user.
    pub options: &'a Options,
}

/// A step's two sides, kept beside the plan for apply.
#[derive(Debug, Clone)]
pub struct Sides {
    /// Desired side; none for a delete.
    pub want: Option<Node>,
    /// Live side; none for a create.
    pub have: Option<Seen>,
}

/// A plan with the two sides of each of its steps.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Sides by address.
    pub sides: BTreeMap<ResourceId, Sides>,
    /// Attributes that are known before apply, by address.
    pub known: BTreeMap<ResourceId, Handle>,
}

/// Plans `desired` against `live`.
///
/// # Errors
/// The resources that are in the way and not ours.
pub fn plan(cx: &Context<'_>, desired: &Desired, live: &Live) -> Result<Planned, Vec<Conflict>> {
    let mut planner = Planner {
        cx,
        live,
        conflicts: Vec::new(),
        steps: BTreeMap::new(),
        sides: BTreeMap::new(),
        known: BTreeMap::new(),
        index: BTreeMap::new(),
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
        for (id, seen) in live {
            let orphan = !desired.nodes.contains_key(id) && seen.owner == Owner::Ours;
            if orphan && (cx.options.targets.is_empty() || cx.options.targets.contains(id)) {
                planner.delete(id, seen);
            }
        }
    }
    planner.finish()
}

/// The targets and all that they need; everything where there are no targets.
fn targeted(desired: &Desired, targets: &BTreeSet<ResourceId>) -> BTreeSet<ResourceId> {
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

struct Planner<'a, 'b> {
    cx: &'a Context<'b>,
    live: &'a Live,
    conflicts: Vec<Conflict>,
    steps: BTreeMap<ResourceId, Step>,
    sides: BTreeMap<ResourceId, Sides>,
    known: BTreeMap<ResourceId, Handle>,
    /// Addresses by section and key, as references name them.
    index: BTreeMap<(String, String), ResourceId>,
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
        let seen = self.live.get(&node.id);
        let mut known = rules.computed(self.cx.scope, &node.name, &want);
        let (action, changes) = match seen {
            None => (Action::Create, diff::all_set(&want, rules.documents(), rules.internal())),
            Some(seen) => {
                let mut have = seen.spec.clone();
                rules.align(&mut want, &mut have, node.artifact.as_ref());
                let changes = diff::diff(&have, &want, rules.documents());
                self.check_owner(node, seen, rules);
                let action = match &seen.owner {
                    Owner::Ours if changes.is_empty() => Action::Keep,
                    Owner::Ours if rules.immutable().iter().any(|field| changes.iter().any(|c| c.is_in(field))) => Action::Replace,
                    Owner::Ours => Action::Update,
                    _ => Action::Adopt,
                };
                known.extend(seen.handle.clone());
                (action, changes)
            }
        };
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
                fingerprint: fingerprint(seen),
            },
        );
        let want = Node { spec: want, ..node.clone() };
        self.sides.insert(node.id.clone(), Sides { want: Some(want), have: seen.cloned() });
    }

    fn attribute(&self, reference: &Reference) -> Option<String> {
        let id = self.index.get(&(reference.section.clone(), reference.key.clone()))?;
        self.known.get(id)?.get(&reference.attribute).cloned()
    }

    fn check_owner(&mut self, node: &Node, seen: &Seen, rules: &dyn Rules) {
        let owner = match &seen.owner {
            Owner::Ours => return,
            Owner::Unmarked if rules.adopts_unmarked() || self.cx.options.adopt => return,
            Owner::Unmarked => None,
            Owner::Foreign(owner) => Some(owner.clone()),
        };
        self.conflicts.push(Conflict { id: node.id.clone(), name: node.name.clone(), owner });
    }

    fn delete(&mut self, id: &ResourceId, seen: &Seen) {
        self.steps.insert(
            id.clone(),
            Step {
                id: id.clone(),
                name: seen.name.clone(),
                action: Action::Delete,
                changes: Vec::new(),
                needs: BTreeSet::new(),
                fingerprint: fingerprint(Some(seen)),
            },
        );
        self.sides.insert(id.clone(), Sides { want: None, have: Some(seen.clone()) });
    }

    fn finish(mut self) -> Result<Planned, Vec<Conflict>> {
        if !self.conflicts.is_empty() {
            self.conflicts.sort_by(|a, b| a.id.cmp(&b.id));
            return Err(self.conflicts);
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

fn fingerprint(seen: Option<&Seen>) -> String {
    let text = seen.map_or_else(String::new, |seen| seen.spec.to_string());
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
