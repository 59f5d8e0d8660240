//! How alarms do: their state, and why it is that.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use futures_util::future::join_all;

use super::live;
use crate::aws::AwsError;
use crate::contract::{Checked, Patient, ReadCx};
use crate::model::health::{Figure, Health, Level, Sign};

/// Alarms of one call (CloudWatch API Reference, DescribeAlarms).
const NAMES: usize = 100;

pub(super) async fn health(cx: &ReadCx, asked: &[Patient<'_>]) -> Vec<Checked> {
    join_all(asked.chunks(NAMES).map(|some| of(cx, some))).await.into_iter().flatten().collect()
}

async fn of(cx: &ReadCx, some: &[Patient<'_>]) -> Vec<Checked> {
    let names: Vec<String> = some.iter().map(|patient| patient.name.to_owned()).collect();
    let found: Result<BTreeMap<String, Health>, AwsError> = live::describe(cx, Some(&names)).await.map(|alarms| {
        alarms
            .iter()
            .filter_map(|alarm| Some((alarm.alarm_name()?.to_owned(), Health { signs: vec![state(alarm)], unread: Vec::new() })))
            .collect()
    });
    some.iter().map(|patient| Ok(found.as_ref().map_err(AwsError::clone)?.get(patient.name).cloned())).collect()
}

fn state(alarm: &MetricAlarm) -> Sign {
    let value = alarm.state_value();
    let level = match value {
        Some(StateValue::Ok) => Level::Fine,
        Some(StateValue::Alarm) => Level::Wrong,
        Some(_) | None => Level::Unsure,
    };
    Sign::new("state", Figure::word(value.map(StateValue::as_str)))
        .level(level)
        .because(alarm.state_reason().filter(|_| level != Level::Fine))
}
