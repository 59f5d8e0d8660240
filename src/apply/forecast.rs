//! What an apply is thought to take: its steps with what the table says of each, gone through in the order
//! in which they would go, under AWS's quotas and with as many calls in flight.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use super::critical::{Explained, Part, Ran};
use super::estimate::{self, ANSWER, Estimate};
use super::order::Order;
use super::path;
use crate::aws::op::Quota;
use crate::model::plan::Planned;
use crate::model::{Action, Cause, ResourceId, Step};

/// A quota has a second's worth at once.
const BURST: Duration = Duration::from_secs(1);

/// Where the time of an apply of this plan would go, without its read-back.
pub fn forecast(planned: &Planned, slots: usize) -> Explained {
    let to_do = planned.plan.steps.iter().filter(|step| step.action != Action::Keep);
    let steps: BTreeMap<ResourceId, Step> = to_do.map(|step| (step.id.clone(), step.clone())).collect();
    let remaining = path::remaining(&steps, &estimate::times(&steps));
    let foreseen: BTreeMap<&ResourceId, Foreseen> =
        steps.iter().map(|(id, step)| (id, Foreseen::of(step, remaining.get(id).copied().unwrap_or_default()))).collect();
    let calls = estimate::by_quota(foreseen.values().map(|foreseen| &foreseen.estimate)).into_values().collect::<Vec<_>>();
    let mut course =
        Course { now: Duration::ZERO, free: slots, lines: BTreeMap::new(), quotas: BTreeMap::new(), next: BinaryHeap::new(), foreseen };
    Explained::of(course.run(&steps), calls)
}

/// A step on its way.
struct Foreseen {
    estimate: Estimate,
    remaining: Duration,
    /// Calls that are answered.
    answered: usize,
    ready: Duration,
    /// Since when it stands in line.
    since: Duration,
    waits: BTreeMap<Cause, Duration>,
}

impl Foreseen {
    fn of(step: &Step, remaining: Duration) -> Self {
        let (ready, since) = (Duration::ZERO, Duration::ZERO);
        Self { estimate: estimate::of(step), remaining, answered: 0, ready, since, waits: BTreeMap::new() }
    }
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Next<'a> {
    /// A call is answered.
    Answered(&'a ResourceId),
    /// A step waits for nothing more.
    Settled(&'a ResourceId),
    /// A quota has a place again.
    Open,
}

#[derive(Default)]
struct Bucket {
    full: Duration,
    closed_until: Duration,
    /// When it last had no place.
    closed_at: Option<Duration>,
}

struct Course<'a> {
    now: Duration,
    free: usize,
    /// Who waits for a call, by its quota.
    lines: BTreeMap<Option<&'static str>, BTreeSet<(Reverse<Duration>, &'a ResourceId)>>,
    quotas: BTreeMap<&'static str, Bucket>,
    next: BinaryHeap<Reverse<(Duration, Next<'a>)>>,
    foreseen: BTreeMap<&'a ResourceId, Foreseen>,
}

impl<'a> Course<'a> {
    fn run(&mut self, steps: &'a BTreeMap<ResourceId, Step>) -> Vec<Ran> {
        let (mut order, mut ran) = (Order::of(steps), Vec::new());
        let mut ended: BTreeSet<&ResourceId> = BTreeSet::new();
        self.begin_ready(&mut order, steps);
        while let Some(Reverse((at, next))) = self.next.pop() {
            self.now = at;
            match next {
                Next::Answered(id) => {
                    self.free += 1;
                    self.go_on(id);
                }
                Next::Settled(id) => {
                    let (Some(step), Some(foreseen)) = (steps.get(id), self.foreseen.get_mut(id)) else { continue };
                    ran.push(Ran {
                        id: id.clone(),
                        action: step.action,
                        part: Part::Step,
                        needs: step.needs.iter().filter(|need| ended.contains(need)).cloned().collect(),
                        from: foreseen.ready,
                        to: at,
                        waits: std::mem::take(&mut foreseen.waits).into_iter().collect(),
                    });
                    ended.insert(id);
                    order.done(id);
                    self.begin_ready(&mut order, steps);
                }
                Next::Open => {}
            }
            self.serve();
        }
        ran
    }

    fn begin_ready(&mut self, order: &mut Order, steps: &'a BTreeMap<ResourceId, Step>) {
        while let Some((id, _)) = order.next().and_then(|id| steps.get_key_value(&id)) {
            if let Some(foreseen) = self.foreseen.get_mut(id) {
                foreseen.ready = self.now;
            }
            self.stand_or_settle(id);
        }
        self.serve();
    }

    /// A call is answered.
    fn go_on(&mut self, id: &'a ResourceId) {
        if let Some(foreseen) = self.foreseen.get_mut(id) {
            foreseen.answered += 1;
        }
        self.stand_or_settle(id);
    }

    fn stand_or_settle(&mut self, id: &'a ResourceId) {
        let Some(foreseen) = self.foreseen.get_mut(id) else { return };
        foreseen.since = self.now;
        if let Some(op) = foreseen.estimate.calls.get(foreseen.answered) {
            self.lines.entry(op.quota.map(|quota| quota.name)).or_default().insert((Reverse(foreseen.remaining), id));
            return;
        }
        let settles = foreseen.estimate.settles;
        if let Some(cause) = settles.cause() {
            foreseen.waits.insert(cause, settles.time());
        }
        self.next.push(Reverse((self.now + settles.time(), Next::Settled(id))));
    }

