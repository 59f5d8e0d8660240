//! The plan as a pure function of desired and live.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::mark::{Guard, OnRemove};
use super::plan::{
    Action, Comparison, Conflict, Context, DELETION_PROTECTION, Impossible, InTheWay, NotNormal, Obstacle, PROTECT, Plan, Planned,
    Protected, Refusal, Rules, Sides, Step, Unreadable,
};
use super::reference::{self, Reference};
use super::secret::{Mask, Secrets, of_live_keys};
use super::{
    Attributes, Change, Desired, Fingerprint, Live, Node, Owner, ResourceId, Seen, Unread, deletion, diff, graph, handover, holders,
    stored, targets,
};

/// Plans `desired` against `live`.
///
/// # Errors
/// Resources are in the way that are not ours, protected ones would go, or AWS could not tell all of
/// one that is compared.
pub fn plan(cx: &Context<'_>, desired: &Desired, live: &Live) -> Result<Planned, Refusal> {
    let mut planner = Planner {
        left: Vec::new(),
        cx,
        live,
        conflicts: Vec::new(),
        protected: Vec::new(),
        unreadable: Vec::new(),
        impossible: Vec::new(),
        steps: BTreeMap::new(),
        sides: BTreeMap::new(),
        known: BTreeMap::new(),
        desired,
        secrets: desired.secrets.mask(),
        learned: Secrets::default(),
    };
    let wanted = targets::targeted(desired, &cx.options.targets);
    // The loader refuses cycles, so the order exists; a graph that has one anyway plans in address order.
    let needs = wanted.iter().map(|id| (id.clone(), desired.nodes[id].needs.clone())).collect();
    let order = graph::order(&needs).unwrap_or_else(|_| wanted.iter().cloned().collect());
    // What follows from names is known of all before any is planned: a policy may name what comes later,
    // or what is no target.
    for id in desired.nodes.keys() {
        planner.seed_known(id);
    }
    for id in &order {
        let node = &desired.nodes[id];
        if let Err(error) = planner.plan_node(node) {
            return Err(Refusal::NotNormal(id.clone(), error));
        }
    }
    if !cx.options.keep_orphans {
        // What loses its marks takes nobody along.
        let targets = if cx.options.ejects { cx.options.targets.clone() } else { targets::dependents(cx, live) };
        for (id, seen) in live {
            let orphan = !desired.nodes.contains_key(id) && seen.owner.is_ours();
            if orphan && (cx.options.targets.is_empty() || targets.contains(id)) {
                planner.delete(id, seen);
            }
        }
    }
    planner.finish()
}

/// What the tags of a spec forbid.
fn guard(spec: &Value) -> Guard {
    Guard::of(|key| spec["tags"][key].as_str())
}

/// The field of a live resource that keeps it from being deleted: ours, or one that AWS itself heeds.
fn protection(live: &Value) -> Option<&'static str> {
    let aws = || (live[DELETION_PROTECTION] == true).then_some(DELETION_PROTECTION);
    if guard(live).protect { Some(PROTECT) } else { aws() }
}

struct Planner<'a, 'b> {
    cx: &'a Context<'b>,
    live: &'a Live,
    conflicts: Vec<Conflict>,
    protected: Vec<Protected>,
    unreadable: Vec<Unreadable>,
    impossible: Vec<(ResourceId, Impossible)>,
    steps: BTreeMap<ResourceId, Step>,
    sides: BTreeMap<ResourceId, Sides>,
    known: BTreeMap<ResourceId, Attributes>,
    desired: &'a Desired,
    secrets: Mask,
    learned: Secrets,
    left: Vec<(ResourceId, String)>,
}

impl Planner<'_, '_> {
    fn seed_known(&mut self, id: &ResourceId) {
        let mut known = self.desired.known.get(id).cloned().unwrap_or_default();
        known.extend(self.live.get(id).map(|seen| seen.attributes.clone()).unwrap_or_default());
        self.known.insert(id.clone(), known);
    }

