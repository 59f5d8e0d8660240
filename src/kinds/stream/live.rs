//! Reading streams (docs/aws-facts.md §22).

use aws_sdk_kinesis::types::{EncryptionType, StreamDescriptionSummary, StreamStatus};
use futures_util::future::try_join_all;

use super::spec::StreamMode;
use super::{Live, Spec, Stream, api};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::model::Owner;
use crate::model::mark::user_tags;
use crate::model::stake::Holding;

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Stream>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.lists_everything {
        return cx.marked("kinesis", "stream/").await;
    }
    let names = pages(&api::LIST_STREAMS, "streams", |token| async move {
        let asked = || cx.aws.kinesis.list_streams().limit(100).set_next_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_STREAMS, "streams", asked).await?;
        Ok(Page::new(Some(page.stream_names), page.next_token))
    });
    let seen = read(cx, &names.await?).await?;
    Ok(seen.iter().map(Claim::of).collect())
}

/// Nobody counts the records of a stream, so that what goes with it is never nothing.
pub(super) fn holds(found: &Found<Stream>) -> Vec<Holding> {
    let hours = u32::try_from(found.spec.retention).unwrap_or_default();
    let consumers = u64::try_from(found.live.consumers).unwrap_or_default();
    let records = Holding::Records { hours };
    [records].into_iter().chain((consumers > 0).then_some(Holding::Consumers(consumers))).collect()
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<Stream>>, AwsError> {
    let described = || cx.aws.kinesis.describe_stream_summary().stream_name(name).send();
    let answer = cx.call.send(&api::DESCRIBE_STREAM_SUMMARY, name, described).await;
    let Some(stream) = none_if_missing(answer)?.and_then(|answer| answer.stream_description_summary) else { return Ok(None) };
    if stream.stream_status == StreamStatus::Deleting {
        return Ok(None);
    }
    let arn = cx.scope.arn("kinesis", &format!("stream/{name}"));
    let Some(tags) = cx.tags::<Stream, _>(name, &arn, || tags(cx, name)).await? else { return Ok(None) };
    let live = Live { consumers: stream.consumer_count.unwrap_or_default() };
    let owner = Owner::of(&cx.scope, Stream::REACH, &tags);
    Ok(Some(Found { name: name.to_owned(), spec: spec(&stream, user_tags(tags)), live, owner, unread: Vec::new() }))
}

/// Fifty at a time, each page after the last key of the one before.
async fn tags(cx: &ReadCx, name: &str) -> Result<Option<Tags>, AwsError> {
    let tags = pages(&api::LIST_TAGS_FOR_STREAM, name, |after| async move {
        let asked = || cx.aws.kinesis.list_tags_for_stream().stream_name(name).set_exclusive_start_tag_key(after.clone()).send();
        let page = cx.call.send(&api::LIST_TAGS_FOR_STREAM, name, asked).await?;
        let last = page.tags.last().map(|tag| tag.key.clone()).filter(|_| page.has_more_tags);
        Ok(Page::new(Some(page.tags), last))
    });
    Ok(none_if_missing(tags.await)?.map(|tags| tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()))
}

fn spec(stream: &StreamDescriptionSummary, tags: Tags) -> Spec {
    let aws = Spec::default();
    let mode = stream.stream_mode_details.as_ref().map(|details| details.stream_mode.as_str().into());
    let is_encrypted = stream.encryption_type == Some(EncryptionType::Kms);
    Spec {
        // A stream that was made before there were modes is provisioned.
        mode: mode.unwrap_or_else(|| StreamMode::Provisioned.into()),
        shards: Some(stream.open_shard_count),
        retention: stream.retention_period_hours,
        kms_key: stream.key_id.clone().filter(|_| is_encrypted),
        shard_metrics: stream
            .enhanced_monitoring
            .iter()
            .flat_map(|metrics| metrics.shard_level_metrics())
            .map(|metric| metric.as_str().into())
            .collect(),
        max_record_size: stream.max_record_size_in_kib.unwrap_or(aws.max_record_size),
        tags,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_kinesis::types::{EnhancedMetrics, MetricsName};
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn what_is_not_said_of_a_stream_is_its_default() {
        let told = StreamDescriptionSummary::builder()
            .stream_name("s")
            .stream_arn("arn")
            .stream_status(StreamStatus::Active)
            .retention_period_hours(24)
            .stream_creation_timestamp(DateTime::from_secs(0))
            .enhanced_monitoring(EnhancedMetrics::builder().shard_level_metrics(MetricsName::IncomingBytes).build())
            .open_shard_count(2)
            .key_id("left over")
            .encryption_type(EncryptionType::None)
            .build()
            .unwrap();
        let read = spec(&told, Tags::new());
        assert!(read.mode.is(StreamMode::Provisioned) && read.kms_key.is_none());
        assert_eq!((read.shards, read.max_record_size, read.shard_metrics.len()), (Some(2), 1_024, 1));
    }
}
