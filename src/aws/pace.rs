//! Keeps under AWS's request quotas instead of running into them: a token bucket a quota.
//! Rates: aws-facts §10 (Lambda quotas page; CloudWatch and Logs Service Quotas), for Systems Manager
//! "Parameter Store endpoints and quotas" of the AWS General Reference. IAM and SQS publish none; IAM
//! is held at 20 a second.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Requests a second under which a group of operations must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Quota {
    name: &'static str,
    per_second: u32,
}

fn quota_of(operation: &str) -> Option<Quota> {
    let quota = |name, per_second| Some(Quota { name, per_second });
    let (service, action) = operation.split_once(':')?;
    match (service, action) {
        ("lambda", "GetFunction") => quota("lambda:GetFunction", 100),
        ("lambda", "GetPolicy") => quota("lambda:GetPolicy", 15),
        ("lambda", _) => quota("lambda", 15),
        ("cloudwatch", "PutMetricAlarm") => quota("cloudwatch:PutMetricAlarm", 3),
        ("cloudwatch", "DeleteAlarms") => quota("cloudwatch:DeleteAlarms", 3),
        ("cloudwatch", "DescribeAlarms") => quota("cloudwatch:DescribeAlarms", 9),
        ("cloudwatch", "ListTagsForResource") => quota("cloudwatch:ListTagsForResource", 10),
        ("cloudwatch", "TagResource" | "UntagResource") => quota("cloudwatch:TagResource", 20),
        ("logs", "CreateLogGroup") => quota("logs:CreateLogGroup", 10),
        ("logs", "DeleteLogGroup") => quota("logs:DeleteLogGroup", 10),
        ("logs", "DescribeLogGroups") => quota("logs:DescribeLogGroups", 10),
        ("logs", "PutRetentionPolicy" | "DeleteRetentionPolicy") => quota("logs:PutRetentionPolicy", 5),
        ("logs", "TagResource" | "UntagResource" | "ListTagsForResource") => quota("logs:tags", 5),
        ("iam", _) => quota("iam", 20),
        ("sns", "ListTagsForResource" | "TagResource" | "UntagResource") => quota("sns:tags", 10),
        ("sns", "ListSubscriptionsByTopic") => quota("sns:list", 30),
        // The account's default; GetSecretValue has 10,000 a second and needs no pace.
        ("ssm", "GetParameters") => quota("ssm:GetParameters", 40),
        _ => None,
    }
}

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

    /// Waits until one more request of this operation stays under its quota.
    pub async fn wait(&self, operation: &str) {
        if self.off {
            return;
        }
        if let Some(at) = self.reserve(operation) {
            tokio::time::sleep_until(at).await;
        }
    }

    /// Books the next place. A bucket is the instant at which it would be full again: a request
    /// moves it on by one interval, and waits for what lies more than a second ahead.
    fn reserve(&self, operation: &str) -> Option<Instant> {
        let quota = quota_of(operation)?;
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
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_at_once_and_then_the_rate() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..3 {
            pace.wait("cloudwatch:PutMetricAlarm").await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..6 {
            pace.wait("cloudwatch:PutMetricAlarm").await;
        }
        let taken = start.elapsed().as_millis();
        assert!((1990..2100).contains(&taken), "{taken} ms for six more at three a second");
    }

    #[tokio::test(start_paused = true)]
    async fn quotas_do_not_share() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..15 {
            pace.wait("lambda:ListAliases").await;
            pace.wait("lambda:GetPolicy").await;
            pace.wait("lambda:GetFunction").await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
