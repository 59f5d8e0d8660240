//! Event sources as files write them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::contract::{Expand, Kind};
use crate::kinds::function::Function;
use crate::kinds::function::mapping::{EventSource, Origin, Pollers, SourceAccess, key as key_of};
use crate::kinds::function::words::{FullDocument, MappingMetric, SourceAccessType, StartingPosition};
use crate::source::diagnostic::Place;
use crate::source::duration::Seconds;
use crate::source::scalar::{Flag, Int, document};
use crate::source::word::Word;

/// What feeds a function: a queue, a stream, Kafka, Amazon MQ or DocumentDB. It invokes the alias, where
/// there is one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventSourceFile {
    /// Key of a queue of this file.
    pub queue: Option<String>,
    /// Key of a table of this file, which has a `stream`.
    pub table: Option<String>,
    /// Key of a stream of this file.
    pub stream: Option<String>,
    /// ARN of any source.
    pub arn: Option<String>,
    /// Brokers of a Kafka of your own, as `host:port`.
    #[serde(default)]
    pub bootstrap_servers: Vec<String>,
    /// Records an invocation gets at most.
    pub batch_size: Option<Int>,
    /// How long records are gathered, up to 5m.
    pub batch_window: Option<Seconds>,
    /// Whether it polls; true where nothing is said.
    pub enabled: Option<Flag>,
    /// Filter patterns.
    #[serde(default)]
    pub filters: Vec<Value>,
    /// ARN of the KMS key that encrypts the filters.
    pub kms_key: Option<String>,
    /// Whether the function reports single records as failed.
    #[serde(default)]
    pub report_batch_item_failures: Flag,
    /// SQS: invocations at a time, 2 to 1000.
    pub max_concurrency: Option<Int>,
    /// Streams, Kafka and DocumentDB: `LATEST`, `TRIM_HORIZON`, or `AT_TIMESTAMP`.
    pub starting_position: Option<Word<StartingPosition>>,
    /// With `AT_TIMESTAMP`: the instant, such as `2026-11-01T00:00:00Z`.
    pub starting_position_timestamp: Option<String>,
    /// Streams and Kafka: retries; without end where nothing is said.
    pub max_retries: Option<Int>,
    /// Streams and Kafka: age after which records are dropped.
    pub max_age: Option<Seconds>,
    /// Streams and Kafka: whether a failed batch is split.
    #[serde(default)]
    pub bisect: Flag,
    /// Kinesis and DynamoDB: batches of a shard at a time, 1 to 10.
    pub parallelization: Option<Int>,
    /// Kinesis and DynamoDB: length of a window, up to 15m.
    pub tumbling_window: Option<Seconds>,
    /// Streams and Kafka: ARN for what was given up; with Kafka `kafka://TOPIC` too.
    pub on_failure: Option<String>,
    /// Kafka: the topic, in a list of one.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Kafka: id of the consumer group; AWS makes one where nothing is said.
    pub consumer_group: Option<String>,
    /// Amazon MQ: the queue, in a list of one.
    #[serde(default)]
    pub queues: Vec<String>,
    /// Kafka, Amazon MQ and DocumentDB: how the source is entered.
    #[serde(default)]
    pub source_access: Vec<SourceAccessFile>,
    /// DocumentDB: the database.
    pub database: Option<String>,
    /// DocumentDB: the collection; all of them where nothing is said.
    pub collection: Option<String>,
    /// DocumentDB: whether the whole document comes with a change; `Default` where nothing is said.
    pub full_document: Option<Word<FullDocument>>,
    /// SQS and Kafka: pollers of this source alone.
    pub provisioned_pollers: Option<PollersFile>,
    /// Metrics that Lambda keeps of the source.
    #[serde(default)]
    pub metrics: Vec<Word<MappingMetric>>,
}

/// A way into a source.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceAccessFile {
    /// What the URI is: `BASIC_AUTH`, `VPC_SUBNET`, `VIRTUAL_HOST`, …
    #[serde(rename = "type")]
    pub kind: Word<SourceAccessType>,
    /// ARN of a secret, `subnet:…`, `security_group:…`, or the name of a virtual host.
    pub uri: String,
}

/// Numbers of pollers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PollersFile {
    /// At least; 2 for SQS and 1 for Kafka where nothing is said.
    pub min: Option<Int>,
    /// At most; 200 where nothing is said.
    pub max: Option<Int>,
    /// Kafka: name of the group whose sources share their pollers.
    pub group: Option<String>,
}

