//! Whose turn it is to call. A slot is a call in flight: it is taken for one attempt and given back with
//! its answer, so that who waits for a quota, for what spreads, or for AWS to end its work holds none.
//! Who waits stands in a line: the longest remaining path goes first, for slots and for places under a
//! quota alike.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::op::{Op, Quota};
use super::pace::Pace;
use crate::model::Cause;

/// Who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority {
    remaining: Reverse<Duration>,
    number: usize,
}

impl Priority {
    /// After everybody else: nobody waits for it.
    pub const LAST: Self = Self { remaining: Reverse(Duration::ZERO), number: usize::MAX };

    /// Of what has this much before it. Among equals the smaller number goes first, so that one is ended
    /// before the next begins.
    pub fn new(remaining: Duration, number: usize) -> Self {
        Self { remaining: Reverse(remaining), number }
    }
}

/// Slots and quotas, with who waits for them.
#[derive(Debug)]
pub struct Turns {
    pace: Arc<Pace>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    lines: HashMap<Option<Quota>, Line>,
    taken: HashMap<Quota, u64>,
    next: u64,
}

/// Who waits for calls of one quota, or of none.
#[derive(Debug, Default)]
struct Line {
    waiting: BTreeMap<Ticket, oneshot::Sender<Turn>>,
    /// When the quota has a place again.
    closed_until: Option<Instant>,
    /// When it was last found to have none.
    closed_at: Option<Instant>,
}

/// A place in a line; the number of the ticket keeps the order of those that come from one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ticket {
    priority: Priority,
    number: u64,
}

/// The leave to have one call in flight, given back when it is dropped.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    quota_closed_at: Option<Instant>,
}

impl Turn {
    /// What was waited for by who has stood in line since then.
    pub fn waited_for(&self, since: Instant, quota: Option<Quota>) -> Cause {
        match quota {
            Some(quota) if self.quota_closed_at.is_some_and(|at| at >= since) => Cause::Quota(quota.name),
            _ => Cause::Slot,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.lock().free += 1;
        self.turns.serve();
    }
}

/// Takes who is no longer there out of the line.
struct Standing<'a> {
    turns: &'a Arc<Turns>,
    quota: Option<Quota>,
    ticket: Ticket,
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.lock();
        let line = state.lines.get_mut(&self.quota);
        if line.is_some_and(|line| line.waiting.remove(&self.ticket).is_some() && line.waiting.is_empty()) {
            state.lines.remove(&self.quota);
        }
    }
}

impl Turns {
    /// Turns under this pace, so many calls in flight at a time.
    pub fn new(pace: Arc<Pace>, slots: usize) -> Arc<Self> {
        let state = State { free: slots, lines: HashMap::new(), taken: HashMap::new(), next: 0 };
        Arc::new(Self { pace, state: Mutex::new(state) })
    }

    /// The quota that an operation counts against.
    pub fn quota(&self, op: &Op) -> Option<Quota> {
        self.pace.quota(op)
    }

    /// AWS says that there were too many requests.
    pub fn throttled(&self, op: &Op) {
        self.pace.throttled(op);
    }

    /// Something has waited for a place under a quota since then until now.
    pub fn paced_since(&self, since: Instant) {
        self.pace.waited(since);
    }

    /// Time so far in which something waited for a place under a quota.
    pub fn paced(&self) -> Duration {
        self.pace.paced()
    }

    /// Other turns under the same quotas.
    pub fn beside(&self, slots: usize) -> Arc<Self> {
        Self::new(Arc::clone(&self.pace), slots)
    }

    /// How many calls of each quota went out.
    pub fn taken(&self) -> Vec<(Quota, u64)> {
        self.lock().taken.iter().map(|(quota, calls)| (*quota, *calls)).collect()
    }

    /// Stands in line for a call, and returns when it may go. Who stops waiting leaves the line.
    pub async fn wait(self: &Arc<Self>, quota: Option<Quota>, priority: Priority) -> Turn {
        let (turn, given) = oneshot::channel();
        let ticket = {
            let mut state = self.lock();
            state.next += 1;
            let ticket = Ticket { priority, number: state.next };
            state.lines.entry(quota).or_default().waiting.insert(ticket, turn);
            ticket
        };
        let standing = Standing { turns: self, quota, ticket };
        self.serve();
        let given = given.await;
        drop(standing);
        // The other end is in the line until the turn is sent through it.
        given.unwrap_or_else(|_| self.out_of_line())
    }

    fn out_of_line(self: &Arc<Self>) -> Turn {
        let mut state = self.lock();
        state.free = state.free.saturating_sub(1);
        Turn { turns: Arc::clone(self), quota_closed_at: None }
    }

    /// Gives turns as long as there is somebody who may go.
    fn serve(self: &Arc<Self>) {
        loop {
            let given = self.next(&mut self.lock());
            let Some((waiting, quota_closed_at)) = given else { return };
            // Who has left meanwhile leaves the turn here, and with that gives it back.
            drop(waiting.send(Turn { turns: Arc::clone(self), quota_closed_at }));
        }
    }

