//! Which part of a plan a watcher carries out by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::super::diff::{dotted, is_below};
use super::super::plan::{InTheWay, Planned};
use super::super::stake::{Holding, Stakes};
use super::super::{Action, ResourceId, Step, reference};
use super::fights::{Fights, Held, WHOLE};
use super::policy::{Forbidden, Policy};

/// The field that the sources stand for.
const CODE: &str = "code";

/// Why a drift is told and left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Nobody asked for healing.
    NotAsked,
    /// The stack file forbids it.
    Forbidden(Forbidden),
    /// Something would go that holds data, or is in use.
    Holds,
    /// Its environment is protected, and something would go.
    ProtectedEnvironment,
    /// It would be taken over.
    NotMarked,
    /// The planner found it in the way, or cannot compare it.
    InTheWay(InTheWay),
    /// Its files changed, and no apply has carried that out.
    Pending,
    /// Somebody keeps changing it back.
    Fight(Held),
    /// What it needs is left itself.
    WaitsFor(ResourceId),
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("watch runs without --heal"),
            Self::Forbidden(Forbidden::Never(part)) => write!(f, "the file says `heal: {{ never: [{part}] }}`"),
            Self::Forbidden(Forbidden::NotInOnly) => f.write_str("`only` of `heal` in the file does not name it"),
            Self::Holds => f.write_str("it holds data or is in use, and what goes so goes only by hand"),
            Self::ProtectedEnvironment => f.write_str("the environment is protected: nothing is deleted or replaced in it"),
            Self::NotMarked => f.write_str("it carries no mark of this stack: etlctl apply --adopt takes it over"),
            Self::InTheWay(InTheWay::NotOurs(obstacle)) => write!(f, "it {obstacle}"),
            Self::InTheWay(InTheWay::Protected { by, .. }) => write!(f, "it is protected (`{by}: true`)"),
            Self::InTheWay(InTheWay::Unread(unread)) => write!(f, "its {} cannot be read ({})", unread.field, unread.why),
            Self::InTheWay(InTheWay::Impossible(impossible)) => write!(f, "AWS would refuse it: {}", impossible.what),
            Self::Pending => f.write_str("its files changed, and no apply has carried that out"),
            Self::Fight(_) => f.write_str("somebody keeps changing it back"),
            Self::WaitsFor(id) => write!(f, "it needs {id}, which is left"),
        }
    }
}

/// What the choice hangs on.
#[derive(Debug, Clone, Copy)]
pub struct Cx<'a> {
    /// Whether anything is healed.
    pub heals: bool,
    /// What the file lets be healed.
    pub policy: &'a Policy,
    /// Whether the environment is protected.
    pub is_protected: bool,
    /// What goes with what the plan deletes or replaces.
    pub stakes: &'a Stakes,
    /// Resources whose files changed.
    pub pending: &'a BTreeSet<ResourceId>,
    /// Time since the watcher began.
    pub now: Duration,
}

/// The part of a plan that is carried out, and why the rest is not.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// That part as a plan of its own. Fields that are left keep their live values in it.
    pub planned: Planned,
    /// Fields that it sets, by resource; [`WHOLE`] where it makes, replaces or deletes one.
    pub heals: BTreeMap<ResourceId, BTreeSet<String>>,
    /// What is left, by resource and field; [`WHOLE`] stands for all of it.
    pub left: BTreeMap<ResourceId, BTreeMap<String, Left>>,
}

/// Chooses.
pub fn choose(planned: &Planned, cx: &Cx<'_>, fights: &mut Fights) -> Chosen {
    let stack = &planned.plan.scope.stack;
    let drifted = || planned.plan.steps.iter().filter(|step| step.action != Action::Keep);
    let mut left: BTreeMap<ResourceId, BTreeMap<String, Left>> = BTreeMap::new();
    for step in drifted() {
        let of_it = match why_not(planned, step, cx) {
            Some(why) => BTreeMap::from([(WHOLE.to_owned(), why)]),
            None if step.action == Action::Update => fields_left(step, cx, stack, fights),
            None => fights.hold(stack, &step.id, WHOLE, cx.now).map(|held| (WHOLE.to_owned(), Left::Fight(held))).into_iter().collect(),
        };
        if !of_it.is_empty() {
            left.insert(step.id.clone(), of_it);
        }
    }
    wait_for_others(planned, &mut left);
    let mut chosen = planned.clone();
    let mut heals = BTreeMap::new();
    chosen.plan.steps.retain_mut(|step| {
        let of_it = left.get(&step.id);
        if step.action == Action::Keep || of_it.is_some_and(|left| is_all(step, left)) {
            return false;
        }
        let paths: BTreeSet<String> = match step.action {
            Action::Update => step.changes.iter().map(|change| change.path.clone()).filter(|path| !holds(of_it, path)).collect(),
            _ => [WHOLE.to_owned()].into(),
        };
        step.changes.retain(|change| !holds(of_it, &change.path));
        heals.insert(step.id.clone(), paths);
        true
    });
    chosen.sides.retain(|id, _| heals.contains_key(id));
    for (id, sides) in &mut chosen.sides {
        if let (Some(kept), Some(want), Some(have)) = (left.get(id), &mut sides.want, &sides.have) {
            keep_live(&mut want.spec, &have.spec, &mut Vec::new(), kept);
            // Without sources nothing can be sent.
            if kept.keys().any(|path| is_below(path, CODE)) {
                want.artifact = None;
            }
        }
    }
    Chosen { planned: chosen, heals, left }
}

