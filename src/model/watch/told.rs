//! Which drift was told already: each is told once, and its end once.

use std::collections::{BTreeMap, BTreeSet};

use super::super::plan::Planned;
use super::super::{Action, Guarded, ResourceId, Step};

/// A resource of a stack.
type Key = (String, ResourceId);

/// Drift that stands.
#[derive(Debug, Default)]
pub struct Drifts(BTreeMap<Key, Drift>);

#[derive(Debug)]
struct Drift {
    action: Action,
    /// Live values of the fields that differ.
    fields: BTreeMap<String, Guarded>,
    /// Whether only a look at everything shows it.
    is_deep: bool,
}

/// What a look found beside what the one before it did.
#[derive(Debug, Default, PartialEq)]
pub struct News {
    /// Resources that drifted, or drifted further.
    pub drifted: Vec<ResourceId>,
    /// Resources that are as desired again.
    pub ended: Vec<ResourceId>,
}

impl Drift {
    fn of(step: &Step, is_deep: bool) -> Self {
        // Of what is not there, or is to go, there are no two sides.
        let compared = matches!(step.action, Action::Update | Action::Replace | Action::Adopt);
        let fields = step.changes.iter().filter(|_| compared).map(|change| (change.path.clone(), change.before.clone()));
        Self { action: step.action, fields: fields.collect(), is_deep }
    }

    /// Whether there is something in it that the other one did not have.
    fn is_more_than(&self, other: &Self) -> bool {
        self.action != other.action || self.fields.iter().any(|(path, before)| other.fields.get(path) != Some(before))
    }
}

impl Drifts {
    /// Notes what a look found of a stack. `pending` are resources whose files changed: what differs there
    /// is no drift, and no end of one that was told. What only a deep look shows is not gone where a cheap one
    /// does not see it.
    pub fn look(&mut self, planned: &Planned, pending: &BTreeSet<ResourceId>, is_deep: bool) -> News {
        let stack = planned.plan.scope.stack.clone();
        let mut news = News::default();
        let mut there = BTreeSet::new();
        for step in planned.plan.steps.iter().filter(|step| step.action != Action::Keep && !pending.contains(&step.id)) {
            let key = (stack.clone(), step.id.clone());
            there.insert(step.id.clone());
            let known = self.0.get(&key);
            let drift = Drift::of(step, is_deep && known.is_none_or(|known| known.is_deep));
            if known.is_none_or(|known| drift.is_more_than(known)) {
                news.drifted.push(step.id.clone());
            }
            self.0.insert(key, drift);
        }
        self.0.retain(|(of, id), drift| {
            let stays = *of != stack || there.contains(id) || pending.contains(id) || (drift.is_deep && !is_deep);
            if !stays {
                news.ended.push(id.clone());
            }
            stays
        });
        news
    }

    /// A resource was healed.
    pub fn healed(&mut self, stack: &str, id: &ResourceId) {
        self.0.remove(&(stack.to_owned(), id.clone()));
    }

    /// What the last look left of the resource was healed in these fields, and the others stand.
    pub fn healed_in(&mut self, stack: &str, id: &ResourceId, paths: &BTreeSet<String>) {
        if let Some(drift) = self.0.get_mut(&(stack.to_owned(), id.clone())) {
            drift.fields.retain(|path, _| !paths.contains(path));
        }
    }

    /// Stacks that are no longer looked at.
    pub fn keep_stacks(&mut self, stacks: &BTreeSet<String>) {
        self.0.retain(|(stack, _), _| stacks.contains(stack));
    }

    /// How many resources stand so, by kind.
    pub fn by_kind(&self) -> BTreeMap<String, u64> {
        let mut kinds = BTreeMap::new();
        self.0.keys().for_each(|(_, id)| *kinds.entry(id.kind.clone()).or_default() += 1);
        kinds
    }

