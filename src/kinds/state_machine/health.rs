//! How state machines do: what became of their executions. Metrics tell it of Express ones too, which leave
//! no history.

use aws_sdk_sfn::types::StateMachineStatus;
use futures_util::future::join_all;

use super::{arn, live};
use crate::aws::AwsError;
use crate::contract::{Checked, Gauge, Over, Patient, ReadCx};
use crate::model::health::{Figure, Health, Level, Sign};

const STATES: Gauge = Gauge {
    what: "started/h",
    namespace: "AWS/States",
    metric: "ExecutionsStarted",
    dimension: "StateMachineArn",
    over: Over::Hour,
    is_wrong: false,
};

pub(super) const GAUGES: &[Gauge] = &[
    STATES,
    Gauge { what: "failed/h", metric: "ExecutionsFailed", is_wrong: true, ..STATES },
    Gauge { what: "timed out/h", metric: "ExecutionsTimedOut", is_wrong: true, ..STATES },
];

pub(super) async fn health(cx: &ReadCx, asked: &[Patient<'_>]) -> Vec<Checked> {
    join_all(asked.iter().map(|patient| one(cx, patient.name))).await
}

async fn one(cx: &ReadCx, name: &str) -> Result<Option<Health>, AwsError> {
    let Some((machine, _)) = live::describe(cx, name, &arn(&cx.scope, name)).await? else { return Ok(None) };
    let status = machine.status.as_ref();
    let level = if status == Some(&StateMachineStatus::Active) { Level::Fine } else { Level::Unsure };
    let state = Sign::new("state", Figure::word(status.map(StateMachineStatus::as_str))).level(level);
    Ok(Some(Health { signs: vec![state], unread: Vec::new() }))
}