fn holds(left: Option<&BTreeMap<String, Left>>, path: &str) -> bool {
    left.is_some_and(|left| left.contains_key(path))
}

/// Whether nothing of a step is left to do.
fn is_all(step: &Step, left: &BTreeMap<String, Left>) -> bool {
    left.contains_key(WHOLE) || step.changes.iter().all(|change| left.contains_key(&change.path))
}

/// Why a step is left as a whole.
fn why_not(planned: &Planned, step: &Step, cx: &Cx<'_>) -> Option<Left> {
    if let Some(found) = planned.in_the_way.get(&step.id) {
        return Some(Left::InTheWay(found.clone()));
    }
    if !cx.heals {
        return Some(Left::NotAsked);
    }
    if cx.pending.contains(&step.id) {
        return Some(Left::Pending);
    }
    let goes = matches!(step.action, Action::Delete | Action::Release | Action::Replace);
    match step.action {
        Action::Adopt => return Some(Left::NotMarked),
        _ if goes && cx.is_protected => return Some(Left::ProtectedEnvironment),
        _ if goes && cx.stakes.get(&step.id).is_some_and(|holdings| holdings.iter().any(Holding::is_missed)) => return Some(Left::Holds),
        Action::Update => return None,
        _ => {}
    }
    let field = step.changes.iter().filter(|_| step.action == Action::Replace);
    let of_a_field = field.filter_map(|change| cx.policy.forbids_field(&step.id, [&change.path, change.shown_path()])).next();
    cx.policy.forbids(&step.id).or(of_a_field).map(Left::Forbidden)
}

fn fields_left(step: &Step, cx: &Cx<'_>, stack: &str, fights: &mut Fights) -> BTreeMap<String, Left> {
    let left = step.changes.iter().filter_map(|change| {
        let forbidden = cx.policy.forbids_field(&step.id, [&change.path, change.shown_path()]).map(Left::Forbidden);
        let why = forbidden.or_else(|| fights.hold(stack, &step.id, &change.path, cx.now).map(Left::Fight))?;
        Some((change.path.clone(), why))
    });
    left.collect()
}

/// Leaves what cannot be done without what is left.
fn wait_for_others(planned: &Planned, left: &mut BTreeMap<ResourceId, BTreeMap<String, Left>>) {
    loop {
        let is_left =
            |step: &Step, left: &BTreeMap<ResourceId, BTreeMap<String, Left>>| left.get(&step.id).is_some_and(|of_it| is_all(step, of_it));
        let gone: BTreeMap<&ResourceId, Action> = planned
            .plan
            .steps
            .iter()
            .filter(|step| step.action != Action::Keep && is_left(step, left))
            .map(|step| (&step.id, step.action))
            .collect();
        let mut more = Vec::new();
        for step in planned.plan.steps.iter().filter(|step| step.action != Action::Keep && !is_left(step, left)) {
            let waits = step.needs.iter().find(|need| match gone.get(need) {
                None => false,
                Some(Action::Create | Action::Replace) => true,
                Some(_) => matches!(step.action, Action::Delete | Action::Release) || has_open_references(planned, &step.id),
            });
            more.extend(waits.map(|need| (step.id.clone(), need.clone())));
        }
        if more.is_empty() {
            return;
        }
        for (id, need) in more {
            left.entry(id).or_default().insert(WHOLE.to_owned(), Left::WaitsFor(need));
        }
    }
}

/// Whether something in what is wanted is known only once what it names was written.
pub(super) fn has_open_references(planned: &Planned, id: &ResourceId) -> bool {
    let mut open = Vec::new();
    if let Some(node) = planned.sides.get(id).and_then(|sides| sides.want.as_ref()) {
        reference::references(&node.spec, &mut open);
    }
    !open.is_empty()
}

