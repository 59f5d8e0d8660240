//! What the files changed since they were last in force: no drift, since nobody touched what is live.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::mark::EXPIRES_TAG;
use super::super::plan::Planned;
use super::super::{Action, Fingerprint, Node, ResourceId};
use super::choice::has_open_references;

/// Resources whose files changed and that no apply has brought there, by stack.
#[derive(Debug, Default)]
pub struct Pending {
    wants: BTreeMap<String, BTreeMap<ResourceId, Want>>,
    open: BTreeMap<String, BTreeSet<ResourceId>>,
}

/// What the files ask for: under which physical name, and the rest of it.
type Want = (String, Fingerprint);

impl Pending {
    /// Notes what the files ask for; with the first time nothing is pending. Returns what became pending.
    pub fn files(&mut self, stack: &str, nodes: &BTreeMap<ResourceId, Node>) -> Vec<ResourceId> {
        let want = |node: &Node| {
            let mut spec = node.spec.clone();
            // When an instance expires is taken over from what is live.
            if let Some(tags) = spec.get_mut("tags").and_then(Value::as_object_mut) {
                tags.shift_remove(EXPIRES_TAG);
            }
            (node.name.clone(), Fingerprint::of(None, Some(&spec)))
        };
        let wants: BTreeMap<ResourceId, Want> = nodes.values().map(|node| (node.id.clone(), want(node))).collect();
        let Some(before) = self.wants.insert(stack.to_owned(), wants.clone()) else { return Vec::new() };
        let open = self.open.entry(stack.to_owned()).or_default();
        let moved = wants.iter().filter(|(id, want)| before.get(*id) != Some(want)).map(|(id, _)| id.clone());
        // What no file names any more has its physical name as its address.
        let left = before.iter().filter(|(id, (name, _))| wants.get(*id).is_none_or(|(now, _)| now != name));
        let left = left.map(|(id, (name, _))| ResourceId::new(id.kind.as_str(), name.as_str()));
        moved.chain(left).filter(|id| open.insert(id.clone())).collect()
    }

    /// What of a plan is pending: what the files changed and is not there yet, and what waits for such.
    pub fn look(&mut self, planned: &Planned) -> BTreeSet<ResourceId> {
        let Some(open) = self.open.get_mut(&planned.plan.scope.stack) else { return BTreeSet::new() };
        let differs = |id: &ResourceId| planned.plan.steps.iter().any(|step| step.id == *id && step.action != Action::Keep);
        open.retain(differs);
        let mut all = open.clone();
        loop {
            let waits = planned.plan.steps.iter().filter(|step| step.action != Action::Keep && !all.contains(&step.id));
            let waits: Vec<ResourceId> = waits
                .filter(|step| step.needs.iter().any(|need| all.contains(need)) && has_open_references(planned, &step.id))
                .map(|step| step.id.clone())
                .collect();
            if waits.is_empty() {
                return all;
            }
            all.extend(waits);
        }
    }

    /// What the files ask of a resource is there: what differs from now on is drift.
    pub fn healed(&mut self, stack: &str, id: &ResourceId) {
        if let Some(open) = self.open.get_mut(stack) {
            open.remove(id);
        }
    }

    /// Stacks that are no longer looked at.
    pub fn keep_stacks(&mut self, stacks: &BTreeSet<String>) {
        self.wants.retain(|stack, _| stacks.contains(stack));
        self.open.retain(|stack, _| stacks.contains(stack));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.open.values().map(BTreeSet::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{Account, Plan, Scope, Step};
    use super::*;

    fn nodes(all: &[(&str, Value)]) -> BTreeMap<ResourceId, Node> {
        let node = |(address, spec): &(&str, Value)| {
            let id: ResourceId = address.parse().unwrap();
            let (home, needs, loose, sensitive) = Default::default();
            let (name, spec, stored) = (format!("jobs-{}", id.name), spec.clone(), BTreeMap::new());
            (id.clone(), Node { id, name, home, spec, needs, loose, artifact: None, sensitive, stored, assumed: None })
        };
        all.iter().map(node).collect()
    }

    fn planned(all: &[(&str, Action)]) -> Planned {
        let [partition, region, stack, env] = ["aws", "us-east-1", "jobs", "dev"].map(str::to_owned);
        let scope = Scope { partition, account: Account::Late, region, stack, instance: env.clone(), env };
        let step = |(address, action): &(&str, Action)| {
            let id: ResourceId = address.parse().unwrap();
            let (name, fingerprint) = (id.name.clone(), Fingerprint::of(None, None));
            Step { id, name, action: *action, changes: Vec::new(), needs: BTreeSet::new(), fingerprint }
        };
        let (sides, known, left, in_the_way) = Default::default();
        Planned { plan: Plan { scope, steps: all.iter().map(step).collect() }, sides, known, left, in_the_way }
    }

    #[test]
    fn what_was_healed_with_it_is_no_longer_pending() {
        let (mut pending, id) = (Pending::default(), ResourceId::new("queue", "a"));
        pending.files("jobs", &nodes(&[("queue/a", json!(1))]));
        pending.files("jobs", &nodes(&[("queue/a", json!(2))]));
        let differs = planned(&[("queue/a", Action::Update)]);
        assert_eq!(pending.look(&differs), [id.clone()].into());
        pending.healed("jobs", &id);
        assert_eq!(pending.count(), 0);
        assert!(pending.look(&differs).is_empty(), "somebody changed it since the heal");
    }

    #[test]
    fn what_the_files_moved_is_pending_until_it_is_there() {
        let (mut pending, id) = (Pending::default(), |text: &str| text.parse::<ResourceId>().unwrap());
        assert!(pending.files("jobs", &nodes(&[("queue/a", json!(1)), ("queue/b", json!(1))])).is_empty(), "the first time");
        assert_eq!(
            pending.files("jobs", &nodes(&[("queue/a", json!(2)), ("queue/c", json!(1))])),
            ["queue/a", "queue/c", "queue/jobs-b"].map(id)
        );
        assert!(pending.files("jobs", &nodes(&[("queue/a", json!(2)), ("queue/c", json!(1))])).is_empty(), "told once");
        let all = [("queue/a", Action::Update), ("queue/jobs-b", Action::Delete), ("queue/c", Action::Create), ("queue/d", Action::Update)];
        assert_eq!(pending.look(&planned(&all)), ["queue/a", "queue/jobs-b", "queue/c"].map(id).into());
        assert_eq!(pending.look(&planned(&[("queue/a", Action::Keep), ("queue/c", Action::Create)])), [id("queue/c")].into());
        assert_eq!(pending.count(), 1);
        // It is there, and from now on what differs is drift.
        pending.look(&planned(&[("queue/a", Action::Keep), ("queue/c", Action::Keep)]));
        assert!(pending.look(&planned(&all)).is_empty());
        let expires = |at: &str| json!({"tags": {"a": "b", EXPIRES_TAG: at}});
        pending.files("other", &nodes(&[("queue/a", expires("2026-12-01"))]));
        assert!(pending.files("other", &nodes(&[("queue/a", expires("2026-12-09"))])).is_empty(), "somebody renewed it");
    }
}
