//! How log groups do: what they have stored.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::live;
use crate::aws::AwsError;
use crate::contract::{Checked, Patient, ReadCx};
use crate::model::health::{Figure, Health, Sign};

/// Groups of one call (CloudWatch Logs API Reference, DescribeLogGroups).
const NAMES: usize = 50;

pub(super) async fn health(cx: &ReadCx, asked: &[Patient<'_>]) -> Vec<Checked> {
    join_all(asked.chunks(NAMES).map(|some| of(cx, some))).await.into_iter().flatten().collect()
}

async fn of(cx: &ReadCx, some: &[Patient<'_>]) -> Vec<Checked> {
    let names: Vec<String> = some.iter().map(|patient| patient.name.to_owned()).collect();
    let found: Result<BTreeMap<String, Figure>, AwsError> = live::describe(cx, Some(&names)).await.map(|groups| {
        let stored = |bytes: Option<i64>| bytes.map_or(Figure::Nothing, |bytes| Figure::Bytes(bytes.max(0).unsigned_abs()));
        groups.into_iter().filter_map(|group| Some((group.log_group_name?, stored(group.stored_bytes)))).collect()
    });
    let health = |figure: &Figure| Health { signs: vec![Sign::new("stored", figure.clone())], unread: Vec::new() };
    some.iter().map(|patient| Ok(found.as_ref().map_err(AwsError::clone)?.get(patient.name).map(health))).collect()
}
