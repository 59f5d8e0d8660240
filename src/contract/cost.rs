//! What a month of a resource takes of what AWS charges for. Kinds say quantities; `cost` has the prices.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

/// What has a price: a key of the list of prices.
pub type Key = &'static str;

/// Keys of the list of prices.
pub mod key {
    use super::Key;

    /// A call of a function.
    pub const REQUEST: Key = "lambda.request";
    /// GB-seconds of /tmp above 512 MB.
    pub const EPHEMERAL: Key = "lambda.ephemeral_gb_second";
    /// GB-seconds for which the snapshot of a kept version is kept.
    pub const SNAP_START_CACHE: Key = "lambda.snapstart_cache_gb_second";
    /// GB of logs that functions write.
    pub const LOG_INGESTION: Key = "logs.lambda_ingestion_gb";
    /// GB of logs that are kept a month.
    pub const LOG_STORAGE: Key = "logs.storage_gb_month";
    /// GB of logs that a query of Logs Insights scans.
    pub const INSIGHTS_SCAN: Key = "logs.insights_gb_scanned";
    /// A metric in an alarm of standard resolution.
    pub const ALARM_METRIC: Key = "cloudwatch.alarm_metric";
    /// A metric in an alarm of high resolution.
    pub const HIGH_RESOLUTION_ALARM_METRIC: Key = "cloudwatch.high_resolution_alarm_metric";
    /// The metrics that the query of an alarm selects: how many is not known.
    pub const INSIGHTS_ALARM_METRIC: Key = "cloudwatch.insights_alarm_metric";
    /// GB of logs in a group of infrequent access.
    pub const INFREQUENT_INGESTION: Key = "logs.infrequent_ingestion_gb";
    /// A metric that GetMetricData is asked for.
    pub const METRIC_READ: Key = "cloudwatch.get_metric_data_metric";
    /// A request to a standard queue.
    pub const QUEUE_REQUEST: Key = "sqs.request.standard";
    /// A request to a FIFO queue.
    pub const FIFO_REQUEST: Key = "sqs.request.fifo";
    /// A message that is published to a topic.
    pub const PUBLISH: Key = "sns.publish";
    /// GB that a table keeps a month.
    pub const TABLE_STORAGE: Key = "dynamodb.storage_gb_month";
    /// GB of a table that can be brought back as it was.
    pub const TABLE_RECOVERY: Key = "dynamodb.recovery_gb_month";
    /// A unit that is read from a table on demand.
    pub const TABLE_READ: Key = "dynamodb.read_request_unit";
    /// A unit that is written to a table on demand.
    pub const TABLE_WRITE: Key = "dynamodb.write_request_unit";
    /// An hour of a stream on demand.
    pub const STREAM_HOUR: Key = "kinesis.on_demand_stream_hour";
    /// GB that are written to a stream on demand.
    pub const STREAM_IN: Key = "kinesis.on_demand_gb_in";
    /// GB that are read from a stream on demand.
    pub const STREAM_OUT: Key = "kinesis.on_demand_gb_out";
    /// An hour of a shard.
    pub const SHARD_HOUR: Key = "kinesis.shard_hour";
    /// A trace that X-Ray records.
    pub const TRACE: Key = "xray.trace_recorded";

    /// GB-seconds of executions.
    pub const fn gb_second(is_arm: bool) -> Key {
        if is_arm { "lambda.gb_second.arm64" } else { "lambda.gb_second.x86_64" }
    }

    /// GB-seconds for which executions stand ready.
    pub const fn provisioned(is_arm: bool) -> Key {
        if is_arm { "lambda.provisioned_gb_second.arm64" } else { "lambda.provisioned_gb_second.x86_64" }
    }
}

/// Days of traffic that stand for a month.
pub const TRAFFIC_DAYS: u32 = 14;
/// Hours of a month, as AWS's own pages count.
const MONTH_HOURS: u32 = 730;
/// MB of a GB of memory.
const MB: u32 = 1_024;
/// MB of /tmp that come with a function.
const FREE_STORAGE: u32 = 512;
/// Calls a second that X-Ray records each of, and the share that it records of those beyond
/// (<https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html>).
const TRACED_A_SECOND: u32 = 1;
const TRACED_BEYOND: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// Hours of a month.
pub fn month_hours() -> Decimal {
    Decimal::from(MONTH_HOURS)
}

/// Seconds of a month.
pub fn month_seconds() -> Decimal {
    Decimal::from(MONTH_HOURS * 3_600)
}

/// What was counted in a window of so many hours, as a month of it; nothing of an empty window.
pub fn a_month(counted: Decimal, window_hours: Decimal) -> Decimal {
    counted.checked_mul(MONTH_HOURS.into()).and_then(|all| all.checked_div(window_hours)).unwrap_or_default()
}