    fn plan_node(&mut self, node: &Node) -> Result<(), NotNormal> {
        let Some(rules) = (self.cx.rules)(&node.id.kind) else { return Ok(()) };
        let mut want = node.spec.clone();
        reference::resolve(&mut want, &|reference| self.attribute(reference));
        // Compared with their values, and kept by their names: steps that wait for others resolve more.
        let named = (!node.stored.is_empty()).then(|| want["environment"].clone());
        if named.is_some() {
            stored::fill(&mut want["environment"], &node.stored);
        }
        let read = self.live.get(&node.id);
        let chosen = read.map(|seen| rules.chosen(self.cx.scope, &want, seen)).transpose()?.flatten();
        let seen = chosen.as_ref().or(read);
        let lost = seen.and_then(|seen| self.with_lost_identities(node, seen, rules.identities()));
        let seen = lost.as_ref().or(seen);
        let mut known = rules.computed(self.cx.scope, &node.name, &want)?;
        let (action, mut changes) = match seen {
            None => (Action::Create, diff::all_set(&want, rules.documents())),
            Some(seen) => {
                let Comparison { want: aligned, changes, left, impossible, along } = rules.compare(&want, seen, node.artifact.as_ref())?;
                want = aligned;
                self.left.extend(left.into_iter().map(|what| (node.id.clone(), what)));
                self.check_owner(node, seen, rules);
                let unread = |part: &Unread| Unreadable { id: node.id.clone(), name: node.name.clone(), part: part.clone() };
                self.unreadable.extend(seen.unread.iter().map(unread));
                let action = match &seen.owner {
                    Owner::Ours | Owner::Incomplete if changes.is_empty() => Action::Keep,
                    Owner::Ours | Owner::Incomplete if is_another(rules, &changes) => Action::Replace,
                    Owner::Ours | Owner::Incomplete => Action::Update,
                    Owner::Foreign(_) | Owner::Unmarked => Action::Adopt,
                };
                let strangers = along.filter(|_| action == Action::Adopt).and_then(|along| self.strangers(along));
                self.impossible.extend(strangers.map(|refused| (node.id.clone(), refused)));
                // Of one that another takes the place of, nothing is changed.
                let in_place = impossible.filter(|_| action != Action::Replace);
                self.impossible.extend(in_place.map(|refused| (node.id.clone(), refused)));
                let was = rules.computed(self.cx.scope, &node.name, &seen.spec)?;
                known = rules.computed(self.cx.scope, &node.name, &want)?;
                // What the changes themselves decide is from now on what they say; all else is as AWS tells it.
                let is_told = |attribute: &String| known.get(attribute) == was.get(attribute);
                let told: Attributes = seen.attributes.clone().into_iter().filter(|(attribute, _)| is_told(attribute)).collect();
                known.extend(told);
                (action, changes)
            }
        };
        let by = seen.and_then(|seen| protection(&seen.spec)).or_else(|| guard(&want).protect.then_some(PROTECT));
        if let Some((seen, by)) = seen.zip(by).filter(|_| action == Action::Replace) {
            self.protected.push(Protected { id: node.id.clone(), name: seen.name.clone(), action, in_files: true, by });
        }
        let mut sensitive = node.sensitive.clone();
        if let Some(seen) = seen {
            sensitive.extend(rules.sensitive(&seen.spec)?);
            self.learned.extend(&of_live_keys(Some(&want), &seen.spec, &self.secrets));
        }
        diff::hide(&mut changes, &sensitive);
        diff::hide_known(&mut changes, &self.secrets);
        match action {
            Action::Replace => known = rules.computed(self.cx.scope, &node.name, &want)?,
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
                needs: node.needs.difference(&node.loose).cloned().collect(),
                fingerprint: Fingerprint::of(seen.map(|seen| &seen.spec), Some(&want)),
            },
        );
        if let Some(named) = named {
            want["environment"] = named;
        }
        let want = Node { spec: want, ..node.clone() };
        self.sides.insert(node.id.clone(), Sides { want: Some(want), have: seen.cloned() });
        Ok(())
    }

    /// What would become ours and be deleted, since no file names it.
    fn strangers(&self, (kind, names): (&'static str, Vec<String>)) -> Option<Impossible> {
        let is_ours = |name: &String| self.desired.nodes.values().any(|node| node.id.kind == kind && node.name == *name);
        let strange: Vec<String> = names.into_iter().filter(|name| !is_ours(name)).collect();
        (!strange.is_empty()).then(|| Impossible {
            what: format!("its mark would be that of what it holds, too, and no file names {}", strange.join(", ")),
            fix: format!("write each {kind} down in the file, or give the resource another name and leave this one to its owner"),
        })
    }

    /// The live side where fields that name something which was made after they were set, or is about to
    /// be made, say so: its ARN is the same, and it is another one. None where there are none.
    fn with_lost_identities(&self, node: &Node, seen: &Seen, fields: &[&str]) -> Option<Seen> {
        let mut lost = None;
        for field in fields {
            let named = node.spec[*field].as_str().and_then(|text| reference::references_in(text).next());
            let Some(id) = named.and_then(|named| Some(self.desired.target(&named)?.id.clone())) else { continue };
            let is_new = self.steps.get(&id).is_some_and(|step| step.action == Action::Create);
            let made = self.live.get(&id).and_then(|target| target.times.made);
            let is_newer = made.zip(seen.times.set).is_some_and(|(made, set)| made > set);
            if (is_new || is_newer)
                && let Some(arn) = seen.spec[*field].as_str()
            {
                let told = Value::from(format!("{arn} (of one that was deleted)"));
                lost.get_or_insert_with(|| seen.clone()).spec[*field] = told;
            }
        }
        lost
    }

    fn attribute(&self, reference: &Reference) -> Option<String> {
        self.known.get(&self.desired.target(reference)?.id)?.get(&reference.attribute).cloned()
    }

    fn check_owner(&mut self, node: &Node, seen: &Seen, rules: &dyn Rules) {
        let Some(obstacle) = Obstacle::of(self.cx.scope, &seen.owner) else { return };
        let is_asked_for = self.cx.options.adopt || (obstacle == Obstacle::Unmarked && rules.adopts_unmarked());
        if obstacle.is_adoptable() && is_asked_for {
            return;
        }
        if self.desired.moved.get(&node.id).is_some_and(|stack| obstacle.comes_from(self.cx.scope, stack)) {
            return;
        }
        self.conflicts.push(Conflict { id: node.id.clone(), name: node.name.clone(), obstacle });
    }

    fn delete(&mut self, id: &ResourceId, seen: &Seen) {
        self.learned.extend(&of_live_keys(None, &seen.spec, &self.secrets));
        let Guard { protect: _, on_remove } = guard(&seen.spec);
        let action = match on_remove {
            OnRemove::Delete if !self.cx.options.ejects => Action::Delete,
            OnRemove::Delete | OnRemove::Retain => Action::Release,
        };
        if let Some(by) = protection(&seen.spec).filter(|_| action == Action::Delete) {
            let in_files = self.cx.files.nodes.contains_key(id);
            self.protected.push(Protected { id: id.clone(), name: seen.name.clone(), action, in_files, by });
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

    /// What stands in the way, by resource.
    fn told(&mut self) -> BTreeMap<ResourceId, InTheWay> {
        let not_ours = std::mem::take(&mut self.conflicts).into_iter().map(|one| (one.id, InTheWay::NotOurs(one.obstacle)));
        let protected = std::mem::take(&mut self.protected).into_iter();
        let protected = protected.map(|Protected { id, action, by, .. }| (id, InTheWay::Protected { action, by }));
        let unread = std::mem::take(&mut self.unreadable).into_iter().map(|one| (one.id, InTheWay::Unread(one.part)));
        let impossible = std::mem::take(&mut self.impossible).into_iter().map(|(id, refused)| (id, InTheWay::Impossible(refused)));
        not_ours.chain(protected).chain(unread).chain(impossible).collect()
    }

    fn finish(mut self) -> Result<Planned, Refusal> {
        self.impossible.extend(holders::left_within(self.cx, &self.steps));
        let in_the_way = if self.cx.options.tells { self.told() } else { BTreeMap::new() };
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
        if !self.impossible.is_empty() {
            return Err(Refusal::Impossible(self.impossible));
        }
        let loose = |kind: &str| (self.cx.rules)(kind).map_or(&[][..], |rules| rules.loose());
        for (id, before) in deletion::order(&self.steps, &self.sides, &loose) {
            if let Some(step) = self.steps.get_mut(&id) {
                step.needs = before;
            }
        }
        let early = handover::order(&mut self.steps, &self.sides, self.cx.rules).map_err(|(id, error)| Refusal::NotNormal(id, error))?;
        let steps: Vec<Step> = self.steps.into_values().collect();
        let plan = Plan { scope: self.cx.scope.clone(), steps };
        Ok(Planned { plan, sides: self.sides, known: self.known, left: self.left, in_the_way, early, learned: self.learned })
    }
}

/// Whether AWS makes no such change: another resource takes its place.
fn is_another(rules: &dyn Rules, changes: &[Change]) -> bool {
    let in_one_of = |change: &Change| rules.immutable().iter().any(|field| change.is_in(field));
    changes.iter().any(|change| in_one_of(change) || rules.born_with().contains(&change.path.as_str()))
}
