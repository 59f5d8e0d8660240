//! How queues do: what is in them, and since when.

use futures_util::future::join_all;

use super::{Spec, live};
use crate::aws::AwsError;
use crate::contract::{Checked, Fails, FailsTo, Gauge, Over, Patient, ReadCx};
use crate::model::health::{Figure, Health, Level, Sign};

pub(super) const GAUGES: &[Gauge] = &[Gauge {
    what: "oldest",
    namespace: "AWS/SQS",
    metric: "ApproximateAgeOfOldestMessage",
    dimension: "QueueName",
    over: Over::Newest,
    is_wrong: false,
}];

pub(super) fn fails_to(spec: &Spec) -> Vec<FailsTo> {
    spec.redrive.iter().map(|redrive| FailsTo { arn: redrive.dead_letter.clone(), by: Fails::Receives }).collect()
}

pub(super) async fn health(cx: &ReadCx, asked: &[Patient<'_>]) -> Vec<Checked> {
    join_all(asked.iter().map(|patient| one(cx, patient))).await
}

async fn one(cx: &ReadCx, patient: &Patient<'_>) -> Result<Option<Health>, AwsError> {
    let name = patient.name;
    let Some(url) = live::url(cx, name).await? else { return Ok(None) };
    let Some(counts) = live::counts(cx, name, &url).await? else { return Ok(None) };
    let [visible, in_flight, delayed] = counts;
    let level = if patient.takes_failed && counts.iter().any(|count| *count > 0) { Level::Wrong } else { Level::Fine };
    let holds = if patient.takes_failed { "dead letters" } else { "messages" };
    let signs = vec![
        Sign::new("holds", Figure::Word(holds.to_owned())),
        Sign::new("messages", Figure::Count(visible))
            .level(level)
            .because((level == Level::Wrong).then_some("what failed lies here; etlctl redrive shows it")),
        Sign::new("in flight", Figure::Count(in_flight)),
        Sign::new("delayed", Figure::Count(delayed)),
    ];
    Ok(Some(Health { signs, unread: Vec::new() }))
}
