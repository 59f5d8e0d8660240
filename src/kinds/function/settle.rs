//! Waiting until Lambda has finished what it was asked. States: docs/aws-facts.md §3 (API reference,
//! FunctionConfiguration). GetFunction is polled because its quota is 100 a second; the other
//! reads share 15.

use std::time::Duration;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State};
use tokio::time::Instant;

use super::spec::Config;
use super::{api, live};
use crate::aws::polls::pause_after;
use crate::aws::{AwsError, Failure};
use crate::contract::{KindError, WriteCx, none_if_missing};
use crate::model::Wait;

/// The waiter FunctionActiveV2 gives up after 300 polls of a second.
const FUNCTION_BOUND: Duration = Duration::from_secs(300);
/// The waiter PublishedVersionActive gives up after 312 polls of five seconds: a snapshot takes minutes.
const VERSION_BOUND: Duration = Duration::from_secs(1560);
/// How long a read may lag behind the write that it follows.
const LAG_BOUND: Duration = Duration::from_secs(60);

/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_secs(1);

/// What is known of a function as it was read, once it is settled.
pub(super) struct Settled {
    /// Precondition of the next update; it changes when an asynchronous update settles.
    pub revision_id: Option<String>,
    /// Hash of the code.
    pub code_sha256: String,
    /// When it was changed last.
    pub last_modified: Option<String>,
    /// Its configuration.
    pub config: Config,
}

impl Settled {
    fn of(live: FunctionConfiguration) -> Self {
        let config = live::config(&live);
        let FunctionConfiguration { revision_id, code_sha256, last_modified, .. } = live;
        Self { revision_id, code_sha256: code_sha256.unwrap_or_default(), last_modified, config }
    }
}

/// What is waited for.
struct Wanted<'a> {
    name: &'a str,
    version: Option<&'a str>,
    /// LastModified as the write told it: a read that tells an older one is from before it.
    written: Option<&'a str>,
    /// Whether a state of Failed is one that the next write mends.
    may_have_failed: bool,
    bound: Duration,
    reason: &'static str,
}

/// Waits until the function itself is active and no update is in progress. `written` is what the last
/// write told as LastModified.
pub(super) async fn until_ready(cx: &WriteCx, name: &str, written: Option<&str>) -> Result<Settled, KindError> {
    poll(cx, &function(name, written, false)).await
}

/// The same of a function that has failed and is half mended.
pub(super) async fn until_updated(cx: &WriteCx, name: &str, written: Option<&str>) -> Result<Settled, KindError> {
    poll(cx, &function(name, written, true)).await
}

fn function<'a>(name: &'a str, written: Option<&'a str>, may_have_failed: bool) -> Wanted<'a> {
    Wanted { name, version: None, written, may_have_failed, bound: FUNCTION_BOUND, reason: "Lambda finishes the update" }
}

/// Waits until a published version is active; only its own state tells, not the last update's.
pub(super) async fn until_published(cx: &WriteCx, name: &str, version: &str, snap_start: bool) -> Result<Settled, KindError> {
    let reason = if snap_start { "Lambda takes the snapshot of the new version" } else { "Lambda finishes the new version" };
    let wanted = Wanted { name, version: Some(version), written: None, may_have_failed: false, bound: VERSION_BOUND, reason };
    poll(cx, &wanted).await
}

/// The function as it is at this moment, whatever its state.
pub(super) async fn now(cx: &WriteCx, name: &str) -> Result<Settled, AwsError> {
    let answer = cx.call.send(&api::GET_FUNCTION, name, || cx.aws.lambda.get_function().function_name(name).send()).await?;
    Ok(Settled::of(configuration(name, answer)?))
}

fn configuration(name: &str, answer: GetFunctionOutput) -> Result<FunctionConfiguration, AwsError> {
    let unexpected = || AwsError::unexpected(&api::GET_FUNCTION, name, "the answer holds no configuration");
    answer.configuration.ok_or_else(unexpected)
}

/// Waits until GetFunction no longer finds the function: a deletion may go on for a while.
pub(super) async fn until_gone(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    let start = Instant::now();
    loop {
        let answer = cx.call.send(&api::GET_FUNCTION, name, || cx.aws.lambda.get_function().function_name(name).send()).await;
        if none_if_missing(answer)?.is_none() {
            return Ok(());
        }
        if start.elapsed() > FUNCTION_BOUND {
            let text = format!("the function is still there after {} s", FUNCTION_BOUND.as_secs());
            return Err(AwsError::told(Failure::Overdue, &api::DELETE_FUNCTION, name, text).into());
        }
        wait(cx, name, pause_after(start.elapsed(), LONGEST), "Lambda deletes the function", start, FUNCTION_BOUND).await?;
    }
}

/// Pauses, and tells what for.
pub(super) async fn wait(cx: &WriteCx, name: &str, pause: Duration, why: &str, start: Instant, bound: Duration) -> Result<(), KindError> {
    let wait = Wait { why: why.to_owned(), what: name.to_owned(), so_far: start.elapsed(), bound: Some(bound), is_retry: false };
    cx.wait(pause, &wait).await
}

async fn poll(cx: &WriteCx, wanted: &Wanted<'_>) -> Result<Settled, KindError> {
    let Wanted { name, version, bound, reason, .. } = *wanted;
    let start = Instant::now();
    loop {
        let asked = || cx.aws.lambda.get_function().function_name(name).set_qualifier(version.map(str::to_owned)).send();
        // What was just written is there, whatever a read that lags behind says.
        let answer = match cx.call.send(&api::GET_FUNCTION, name, asked).await {
            Err(error) if error.is_missing() && start.elapsed() < LAG_BOUND => None,
            answer => Some(answer?),
        };
        let (why, bound) = match answer {
            Some(answer) => {
                let live = configuration(name, answer)?;
                match progress(&live, wanted)? {
                    Progress::Settled => return Ok(Settled::of(live)),
                    Progress::Lags if start.elapsed() >= LAG_BOUND => return Ok(Settled::of(live)),
                    Progress::Lags => ("Lambda does not show the update yet", LAG_BOUND),
                    Progress::Goes => (reason, bound),
                }
            }
            None => ("Lambda does not show it yet", LAG_BOUND),
        };
        if start.elapsed() > bound {
            let text = format!("not ready after {} s", bound.as_secs());
            return Err(AwsError::told(Failure::Overdue, &api::GET_FUNCTION, name, text).into());
        }
        wait(cx, name, pause_after(start.elapsed(), LONGEST), why, start, bound).await?;
    }
}

/// How far Lambda is.
enum Progress {
    Settled,
    Goes,
    Lags,
}

fn progress(live: &FunctionConfiguration, wanted: &Wanted<'_>) -> Result<Progress, AwsError> {
    // Both are of one form, so that their texts have the order of their times.
    if live.last_modified() < wanted.written {
        return Ok(Progress::Lags);
    }
    if let Some(reason) = live::failure(live).filter(|_| !wanted.may_have_failed) {
        let what = wanted.version.map_or_else(|| "the function".to_owned(), |version| format!("version {version}"));
        return Err(AwsError::told(Failure::EndedBadly, &api::GET_FUNCTION, wanted.name, format!("{what} failed: {reason}")));
    }
    let is_updating = wanted.version.is_none() && matches!(live.last_update_status(), Some(LastUpdateStatus::InProgress));
    Ok(match live.state() {
        Some(State::Active | State::Inactive | State::ActiveNonInvocable) if !is_updating => Progress::Settled,
        Some(State::Failed) if wanted.may_have_failed && !is_updating => Progress::Settled,
        _ => Progress::Goes,
    })
}
