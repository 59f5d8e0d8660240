//! Event sources in normal form, and what tells one from another.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::{FullDocument, MappingMetric, SourceAccessType, StartingPosition};
use crate::source::word::Word;

/// An event source mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventSource {
    /// Records an invocation gets at most.
    pub batch_size: i32,
    /// Seconds that records are gathered. 0 is AWS's own: none, or half a second for Kafka, Amazon MQ and DocumentDB.
    pub batch_window: i32,
    /// Whether it polls.
    pub enabled: bool,
    /// Alias that is invoked; none for the function itself.
    pub alias: Option<String>,
    /// Filter patterns.
    pub filters: Vec<Value>,
    /// ARN of the key that encrypts the filters.
    #[serde(default)]
    pub kms_key: Option<String>,
    /// Whether the function may report single records as failed.
    pub report_batch_item_failures: bool,
    /// SQS: invocations at a time.
    pub max_concurrency: Option<i32>,
    /// Streams: where reading begins.
    pub starting_position: Option<Word<StartingPosition>>,
    /// With `AT_TIMESTAMP`: the instant, in UTC.
    #[serde(default)]
    pub starting_position_timestamp: Option<String>,
    /// Streams: retries; none is without end.
    pub max_retries: Option<i32>,
    /// Streams: age in seconds after which records are dropped; none is never.
    pub max_age: Option<i32>,
    /// Streams: whether a failed batch is split.
    pub bisect: bool,
    /// Kinesis and DynamoDB: batches of a shard at a time.
    pub parallelization: i32,
    /// Kinesis and DynamoDB: length of a window in seconds, 0 for none.
    pub tumbling_window: i32,
    /// Streams: ARN for what was given up.
    pub on_failure: Option<String>,
    /// Kafka: the topic.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Kafka: the group that reads; none leaves AWS to make one.
    #[serde(default)]
    pub consumer_group: Option<String>,
    /// Kafka of one's own: its brokers.
    #[serde(default)]
    pub bootstrap_servers: BTreeSet<String>,
    /// Amazon MQ: the queue.
    #[serde(default)]
    pub queues: Vec<String>,
    /// How the source is entered.
    #[serde(default)]
    pub source_access: Vec<SourceAccess>,
    /// DocumentDB: the database.
    #[serde(default)]
    pub database: Option<String>,
    /// DocumentDB: the collection; none is all of them.
    #[serde(default)]
    pub collection: Option<String>,
    /// DocumentDB: what comes of a document that was changed.
    #[serde(default)]
    pub full_document: Option<Word<FullDocument>>,
    /// Pollers of this source alone; none leaves it to AWS.
    #[serde(default)]
    pub provisioned_pollers: Option<Pollers>,
    /// Metrics that are kept of it.
    #[serde(default)]
    pub metrics: BTreeSet<Word<MappingMetric>>,
}

/// A way into a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceAccess {
    /// What the URI is.
    #[serde(rename = "type")]
    pub kind: Word<SourceAccessType>,
    /// ARN of a secret, `subnet:…`, `security_group:…`, or the name of a virtual host.
    pub uri: String,
}

/// Numbers of pollers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pollers {
    /// At least.
    pub min: i32,
    /// At most.
    pub max: i32,
    /// Kafka: sources of one group share their pollers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// What Lambda takes for a kind of source, as far as it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// SQS.
    Queue,
    /// Kinesis and DynamoDB.
    Stream,
    /// Amazon MSK.
    Kafka,
    /// Kafka of one's own, which has no ARN.
    OwnKafka,
    /// Amazon MQ.
    Broker,
    /// DocumentDB.
    Documents,
}

/// What stands before the brokers of a Kafka of one's own, where others have an ARN.
const OWN_KAFKA: &str = "kafka://";

impl Origin {
    /// That of a key of [`super::Spec::event_sources`]; what is not known yet is taken for a stream.
    pub fn of(key: &str) -> Self {
        if key.starts_with(OWN_KAFKA) {
            return Self::OwnKafka;
        }
        match key.split(':').nth(2) {
            _ if key.starts_with("${queues.") => Self::Queue,
            Some("sqs") => Self::Queue,
            Some("kafka") => Self::Kafka,
            Some("mq") => Self::Broker,
            Some("rds") => Self::Documents,
            _ => Self::Stream,
        }
    }

