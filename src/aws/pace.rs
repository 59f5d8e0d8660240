//! Keeps under AWS's request quotas instead of running into them: a token bucket a quota.
//! Rates stand with the operations: docs/aws-facts.md §10 (Lambda quotas page; CloudWatch and Logs Service
//! Quotas), for Systems Manager "Parameter Store endpoints and quotas" of the AWS General Reference.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::op::Quota;

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

    /// Books a place for one more request of this quota, where there is one now.
    ///
    /// # Errors
    /// When there is one: a bucket holds a second's worth. That is for who asks first then.
    pub fn take(&self, quota: Quota) -> Result<(), Instant> {
        if self.off {
            return Ok(());
        }
        let interval = Duration::from_secs(1) / quota.per_second;
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // The instant at which it is full again: a request moves it on by one interval.
        let full = buckets.entry(quota).or_insert(now);
        let next = (*full).max(now) + interval;
        match next.checked_sub(Duration::from_secs(1)) {
            Some(free) if free > now => Err(free),
            _ => {
                *full = next;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::op::{LAMBDA, Op};
    use super::*;

    const SLOW: Op = Op::writes("cloudwatch:PutMetricAlarm").rated(3);

    async fn wait(pace: &Pace, op: &Op) {
        let Some(quota) = op.quota else { return };
        while let Err(at) = pace.take(quota) {
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
