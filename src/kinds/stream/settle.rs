//! Waiting until Kinesis has finished with a stream: while it changes one thing it takes no other
//! change (docs/aws-facts.md §22).

use std::time::Duration;

use aws_sdk_kinesis::types::{StreamDescriptionSummary, StreamStatus};
use tokio::time::Instant;

use super::api;
use crate::aws::polls::pause_after;
use crate::aws::{AwsError, Failure};
use crate::contract::{KindError, WriteCx, none_if_missing};
use crate::model::Wait;

/// Splitting many shards takes minutes.
const BOUND: Duration = Duration::from_secs(1_800);
/// How long a read may lag behind the write that it follows.
const LAG_BOUND: Duration = Duration::from_secs(60);
/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_secs(5);

/// Waits until the stream is active. Returns it as it is then.
pub(super) async fn until_active(cx: &WriteCx, name: &str) -> Result<StreamDescriptionSummary, KindError> {
    let start = Instant::now();
    loop {
        let asked = || cx.aws.kinesis.describe_stream_summary().stream_name(name).send();
        let stream = match cx.call.send(&api::DESCRIBE_STREAM_SUMMARY, name, asked).await {
            Err(error) if error.is_missing() && start.elapsed() < LAG_BOUND => None,
            answer => answer?.stream_description_summary,
        };
        let (why, bound) = match stream {
            Some(stream) if stream.stream_status == StreamStatus::Active => return Ok(stream),
            Some(_) => ("Kinesis finishes the change", BOUND),
            None => ("Kinesis does not show it yet", LAG_BOUND),
        };
        if start.elapsed() > bound {
            let text = format!("not ready after {} s", bound.as_secs());
            return Err(AwsError::told(Failure::Overdue, &api::DESCRIBE_STREAM_SUMMARY, name, text).into());
        }
        wait(cx, name, why, start, bound).await?;
    }
}

/// Waits until nothing is found: the name is free then.
pub(super) async fn until_gone(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    let start = Instant::now();
    loop {
        let asked = || cx.aws.kinesis.describe_stream_summary().stream_name(name).send();
        if none_if_missing(cx.call.send(&api::DESCRIBE_STREAM_SUMMARY, name, asked).await)?.is_none() {
            return Ok(());
        }
        if start.elapsed() > BOUND {
            let text = format!("the stream is still there after {} s", BOUND.as_secs());
            return Err(AwsError::told(Failure::Overdue, &api::DELETE_STREAM, name, text).into());
        }
        wait(cx, name, "Kinesis deletes the stream", start, BOUND).await?;
    }
}

async fn wait(cx: &WriteCx, name: &str, why: &str, start: Instant, bound: Duration) -> Result<(), KindError> {
    let wait = Wait { why: why.to_owned(), what: name.to_owned(), so_far: start.elapsed(), bound: Some(bound), is_retry: false };
    cx.wait(pause_after(start.elapsed(), LONGEST), &wait).await
}