    /// Whether it is Kafka, whoever runs it.
    pub fn is_kafka(self) -> bool {
        matches!(self, Self::Kafka | Self::OwnKafka)
    }

    /// Whether reading begins at a place of it.
    pub fn has_positions(self) -> bool {
        !matches!(self, Self::Queue | Self::Broker)
    }

    /// Whether batches of it are tried again within bounds.
    pub fn is_bounded(self) -> bool {
        matches!(self, Self::Stream) || self.is_kafka()
    }

    /// Whether AWS gathers for half a second where nothing is said, which no update brings back (Lambda
    /// API Reference, UpdateEventSourceMapping, MaximumBatchingWindowInSeconds).
    pub fn gathers(self) -> bool {
        !matches!(self, Self::Queue | Self::Stream)
    }
}

/// What a mapping is known by: the ARN or the brokers of its source, and the topic or queue in it.
/// Lambda takes one mapping of these for a function or alias.
pub fn key(arn: Option<&str>, servers: &BTreeSet<String>, topics: &[String], queues: &[String]) -> String {
    let servers = || format!("{OWN_KAFKA}{}", servers.iter().map(String::as_str).collect::<Vec<_>>().join(","));
    let source = arn.map_or_else(servers, str::to_owned);
    topics.iter().chain(queues).next().map_or(source.clone(), |within| format!("{source} {within}"))
}

/// The ARN in a key; none where the source has none.
pub fn arn_of(key: &str) -> Option<&str> {
    // No ARN holds a blank; behind it stands the topic or the queue.
    (Origin::of(key) != Origin::OwnKafka).then(|| key.split_once(' ').map_or(key, |(arn, _)| arn))
}

impl EventSource {
    /// What Lambda makes of a source of which nothing is said: queues are gathered by ten, others by a
    /// hundred, and streams from now on (Lambda API Reference, CreateEventSourceMapping, BatchSize).
    pub fn default_of(origin: Origin) -> Self {
        Self {
            batch_size: if origin == Origin::Queue { 10 } else { 100 },
            batch_window: 0,
            enabled: true,
            alias: None,
            filters: Vec::new(),
            kms_key: None,
            report_batch_item_failures: false,
            max_concurrency: None,
            starting_position: origin.has_positions().then(|| StartingPosition::Latest.into()),
            starting_position_timestamp: None,
            max_retries: None,
            max_age: None,
            bisect: false,
            parallelization: 1,
            tumbling_window: 0,
            on_failure: None,
            topics: Vec::new(),
            consumer_group: None,
            bootstrap_servers: BTreeSet::new(),
            queues: Vec::new(),
            source_access: Vec::new(),
            database: None,
            collection: None,
            full_document: (origin == Origin::Documents).then(|| FullDocument::Default.into()),
            provisioned_pollers: None,
            metrics: BTreeSet::new(),
        }
    }
}

impl Pollers {
    /// What Lambda fills in where one of the numbers is not said (Lambda API Reference,
    /// ProvisionedPollerConfig).
    pub fn default_of(origin: Origin) -> Self {
        Self { min: if origin == Origin::Queue { 2 } else { 1 }, max: 200, group: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_where_from() {
        let topics = ["orders".to_owned()];
        let servers: BTreeSet<String> = ["b:9092".to_owned(), "a:9092".to_owned()].into();
        let msk = key(Some("arn:aws:kafka:us-east-1:111122223333:cluster/etl/1"), &BTreeSet::new(), &topics, &[]);
        let own = key(None, &servers, &topics, &[]);
        let mq = key(Some("arn:aws:mq:us-east-1:111122223333:broker:b:b-1"), &BTreeSet::new(), &[], &["my jobs".to_owned()]);
        assert_eq!(own, "kafka://a:9092,b:9092 orders");
        assert_eq!((Origin::of(&msk), Origin::of(&own), Origin::of(&mq)), (Origin::Kafka, Origin::OwnKafka, Origin::Broker));
        assert_eq!(arn_of(&msk), Some("arn:aws:kafka:us-east-1:111122223333:cluster/etl/1"));
        assert_eq!(arn_of(&mq), Some("arn:aws:mq:us-east-1:111122223333:broker:b:b-1"));
        assert_eq!(arn_of(&own), None);
        assert_eq!(Origin::of("arn:aws:rds:us-east-1:111122223333:cluster:docs"), Origin::Documents);
        assert_eq!(Origin::of("${queues.in.arn}"), Origin::Queue);
    }
}
