//! Waiting until Lambda has finished what it was asked. States: docs/aws-facts.md §3 (API reference,
//! FunctionConfiguration). GetFunction is polled because its quota is 100 a second; the other
//! reads share 15.

use std::time::Duration;

use aws_sdk_lambda::types::{LastUpdateStatus, State};
use tokio::time::{Instant, sleep};

use super::api;
use crate::aws::AwsError;
use crate::contract::{KindError, WriteCx, none_if_missing};

/// The waiter FunctionActiveV2 gives up after 300 polls of a second.
const FUNCTION_BOUND: Duration = Duration::from_secs(300);
/// The waiter PublishedVersionActive gives up after 312 polls of five seconds: a snapshot takes minutes.
const VERSION_BOUND: Duration = Duration::from_secs(1560);

/// What is known of a function once it is settled.
pub(super) struct Settled {
    /// Precondition of the next update; it changes when an asynchronous update settles.
    pub revision_id: Option<String>,
    /// Hash of the code.
    pub code_sha256: String,
}

/// Waits until the function itself is active and no update is in progress.
pub(super) async fn until_ready(cx: &WriteCx, name: &str) -> Result<Settled, KindError> {
    poll(cx, name, None, FUNCTION_BOUND, "Lambda finishes the update").await
}

/// Waits until a published version is active; only its own state tells, not the last update's.
pub(super) async fn until_published(cx: &WriteCx, name: &str, version: &str, snap_start: bool) -> Result<Settled, KindError> {
    let reason = if snap_start { "Lambda takes the snapshot of the new version" } else { "Lambda finishes the new version" };
    poll(cx, name, Some(version), VERSION_BOUND, reason).await
}

/// Waits until GetFunction no longer finds the function: a deletion may go on for a while.
pub(super) async fn until_gone(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(200);
    loop {
        let answer = cx.call.send(&api::GET_FUNCTION, name, || cx.aws.lambda.get_function().function_name(name).send()).await;
        if none_if_missing(answer)?.is_none() {
            return Ok(());
        }
        if start.elapsed() > FUNCTION_BOUND {
            return Err(AwsError::unexpected(&api::DELETE_FUNCTION, name, "the function is still there after five minutes").into());
        }
        cx.call.waiting("Lambda deletes the function");
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

async fn poll(cx: &WriteCx, name: &str, version: Option<&str>, bound: Duration, reason: &str) -> Result<Settled, KindError> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(100);
    loop {
        let answer = cx
            .call
            .send(&api::GET_FUNCTION, name, || {
                cx.aws.lambda.get_function().function_name(name).set_qualifier(version.map(str::to_owned)).send()
            })
            .await?;
        let Some(live) = answer.configuration else {
            return Err(AwsError::unexpected(&api::GET_FUNCTION, name, "the answer holds no configuration").into());
        };
        let failed = |reason: Option<&str>| {
            let what = version.map_or_else(|| "the function".to_owned(), |version| format!("version {version}"));
            let text = format!("{what} failed: {}", reason.unwrap_or("Lambda gives no reason"));
            KindError::Aws(AwsError::unexpected(&api::GET_FUNCTION, name, text))
        };
        let updated = version.is_some() || !matches!(live.last_update_status(), Some(LastUpdateStatus::InProgress));
        match live.state() {
            Some(State::Failed) => return Err(failed(live.state_reason())),
            _ if version.is_none() && live.last_update_status() == Some(&LastUpdateStatus::Failed) => {
                return Err(failed(live.last_update_status_reason()));
            }
            Some(State::Active | State::Inactive | State::ActiveNonInvocable) if updated => {
                return Ok(Settled { revision_id: live.revision_id, code_sha256: live.code_sha256.unwrap_or_default() });
            }
            _ => {}
        }
        if start.elapsed() > bound {
            return Err(AwsError::unexpected(&api::GET_FUNCTION, name, format!("not ready after {} s", bound.as_secs())).into());
        }
        cx.call.waiting(reason);
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}
