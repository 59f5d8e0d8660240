//! What a log group costs: what it takes in, and what it keeps.

use rust_decimal::Decimal;

use super::{Live, LogGroupClass, Spec};
use crate::contract::cost::{Costs, Metric, Traffic, key};

const INCOMING: &str = "IncomingBytes";

/// What is written to it.
pub(super) const METRICS: &[Metric] = &[Metric { namespace: "AWS/Logs", name: INCOMING, dimension: "LogGroupName" }];

/// Bytes of a GB of logs.
const GB: u32 = 1_000_000_000;

/// See [`crate::contract::Kind::costs`].
pub(super) fn costs(spec: &Spec, live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
    let mut costs = Costs::default();
    if let Some(stored) = live.map(|live| live.stored_bytes).filter(|stored| *stored > 0) {
        costs.fixed(key::LOG_STORAGE, Decimal::from(stored) / Decimal::from(GB), "logs kept now");
    }
    if let Some(traffic) = traffic {
        let is_standard = spec.class.is(LogGroupClass::Standard);
        let key = if is_standard { key::LOG_INGESTION } else { key::INFREQUENT_INGESTION };
        costs.traffic(key, traffic.of(INCOMING) / Decimal::from(GB), "logs written");
    }
    costs
}
