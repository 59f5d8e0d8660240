//! Operations of AWS on nothing of one kind.

use super::op::{IAM, LAMBDA, Op, operations};

operations! {
    PUT_OBJECT = Op::writes("s3:PutObject").repeatable();
    DELETE_OBJECT = Op::writes("s3:DeleteObject").repeatable();
    GET_BUCKET_LOCATION = Op::reads("s3:GetBucketLocation");
    LIST_ACCOUNT_ALIASES = Op::reads("iam:ListAccountAliases").anywhere().paced(IAM);
    GET_ACCOUNT_SETTINGS = Op::reads("lambda:GetAccountSettings").anywhere().paced(LAMBDA);
    GET_METRIC_DATA = Op::reads("cloudwatch:GetMetricData").anywhere().rated(500);
    GET_SECRET_VALUE = Op::reads("secretsmanager:GetSecretValue");
    GET_PARAMETERS = Op::reads("ssm:GetParameters").rated(40);
    GET_CALLER_IDENTITY = Op::reads("sts:GetCallerIdentity").anywhere();
    LOOKUP_EVENTS = Op::reads("cloudtrail:LookupEvents").anywhere().rated(2);
    PUBLISH = Op::writes("sns:Publish").repeatable();
    GET_RESOURCES = Op::reads("tag:GetResources").anywhere();
}

const FILTER_LOG_EVENTS: Op = Op::reads("logs:FilterLogEvents");
static FILTER_FAST: Op = FILTER_LOG_EVENTS.rated(25);
static FILTER: Op = FILTER_LOG_EVENTS.rated(10);
static FILTER_SLOW: Op = FILTER_LOG_EVENTS.rated(5);

/// Regions in which fewer searches a second are taken.
const SLOW: [&str; 5] = ["eu-central-1", "ap-northeast-3", "ap-southeast-3", "ca-west-1", "il-central-1"];

/// The search in logs, with the quota of a region (CloudWatch Logs quotas, "FilterLogEvents"), for who
/// searches as fast as that allows.
pub fn filter_log_events(region: &str) -> &'static Op {
    match region {
        "us-east-1" => &FILTER_FAST,
        slow if SLOW.contains(&slow) => &FILTER_SLOW,
        _ => &FILTER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_as_fast_as_their_region() {
        let rate = |region: &str| filter_log_events(region).quota.map(|quota| quota.per_second);
        assert_eq!(["us-east-1", "eu-central-1", "eu-west-1"].map(rate), [Some(25), Some(5), Some(10)]);
    }
}
