//! Keeps under AWS's request quotas instead of running into them: a token bucket a quota, a little under
//! the published rate, since other clients share it; slower for a while after AWS says "too many".
//! Rates stand with the operations: docs/aws-facts.md §10 (Lambda quotas page; CloudWatch and Logs Service
//! Quotas), for Systems Manager "Parameter Store endpoints and quotas" of the AWS General Reference.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::op::{Op, Quota};
use super::quotas::Quotas;

/// Of the published rate.
const SHARE: f64 = 0.9;
/// Of the published rate, for who works all day beside others.
const MODEST: f64 = 0.25;
/// So much time's worth of the published rate may go out at once, whole calls of it.
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
    is_modest: bool,
    buckets: Mutex<HashMap<Quota, Bucket>>,
    paced: Mutex<Paced>,
}

/// When something waited.
#[derive(Debug, Default)]
struct Paced {
    /// Times that may still overlap with others.
    late: VecDeque<(Instant, Instant)>,
    /// All before.
    earlier: Duration,
}

/// No wait is longer: what ended so long ago overlaps with nothing that is still to come.
const SETTLED: Duration = Duration::from_secs(30 * 60);

/// The instant at which it would be full again: a request moves it on by one interval, and waits for what
/// lies further ahead than a burst.
#[derive(Debug)]
struct Bucket {
    full: Instant,
    /// Of the share of the rate, as it was then.
    part: f64,
    at: Instant,
    halved: Option<Instant>,
}

impl Pace {
    /// A pace under these quotas.
    pub fn new(quotas: Quotas) -> Self {
        Self { quotas, ..Self::default() }
    }

    /// The same that takes a quarter of each, and leaves the rest to others.
    pub fn modest(self) -> Self {
        Self { is_modest: true, ..self }
    }

    /// The quota that an operation counts against.
    pub fn quota(&self, op: &Op) -> Option<Quota> {
        self.quotas.of(op)
    }

    /// Books a place for one more request of this quota, where there is one now.
    ///
    /// # Errors
    /// When there is one, for who asks first then.
    pub fn take(&self, quota: Quota) -> Result<(), Instant> {
        let now = Instant::now();
        let share = if self.is_modest { MODEST } else { SHARE };
        self.buckets().entry(quota).or_insert_with(|| Bucket::full(now)).take(quota, share, now)
    }

    /// AWS says that there were too many requests.
    pub fn throttled(&self, op: &Op) {
        let Some(quota) = self.quotas.of(op) else { return };
        let now = Instant::now();
        self.buckets().entry(quota).or_insert_with(|| Bucket::full(now)).halve(now);
    }

    /// Something has waited for its place since then until now.
    pub fn waited(&self, since: Instant) {
        let mut since = since;
        let mut paced = self.paced.lock().unwrap_or_else(PoisonError::into_inner);
        // What overlaps counts once.
        while let Some((from, _)) = paced.late.pop_back_if(|(_, to)| *to >= since) {
            since = since.min(from);
        }
        let now = Instant::now();
        paced.late.push_back((since, now));
        while let Some((from, to)) = paced.late.pop_front_if(|(_, to)| now.duration_since(*to) > SETTLED) {
            paced.earlier += to - from;
        }
    }

    /// Time so far in which something waited for its place.
    pub fn paced(&self) -> Duration {
        let paced = self.paced.lock().unwrap_or_else(PoisonError::into_inner);
        paced.earlier + paced.late.iter().map(|(from, to)| *to - *from).sum::<Duration>()
    }

    fn buckets(&self) -> std::sync::MutexGuard<'_, HashMap<Quota, Bucket>> {
        // Each change of a bucket is whole before anything could panic.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn full(now: Instant) -> Self {
        Self { full: now, part: 1.0, at: now, halved: None }
    }

    fn take(&mut self, quota: Quota, share: f64, now: Instant) -> Result<(), Instant> {
        self.climb(now);
        let rate = f64::from(quota.per_second) * share * self.part;
        let interval = Duration::from_secs_f64(rate.recip());
        let next = self.full.max(now) + interval;
        let at_once = f64::from(quota.per_second) * BURST.as_secs_f64() * (share / SHARE);
        let burst = interval * at_once.ceil().max(1.0) as u32;
        let wait = next.saturating_duration_since(now).saturating_sub(burst);
        if !wait.is_zero() {
            return Err(now + wait);
        }
        self.full = next;
        Ok(())
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
    use super::super::op::{LAMBDA, Op};
    use super::*;

    const FAST: Op = Op::reads("lambda:GetFunction").rated(100);
    const SLOW: Op = Op::writes("cloudwatch:PutMetricAlarm").rated(3);

    async fn wait(pace: &Pace, op: &Op) {
        let Some(quota) = pace.quota(op) else { return };
        while let Err(at) = pace.take(quota) {
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
            let later = times.iter().filter(|time| **time > 0.0).count();
            let sustained = later as f64 / times.last().unwrap();
            assert!((0.85..=1.0).contains(&(sustained / rate as f64)), "{sustained} a second of {rate}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_modest_leaves_three_quarters_to_others() {
        for op in [&FAST, &SLOW] {
            let pace = Pace::default().modest();
            sent(&pace, op, Duration::from_secs(1)).await;
            let sent = sent(&pace, op, Duration::from_secs(20)).await as f64 / 20.0;
            let share = sent / f64::from(op.quota.unwrap().per_second);
            assert!((0.2..=0.27).contains(&share), "{share} of {}", op.iam);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_of_long_ago_take_no_room_and_still_count() {
        let (pace, start) = (Pace::default(), Instant::now());
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_secs(60)).await;
            pace.waited(Instant::now() - Duration::from_secs(1));
        }
        assert!(pace.paced.lock().unwrap().late.len() <= 32, "{:?}", start.elapsed());
        assert_eq!(pace.paced(), Duration::from_secs(200));
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_seconds_worth_at_once() {
        for (op, at_once) in [(&FAST, 50), (&SLOW, 2)] {
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
        let (pace, start) = (Pace::default(), Instant::now());
        for (slept, since) in [(2, 0), (1, 1), (4, 6)] {
            tokio::time::sleep(Duration::from_secs(slept)).await;
            pace.waited(start + Duration::from_secs(since));
        }
        // From 0 to 3, and from 6 to 7.
        assert_eq!(pace.paced(), Duration::from_secs(4));
    }
}