/// Puts the live values into what is wanted, at the paths that are left.
fn keep_live(want: &mut Value, have: &Value, path: &mut Vec<String>, left: &BTreeMap<String, Left>) {
    let (Value::Object(want), Value::Object(have)) = (want, have) else { return };
    let keys: BTreeSet<String> = want.keys().chain(have.keys()).cloned().collect();
    for key in keys {
        path.push(key.clone());
        if left.contains_key(&dotted(path)) {
            match have.get(&key) {
                Some(live) => drop(want.insert(key, live.clone())),
                None => drop(want.remove(&key)),
            }
        } else if let (Some(want), Some(have)) = (want.get_mut(&key), have.get(&key)) {
            keep_live(want, have, path, left);
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::plan::Sides;
    use super::super::super::{Account, Fingerprint, Owner, Plan, Scope, Seen, Times, desired, diff};
    use super::*;

    fn seen(name: &str, spec: Value) -> Seen {
        let (attributes, unread, times) = (BTreeMap::new(), Vec::new(), Times::default());
        Seen { name: name.into(), spec, live: Value::Null, attributes, owner: Owner::Ours, unread, times }
    }

    fn node(id: &ResourceId, spec: Value) -> desired::Node {
        let (home, needs, loose, sensitive) = Default::default();
        desired::Node {
            id: id.clone(),
            name: id.name.clone(),
            home,
            spec,
            needs,
            loose,
            artifact: None,
            sensitive,
            stored: BTreeMap::new(),
            assumed: None,
        }
    }

    /// A plan of resources: address, action, what it needs, live and wanted.
    fn planned(all: &[(&str, Action, &[&str], Value, Value)]) -> Planned {
        let [partition, region, stack, env] = ["aws", "us-east-1", "jobs", "dev"].map(str::to_owned);
        let scope = Scope { partition, account: Account::Late, region, stack, instance: env.clone(), env };
        let (mut steps, mut sides) = (Vec::new(), BTreeMap::new());
        for (address, action, needs, have, want) in all {
            let id: ResourceId = address.parse().unwrap();
            let needs = needs.iter().map(|need| need.parse().unwrap()).collect();
            let fingerprint = Fingerprint::of(Some(have), Some(want));
            steps.push(Step { id: id.clone(), name: id.name.clone(), action: *action, changes: diff(have, want, &[]), needs, fingerprint });
            sides.insert(id.clone(), Sides { want: Some(node(&id, want.clone())), have: Some(seen(&id.name, have.clone())) });
        }
        let (known, left, in_the_way) = Default::default();
        Planned { plan: Plan { scope, steps }, sides, known, left, in_the_way }
    }

    struct Given {
        policy: Policy,
        is_protected: bool,
        stakes: Stakes,
        pending: BTreeSet<ResourceId>,
    }

    impl Given {
        fn never(parts: &[&str]) -> Self {
            let never: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let (is_protected, stakes, pending) = Default::default();
            Self { policy: Policy::of(None, &never).unwrap(), is_protected, stakes, pending }
        }

        fn choose(&self, planned: &Planned) -> Chosen {
            let Self { policy, is_protected, stakes, pending } = self;
            let cx = Cx { heals: true, policy, is_protected: *is_protected, stakes, pending, now: Duration::ZERO };
            choose(planned, &cx, &mut Fights::default())
        }
    }

    fn addresses(chosen: &Chosen) -> Vec<String> {
        chosen.planned.plan.steps.iter().map(|step| step.id.to_string()).collect()
    }

    fn why(chosen: &Chosen, address: &str) -> String {
        chosen.left[&address.parse().unwrap()].values().next().unwrap().to_string()
    }

    #[test]
    fn fields_that_are_left_keep_their_live_values() {
        let have = json!({"memory": 256, "environment": {"A": "live", "B": "live"}, "tags": {"x": "1", "y.z": "live"}});
        let want = json!({"memory": 128, "environment": {"A": "file", "C": "file"}, "tags": {"x": "2"}});
        let plan = planned(&[("function/f", Action::Update, &[], have, want)]);
        let chosen = Given::never(&["function:environment", "function/f:tags[\"y.z\"]"]).choose(&plan);
        let id: ResourceId = "function/f".parse().unwrap();
        assert_eq!(chosen.heals[&id], BTreeSet::from(["memory".to_owned(), "tags.x".to_owned()]));
        let written = &chosen.planned.sides[&id].want.as_ref().unwrap().spec;
        assert_eq!(*written, json!({"memory": 128, "environment": {"A": "live", "B": "live"}, "tags": {"x": "2", "y.z": "live"}}));
        assert_eq!(chosen.planned.plan.steps[0].changes.len(), 2);
        assert!(why(&chosen, "function/f").contains("never: [function:environment]"));
        let all = Given::never(&["function"]).choose(&plan);
        assert!(addresses(&all).is_empty() && all.heals.is_empty());
    }

    #[test]
    fn what_is_kept_or_not_asked_for_is_no_step() {
        let plan = planned(&[
            ("queue/a", Action::Keep, &[], json!({}), json!({})),
            ("queue/b", Action::Create, &[], json!({}), json!({"delay": 1})),
        ]);
        assert_eq!(addresses(&Given::never(&[]).choose(&plan)), ["queue/b"]);
        let given = Given::never(&[]);
        let cx = Cx {
            heals: false,
            policy: &given.policy,
            is_protected: false,
            stakes: &given.stakes,
            pending: &given.pending,
            now: Duration::ZERO,
        };
        let chosen = choose(&plan, &cx, &mut Fights::default());
        assert!(addresses(&chosen).is_empty() && why(&chosen, "queue/b").contains("without --heal"));
    }

    #[test]
    fn nothing_goes_that_holds_something_or_is_protected() {
        let one = |action| planned(&[("queue/q", action, &[], json!({"fifo": true}), json!({"fifo": false}))]);
        let mut given = Given::never(&[]);
        assert_eq!(addresses(&given.choose(&one(Action::Delete))), ["queue/q"]);
        given.stakes.insert("queue/q".parse().unwrap(), vec![Holding::NotInvoked(7)]);
        assert_eq!(addresses(&given.choose(&one(Action::Delete))), ["queue/q"], "nobody uses it");
        given.stakes.insert("queue/q".parse().unwrap(), vec![Holding::EventSources(vec!["arn".into()])]);
        for action in [Action::Delete, Action::Replace, Action::Release] {
            assert!(why(&given.choose(&one(action)), "queue/q").contains("holds data or is in use"));
        }
        assert_eq!(addresses(&given.choose(&one(Action::Update))), ["queue/q"]);
        let protected = Given { is_protected: true, ..Given::never(&[]) };
        for action in [Action::Delete, Action::Replace, Action::Release] {
            assert!(why(&protected.choose(&one(action)), "queue/q").contains("environment is protected"));
        }
        assert_eq!(addresses(&protected.choose(&one(Action::Create))), ["queue/q"]);
        let mut refused = one(Action::Replace);
        refused.in_the_way.insert("queue/q".parse().unwrap(), InTheWay::Protected { action: Action::Replace, by: "protect" });
        assert!(why(&Given::never(&[]).choose(&refused), "queue/q").contains("it is protected (`protect: true`)"));
        assert!(why(&Given::never(&[]).choose(&one(Action::Adopt)), "queue/q").contains("--adopt"));
        assert!(why(&Given::never(&["queue:fifo"]).choose(&one(Action::Replace)), "queue/q").contains("never"));
    }

    #[test]
    fn what_needs_what_is_left_is_left() {
        let open = json!({"source": "${queues.q.url}"});
        let plan = planned(&[
            ("function/f", Action::Update, &["queue/q"], json!({}), open.clone()),
            ("function/g", Action::Update, &["queue/q"], json!({}), json!({"memory": 1})),
            ("queue/q", Action::Create, &["role/r"], json!({}), json!({"delay": 1})),
            ("role/r", Action::Create, &[], json!({}), json!({"path": "/"})),
        ]);
        let chosen = Given::never(&["role"]).choose(&plan);
        assert!(addresses(&chosen).is_empty(), "{chosen:?}");
        assert_eq!(why(&chosen, "function/f"), "it needs queue/q, which is left");
        let there = planned(&[
            ("function/f", Action::Update, &["queue/q"], json!({}), open),
            ("function/g", Action::Update, &["queue/q"], json!({}), json!({"memory": 1})),
            ("queue/q", Action::Update, &[], json!({}), json!({"delay": 1})),
        ]);
        assert_eq!(addresses(&Given::never(&["queue"]).choose(&there)), ["function/g"]);
    }

    #[test]
    fn what_the_files_changed_waits_for_an_apply() {
        let plan = planned(&[("queue/q", Action::Update, &[], json!({}), json!({"delay": 1}))]);
        let given = Given { pending: ["queue/q".parse().unwrap()].into(), ..Given::never(&[]) };
        assert!(why(&given.choose(&plan), "queue/q").contains("no apply has carried that out"));
    }
}
