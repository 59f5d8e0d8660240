//! What the files changed since they were last in force: no drift, since nobody touched what is live.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::mark::EXPIRES_TAG;
use super::super::plan::Planned;
use super::super::{Action, Fingerprint, Node, ResourceId};
use super::choice::has_open_references;

/// What the files ask newly since the watcher began, and no apply has brought there.
#[derive(Debug, Default)]
pub struct Pending {
    /// What the files said then, by stack: what differs of that is drift.
    start: Option<BTreeMap<String, Fingerprint>>,
    stacks: BTreeMap<String, OfStack>,
}

/// Of one stack. It stays where the stack is away for a while: what it asks then is compared with this.
#[derive(Debug, Default)]
struct OfStack {
    wants: BTreeMap<ResourceId, Want>,
    open: BTreeSet<ResourceId>,
    is_there: bool,
}

/// What the files ask for: under which physical name, and the rest of it.
type Want = (String, Fingerprint);

/// What a look found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What is pending: what the files ask newly and is not there yet, and what waits for such.
    pub all: BTreeSet<ResourceId>,
    /// What of it was not before.
    pub moved: Vec<ResourceId>,
}

impl Pending {
    /// Notes the stacks that the watcher begins with, each with the text of its file. Only the first time counts.
    pub fn begin<'a>(&mut self, stacks: impl Iterator<Item = (&'a str, &'a str)>) {
        self.start.get_or_insert_with(|| stacks.map(|(stack, text)| (stack.to_owned(), of_text(text))).collect());
    }

    /// What of a plan is pending. `text` is that of the stack's file, `nodes` are what it asks for.
    pub fn look(&mut self, planned: &Planned, text: &str, nodes: &BTreeMap<ResourceId, Node>) -> Found {
        let stack = &planned.plan.scope.stack;
        let wants: BTreeMap<ResourceId, Want> = nodes.values().map(|node| (node.id.clone(), want(node))).collect();
        let mut moved = BTreeSet::new();
        if let Some(known) = self.stacks.get_mut(stack) {
            let before = std::mem::replace(&mut known.wants, wants);
            let newly = known.wants.iter().filter(|(id, want)| before.get(*id) != Some(want)).map(|(id, _)| id.clone());
            // What no file names any more has its physical name as its address.
            let left = before.iter().filter(|(id, (name, _))| known.wants.get(*id).is_none_or(|(now, _)| now != name));
            let left = left.map(|(id, (name, _))| ResourceId::new(id.kind.as_str(), name.as_str()));
            moved.extend(newly.chain(left));
        } else {
            let is_of_the_start = self.start.as_ref().is_none_or(|start| start.get(stack) == Some(&of_text(text)));
            if !is_of_the_start {
                // Whoever wrote the file since has not seen a plan of it: nothing is drift yet, nor what it would delete.
                moved.extend(planned.plan.steps.iter().map(|step| step.id.clone()));
            }
            self.stacks.insert(stack.clone(), OfStack { wants, ..OfStack::default() });
        }
        let Some(OfStack { wants: _, open, is_there }) = self.stacks.get_mut(stack) else { return Found::default() };
        *is_there = true;
        moved.retain(|id| open.insert(id.clone()));
        let differs = |id: &ResourceId| {
            planned.in_the_way.contains_key(id) || planned.plan.steps.iter().any(|step| step.id == *id && step.action != Action::Keep)
        };
        open.retain(differs);
        let mut all = open.clone();
        loop {
            let waits = planned.plan.steps.iter().filter(|step| step.action != Action::Keep && !all.contains(&step.id));
            let waits: Vec<ResourceId> = waits
                .filter(|step| step.needs.iter().any(|need| all.contains(need)) && has_open_references(planned, &step.id))
                .map(|step| step.id.clone())
                .collect();
            if waits.is_empty() {
                moved.retain(|id| all.contains(id));
                return Found { all, moved: moved.into_iter().collect() };
            }
            all.extend(waits);
        }
    }

    /// What the files ask of a resource is there: what differs from now on is drift.
    pub fn healed(&mut self, stack: &str, id: &ResourceId) {
        if let Some(OfStack { open, .. }) = self.stacks.get_mut(stack) {
            open.remove(id);
        }
    }

    /// Notes which stacks are looked at. What was asked of others is kept: they may come back.
    pub fn keep_stacks(&mut self, stacks: &BTreeSet<String>) {
        self.stacks.iter_mut().for_each(|(stack, of)| of.is_there = stacks.contains(stack));
    }

    /// Forgets a stack: what its file asks from now on has been in no file before.
    pub fn forget(&mut self, stack: &str) {
        self.stacks.remove(stack);
        self.start.as_mut().and_then(|start| start.remove(stack));
    }

    /// How many there are, of the stacks that are looked at.
    pub fn count(&self) -> usize {
        self.stacks.values().filter(|of| of.is_there).map(|of| of.open.len()).sum()
    }
}

