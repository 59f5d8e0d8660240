//! Writing streams: each part has a call of its own, and Kinesis takes the next once it has finished
//! with the last (docs/aws-facts.md §22).

use aws_sdk_kinesis::types::{EncryptionType, MetricsName, ScalingType, StreamModeDetails};

use super::spec::{ShardMetric, StreamMode};
use super::{Spec, Stream, api, arn, settle};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing};
use crate::model::plan::NotNormal;
use crate::source::word::Word;

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let Spec { mode, shards, retention, kms_key, shard_metrics, max_record_size, tags } = want;
    let aws = Spec::default();
    let details = details(mode)?;
    let is_provisioned = mode.is(StreamMode::Provisioned);
    let tags = cx.scope.marked(Stream::REACH, tags);
    cx.call
        .send(&api::CREATE_STREAM, name, || {
            cx.aws
                .kinesis
                .create_stream()
                .stream_name(name)
                .stream_mode_details(details.clone())
                .set_shard_count(shards.filter(|_| is_provisioned))
                .set_max_record_size_in_kib((*max_record_size != aws.max_record_size).then_some(*max_record_size))
                .set_tags(Some(tags.clone().into_iter().collect()))
                .send()
        })
        .await?;
    settle::until_active(cx, name).await?;
    if *retention != aws.retention {
        keep(cx, name, aws.retention, *retention).await?;
    }
    if let Some(key) = kms_key {
        encrypt(cx, name, key).await?;
    }
    count(cx, name, shard_metrics.iter(), true).await
}

pub(super) async fn update(cx: &WriteCx, have: &Found<Stream>, want: &Spec) -> Result<(), KindError> {
    let (name, old) = (have.name.as_str(), &have.spec);
    let Spec { mode, shards, retention, kms_key, shard_metrics, max_record_size, tags } = want;
    // Another apply, or a person, may have left it in the middle of a change.
    let mut open = settle::until_active(cx, name).await?.open_shard_count;
    if old.retention != *retention {
        keep(cx, name, old.retention, *retention).await?;
    }
    if old.kms_key != *kms_key {
        match (kms_key, &old.kms_key) {
            (Some(key), _) => encrypt(cx, name, key).await?,
            (None, old) => stop_encryption(cx, name, old.as_deref().unwrap_or_default()).await?,
        }
    }
    count(cx, name, old.shard_metrics.difference(shard_metrics), false).await?;
    count(cx, name, shard_metrics.difference(&old.shard_metrics), true).await?;
    if old.max_record_size != *max_record_size {
        let arn = arn(&cx.scope, name);
        let update = || cx.aws.kinesis.update_max_record_size().stream_arn(&arn).max_record_size_in_kib(*max_record_size).send();
        cx.call.send(&api::UPDATE_MAX_RECORD_SIZE, name, update).await?;
        settle::until_active(cx, name).await?;
    }
    retag(cx, name, &TagEdit::between(&cx.scope, Stream::REACH, &have.owner, &old.tags, tags)).await?;
    // Kinesis takes either only so often in a day (docs/aws-facts.md §22): one that has to wait holds back nothing else.
    if old.mode != *mode {
        let (arn, details) = (arn(&cx.scope, name), details(mode)?);
        let update = || cx.aws.kinesis.update_stream_mode().stream_arn(&arn).stream_mode_details(details.clone()).send();
        cx.call.send(&api::UPDATE_STREAM_MODE, name, update).await?;
        open = settle::until_active(cx, name).await?.open_shard_count;
    }
    if let Some(wanted) = shards.filter(|_| mode.is(StreamMode::Provisioned)) {
        while let Some(step) = next_count(open, wanted) {
            let update = || {
                let call = cx.aws.kinesis.update_shard_count().stream_name(name).scaling_type(ScalingType::UniformScaling);
                call.target_shard_count(step).send()
            };
            cx.call.send(&api::UPDATE_SHARD_COUNT, name, update).await?;
            settle::until_active(cx, name).await?;
            open = step;
        }
    }
    Ok(())
}

pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let set = |tags: Tags| async move {
        let tag = || cx.aws.kinesis.add_tags_to_stream().stream_name(name).set_tags(Some(tags.clone().into_iter().collect())).send();
        cx.call.send(&api::ADD_TAGS_TO_STREAM, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.kinesis.remove_tags_from_stream().stream_name(name).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::REMOVE_TAGS_FROM_STREAM, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

/// Consumers go with the stream where the plan told of them; one that came since keeps the stream.
pub(super) async fn delete(cx: &WriteCx, have: &Found<Stream>) -> Result<(), KindError> {
    let name = have.name.as_str();
    let with_consumers = (have.live.consumers > 0).then_some(true);
    let delete = || cx.aws.kinesis.delete_stream().stream_name(name).set_enforce_consumer_deletion(with_consumers).send();
    done_if_missing(cx.call.send(&api::DELETE_STREAM, name, delete).await)?;
    settle::until_gone(cx, name).await
}

fn details(mode: &Word<StreamMode>) -> Result<StreamModeDetails, KindError> {
    let details = StreamModeDetails::builder().stream_mode(mode.as_str().into()).build();
    details.map_err(|error| NotNormal { kind: Stream::NAME, reason: error.to_string() }.into())
}

/// One call takes at most twice the shards, and at least half of them.
fn next_count(open: i32, wanted: i32) -> Option<i32> {
    let step = wanted.clamp((open + 1) / 2, open.saturating_mul(2));
    (open != wanted && step != open).then_some(step)
}

async fn keep(cx: &WriteCx, name: &str, old: i32, hours: i32) -> Result<(), KindError> {
    if hours > old {
        let increase = || cx.aws.kinesis.increase_stream_retention_period().stream_name(name).retention_period_hours(hours).send();
        cx.call.send(&api::INCREASE_STREAM_RETENTION_PERIOD, name, increase).await?;
    } else {
        let decrease = || cx.aws.kinesis.decrease_stream_retention_period().stream_name(name).retention_period_hours(hours).send();
        cx.call.send(&api::DECREASE_STREAM_RETENTION_PERIOD, name, decrease).await?;
    }
    settle::until_active(cx, name).await.map(drop)
}

async fn encrypt(cx: &WriteCx, name: &str, key: &str) -> Result<(), KindError> {
    let start = || cx.aws.kinesis.start_stream_encryption().stream_name(name).encryption_type(EncryptionType::Kms).key_id(key).send();
    cx.call.send(&api::START_STREAM_ENCRYPTION, name, start).await?;
    settle::until_active(cx, name).await.map(drop)
}

async fn stop_encryption(cx: &WriteCx, name: &str, key: &str) -> Result<(), KindError> {
    let stop = || cx.aws.kinesis.stop_stream_encryption().stream_name(name).encryption_type(EncryptionType::Kms).key_id(key).send();
    cx.call.send(&api::STOP_STREAM_ENCRYPTION, name, stop).await?;
    settle::until_active(cx, name).await.map(drop)
}

/// Begins or ends to count these of each shard.
async fn count<'a>(cx: &WriteCx, name: &str, metrics: impl Iterator<Item = &'a Word<ShardMetric>>, on: bool) -> Result<(), KindError> {
    let metrics: Vec<MetricsName> = metrics.map(|metric| MetricsName::from(metric.as_str())).collect();
    if metrics.is_empty() {
        return Ok(());
    }
    let metrics = Some(metrics);
    if on {
        let enable = || cx.aws.kinesis.enable_enhanced_monitoring().stream_name(name).set_shard_level_metrics(metrics.clone()).send();
        cx.call.send(&api::ENABLE_ENHANCED_MONITORING, name, enable).await?;
    } else {
        let disable = || cx.aws.kinesis.disable_enhanced_monitoring().stream_name(name).set_shard_level_metrics(metrics.clone()).send();
        cx.call.send(&api::DISABLE_ENHANCED_MONITORING, name, disable).await?;
    }
    settle::until_active(cx, name).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_double_and_halve_at_most() {
        let way = |mut open: i32, wanted: i32| {
            let mut steps = Vec::new();
            while let Some(step) = next_count(open, wanted) {
                steps.push(step);
                open = step;
            }
            steps
        };
        assert_eq!(way(2, 9), [4, 8, 9]);
        assert_eq!(way(9, 2), [5, 3, 2]);
        assert_eq!(way(1, 1), [0; 0]);
        assert_eq!(way(3, 1), [2, 1]);
    }
}
