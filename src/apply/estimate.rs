//! What a step takes, roughly: by that the longest remaining path goes first, and a plan foretells its
//! apply. Kinds are known by the operation that makes one. The figures are round: what counts is which
//! path is longer than another.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::aws::Op;
use crate::aws::op::Quota;
use crate::kinds;
use crate::model::{Action, Cause, ResourceId, Step};

/// What AWS's control planes take for an answer.
pub(super) const ANSWER: Duration = Duration::from_millis(100);

/// What is done to one resource, call after call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Estimate {
    /// The calls.
    pub calls: Vec<&'static Op>,
    /// What it waits for behind the answers.
    pub settles: Settles,
}

/// What a step waits for once AWS has answered.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) enum Settles {
    /// Nothing.
    #[default]
    AtOnce,
    /// What was written spreads through AWS; milliseconds.
    Spreads(u32),
    /// AWS works on it; milliseconds.
    Works(u32),
}

impl Settles {
    /// How long.
    pub fn time(self) -> Duration {
        match self {
            Self::AtOnce => Duration::ZERO,
            Self::Spreads(ms) | Self::Works(ms) => Duration::from_millis(ms.into()),
        }
    }

    /// What for.
    pub fn cause(self) -> Option<Cause> {
        match self {
            Self::AtOnce => None,
            Self::Spreads(_) => Some(Cause::Propagation("what was written spreads through AWS".to_owned())),
            Self::Works(_) => Some(Cause::Pending("AWS works on it".to_owned())),
        }
    }
}

/// A kind's calls, and what it takes beside them once it is made.
struct Row {
    create: &'static [&'static str],
    update: &'static [&'static str],
    delete: &'static [&'static str],
    settles: Settles,
}

const fn row(create: &'static [&'static str], update: &'static [&'static str], delete: &'static [&'static str], settles: Settles) -> Row {
    Row { create, update, delete, settles }
}

/// The first operation of each row makes one of its kind. Times: a new role reaches Lambda after some
/// seconds, a function is Pending for some, an upload takes one (docs/aws-facts.md §3, §4).
const ROWS: &[Row] = &[
    row(
        &["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"],
        &["iam:PutRolePolicy"],
        &["iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole"],
        Settles::Spreads(5_000),
    ),
    row(
        &["lambda:CreateFunction", "lambda:GetFunction", "lambda:GetFunction"],
        &["lambda:UpdateFunctionConfiguration", "lambda:GetFunction", "lambda:GetFunction"],
        &["lambda:DeleteFunction", "lambda:GetFunction"],
        Settles::Works(2_000),
    ),
    row(&["lambda:PublishLayerVersion"], &["lambda:PublishLayerVersion"], &["lambda:DeleteLayerVersion"], Settles::Works(1_000)),
    row(&["cloudwatch:PutMetricAlarm"], &["cloudwatch:PutMetricAlarm"], &["cloudwatch:DeleteAlarms"], Settles::AtOnce),
    row(&["logs:CreateLogGroup", "logs:PutRetentionPolicy"], &["logs:PutRetentionPolicy"], &["logs:DeleteLogGroup"], Settles::AtOnce),
    row(&["sqs:CreateQueue"], &["sqs:SetQueueAttributes"], &["sqs:DeleteQueue"], Settles::AtOnce),
    row(&["sns:CreateTopic"], &["sns:SetTopicAttributes"], &["sns:DeleteTopic"], Settles::AtOnce),
    row(&["s3:CreateBucket", "s3:PutBucketTagging"], &["s3:PutBucketPolicy"], &["s3:DeleteBucket"], Settles::AtOnce),
    row(&["dynamodb:CreateTable", "dynamodb:DescribeTable"], &["dynamodb:UpdateTable"], &["dynamodb:DeleteTable"], Settles::Works(10_000)),
    row(
        &["kinesis:CreateStream", "kinesis:DescribeStreamSummary"],
        &["kinesis:UpdateShardCount"],
        &["kinesis:DeleteStream"],
        Settles::Works(15_000),
    ),
    row(&["events:CreateEventBus"], &["events:UpdateEventBus"], &["events:DeleteEventBus"], Settles::AtOnce),
    row(&["events:PutRule", "events:PutTargets"], &["events:PutRule"], &["events:RemoveTargets", "events:DeleteRule"], Settles::AtOnce),
    row(&["scheduler:CreateScheduleGroup"], &["scheduler:TagResource"], &["scheduler:DeleteScheduleGroup"], Settles::AtOnce),
    row(&["scheduler:CreateSchedule"], &["scheduler:UpdateSchedule"], &["scheduler:DeleteSchedule"], Settles::AtOnce),
    row(&["states:CreateStateMachine"], &["states:UpdateStateMachine"], &["states:DeleteStateMachine"], Settles::AtOnce),
];