fn of_text(text: &str) -> Fingerprint {
    Fingerprint::of(None, Some(&Value::String(text.to_owned())))
}

fn want(node: &Node) -> Want {
    let mut spec = node.spec.clone();
    // When an instance expires is taken over from what is live.
    if let Some(tags) = spec.get_mut("tags").and_then(Value::as_object_mut) {
        tags.shift_remove(EXPIRES_TAG);
    }
    (node.name.clone(), Fingerprint::of(None, Some(&spec)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::plan::InTheWay;
    use super::super::super::{Account, Plan, Scope, Step, Unread};
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
        let (sides, known, left, in_the_way, learned) = Default::default();
        Planned {
            plan: Plan { scope, steps: all.iter().map(step).collect() },
            sides,
            known,
            left,
            in_the_way,
            learned,
            early: BTreeMap::new(),
        }
    }

    /// What a watcher finds pending that began with `jobs`, look after look.
    struct Looks(Pending);

    impl Looks {
        fn begun() -> Self {
            let mut pending = Pending::default();
            pending.begin([("jobs", "first")].into_iter());
            Self(pending)
        }

        fn look(&mut self, steps: &[(&str, Action)], text: &str, files: &[(&str, Value)]) -> Found {
            self.0.look(&planned(steps), text, &nodes(files))
        }
    }

    fn id(text: &str) -> ResourceId {
        text.parse().unwrap()
    }

    #[test]
    fn what_was_healed_with_it_is_no_longer_pending() {
        let mut looks = Looks::begun();
        let differs = [("queue/a", Action::Update)];
        assert_eq!(looks.look(&differs, "first", &[("queue/a", json!(1))]), Found::default());
        assert_eq!(looks.look(&differs, "other", &[("queue/a", json!(2))]).all, [id("queue/a")].into());
        looks.0.healed("jobs", &id("queue/a"));
        assert_eq!(looks.0.count(), 0);
        let found = looks.look(&differs, "other", &[("queue/a", json!(2))]);
        assert!(found.all.is_empty(), "somebody changed it since the heal");
    }

    #[test]
    fn what_the_files_moved_is_pending_until_it_is_there() {
        let mut looks = Looks::begun();
        let all = [("queue/a", Action::Update), ("queue/jobs-b", Action::Delete), ("queue/c", Action::Create), ("queue/d", Action::Update)];
        let (first, then) = ([("queue/a", json!(1)), ("queue/b", json!(1))], [("queue/a", json!(2)), ("queue/c", json!(1))]);
        assert_eq!(looks.look(&all, "first", &first), Found::default(), "the first time");
        let moved = ["queue/a", "queue/c", "queue/jobs-b"].map(id);
        assert_eq!(looks.look(&all, "other", &then), Found { all: moved.clone().into(), moved: moved.to_vec() });
        assert_eq!(looks.look(&all, "other", &then), Found { all: moved.into(), moved: Vec::new() }, "told once");
        assert_eq!(looks.look(&[("queue/a", Action::Keep), ("queue/c", Action::Create)], "other", &then).all, [id("queue/c")].into());
        assert_eq!(looks.0.count(), 1);
        // It is there, and from now on what differs is drift.
        looks.look(&[("queue/a", Action::Keep), ("queue/c", Action::Keep)], "other", &then);
        assert!(looks.look(&all, "other", &then).all.is_empty());
        let expires = |at: &str| [("queue/a", json!({"tags": {"a": "b", EXPIRES_TAG: at}}))];
        let (mut renewed, differs) = (Looks::begun(), [("queue/a", Action::Update)]);
        renewed.look(&differs, "first", &expires("2026-12-01"));
        assert!(renewed.look(&differs, "first", &expires("2026-12-09")).all.is_empty(), "somebody renewed it");
    }

    #[test]
    fn a_stack_that_comes_later_is_pending_as_a_whole_and_one_that_was_there_is_not() {
        let steps = [("queue/a", Action::Create), ("queue/b", Action::Keep), ("queue/jobs-c", Action::Delete)];
        let files = [("queue/a", json!(1)), ("queue/b", json!(1))];
        let new = ["queue/a", "queue/jobs-c"].map(id);
        let mut later = Pending::default();
        later.begin([("others", "first")].into_iter());
        assert_eq!(later.look(&planned(&steps), "first", &nodes(&files)), Found { all: new.clone().into(), moved: new.to_vec() });
        assert_eq!(later.look(&planned(&steps), "first", &nodes(&files)).moved, []);
        assert_eq!(later.count(), 2);
        // One that could not be read at first: what differs is drift, unless its file changed meanwhile.
        assert_eq!(Looks::begun().look(&steps, "first", &files), Found::default());
        assert_eq!(Looks::begun().look(&steps, "other", &files).all, new.into());
        let mut looks = Looks::begun();
        looks.0.begin([("more", "then")].into_iter());
        assert_eq!(looks.0.start.map(|start| start.len()), Some(1), "it begins once");
    }

    #[test]
    fn a_stack_that_was_away_is_compared_with_what_it_asked_before() {
        let mut looks = Looks::begun();
        let differs = [("queue/a", Action::Update), ("queue/b", Action::Update)];
        let files = |a: u8| [("queue/a", json!(a)), ("queue/b", json!(1))];
        looks.look(&differs, "first", &files(1));
        looks.look(&differs, "other", &files(2));
        looks.0.keep_stacks(&BTreeSet::new());
        assert_eq!(looks.0.count(), 0, "nobody looks at it");
        assert_eq!(looks.look(&differs, "other", &files(2)), Found { all: [id("queue/a")].into(), moved: Vec::new() });
        looks.0.keep_stacks(&BTreeSet::new());
        let files = [("queue/a", json!(2)), ("queue/b", json!(3))];
        assert_eq!(looks.look(&differs, "third", &files).moved, [id("queue/b")]);
        assert_eq!(looks.0.count(), 2);
    }

    #[test]
    fn what_aws_does_not_tell_now_stays_pending() {
        let mut looks = Looks::begun();
        looks.look(&[("queue/a", Action::Keep)], "first", &[("queue/a", json!(1))]);
        let mut unread = planned(&[]);
        let part = Unread { field: "policy", why: "denied".to_owned() };
        unread.in_the_way.insert(id("queue/a"), InTheWay::Unread(part));
        assert_eq!(looks.0.look(&unread, "other", &nodes(&[("queue/a", json!(2))])).moved, [id("queue/a")]);
        let found = looks.look(&[("queue/a", Action::Update)], "other", &[("queue/a", json!(2))]);
        assert_eq!(found, Found { all: [id("queue/a")].into(), moved: Vec::new() });
    }
}
