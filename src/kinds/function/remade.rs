//! Event source mappings that are made anew: what they take over, and waiting until the old one is gone.

use std::time::Duration;

use aws_sdk_lambda::types::{
    AmazonManagedKafkaEventSourceConfig, EventSourceMappingConfiguration, EventSourceMappingLoggingConfig, KafkaSchemaRegistryConfig,
    SelfManagedKafkaEventSourceConfig,
};
use tokio::time::Instant;

use super::event_sources::feeds;
use super::mapping::{EventSource, arn_of};
use super::{api, settle};
use crate::aws::polls::pause_after;
use crate::aws::{AwsError, Failure, Page, pages};
use crate::contract::{KindError, WriteCx};

/// Terraform gives a mapping five minutes to settle (docs/aws-facts.md §3).
const GONE_WITHIN: Duration = Duration::from_secs(300);
/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_secs(5);

/// Settings that a file has no words for. An update leaves them as they are, and so does a mapping that takes the
/// place of another.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    registry: Option<KafkaSchemaRegistryConfig>,
    logging: Option<EventSourceMappingLoggingConfig>,
}

impl Settings {
    /// Those of the mapping of this UUID.
    ///
    /// # Errors
    /// It cannot be read: what it has is not lost unseen.
    pub async fn of(cx: &WriteCx, name: &str, source: &str, uuid: &str) -> Result<Self, AwsError> {
        let all = mappings(cx, name, source).await?;
        let Some(mapping) = all.into_iter().find(|mapping| mapping.uuid() == Some(uuid)) else { return Ok(Self::default()) };
        let managed = mapping.amazon_managed_kafka_event_source_config.and_then(|config| config.schema_registry_config);
        let own = mapping.self_managed_kafka_event_source_config.and_then(|config| config.schema_registry_config);
        Ok(Self { registry: managed.or(own), logging: mapping.logging_config })
    }

    /// What CreateEventSourceMapping gets for Amazon MSK.
    pub fn managed(&self, want: &EventSource) -> Option<AmazonManagedKafkaEventSourceConfig> {
        let config = AmazonManagedKafkaEventSourceConfig::builder().set_consumer_group_id(want.consumer_group.clone());
        self.says_some(want).then(|| config.set_schema_registry_config(self.registry.clone()).build())
    }

    /// And for a Kafka of one's own.
    pub fn own(&self, want: &EventSource) -> Option<SelfManagedKafkaEventSourceConfig> {
        let config = SelfManagedKafkaEventSourceConfig::builder().set_consumer_group_id(want.consumer_group.clone());
        self.says_some(want).then(|| config.set_schema_registry_config(self.registry.clone()).build())
    }

    /// Which of its steps it logs.
    pub fn logging(&self) -> Option<EventSourceMappingLoggingConfig> {
        self.logging.clone()
    }

    fn says_some(&self, want: &EventSource) -> bool {
        want.consumer_group.is_some() || self.registry.is_some()
    }
}

/// All mappings of a source to a function, those that are being deleted too.
async fn mappings(cx: &WriteCx, name: &str, source: &str) -> Result<Vec<EventSourceMappingConfiguration>, AwsError> {
    let mappings = pages(&api::LIST_EVENT_SOURCE_MAPPINGS, name, |marker| async move {
        let list = || {
            let list = cx.aws.lambda.list_event_source_mappings().set_event_source_arn(arn_of(source).map(str::to_owned));
            list.max_items(100).set_marker(marker.clone()).send()
        };
        let page = cx.call.send(&api::LIST_EVENT_SOURCE_MAPPINGS, name, list).await?;
        Ok(Page::new(page.event_source_mappings, page.next_marker))
    });
    let is_meant = |mapping: &EventSourceMappingConfiguration| feeds(mapping, name).is_some_and(|(_, from)| from == source);
    Ok(mappings.await?.into_iter().filter(is_meant).collect())
}

/// Waits for mappings of the source that are being deleted: until they are gone, Lambda says that there is one.
/// Returns whether there is none that stays.
pub(super) async fn until_gone(cx: &WriteCx, name: &str, source: &str, alias: Option<&str>) -> Result<bool, KindError> {
    let start = Instant::now();
    loop {
        let all = mappings(cx, name, source).await?;
        let there = all.iter().filter(|mapping| feeds(mapping, name).is_some_and(|(at, _)| at.as_deref() == alias));
        let (going, staying): (Vec<_>, Vec<_>) = there.partition(|mapping| mapping.state() == Some("Deleting"));
        match (staying.is_empty(), going.is_empty()) {
            (false, _) => return Ok(false),
            (true, true) => return Ok(true),
            (true, false) if start.elapsed() > GONE_WITHIN => {
                let text = format!("Lambda still deletes the mapping that was there, after {} s", GONE_WITHIN.as_secs());
                return Err(AwsError::told(Failure::Overdue, &api::CREATE_EVENT_SOURCE_MAPPING, name, text).into());
            }
            (true, false) => {
                let why = "Lambda deletes the event source mapping that was there";
                settle::wait(cx, name, pause_after(start.elapsed(), LONGEST), why, start, GONE_WITHIN).await?;
            }
        }
    }
}