    /// Whether there is any.
    pub fn is_any(&self) -> bool {
        !self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{Account, Fingerprint, Plan, Scope, diff};
    use super::*;

    fn planned(steps: Vec<Step>) -> Planned {
        let [partition, region, stack, env] = ["aws", "us-east-1", "jobs", "dev"].map(str::to_owned);
        let scope = Scope { partition, account: Account::Late, region, stack, instance: env.clone(), env };
        let (sides, known, left, in_the_way, learned) = Default::default();
        Planned { plan: Plan { scope, steps }, sides, known, left, in_the_way, learned, early: BTreeMap::new() }
    }

    fn step(name: &str, action: Action, live: serde_json::Value) -> Step {
        let want = json!({"delay": 0, "retention": 4});
        let (id, needs, fingerprint) = (ResourceId::new("queue", name), BTreeSet::new(), Fingerprint::of(None, None));
        Step { id, name: name.into(), action, changes: diff(&live, &want, &[]), needs, fingerprint }
    }

    fn drifted(live: serde_json::Value) -> Planned {
        planned(vec![step("q", Action::Update, live)])
    }

    #[test]
    fn a_drift_is_told_once_and_more_of_it_too_and_its_end() {
        let (mut drifts, none) = (Drifts::default(), BTreeSet::new());
        let id = ResourceId::new("queue", "q");
        let (new, gone) = (News { drifted: vec![id.clone()], ended: vec![] }, News { drifted: vec![], ended: vec![id.clone()] });
        let one = json!({"delay": 5, "retention": 4});
        assert_eq!(drifts.look(&drifted(one.clone()), &none, false), new);
        assert_eq!(drifts.look(&drifted(one), &none, false), News::default());
        assert_eq!(drifts.look(&drifted(json!({"delay": 6, "retention": 4})), &none, false), new, "it changed again");
        assert_eq!(drifts.look(&drifted(json!({"delay": 6, "retention": 9})), &none, false), new, "another field");
        assert_eq!(drifts.look(&drifted(json!({"delay": 0, "retention": 9})), &none, false), News::default(), "less of it");
        assert_eq!(drifts.by_kind(), BTreeMap::from([("queue".to_owned(), 1)]));
        assert_eq!(drifts.look(&planned(vec![step("q", Action::Keep, json!({}))]), &none, false), gone);
        assert!(!drifts.is_any());
        assert_eq!(drifts.look(&planned(vec![]), &none, false), News::default());
        assert_eq!(drifts.look(&planned(vec![step("q", Action::Create, json!({}))]), &none, false), new);
        assert_eq!(drifts.look(&planned(vec![step("q", Action::Create, json!({}))]), &none, false), News::default());
    }

    #[test]
    fn what_a_cheap_look_does_not_see_stands_until_a_deep_one_says_otherwise() {
        let (mut drifts, none) = (Drifts::default(), BTreeSet::new());
        let live = json!({"delay": 5, "retention": 4});
        assert_eq!(drifts.look(&drifted(live.clone()), &none, true).drifted.len(), 1);
        assert_eq!(drifts.look(&planned(vec![]), &none, false), News::default());
        assert!(drifts.is_any());
        assert_eq!(drifts.look(&planned(vec![]), &none, true).ended.len(), 1);
        // What a cheap look sees, a cheap look can see the end of.
        drifts.look(&drifted(live.clone()), &none, true);
        drifts.look(&drifted(live), &none, false);
        assert_eq!(drifts.look(&planned(vec![]), &none, false).ended.len(), 1);
    }

    #[test]
    fn what_the_files_changed_is_no_drift() {
        let (mut drifts, pending) = (Drifts::default(), BTreeSet::from([ResourceId::new("queue", "q")]));
        assert_eq!(drifts.look(&drifted(json!({"delay": 5, "retention": 4})), &pending, false), News::default());
        assert!(!drifts.is_any());
    }

    #[test]
    fn a_drift_whose_files_changed_then_has_not_ended_until_it_is_as_they_say() {
        let (mut drifts, none, id) = (Drifts::default(), BTreeSet::new(), ResourceId::new("queue", "q"));
        let live = || drifted(json!({"delay": 5, "retention": 4}));
        assert_eq!(drifts.look(&live(), &none, false).drifted, std::slice::from_ref(&id));
        assert_eq!(drifts.look(&live(), &[id.clone()].into(), false), News::default(), "it differs still");
        assert!(drifts.is_any());
        let kept = planned(vec![step("q", Action::Keep, json!({}))]);
        assert_eq!(drifts.look(&kept, &none, false).ended, std::slice::from_ref(&id));
        // Healed with what the files changed, it ends by that.
        drifts.look(&live(), &none, false);
        drifts.healed("jobs", &id);
        assert_eq!(drifts.look(&kept, &none, false), News::default());
    }
}