    /// Sends as many calls as may go now.
    fn serve(&mut self) {
        while self.free > 0 {
            let is_open = |name: &Option<&'static str>| {
                name.is_none_or(|name| self.quotas.get(name).is_none_or(|bucket| bucket.closed_until <= self.now))
            };
            let heads = self.lines.iter().filter(|(name, _)| is_open(name)).filter_map(|(name, line)| Some((*line.first()?, *name)));
            let Some(((remaining, id), name)) = heads.min() else { return };
            let quota = self.foreseen.get(id).and_then(|foreseen| foreseen.estimate.calls.get(foreseen.answered)?.quota);
            if let Some(until) = quota.and_then(|quota| self.closed(quota)) {
                self.next.push(Reverse((until, Next::Open)));
                continue;
            }
            self.lines.entry(name).or_default().remove(&(remaining, id));
            self.free -= 1;
            self.note_wait(id, quota);
            self.next.push(Reverse((self.now + ANSWER, Next::Answered(id))));
        }
    }

    /// Books a place, or says when there is one.
    fn closed(&mut self, quota: Quota) -> Option<Duration> {
        let bucket = self.quotas.entry(quota.name).or_default();
        let full = bucket.full.max(self.now) + quota.takes(1);
        let free = full.saturating_sub(BURST);
        if free <= self.now {
            bucket.full = full;
            return None;
        }
        bucket.closed_at = Some(self.now);
        bucket.closed_until = free;
        Some(free)
    }

    fn note_wait(&mut self, id: &ResourceId, quota: Option<Quota>) {
        let Some(foreseen) = self.foreseen.get_mut(id) else { return };
        let waited = self.now - foreseen.since;
        if waited.is_zero() {
            return;
        }
        let by_quota =
            quota.filter(|quota| self.quotas.get(quota.name).and_then(|bucket| bucket.closed_at).is_some_and(|at| at >= foreseen.since));
        *foreseen.waits.entry(by_quota.map_or(Cause::Slot, |quota| Cause::Quota(quota.name))).or_default() += waited;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::model::plan::Plan;
    use crate::model::{Fingerprint, Scope};

    fn step(makes: &str, name: &str, needs: Vec<ResourceId>) -> Step {
        let driver = kinds::registry().iter().find(|driver| driver.api().iter().any(|op| op.iam == makes)).unwrap();
        let (id, fingerprint) = (ResourceId::new(driver.name(), name), Fingerprint::of(None, None));
        Step { id, name: name.into(), action: Action::Create, changes: Vec::new(), needs: needs.into_iter().collect(), fingerprint }
    }

    fn planned(steps: Vec<Step>) -> Planned {
        let at = || "here".to_owned();
        let scope = Scope { partition: at(), account: "1".into(), region: at(), stack: at(), env: at(), instance: at() };
        let plan = Plan { scope, steps };
        Planned {
            plan,
            sides: BTreeMap::new(),
            known: BTreeMap::new(),
            left: Vec::new(),
            early: BTreeMap::new(),
            in_the_way: BTreeMap::new(),
            learned: Default::default(),
        }
    }

    #[test]
    fn a_chain_takes_its_calls_and_what_settles() {
        let role = step("iam:CreateRole", "r", Vec::new());
        let function = step("lambda:CreateFunction", "f", vec![role.id.clone()]);
        let names = [role.id.clone(), function.id.clone()];
        let explained = forecast(&planned(vec![function, role]), 10);
        assert_eq!(explained.path.iter().map(|ran| ran.id.clone()).collect::<Vec<_>>(), names);
        assert_eq!(explained.took(), ANSWER * 6 + Duration::from_secs(7));
        assert!(matches!(explained.path[1].waits[..], [(Cause::Pending(_), time)] if time == Duration::from_secs(2)));
    }

    #[test]
    fn many_take_the_rate_of_their_quota_and_few_slots_their_turns() {
        let alarms = |count: usize| (0..count).map(|n| step("cloudwatch:PutMetricAlarm", &n.to_string(), Vec::new())).collect();
        let explained = forecast(&planned(alarms(67)), 10);
        let floor = explained.floor.unwrap();
        assert_eq!((floor.calls, floor.quota.per_second), (67, 3));
        // A second's worth goes at once.
        let took = explained.took().as_secs_f64();
        assert!((floor.least().as_secs_f64() - 1.1..floor.least().as_secs_f64()).contains(&took), "{took}");
        assert!(matches!(explained.path[0].waits[..], [(Cause::Quota("cloudwatch:PutMetricAlarm"), _)]), "{:?}", explained.path);
        let queues: Vec<Step> = (0..9).map(|n| step("sqs:CreateQueue", &n.to_string(), Vec::new())).collect();
        let explained = forecast(&planned(queues), 3);
        assert_eq!(explained.took(), ANSWER * 3);
        assert!(matches!(explained.path[0].waits[..], [(Cause::Slot, _)]));
    }
}