/// GB-seconds of so many seconds at a size in MB.
pub fn gb_seconds(memory_mb: u32, seconds: Decimal) -> Decimal {
    seconds.saturating_mul(memory_mb.into()) / Decimal::from(MB)
}

/// Traces that X-Ray records of so many calls a month, where they come evenly: one a second and one in
/// twenty of the others.
pub fn traces(calls: Decimal) -> Decimal {
    let each = calls.min(month_seconds() * Decimal::from(TRACED_A_SECOND));
    each.saturating_add((calls - each).saturating_mul(TRACED_BEYOND))
}

/// Quantities of what has a price, summed by key: of a resource, a stack, or both sides of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage(BTreeMap<Key, Decimal>);

impl Usage {
    /// Adds a quantity.
    pub fn add(&mut self, key: Key, quantity: Decimal) {
        let sum = self.0.entry(key).or_default();
        *sum = sum.saturating_add(quantity);
    }

    /// The same with a quantity more.
    pub fn with(mut self, key: Key, quantity: Decimal) -> Self {
        self.add(key, quantity);
        self
    }

    /// Adds all quantities of another one.
    pub fn extend(&mut self, other: &Self) {
        other.iter().for_each(|(key, quantity)| self.add(key, quantity));
    }

    /// Quantities by key; what is zero is left out.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Decimal)> {
        self.0.iter().filter(|(_, quantity)| !quantity.is_zero()).map(|(key, quantity)| (*key, *quantity))
    }
}

/// A metric whose sum tells traffic of one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its namespace.
    pub namespace: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The dimension that holds the resource's physical name.
    pub dimension: &'static str,
}

/// Sums of metrics of one resource in a month, by the metric's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic(BTreeMap<&'static str, Decimal>);

impl Traffic {
    /// The same with a sum more.
    pub fn with(mut self, metric: &'static str, sum: Decimal) -> Self {
        self.0.insert(metric, sum);
        self
    }

    /// The sum of a metric; zero where nobody counted.
    pub fn of(&self, metric: &str) -> Decimal {
        self.0.get(metric).copied().unwrap_or_default()
    }
}

/// A part of what a resource costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What has the price.
    pub key: Key,
    /// How much of it in a month.
    pub quantity: Decimal,
    /// What it is, such as `3 versions kept for SnapStart`.
    pub what: String,
}

/// What a month of a resource takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Costs {
    /// What costs without any traffic.
    pub fixed: Vec<Item>,
    /// What costs by traffic, as far as traffic is known.
    pub traffic: Vec<Item>,
    /// What a million of what it does takes, where its traffic is not known and calls are what costs.
    pub per_million: Option<Usage>,
}

impl Costs {
    /// Adds what costs without any traffic.
    pub fn fixed(&mut self, key: Key, quantity: impl Into<Decimal>, what: impl Into<String>) {
        self.fixed.push(Item { key, quantity: quantity.into(), what: what.into() });
    }

    /// Adds what costs by traffic.
    pub fn traffic(&mut self, key: Key, quantity: Decimal, what: impl Into<String>) {
        self.traffic.push(Item { key, quantity, what: what.into() });
    }
}

/// The calls of one function in a month, for [`Executions::usage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Executions {
    /// Whether it runs on arm64.
    pub is_arm: bool,
    /// Its size in MB.
    pub memory_mb: u32,
    /// Its /tmp in MB.
    pub ephemeral_mb: u32,
    /// Calls.
    pub calls: Decimal,
    /// Billed milliseconds of all of them together.
    pub billed_ms: Decimal,
}

impl Executions {
    /// Requests, duration, and /tmp above what comes with a function.
    pub fn usage(&self) -> Usage {
        let Self { is_arm, memory_mb, ephemeral_mb, calls, billed_ms } = *self;
        let seconds = billed_ms / Decimal::ONE_THOUSAND;
        Usage::default()
            .with(key::REQUEST, calls)
            .with(key::gb_second(is_arm), gb_seconds(memory_mb, seconds))
            .with(key::EPHEMERAL, gb_seconds(ephemeral_mb.saturating_sub(FREE_STORAGE), seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_22_traces_of_even_calls() {
        assert_eq!(traces(2_628_000.into()), 2_628_000.into());
        assert_eq!(traces(10_000_000.into()), "2996600.00".parse().unwrap());
    }

    #[test]
    fn row_23_a_window_becomes_a_month() {
        assert_eq!(a_month(100_000.into(), 336.into()).round(), 217_262.into());
        assert_eq!(a_month(100_000.into(), Decimal::ZERO), Decimal::ZERO);
    }
}
