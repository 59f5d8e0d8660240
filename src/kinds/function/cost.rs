//! What a function costs: its calls, what stands ready for them, and what its event sources poll.

use rust_decimal::Decimal;

use super::live::Live;
use super::mapping::{EventSource, Origin};
use super::spec::{Alias, Config, Spec};
use super::words::{Architecture, TracingMode};
use crate::contract::cost::{Costs, Executions, Metric, Traffic, Usage, gb_seconds, key, month_seconds, traces};
use crate::model::{counted, one_or_many};

/// Calls.
pub(super) const CALLS: &str = "Invocations";
/// Milliseconds of them.
pub(super) const DURATION: &str = "Duration";

/// How often it is called, and how long it runs.
pub(super) const METRICS: &[Metric] = &[metric(CALLS), metric(DURATION)];

const fn metric(name: &'static str) -> Metric {
    Metric { namespace: "AWS/Lambda", name, dimension: "FunctionName" }
}

/// Pollers of a queue that nobody else says the number of
/// (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>).
const POLLERS: i32 = 5;
/// Seconds that an empty receive takes: the longest poll.
const POLL_SECONDS: u32 = 20;

/// See [`crate::contract::Kind::costs`].
pub(super) fn costs(spec: &Spec, _live: Option<&Live>, traffic: Option<&Traffic>) -> Costs {
    let mut costs = Costs::default();
    ready(&mut costs, spec);
    let Some(traffic) = traffic else {
        let million = Decimal::from(1_000_000);
        costs.per_million = Some(executions(&spec.config, million, million * Decimal::ONE_THOUSAND));
        return costs;
    };
    let (calls, milliseconds) = (traffic.of(CALLS), traffic.of(DURATION));
    for (key, quantity) in executions(&spec.config, calls, Decimal::ZERO).iter() {
        costs.traffic(key, quantity, "calls");
    }
    for (key, quantity) in executions(&spec.config, Decimal::ZERO, milliseconds).iter() {
        let what = if key == key::EPHEMERAL { "/tmp above 512 MB" } else { "duration" };
        costs.traffic(key, quantity, what);
    }
    if spec.config.tracing.is(TracingMode::Active) {
        costs.traffic(key::TRACE, traces(calls), "traces, where calls come evenly");
    }
    for (source, mapping) in spec.event_sources.iter().filter(|(source, mapping)| mapping.enabled && Origin::of(source) == Origin::Queue) {
        let key = if source.ends_with(".fifo") { key::FIFO_REQUEST } else { key::QUEUE_REQUEST };
        costs.traffic(key, polls(mapping), "polls of a queue that is empty");
    }
    costs
}

/// MB at which a function has one whole processor
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
const ONE_PROCESSOR: i32 = 1_769;

/// See [`crate::contract::Kind::slowed`]: what computes on one thread takes longer as its share of the
/// processor shrinks, and is billed by the whole millisecond.
pub(super) fn slowed(have: &Spec, want: &Spec, traffic: &Traffic) -> Option<Traffic> {
    let share = |spec: &Spec| Decimal::from(spec.config.memory.clamp(1, ONE_PROCESSOR));
    let (calls, milliseconds) = (traffic.of(CALLS), traffic.of(DURATION));
    if share(have) == share(want) || calls.is_zero() {
        return None;
    }
    let each = milliseconds.checked_div(calls)?.saturating_mul(share(have)).checked_div(share(want))?.ceil();
    Some(traffic.clone().with(DURATION, each.saturating_mul(calls)))
}

/// What stands ready whether it is called or not.
fn ready(costs: &mut Costs, spec: &Spec) {
    let Config { memory, snap_start, runtime, architecture, .. } = &spec.config;
    let month = gb_seconds(memory.unsigned_abs(), month_seconds());
    // SnapStart of Java is free.
    let is_charged = *snap_start && runtime.as_deref().is_some_and(|runtime| !runtime.starts_with("java"));
    if let Some(versions) = spec.keep_versions.filter(|versions| is_charged && *versions > 0) {
        costs.fixed(key::SNAP_START_CACHE, month * Decimal::from(versions), format!("{} kept for SnapStart", counted(versions, "version")));
    }
    let provisioned = spec.aliases.values().filter_map(|Alias { provisioned_concurrency, .. }| *provisioned_concurrency);
    let provisioned: u32 = provisioned.map(i32::unsigned_abs).sum();
    if provisioned > 0 {
        let key = key::provisioned(architecture.is(Architecture::Arm));
        costs.fixed(
            key,
            month * Decimal::from(provisioned),
            format!("{} that {} ready", counted(provisioned, "execution"), one_or_many(&provisioned, "stands", "stand")),
        );
    }
}

fn executions(config: &Config, calls: Decimal, milliseconds: Decimal) -> Usage {
    let Config { memory, ephemeral_storage, architecture, .. } = config;
    let executions = Executions {
        is_arm: architecture.is(Architecture::Arm),
        memory_mb: memory.unsigned_abs(),
        ephemeral_mb: ephemeral_storage.unsigned_abs(),
        calls,
        billed_ms: milliseconds,
    };
    executions.usage()
}

/// Requests a month of pollers that find nothing.
fn polls(mapping: &EventSource) -> Decimal {
    let pollers = mapping.provisioned_pollers.as_ref().map_or(POLLERS, |pollers| pollers.min);
    month_seconds() / Decimal::from(POLL_SECONDS) * Decimal::from(pollers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Spec {
        let config = Config { memory: 1_024, runtime: Some("python3.13".into()), ..Config::default_of(String::new(), String::new()) };
        let aliases = [("live".to_owned(), Alias::to("1".to_owned().into()))].into();
        Spec { aliases, keep_versions: Some(3), ..Spec::bare(config) }
    }

    fn fixed(spec: &Spec) -> Vec<(&'static str, String)> {
        costs(spec, None, None).fixed.iter().map(|item| (item.key, item.quantity.normalize().to_string())).collect()
    }

    #[test]
    fn versions_kept_for_snap_start_cost_outside_of_java() {
        let mut spec = spec();
        assert!(fixed(&spec).is_empty());
        spec.config.snap_start = true;
        assert_eq!(fixed(&spec), [(key::SNAP_START_CACHE, "7884000".to_owned())]);
        spec.config.runtime = Some("java21".into());
        assert!(fixed(&spec).is_empty());
        spec.aliases.values_mut().for_each(|alias| alias.provisioned_concurrency = Some(2));
        assert_eq!(fixed(&spec), [(key::provisioned(false), "5256000".to_owned())]);
    }

    #[test]
    fn what_costs_by_traffic_is_there_only_where_that_is_known() {
        let mut spec = spec();
        spec.config.tracing = TracingMode::Active.into();
        spec.event_sources.insert("arn:aws:sqs:us-east-1:111122223333:in".into(), EventSource::default_of(Origin::Queue));
        let without = costs(&spec, None, None);
        assert!(without.traffic.is_empty() && without.per_million.is_some());
        let traffic = Traffic::default().with(CALLS, 1_000_000.into()).with(DURATION, 800_000_000.into());
        let with = costs(&spec, None, Some(&traffic));
        let lines: Vec<(&str, String)> = with.traffic.iter().map(|item| (item.key, item.quantity.normalize().to_string())).collect();
        let expected =
            [(key::REQUEST, "1000000"), (key::gb_second(false), "800000"), (key::TRACE, "1000000"), (key::QUEUE_REQUEST, "657000")];
        assert_eq!(lines, expected.map(|(key, quantity)| (key, quantity.to_owned())));
    }
}
