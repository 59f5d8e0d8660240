//! Keeps under AWS's request quotas instead of running into them: a token bucket a quota, a little under
//! the published rate, since other clients share it; slower for a while after AWS says "too many".
//! Rates stand with the operations: docs/aws-facts.md §10 (Lambda quotas page; CloudWatch and Logs Service
//! Quotas), for Systems Manager "Parameter Store endpoints and quotas" of the AWS General Reference.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::op::{Op, Quota};
use super::quotas::Quotas;

/// Of the published rate.
const SHARE: f64 = 0.9;
/// So much time's worth may go out at once, and one call always.
const BURST: Duration = Duration::from_millis(500);
/// A rate is halved once in this time, however many calls were refused in it.
const HALVED_EVERY: Duration = Duration::from_secs(1);
/// The least that is left of a rate.
const LEAST: f64 = 1.0 / 16.0;
/// So much of the rate comes back a second.
const CLIMB: f64 = 0.05;

/// Token buckets, one a quota.
#[derive(Debug, Default)]
pub struct Pace {
    quotas: Quotas,
    buckets: Mutex<HashMap<Quota, Bucket>>,
    tally: Mutex<Tally>,
}

/// The instant at which it would be full again: a request moves it on by one interval, and waits for what
/// lies further ahead than a burst.
#[derive(Debug)]
struct Bucket {
    full: Instant,
    /// Of [`SHARE`] of the rate, as it was then.
    part: f64,
    at: Instant,
    halved: Option<Instant>,
}

/// What pacing cost so far.
#[derive(Debug, Default)]
struct Tally {
    throttled: u64,
    waiting: usize,
    since: Option<Instant>,
    paced: Duration,
}

/// Something waits for its place until this goes.
#[derive(Debug)]
pub struct Waiting<'a>(&'a Pace);

impl Pace {
    /// A pace under these quotas.
    pub fn new(quotas: Quotas) -> Self {
        Self { quotas, ..Self::default() }
    }

    /// Books a place for one more request of this operation; when it is, where that is not now, and the
    /// quota that it is of.
    pub fn next(&self, op: &Op) -> Option<(Instant, Quota)> {
        let quota = self.quotas.of(op)?;
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = buckets.entry(quota).or_insert_with(|| Bucket::full(now)).reserve(quota, now);
        (!wait.is_zero()).then(|| (now + wait, quota))
    }

    /// AWS says that there were too many requests.
    pub fn throttled(&self, op: &Op) {
        self.tally().throttled += 1;
        let Some(quota) = self.quotas.of(op) else { return };
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.entry(quota).or_insert_with(|| Bucket::full(now)).halve(now);
    }

    /// Something waits for its place from now on.
    pub fn waiting(&self) -> Waiting<'_> {
        let mut tally = self.tally();
        tally.waiting += 1;
        tally.since.get_or_insert_with(Instant::now);
        Waiting(self)
    }

    /// Requests that AWS refused as too many.
    pub fn refused(&self) -> u64 {
        self.tally().throttled
    }

    /// Time so far in which something waited for its place.
    pub fn paced(&self) -> Duration {
        let tally = self.tally();
        tally.paced + tally.since.map(|since| since.elapsed()).unwrap_or_default()
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        // Figures are whole, whatever happened to who held them.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut tally = self.0.tally();
        tally.waiting -= 1;
        if tally.waiting == 0
            && let Some(since) = tally.since.take()
        {
            tally.paced += since.elapsed();
        }
    }
}

impl Bucket {
    fn full(now: Instant) -> Self {
        Self { full: now, part: 1.0, at: now, halved: None }
    }

    /// How long the next request waits.
    fn reserve(&mut self, quota: Quota, now: Instant) -> Duration {
        self.climb(now);
        let rate = f64::from(quota.per_second) * SHARE * self.part;
        let interval = Duration::from_secs_f64(rate.recip());
        self.full = self.full.max(now) + interval;
        let burst = interval * ((rate * BURST.as_secs_f64()) as u32).max(1);
        self.full.saturating_duration_since(now).saturating_sub(burst)
    }

    fn halve(&mut self, now: Instant) {
        self.climb(now);
        if self.halved.is_none_or(|halved| now.duration_since(halved) >= HALVED_EVERY) {
            self.part = (self.part / 2.0).max(LEAST);
            self.halved = Some(now);
        }
    }

    fn climb(&mut self, now: Instant) {
        self.part = (self.part + CLIMB * now.duration_since(self.at).as_secs_f64()).min(1.0);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::super::op::LAMBDA;
    use super::*;

    const FAST: Op = Op::reads("lambda:GetFunction").rated(100);
    const SLOW: Op = Op::writes("cloudwatch:PutMetricAlarm").rated(3);

    async fn wait(pace: &Pace, op: &Op) {
        if let Some((at, _)) = pace.next(op) {
            let _waiting = pace.waiting();
            tokio::time::sleep_until(at).await;
        }
    }

    /// How many go out in this time.
    async fn sent(pace: &Pace, op: &Op, time: Duration) -> usize {
        let end = Instant::now() + time;
        let mut sent = 0;
        while Instant::now() < end {
            wait(pace, op).await;
            sent += 1;
        }
        sent
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_holds_more_than_the_rate() {
        for op in [&FAST, &SLOW] {
            let (pace, rate) = (Pace::default(), op.quota.unwrap().per_second as usize);
            let start = Instant::now();
            let mut times = Vec::new();
            for _ in 0..rate * 5 {
                wait(&pace, op).await;
                times.push(start.elapsed().as_secs_f64());
            }
            for first in &times {
                let within = times.iter().filter(|time| (*first..first + 1.0).contains(*time)).count();
                assert!(within <= rate + rate / 2, "{within} of {rate} within a second");
            }
            let sustained = times.len() as f64 / times.last().unwrap();
            assert!((0.85..=1.0).contains(&(sustained / rate as f64)), "{sustained} a second of {rate}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_seconds_worth_at_once_and_one_at_least() {
        for (op, at_once) in [(&FAST, 45), (&SLOW, 1)] {
            let (pace, start) = (Pace::default(), Instant::now());
            for _ in 0..at_once {
                wait(&pace, op).await;
            }
            assert_eq!(start.elapsed(), Duration::ZERO);
            wait(&pace, op).await;
            assert!(start.elapsed() > Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_halve_the_rate_once_a_second_and_it_comes_back() {
        let pace = Pace::default();
        let before = sent(&pace, &FAST, Duration::from_secs(2)).await;
        for _ in 0..10 {
            pace.throttled(&FAST);
        }
        let after = sent(&pace, &FAST, Duration::from_secs(2)).await;
        assert!((before * 4 / 10..before * 7 / 10).contains(&after), "{before} and then {after}");
        tokio::time::sleep(Duration::from_secs(10)).await;
        let again = sent(&pace, &FAST, Duration::from_secs(2)).await;
        assert!(again.abs_diff(before) <= 2, "{before} and again {again}");
        assert_eq!(pace.refused(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn quotas_do_not_share() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..6 {
            wait(&pace, &Op::reads("lambda:ListAliases").paced(LAMBDA)).await;
            wait(&pace, &Op::reads("lambda:GetPolicy").rated(15)).await;
            wait(&pace, &FAST).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_two_wait_counts_once() {
        let pace = Pace::default();
        let one = async {
            let _waiting = pace.waiting();
            tokio::time::sleep(Duration::from_secs(2)).await;
        };
        let other = async {
            let _waiting = pace.waiting();
            tokio::time::sleep(Duration::from_secs(3)).await;
        };
        tokio::join!(one, other);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(pace.paced(), Duration::from_secs(3));
    }
}
