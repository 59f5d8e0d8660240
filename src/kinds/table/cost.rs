//! What a table costs: what it keeps, as DynamoDB counted it some hours ago, its recovery, and on demand
//! its reads and writes. Capacity that stands ready has no price in the list.

use rust_decimal::Decimal;

use super::spec::BillingMode;
use super::{Live, Spec};
use crate::contract::cost::{Costs, Metric, Traffic, key};

const READS: &str = "ConsumedReadCapacityUnits";
const WRITES: &str = "ConsumedWriteCapacityUnits";

/// Units that were read and written.
pub(super) const METRICS: &[Metric] = &[metric(READS), metric(WRITES)];

const fn metric(name: &'static str) -> Metric {
    Metric { namespace: "AWS/DynamoDB", name, dimension: "TableName" }
}

/// Bytes of a GB of a table.
const GB: u32 = 1_073_741_824;

/// See [`crate::contract::Kind::costs`].
pub(super) fn costs(spec: &Spec, live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
    let mut costs = Costs::default();
    if let Some(stored) = live.map(|live| live.bytes).filter(|stored| *stored > 0) {
        let gigabytes = Decimal::from(stored) / Decimal::from(GB);
        costs.fixed(key::TABLE_STORAGE, gigabytes, "items kept now");
        if spec.point_in_time_recovery {
            costs.fixed(key::TABLE_RECOVERY, gigabytes, "items kept for recovery");
        }
    }
    if let Some(traffic) = traffic.filter(|_| spec.billing.is(BillingMode::OnDemand)) {
        costs.traffic(key::TABLE_READ, traffic.of(READS), "units read");
        costs.traffic(key::TABLE_WRITE, traffic.of(WRITES), "units written");
    }
    costs
}
