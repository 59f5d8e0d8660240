//! Keeps under AWS's request quotas instead of running into them: a token bucket a quota.
//! Rates stand with the operations: docs/aws-facts.md §10 (Lambda quotas page; CloudWatch and Logs Service
//! Quotas), for Systems Manager "Parameter Store endpoints and quotas" of the AWS General Reference.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::op::{Op, Quota};

/// Token buckets, one a quota, each holding a second's worth.
#[derive(Debug, Default)]
pub struct Pace {
    off: bool,
    buckets: Mutex<HashMap<Quota, Instant>>,
}

impl Pace {
    /// A pace that never waits: a local AWS has no quotas.
    pub fn unlimited() -> Self {
        Self { off: true, buckets: Mutex::default() }
    }

    /// Books a place for one more request of this operation; when it is, where that is not now, and the
    /// quota that it is of.
    pub fn next(&self, op: &Op) -> Option<(Instant, Quota)> {
        let quota = op.quota.filter(|_| !self.off)?;
        Some((self.reserve(quota)?, quota))
    }

    /// Books the next place. A bucket is the instant at which it would be full again: a request
    /// moves it on by one interval, and waits for what lies more than a second ahead.
    fn reserve(&self, quota: Quota) -> Option<Instant> {
        let interval = Duration::from_secs(1) / quota.per_second;
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let full = buckets.entry(quota).or_insert(now);
        *full = (*full).max(now) + interval;
        let wait = full.saturating_duration_since(now).saturating_sub(Duration::from_secs(1));
        (!wait.is_zero()).then(|| now + wait)
    }
}

#[cfg(test)]
mod tests {
    use super::super::op::LAMBDA;
    use super::*;

    const SLOW: Op = Op::writes("cloudwatch:PutMetricAlarm").rated(3);

    async fn wait(pace: &Pace, op: &Op) {
        if let Some((at, _)) = pace.next(op) {
            tokio::time::sleep_until(at).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_at_once_and_then_the_rate() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..3 {
            wait(&pace, &SLOW).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..6 {
            wait(&pace, &SLOW).await;
        }
        let taken = start.elapsed().as_millis();
        assert!((1990..2100).contains(&taken), "{taken} ms for six more at three a second");
    }

    #[tokio::test(start_paused = true)]
    async fn quotas_do_not_share() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..15 {
            wait(&pace, &Op::reads("lambda:ListAliases").paced(LAMBDA)).await;
            wait(&pace, &Op::reads("lambda:GetPolicy").rated(15)).await;
            wait(&pace, &Op::reads("lambda:GetFunction").rated(100)).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
