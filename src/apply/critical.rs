//! What an apply's time went for: the chain of steps of which each began when the one before had ended,
//! and the least that a quota lets it take.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::aws::op::Quota;
use crate::model::{Action, Cause, ResourceId};

/// A part of an apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A step.
    Step,
    /// The read-back of what it wrote.
    ReadBack,
}

/// A step, or the read-back of one, with its times from the begin of the apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// The resource.
    pub id: ResourceId,
    /// What is done to it.
    pub action: Action,
    /// Which of the two it is.
    pub part: Part,
    /// Steps that came first.
    pub needs: Vec<ResourceId>,
    /// When all of them had ended.
    pub from: Duration,
    /// When it ended.
    pub to: Duration,
    /// What it waited for in between, and how long.
    pub waits: Vec<(Cause, Duration)>,
}

/// The quota that lets an apply take no less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// The quota.
    pub quota: Quota,
    /// Calls under it.
    pub calls: u64,
}

impl Floor {
    /// Of these calls.
    pub fn of(calls: impl IntoIterator<Item = (Quota, u64)>) -> Option<Self> {
        let floors = calls.into_iter().map(|(quota, calls)| Self { quota, calls });
        floors.max_by(|a, b| a.least().cmp(&b.least()).then_with(|| b.quota.name.cmp(a.quota.name)))
    }

    /// The time that its calls take at its rate.
    pub fn least(&self) -> Duration {
        self.quota.takes(self.calls)
    }
}

/// Where the time of an apply goes, or is thought to go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explained {
    /// The critical path, first to last.
    pub path: Vec<Ran>,
    /// Below which it cannot go.
    pub floor: Option<Floor>,
}

impl Explained {
    /// Of all that ran.
    pub fn of(ran: Vec<Ran>, calls: impl IntoIterator<Item = (Quota, u64)>) -> Self {
        Self { path: path(ran), floor: Floor::of(calls) }
    }

    /// From its begin to its end.
    pub fn took(&self) -> Duration {
        self.path.last().map_or(Duration::ZERO, |last| last.to)
    }
}

/// What ended last, before it the need of it that ended last, and so on.
fn path(ran: Vec<Ran>) -> Vec<Ran> {
    let mut of: BTreeMap<(ResourceId, Part), Ran> = BTreeMap::new();
    for ran in ran {
        let key = (ran.id.clone(), ran.part);
        match of.get(&key) {
            Some(known) if known.to >= ran.to => {}
            _ => drop(of.insert(key, ran)),
        }
    }
    let later = |a: &&Ran, b: &&Ran| a.to.cmp(&b.to).then_with(|| b.id.cmp(&a.id));
    let mut next = of.values().max_by(later).map(|ran| (ran.id.clone(), ran.part));
    let mut path = Vec::new();
    // What is on the path is taken out, so that it ends.
    while let Some(ran) = next.and_then(|key| of.remove(&key)) {
        let before = match ran.part {
            Part::ReadBack => Some((ran.id.clone(), Part::Step)),
            Part::Step => {
                let needs = ran.needs.iter().filter_map(|need| of.get(&(need.clone(), Part::Step)));
                needs.max_by(later).map(|need| (need.id.clone(), Part::Step))
            }
        };
        path.push(ran);
        next = before;
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(name: &str, part: Part, needs: &[&str], from: u64, to: u64) -> Ran {
        let id = |name: &str| ResourceId::new("queue", name);
        let needs = needs.iter().map(|need| id(need)).collect();
        let (from, to) = (Duration::from_secs(from), Duration::from_secs(to));
        Ran { id: id(name), action: Action::Create, part, needs, from, to, waits: Vec::new() }
    }

    #[test]
    fn the_path_goes_back_over_the_need_that_ended_last() {
        let all = vec![
            ran("a", Part::Step, &[], 0, 3),
            ran("b", Part::Step, &[], 0, 5),
            ran("c", Part::Step, &["a", "b", "kept"], 5, 7),
            ran("b", Part::ReadBack, &[], 5, 8),
            ran("c", Part::ReadBack, &[], 7, 9),
            ran("d", Part::Step, &["a"], 3, 8),
        ];
        let explained = Explained::of(all, []);
        let names: Vec<(&str, Part)> = explained.path.iter().map(|ran| (ran.id.name.as_str(), ran.part)).collect();
        assert_eq!(names, [("b", Part::Step), ("c", Part::Step), ("c", Part::ReadBack)]);
        assert_eq!(explained.took(), Duration::from_secs(9));
    }

    #[test]
    fn the_floor_is_of_the_fullest_quota() {
        let (slow, fast) = (Quota::new("slow", 3), Quota::new("fast", 100));
        let floor = Floor::of([(fast, 300), (slow, 67)]).unwrap();
        assert_eq!((floor.quota.name, floor.calls), ("slow", 67));
        assert_eq!(floor.least(), Duration::from_secs_f64(67.0 / 3.0));
        assert_eq!(Floor::of([]), None);
    }
}
