//! What a stream costs: its hours, whether or not anybody writes to it, and what goes through it.

use rust_decimal::Decimal;

use super::Spec;
use super::spec::StreamMode;
use crate::contract::cost::{Costs, Metric, Traffic, key, month_hours};

const IN: &str = "IncomingBytes";
const OUT: &str = "GetRecords.Bytes";

/// What is written and read.
pub(super) const METRICS: &[Metric] = &[metric(IN), metric(OUT)];

const fn metric(name: &'static str) -> Metric {
    Metric { namespace: "AWS/Kinesis", name, dimension: "StreamName" }
}

/// Bytes of a GB of a stream.
const GB: u32 = 1_073_741_824;

/// See [`crate::contract::Kind::costs`]. What is put into shards is paid by units of 25 kB, which no
/// metric counts.
pub(super) fn costs(spec: &Spec, traffic: Option<&Traffic>) -> Costs {
    let mut costs = Costs::default();
    if spec.mode.is(StreamMode::Provisioned) {
        costs.fixed(key::SHARD_HOUR, month_hours() * Decimal::from(spec.shards.unwrap_or(1)), "hours of its shards");
        return costs;
    }
    costs.fixed(key::STREAM_HOUR, month_hours(), "hours of the stream, also while nobody writes to it");
    if let Some(traffic) = traffic {
        costs.traffic(key::STREAM_IN, traffic.of(IN) / Decimal::from(GB), "GB written");
        costs.traffic(key::STREAM_OUT, traffic.of(OUT) / Decimal::from(GB), "GB read");
    }
    costs
}
