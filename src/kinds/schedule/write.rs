//! Writing schedules. UpdateSchedule is a full put: what it is not told falls back to AWS's default
//! (docs/aws-facts.md §14).

use aws_sdk_scheduler::error::BuildError;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, EventBridgeParameters, FlexibleTimeWindow, FlexibleTimeWindowMode, KinesisParameters,
    RetryPolicy, ScheduleState, SqsParameters, Target,
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::spec::Event;
use super::{Schedule, Spec, api, input, parts};
use crate::aws::{AwsError, Op};
use crate::contract::{Found, KindError, WriteCx, done_if_missing};

/// What both requests say beside group, name and the simple texts.
struct Parts {
    window: FlexibleTimeWindow,
    target: Target,
    start: Option<DateTime>,
    end: Option<DateTime>,
    state: ScheduleState,
    after: ActionAfterCompletion,
}

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    send(cx, &api::CREATE_SCHEDULE, name, want).await
}

pub(super) async fn update(cx: &WriteCx, have: &Found<Schedule>, want: &Spec) -> Result<(), KindError> {
    if have.spec == *want { Ok(()) } else { send(cx, &api::UPDATE_SCHEDULE, &have.name, want).await }
}

pub(super) async fn delete(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    let (group, own) = parts(name);
    let delete = || cx.aws.scheduler.delete_schedule().group_name(group).name(own).send();
    done_if_missing(cx.call.send(&api::DELETE_SCHEDULE, name, delete).await)
}

/// Sends all of it. A start that has passed is left out where AWS refuses it: nothing begins before it.
async fn send(cx: &WriteCx, op: &'static Op, name: &str, want: &Spec) -> Result<(), KindError> {
    let mut parts = parts_of(op, name, want)?;
    match call(cx, op, name, want, &parts).await {
        Err(error) if parts.start.is_some() && error.code == "ValidationException" && error.message.contains("StartDate") => {
            parts.start = None;
            Ok(call(cx, op, name, want, &parts).await?)
        }
        answer => Ok(answer?),
    }
}

async fn call(cx: &WriteCx, op: &'static Op, name: &str, want: &Spec, sent: &Parts) -> Result<(), AwsError> {
    // What a target is given stands in its part.
    let Spec {
        group: _,
        description,
        schedule,
        time_zone,
        window: _,
        start: _,
        end: _,
        enabled: _,
        after_completion: _,
        kms_key,
        target: _,
        role: _,
        input: _,
        message_group: _,
        partition_key: _,
        event: _,
        retry: _,
        dead_letter_queue: _,
        // None is ever wanted.
        others: _,
    } = want;
    let Parts { window, target, start, end, state, after } = sent;
    let (group, own) = parts(name);
    if op.iam == api::CREATE_SCHEDULE.iam {
        let create = || {
            let call = cx.aws.scheduler.create_schedule().group_name(group).name(own).description(description);
            let call = call.schedule_expression(schedule).schedule_expression_timezone(time_zone).set_kms_key_arn(kms_key.clone());
            let call = call.flexible_time_window(window.clone()).target(target.clone()).set_start_date(*start).set_end_date(*end);
            call.state(state.clone()).action_after_completion(after.clone()).send()
        };
        return cx.call.send(op, name, create).await.map(drop);
    }
    let update = || {
        let call = cx.aws.scheduler.update_schedule().group_name(group).name(own).description(description);
        let call = call.schedule_expression(schedule).schedule_expression_timezone(time_zone).set_kms_key_arn(kms_key.clone());
        let call = call.flexible_time_window(window.clone()).target(target.clone()).set_start_date(*start).set_end_date(*end);
        call.state(state.clone()).action_after_completion(after.clone()).send()
    };
    cx.call.send(op, name, update).await.map(drop)
}

fn parts_of(op: &Op, name: &str, want: &Spec) -> Result<Parts, AwsError> {
    let moment = |text: &Option<String>| match text.as_deref().map(str::parse::<Timestamp>).transpose() {
        Ok(at) => Ok(at.map(|at| DateTime::from_secs(at.as_second()))),
        Err(error) => Err(AwsError::unexpected(op, name, error.to_string())),
    };
    let unbuilt = |error: BuildError| AwsError::unexpected(op, name, error.to_string());
    let window = match want.window {
        Some(minutes) => FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Flexible).maximum_window_in_minutes(minutes).build(),
        None => FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build(),
    };
    Ok(Parts {
        window: window.map_err(unbuilt)?,
        target: target(want).map_err(unbuilt)?,
        start: moment(&want.start)?,
        end: moment(&want.end)?,
        state: if want.enabled { ScheduleState::Enabled } else { ScheduleState::Disabled },
        after: ActionAfterCompletion::from(want.after_completion.as_str()),
    })
}

fn target(want: &Spec) -> Result<Target, BuildError> {
    let retry = RetryPolicy::builder().maximum_retry_attempts(want.retry.attempts).maximum_event_age_in_seconds(want.retry.max_age).build();
    let queue = want.dead_letter_queue.as_ref().map(|arn| DeadLetterConfig::builder().arn(arn).build());
    let message = want.message_group.as_ref().map(|group| SqsParameters::builder().message_group_id(group).build());
    let record = want.partition_key.as_ref().map(|key| KinesisParameters::builder().partition_key(key).build()).transpose()?;
    let event = |Event { source, detail_type }: &Event| EventBridgeParameters::builder().source(source).detail_type(detail_type).build();
    let event = want.event.as_ref().map(event).transpose()?;
    Target::builder()
        .arn(&want.target)
        .role_arn(&want.role)
        .set_input(want.input.as_ref().map(input::text))
        .retry_policy(retry)
        .set_dead_letter_config(queue)
        .set_sqs_parameters(message)
        .set_kinesis_parameters(record)
        .set_event_bridge_parameters(event)
        .build()
}