/// Where a source is written: the field and the number in its list.
pub(super) type Listed = (&'static str, usize);

pub(super) fn event_sources(
    cx: &mut Expand<'_>,
    key: &str,
    files: &[(Listed, &EventSourceFile)],
    alias: Option<&str>,
) -> BTreeMap<String, EventSource> {
    let mut all = BTreeMap::new();
    for ((field, at), file) in files {
        let place = cx.place_within(Function::SECTION, key, &[field, &at.to_string()]);
        let named = [&file.queue, &file.table, &file.stream, &file.arn].into_iter().flatten().count();
        if named + usize::from(!file.bootstrap_servers.is_empty()) != 1 {
            let words = "`queue`, `table`, `stream`, `arn` and `bootstrap_servers`";
            cx.problem(place, format!("functions.{key}: an event source has exactly one of {words}"), "keep one of them");
            continue;
        }
        let queue = file.queue.as_ref().map(|queue| cx.arn_of("queues", queue, place));
        let table = file.table.as_ref().map(|table| stream_of(cx, table, place));
        let stream = file.stream.as_ref().map(|stream| cx.arn_of("streams", stream, place));
        let arn = queue.or(table).or(stream).or_else(|| file.arn.clone());
        let servers: BTreeSet<String> = file.bootstrap_servers.iter().cloned().collect();
        let source = key_of(arn.as_deref(), &servers, &file.topics, &file.queues);
        let Some(mut wanted) = event_source(cx, (key, place), file, &source) else { continue };
        wanted.alias = alias.map(str::to_owned);
        wanted.bootstrap_servers = servers;
        if all.insert(source.clone(), wanted).is_some() {
            cx.problem(place, format!("functions.{key}: the event source {source} is there twice"), "take one out");
        }
    }
    all
}

/// The stream of a table of the file, whose ARN DynamoDB makes up with it.
fn stream_of(cx: &mut Expand<'_>, table: &str, place: Place) -> String {
    let arn = cx.arn_of("tables", table, place);
    arn.strip_suffix(".arn}").filter(|_| cx.has("tables", table)).map_or(arn.clone(), |reference| format!("{reference}.stream_arn}}"))
}

fn event_source(cx: &mut Expand<'_>, (key, place): (&str, Place), file: &EventSourceFile, source: &str) -> Option<EventSource> {
    let EventSourceFile {
        queue: _,
        table: _,
        stream: _,
        arn: _,
        bootstrap_servers: _,
        batch_size,
        batch_window,
        enabled,
        filters,
        kms_key,
        report_batch_item_failures,
        max_concurrency,
        starting_position,
        starting_position_timestamp,
        max_retries,
        max_age,
        bisect,
        parallelization,
        tumbling_window,
        on_failure,
        topics,
        consumer_group,
        queues,
        source_access,
        database,
        collection,
        full_document,
        provisioned_pollers,
        metrics,
    } = file;
    let origin = Origin::of(source);
    let aws = EventSource::default_of(origin);
    let beginning = match starting_position_timestamp.as_ref().map(|text| instant(text).ok_or(text)) {
        Some(Err(text)) => {
            let message = format!("functions.{key}: `{text}` is no instant");
            cx.problem(place, message, "write it as 2026-11-01T00:00:00Z");
            return None;
        }
        Some(Ok(instant)) => Some(instant),
        None => None,
    };
    Some(EventSource {
        batch_size: batch_size.map_or(aws.batch_size, |n| n.0),
        batch_window: batch_window.map_or(aws.batch_window, |seconds| seconds.0 as i32),
        enabled: enabled.map_or(aws.enabled, |flag| flag.0),
        alias: aws.alias,
        filters: filters.iter().map(document).collect(),
        kms_key: kms_key.clone(),
        report_batch_item_failures: report_batch_item_failures.0,
        max_concurrency: max_concurrency.map(|n| n.0),
        starting_position: starting_position.clone().or(aws.starting_position),
        starting_position_timestamp: beginning,
        max_retries: max_retries.map(|n| n.0),
        max_age: max_age.map(|seconds| seconds.0 as i32),
        bisect: bisect.0,
        parallelization: parallelization.map_or(aws.parallelization, |n| n.0),
        tumbling_window: tumbling_window.map_or(aws.tumbling_window, |seconds| seconds.0 as i32),
        on_failure: on_failure.clone(),
        topics: topics.clone(),
        consumer_group: consumer_group.clone(),
        bootstrap_servers: aws.bootstrap_servers,
        queues: queues.clone(),
        source_access: source_access.iter().map(access).collect(),
        database: database.clone(),
        collection: collection.clone(),
        full_document: full_document.clone().or(aws.full_document),
        provisioned_pollers: provisioned_pollers.as_ref().map(|file| pollers(file, origin)),
        metrics: metrics.iter().cloned().collect(),
    })
}

/// As AWS keeps it: in UTC and whole milliseconds.
fn instant(text: &str) -> Option<String> {
    let instant: Timestamp = text.trim().parse().ok()?;
    Timestamp::from_millisecond(instant.as_millisecond()).ok().map(|instant| instant.to_string())
}

fn access(SourceAccessFile { kind, uri }: &SourceAccessFile) -> SourceAccess {
    SourceAccess { kind: kind.clone(), uri: uri.clone() }
}

fn pollers(PollersFile { min, max, group }: &PollersFile, origin: Origin) -> Pollers {
    let aws = Pollers::default_of(origin);
    Pollers { min: min.map_or(aws.min, |n| n.0), max: max.map_or(aws.max, |n| n.0), group: group.clone() }
}
