//! Which part of a plan a watcher carries out by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::plan::{InTheWay, Planned};
use super::super::stake::{Holding, Stakes};
use super::super::{Action, Change, ResourceId, Step, reference};
use super::fights::{Fights, Held, WHOLE};
use super::policy::{Field, Forbidden, Policy, Words};

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

/// What the choice hangs on.
#[derive(Debug, Clone, Copy)]
pub struct Cx<'a> {
    /// Whether anything is healed.
    pub heals: bool,
    /// What the file lets be healed.
    pub policy: &'a Policy,
    /// What the fields of the plan are called in the file.
    pub words: &'a Words,
    /// Whether the environment is protected.
    pub is_protected: bool,
    /// What goes with what the plan deletes or replaces.
    pub stakes: &'a Stakes,
    /// Resources whose files changed.
    pub pending: &'a BTreeSet<ResourceId>,
    /// Time since the watcher began.
    pub now: Duration,
}

/// What of a resource is left, by field; [`WHOLE`] stands for all of it.
pub type LeftOf = BTreeMap<String, Left>;

/// Which part of a plan is carried out, and why the rest is not.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Fields that it sets, by resource; [`WHOLE`] where it makes, replaces or deletes one.
    pub heals: BTreeMap<ResourceId, BTreeSet<String>>,
    /// What is left.
    pub left: BTreeMap<ResourceId, LeftOf>,
}

/// Chooses.
pub fn choose(planned: &Planned, cx: &Cx<'_>, fights: &mut Fights) -> Chosen {
    let stack = &planned.plan.scope.stack;
    let drifted = || planned.plan.steps.iter().filter(|step| step.action != Action::Keep);
    let mut left: BTreeMap<ResourceId, LeftOf> = BTreeMap::new();
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
    let healed = drifted().filter_map(|step| Some((step.id.clone(), heals(step, left.get(&step.id))?)));
    Chosen { heals: healed.collect(), left }
}

/// The fields of a step that are set; none where all of it is left.
fn heals(step: &Step, left: Option<&LeftOf>) -> Option<BTreeSet<String>> {
    if left.is_some_and(|left| is_all(step, left)) {
        return None;
    }
    Some(match step.action {
        Action::Update => step.changes.iter().map(|change| change.path.clone()).filter(|path| !holds(left, path)).collect(),
        _ => [WHOLE.to_owned()].into(),
    })
}

pub(super) fn holds(left: Option<&LeftOf>, path: &str) -> bool {
    left.is_some_and(|left| left.contains_key(path))
}

/// Whether nothing of a step is left to do.
fn is_all(step: &Step, left: &LeftOf) -> bool {
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
    let of_a_field = field.filter_map(|change| forbids_field(cx, &step.id, change)).next();
    cx.policy.forbids(&step.id).or(of_a_field).map(Left::Forbidden)
}

fn forbids_field(cx: &Cx<'_>, id: &ResourceId, change: &Change) -> Option<Forbidden> {
    let words = cx.words.get(id).and_then(|words| words.get(&change.path));
    cx.policy.forbids_field(id, Field { paths: [&change.path, &change.shown_path()], words })
}

fn fields_left(step: &Step, cx: &Cx<'_>, stack: &str, fights: &mut Fights) -> LeftOf {
    let left = step.changes.iter().filter_map(|change| {
        let forbidden = forbids_field(cx, &step.id, change).map(Left::Forbidden);
        let why = forbidden.or_else(|| fights.hold(stack, &step.id, &change.path, cx.now).map(Left::Fight))?;
        Some((change.path.clone(), why))
    });
    left.collect()
}

