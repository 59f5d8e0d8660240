//! Writing the targets of a rule. PutTargets and RemoveTargets answer 200 also where they took none, or
//! not all (docs/aws-facts.md §19).

use std::time::Duration;

use aws_sdk_eventbridge::types::{
    DeadLetterConfig, InputTransformer, KinesisParameters, PutTargetsResultEntry, RemoveTargetsResultEntry, RetryPolicy, SqsParameters,
    Target as SdkTarget,
};
use aws_smithy_types::error::operation::BuildError;
use tokio::time::Instant;

use super::spec::{RETRY_AGE, RETRY_ATTEMPTS, Target, Transform};
use super::{api, name};
use crate::aws::patience::patience_for;
use crate::aws::{AwsError, Op};
use crate::contract::{KindError, WriteCx, none_if_missing};
use crate::model::Wait;

/// Entries of one call (EventBridge API Reference, PutTargets).
const A_CALL: usize = 10;
/// Targets of a rule (docs/aws-facts.md §19).
pub(super) const TARGETS: usize = 5;

/// Puts these, each in place of the one of its id.
pub(super) async fn put_targets(cx: &WriteCx, physical: &str, targets: Vec<(&String, &Target)>) -> Result<(), KindError> {
    let (bus, name) = name::parts(physical);
    for part in targets.chunks(A_CALL) {
        let built: Result<Vec<SdkTarget>, BuildError> = part.iter().map(|(id, target)| sdk_target(id, target)).collect();
        let mut left = built.map_err(|error| AwsError::unexpected(&api::PUT_TARGETS, physical, error.to_string()))?;
        let mut again = Again::new(&api::PUT_TARGETS, physical);
        while !left.is_empty() {
            let put = || cx.aws.events.put_targets().rule(name).event_bus_name(bus).set_targets(Some(left.clone())).send();
            let answer = cx.call.send(&api::PUT_TARGETS, physical, put).await?;
            let failed = answer.failed_entries().iter().map(Failed::put).collect();
            let failed = again.after(cx, answer.failed_entry_count(), failed).await?;
            left.retain(|target| failed.iter().any(|id| id == target.id()));
        }
    }
    Ok(())
}

/// Takes these off, and what is not there is off.
pub(super) async fn remove_targets(cx: &WriteCx, physical: &str, ids: &[String]) -> Result<(), KindError> {
    let (bus, name) = name::parts(physical);
    for part in ids.chunks(A_CALL) {
        let mut left = part.to_vec();
        let mut again = Again::new(&api::REMOVE_TARGETS, physical);
        while !left.is_empty() {
            let remove = || cx.aws.events.remove_targets().rule(name).event_bus_name(bus).set_ids(Some(left.clone())).send();
            let Some(answer) = none_if_missing(cx.call.send(&api::REMOVE_TARGETS, physical, remove).await)? else { return Ok(()) };
            let (gone, failed): (Vec<_>, Vec<_>) = answer
                .failed_entries()
                .iter()
                .map(Failed::removed)
                .partition(|failed| failed.error(&api::REMOVE_TARGETS, physical).is_missing());
            let count = answer.failed_entry_count() - i32::try_from(gone.len()).unwrap_or(i32::MAX);
            left = again.after(cx, count, failed).await?;
        }
    }
    Ok(())
}

/// An entry that was not taken.
struct Failed {
    id: String,
    code: String,
    message: String,
}

impl Failed {
    fn of(id: Option<&String>, code: Option<&String>, message: Option<&String>) -> Self {
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Self { id: text(id), code: text(code), message: text(message) }
    }

    fn put(entry: &PutTargetsResultEntry) -> Self {
        Self::of(entry.target_id.as_ref(), entry.error_code.as_ref(), entry.error_message.as_ref())
    }

    fn removed(entry: &RemoveTargetsResultEntry) -> Self {
        Self::of(entry.target_id.as_ref(), entry.error_code.as_ref(), entry.error_message.as_ref())
    }

    fn error(&self, op: &Op, physical: &str) -> AwsError {
        let Self { id, code, message } = self;
        AwsError::unexpected(op, physical, format!("the target {id}: {message}")).coded(code)
    }
}

/// Sends what failed again, as long as that may help.
struct Again<'a> {
    op: &'static Op,
    physical: &'a str,
    start: Instant,
    pause: Duration,
}

impl<'a> Again<'a> {
    fn new(op: &'static Op, physical: &'a str) -> Self {
        Self { op, physical, start: Instant::now(), pause: Duration::ZERO }
    }

    /// Ids of what is to be sent once more, after a pause.
    async fn after(&mut self, cx: &WriteCx, count: i32, failed: Vec<Failed>) -> Result<Vec<String>, KindError> {
        let Some(first) = failed.first() else {
            let untold =
                || AwsError::unexpected(self.op, self.physical, format!("{count} targets failed, and EventBridge does not say which"));
            return if count > 0 { Err(untold().into()) } else { Ok(Vec::new()) };
        };
        let so_far = self.start.elapsed();
        let lasting = failed.iter().map(|failed| failed.error(self.op, self.physical)).find(|error| patience_for(self.op, error).is_none());
        if let Some(error) = lasting {
            return Err(error.into());
        }
        let error = first.error(self.op, self.physical);
        let Some(patience) = patience_for(self.op, &error).filter(|patience| so_far < patience.at_most) else { return Err(error.into()) };
        self.pause = (self.pause * 2).clamp(patience.first, patience.longest);
        let what = format!("{} on {}", self.op.iam, self.physical);
        let wait = Wait { why: patience.reason.to_owned(), what, so_far, bound: Some(patience.at_most), is_retry: true };
        cx.wait(self.pause, &wait).await?;
        Ok(failed.into_iter().map(|failed| failed.id).collect())
    }
}

fn sdk_target(id: &str, target: &Target) -> Result<SdkTarget, BuildError> {
    let Target {
        arn,
        role,
        input,
        input_path,
        transform,
        retry_attempts,
        retry_age,
        dead_letter,
        message_group,
        partition_key_path,
        // None is ever wanted.
        others: _,
    } = target;
    let transform = transform.as_ref().map(|Transform { paths, template }| {
        let transform = InputTransformer::builder().input_template(template);
        transform.set_input_paths_map((!paths.is_empty()).then(|| paths.clone().into_iter().collect())).build()
    });
    let retry = (*retry_attempts != RETRY_ATTEMPTS || *retry_age != RETRY_AGE)
        .then(|| RetryPolicy::builder().maximum_retry_attempts(*retry_attempts).maximum_event_age_in_seconds(*retry_age).build());
    let stream = partition_key_path.as_ref().map(|path| KinesisParameters::builder().partition_key_path(path).build());
    SdkTarget::builder()
        .id(id)
        .arn(arn)
        .set_role_arn(role.clone())
        .set_input(input.as_ref().map(ToString::to_string))
        .set_input_path(input_path.clone())
        .set_input_transformer(transform.transpose()?)
        .set_retry_policy(retry)
        .set_dead_letter_config(dead_letter.as_ref().map(|queue| DeadLetterConfig::builder().arn(queue).build()))
        .set_sqs_parameters(message_group.as_ref().map(|group| SqsParameters::builder().message_group_id(group).build()))
        .set_kinesis_parameters(stream.transpose()?)
        .build()
}