    /// The first who may go now, with a slot taken and a place booked.
    fn next(self: &Arc<Self>, state: &mut State) -> Option<(oneshot::Sender<Turn>, Option<Instant>)> {
        let now = Instant::now();
        while state.free > 0 {
            let open = state.lines.iter().filter(|(_, line)| line.closed_until.is_none_or(|until| until <= now));
            let first =
                open.filter_map(|(quota, line)| Some((*line.waiting.first_key_value()?.0, *quota))).min_by_key(|(ticket, _)| *ticket);
            let (ticket, quota) = first?;
            let line = state.lines.get_mut(&quota)?;
            if let Some(Err(until)) = quota.map(|quota| self.pace.take(quota)) {
                line.closed_at = Some(now);
                line.closed_until = Some(until);
                self.serve_at(until);
                continue;
            }
            let waiting = line.waiting.remove(&ticket)?;
            let closed_at = line.closed_at;
            if line.waiting.is_empty() {
                state.lines.remove(&quota);
            }
            if let Some(quota) = quota {
                *state.taken.entry(quota).or_default() += 1;
            }
            state.free -= 1;
            return Some((waiting, closed_at));
        }
        None
    }

    fn serve_at(self: &Arc<Self>, at: Instant) {
        // Where the runtime ends nobody waits any more.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let turns = Arc::downgrade(self);
        runtime.spawn(async move {
            sleep_until(at).await;
            if let Some(turns) = turns.upgrade() {
                turns.serve();
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change of the state is whole before anything in it could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::quotas::Quotas;
    use super::*;

    const SLOW: Quota = Quota::new("slow", 4);
    const S: Duration = Duration::from_secs(1);

    fn priority(seconds: u64, number: usize) -> Priority {
        Priority::new(S * u32::try_from(seconds).unwrap(), number)
    }

    /// Stands in line in the background, notes when it had its turn, and calls for so long.
    fn call(
        turns: &Arc<Turns>,
        log: &Arc<Mutex<Vec<(&'static str, u128)>>>,
        name: &'static str,
        quota: Option<Quota>,
        priority: Priority,
        takes: Duration,
    ) {
        let (turns, log, start) = (Arc::clone(turns), Arc::clone(log), Instant::now());
        tokio::spawn(async move {
            let turn = turns.wait(quota, priority).await;
            log.lock().unwrap().push((name, start.elapsed().as_millis()));
            tokio::time::sleep(takes).await;
            drop(turn);
        });
    }

    fn names(log: &Mutex<Vec<(&'static str, u128)>>) -> Vec<&'static str> {
        log.lock().unwrap().iter().map(|(name, _)| *name).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_remaining_path_has_the_next_slot() {
        let (turns, log) = (Turns::new(Arc::new(Pace::new(Quotas::Off)), 1), Arc::default());
        let holds = turns.wait(None, Priority::LAST).await;
        for (name, priority) in [("last", Priority::LAST), ("b", priority(5, 2)), ("long", priority(9, 7)), ("a", priority(5, 1))] {
            call(&turns, &log, name, None, priority, S);
        }
        tokio::time::sleep(S).await;
        assert!(names(&log).is_empty());
        drop(holds);
        tokio::time::sleep(S * 5).await;
        assert_eq!(names(&log), ["long", "a", "b", "last"]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_quota_holds_no_slot_and_its_places_go_by_priority() {
        let (turns, log) = (Turns::new(Arc::new(Pace::default()), 1), Arc::default());
        for number in 0..2 {
            call(&turns, &log, "burst", Some(SLOW), priority(1, number), Duration::ZERO);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        call(&turns, &log, "late", Some(SLOW), priority(1, 9), Duration::ZERO);
        call(&turns, &log, "first", Some(SLOW), priority(8, 9), Duration::ZERO);
        call(&turns, &log, "other", None, Priority::LAST, Duration::ZERO);
        tokio::time::sleep(S * 5).await;
        assert_eq!(names(&log), ["burst", "burst", "other", "first", "late"]);
        let at: Vec<u128> = log.lock().unwrap().iter().map(|(_, at)| *at).collect();
        assert!(at[2] == 0 && (270..290).contains(&at[3]) && (545..565).contains(&at[4]), "{at:?}");
        assert_eq!(turns.taken(), [(SLOW, 4)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_waited_for_is_known() {
        let turns = Turns::new(Arc::new(Pace::default()), 1);
        let since = Instant::now();
        drop(turns.wait(Some(SLOW), Priority::LAST).await);
        let second = turns.wait(Some(SLOW), Priority::LAST).await;
        assert_eq!(second.waited_for(since, Some(SLOW)), Cause::Slot);
        drop(second);
        let third = turns.wait(Some(SLOW), Priority::LAST).await;
        assert_eq!(third.waited_for(since, Some(SLOW)), Cause::Quota("slow"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_the_line_takes_nothing_along() {
        let turns = Turns::new(Arc::new(Pace::new(Quotas::Off)), 1);
        let holds = turns.wait(None, Priority::LAST).await;
        let left = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move { turns.wait(None, priority(9, 0)).await }
        });
        tokio::time::sleep(S).await;
        left.abort();
        assert!(left.await.is_err());
        drop(holds);
        // One that has its turn and does not look any more gives it back too.
        let holds = tokio::time::timeout(S, turns.wait(None, Priority::LAST)).await.unwrap();
        let mut given = Box::pin(turns.wait(None, priority(9, 0)));
        assert!(tokio::time::timeout(Duration::ZERO, given.as_mut()).await.is_err());
        drop(holds);
        drop(given);
        assert!(tokio::time::timeout(S, turns.wait(None, Priority::LAST)).await.is_ok());
    }
}