/// Leaves what cannot be done without what is left.
fn wait_for_others(planned: &Planned, left: &mut BTreeMap<ResourceId, LeftOf>) {
    loop {
        let is_left = |step: &Step, left: &BTreeMap<ResourceId, LeftOf>| left.get(&step.id).is_some_and(|of_it| is_all(step, of_it));
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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
        let (known, left, in_the_way, learned) = Default::default();
        Planned { plan: Plan { scope, steps }, sides, known, left, in_the_way, learned, early: BTreeMap::new() }
    }

    struct Given {
        heals: bool,
        policy: Policy,
        words: Words,
        is_protected: bool,
        stakes: Stakes,
        pending: BTreeSet<ResourceId>,
    }

    impl Given {
        fn never(parts: &[&str]) -> Self {
            let never: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let (words, is_protected, stakes, pending) = Default::default();
            Self { heals: true, policy: Policy::of(None, &never).unwrap(), words, is_protected, stakes, pending }
        }

        fn choose(&self, planned: &Planned) -> Chosen {
            let Self { heals, policy, words, is_protected, stakes, pending } = self;
            let (heals, is_protected, now) = (*heals, *is_protected, Duration::ZERO);
            choose(planned, &Cx { heals, policy, words, is_protected, stakes, pending, now }, &mut Fights::default())
        }
    }

    fn addresses(chosen: &Chosen) -> Vec<String> {
        chosen.heals.keys().map(ToString::to_string).collect()
    }

    fn why<'a>(chosen: &'a Chosen, address: &str) -> &'a Left {
        chosen.left[&address.parse().unwrap()].values().next().unwrap()
    }

    #[test]
    fn fields_that_are_left_keep_their_live_values() {
        let have = json!({"memory": 256, "environment": {"A": "live", "B": "live"}, "tags": {"x": "1", "y.z": "live"}});
        let want = json!({"memory": 128, "environment": {"A": "file", "C": "file"}, "tags": {"x": "2"}});
        let plan = planned(&[("function/f", Action::Update, &[], have, want)]);
        let chosen = Given::never(&["function:environment", "function/f:tags[\"y.z\"]"]).choose(&plan);
        let id: ResourceId = "function/f".parse().unwrap();
        assert_eq!(chosen.heals[&id], BTreeSet::from(["memory".to_owned(), "tags.x".to_owned()]));
        assert_eq!(*why(&chosen, "function/f"), Left::Forbidden(Forbidden::Never("function:environment".parse().unwrap())));
        let part = chosen.part(plan.clone());
        let written = &part.sides[&id].want.as_ref().unwrap().spec;
        assert_eq!(*written, json!({"memory": 128, "environment": {"A": "live", "B": "live"}, "tags": {"x": "2", "y.z": "live"}}));
        assert_eq!(part.plan.steps[0].changes.len(), 2);
        let all = Given::never(&["function"]).choose(&plan);
        assert!(addresses(&all).is_empty() && all.part(plan).plan.steps.is_empty());
    }

    #[test]
    fn a_field_is_left_by_the_words_of_the_file_too() {
        let plan = planned(&[("queue/q", Action::Update, &[], json!({"redrive": "a", "delay": 1}), json!({"redrive": "b", "delay": 2}))]);
        let id: ResourceId = "queue/q".parse().unwrap();
        let words = BTreeMap::from([("redrive".to_owned(), BTreeSet::from(["redrive.queue".to_owned()]))]);
        let given = Given { words: [(id.clone(), words)].into(), ..Given::never(&["queue:redrive.queue"]) };
        assert_eq!(given.choose(&plan).heals[&id], BTreeSet::from(["delay".to_owned()]));
        let replaced = planned(&[("queue/q", Action::Replace, &[], json!({"redrive": "a"}), json!({"redrive": "b"}))]);
        assert!(addresses(&given.choose(&replaced)).is_empty());
    }

    #[test]
    fn what_is_kept_or_not_asked_for_is_no_step() {
        let plan = planned(&[
            ("queue/a", Action::Keep, &[], json!({}), json!({})),
            ("queue/b", Action::Create, &[], json!({}), json!({"delay": 1})),
        ]);
        assert_eq!(addresses(&Given::never(&[]).choose(&plan)), ["queue/b"]);
        let given = Given { heals: false, ..Given::never(&[]) };
        let chosen = given.choose(&plan);
        assert!(addresses(&chosen).is_empty() && *why(&chosen, "queue/b") == Left::NotAsked);
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
            assert_eq!(*why(&given.choose(&one(action)), "queue/q"), Left::Holds);
        }
        assert_eq!(addresses(&given.choose(&one(Action::Update))), ["queue/q"]);
        let protected = Given { is_protected: true, ..Given::never(&[]) };
        for action in [Action::Delete, Action::Replace, Action::Release] {
            assert_eq!(*why(&protected.choose(&one(action)), "queue/q"), Left::ProtectedEnvironment);
        }
        assert_eq!(addresses(&protected.choose(&one(Action::Create))), ["queue/q"]);
        let mut refused = one(Action::Replace);
        let in_the_way = InTheWay::Protected { action: Action::Replace, by: "protect" };
        refused.in_the_way.insert("queue/q".parse().unwrap(), in_the_way.clone());
        assert_eq!(*why(&Given::never(&[]).choose(&refused), "queue/q"), Left::InTheWay(in_the_way));
        assert_eq!(*why(&Given::never(&[]).choose(&one(Action::Adopt)), "queue/q"), Left::NotMarked);
        let by_field = Left::Forbidden(Forbidden::Never("queue:fifo".parse().unwrap()));
        assert_eq!(*why(&Given::never(&["queue:fifo"]).choose(&one(Action::Replace)), "queue/q"), by_field);
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
        assert_eq!(*why(&chosen, "function/f"), Left::WaitsFor("queue/q".parse().unwrap()));
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
        assert_eq!(*why(&given.choose(&plan), "queue/q"), Left::Pending);
    }
}