impl Row {
    fn of(api: &[&'static Op]) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.create.first().is_some_and(|makes| api.iter().any(|op| op.iam == *makes)))
    }
}

/// What a step takes; nothing of a kind without a row.
pub(super) fn of(step: &Step) -> Estimate {
    let api = kinds::driver(&step.id.kind).map_or(&[][..], |driver| driver.api());
    let Some(row) = Row::of(api) else { return Estimate::default() };
    let makes = matches!(step.action, Action::Create | Action::Replace | Action::Update | Action::Adopt);
    let names: Vec<&str> = match step.action {
        Action::Create => row.create.to_vec(),
        Action::Update | Action::Adopt => row.update.to_vec(),
        Action::Replace => row.delete.iter().chain(row.create).copied().collect(),
        Action::Delete => row.delete.to_vec(),
        Action::Release | Action::Keep => Vec::new(),
    };
    let calls = names.iter().filter_map(|name| api.iter().find(|op| op.iam == *name).copied()).collect();
    Estimate { calls, settles: if makes { row.settles } else { Settles::AtOnce } }
}

/// How many calls each quota takes of all these.
pub(super) fn by_quota<'a>(estimates: impl Iterator<Item = &'a Estimate>) -> BTreeMap<&'static str, (Quota, u64)> {
    let mut calls = BTreeMap::new();
    for quota in estimates.flat_map(|estimate| &estimate.calls).filter_map(|op| op.quota) {
        calls.entry(quota.name).or_insert((quota, 0)).1 += 1;
    }
    calls
}

/// How long a step takes by itself where these are the steps of its plan: its calls, what settles, and the
/// longest line that it stands in, under the quota that they share.
pub(super) fn times(steps: &BTreeMap<ResourceId, Step>) -> BTreeMap<ResourceId, Duration> {
    let estimates: BTreeMap<&ResourceId, Estimate> = steps.iter().map(|(id, step)| (id, of(step))).collect();
    let lines = by_quota(estimates.values());
    let line = |op: &&'static Op| op.quota.and_then(|quota| lines.get(quota.name)).map(|(quota, calls)| quota.takes(*calls));
    let time = |estimate: &Estimate| {
        let longest = estimate.calls.iter().filter_map(line).max().unwrap_or_default();
        ANSWER * u32::try_from(estimate.calls.len()).unwrap_or(u32::MAX) + estimate.settles.time() + longest
    };
    estimates.into_iter().map(|(id, estimate)| (id.clone(), time(&estimate))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fingerprint;

    #[test]
    fn every_kind_has_a_row_of_operations_that_are_its_own() {
        for driver in kinds::registry() {
            let rows = ROWS.iter().filter(|row| driver.api().iter().any(|op| op.iam == row.create[0]));
            assert_eq!(rows.count(), 1, "rows of {}", driver.name());
            let row = Row::of(driver.api()).unwrap();
            for name in row.create.iter().chain(row.update).chain(row.delete) {
                assert!(driver.api().iter().any(|op| op.iam == *name), "{} has no {name}", driver.name());
            }
        }
        assert_eq!(ROWS.len(), kinds::registry().len());
    }

    #[test]
    fn a_step_takes_its_calls_what_settles_and_the_line_of_its_quota() {
        let quota = Quota::new("q", 3);
        assert_eq!(quota.takes(67), Duration::from_secs_f64(67.0 / 3.0));
        let driver = kinds::registry().iter().find(|driver| driver.api().iter().any(|op| op.iam == "cloudwatch:PutMetricAlarm")).unwrap();
        let step = |name: &str| {
            let id = ResourceId::new(driver.name(), name);
            let fingerprint = Fingerprint::of(None, None);
            Step { id, name: name.into(), action: Action::Create, changes: Vec::new(), needs: Default::default(), fingerprint }
        };
        let few: BTreeMap<_, _> = ["a"].map(step).map(|step| (step.id.clone(), step)).into();
        let many: BTreeMap<_, _> = (0..30).map(|n| step(&n.to_string())).map(|step| (step.id.clone(), step)).collect();
        let longest = |steps| times(steps).into_values().max().unwrap();
        assert_eq!(longest(&many) - longest(&few), Duration::from_secs_f64(10.0) - quota.takes(1));
    }
}
