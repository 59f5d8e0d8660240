//! The one way in which a call goes out: paced, bounded in time, with AWS's error read, and with
//! patience for what settles by itself.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::failure::Failure;
use super::op::Op;
use super::outage::{self, Outages};
use super::pace::Pace;
use super::patience::patience_for;
use super::{AwsError, patience};
use crate::model::{Stop, Wait};

/// Told of every wait, so that none is silent.
pub trait Progress: Send + Sync {
    /// Something is waited for.
    fn waiting(&self, wait: &Wait);
    /// A call succeeded, or may have: its answer was lost.
    fn answered(&self, op: &Op);
    /// Something was found that somebody should know, and stands in nobody's way.
    fn noted(&self, what: &str);
}

/// Sends calls for one resource or one read.
#[derive(Clone)]
pub struct Caller {
    pace: Arc<Pace>,
    outages: Arc<Outages>,
    progress: Option<Arc<dyn Progress>>,
    stop: Option<watch::Receiver<Option<Stop>>>,
    sent: Arc<AtomicU64>,
}

/// Without an answer for so long, the wait is told.
const SILENCE: Duration = Duration::from_secs(5);
/// What an upload may take beside the bound of its answer: the slowest line that is worth it, in bytes a
/// second.
const SLOWEST_LINE: u64 = 64 * 1024;

impl Caller {
    /// Calls under this pace that report to nobody.
    pub fn new(pace: Arc<Pace>) -> Self {
        Self { pace, outages: Arc::default(), progress: None, stop: None, sent: Arc::default() }
    }

    /// The same calls, counted by themselves.
    pub fn apart(&self) -> Self {
        Self { sent: Arc::default(), ..self.clone() }
    }

    /// Calls so far, retries included.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The same calls with their waits told.
    pub fn with_progress(&self, progress: Arc<dyn Progress>) -> Self {
        Self { progress: Some(progress), ..self.clone() }
    }

    /// The same calls, which wait for nothing once they are told to stop.
    pub fn until(&self, stop: watch::Receiver<Option<Stop>>) -> Self {
        Self { stop: Some(stop), ..self.clone() }
    }

    /// Waits, and tells what for. Returns why where the run is to stop.
    pub async fn pause(&self, pause: Duration, wait: &Wait) -> Option<Stop> {
        self.tell(wait);
        let Some(mut stop) = self.stop.clone() else {
            sleep(pause).await;
            return None;
        };
        tokio::select! {
            () = sleep(pause) => None,
            // An error says that nobody can say stop any more.
            Ok(why) = stop.wait_for(Option::is_some) => *why,
        }
    }

    /// Sends `attempt` until it succeeds or fails for good; `target` is the physical name.
    ///
    /// # Errors
    /// AWS's answer, once no waiting can mend it or the bound has passed.
    pub async fn send<T, E, F, Fut>(&self, op: &'static Op, target: &str, attempt: F) -> Result<T, AwsError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.upload(op, target, 0, attempt).await
    }

    /// [`Caller::send`] of so many bytes, which take their time.
    ///
    /// # Errors
    /// As there.
    pub async fn upload<T, E, F, Fut>(&self, op: &'static Op, target: &str, bytes: usize, mut attempt: F) -> Result<T, AwsError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let start = Instant::now();
        let bound = op.answers_within + Duration::from_secs(u64::try_from(bytes).unwrap_or(u64::MAX) / SLOWEST_LINE);
        let mut pause = Duration::ZERO;
        loop {
            self.keep_pace(op, target).await;
            self.sent.fetch_add(1, Ordering::Relaxed);
            let error = match self.answer(op, target, bound, attempt()).await {
                Ok(answer) => {
                    self.outages.answered(op);
                    self.answered(op);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            tracing::debug!(operation = op.iam, target, code = error.code, failure = ?error.failure, "refused");
            if error.failure == Failure::Throttled {
                self.pace.throttled(op);
            }
            if error.may_be_done() {
                self.answered(op);
            }
            let is_down = match error.failure {
                Failure::Unreached | Failure::Unanswered | Failure::Fault => self.outages.failed(op) >= outage::LONGEST,
                _ => {
                    self.outages.answered(op);
                    false
                }
            };
            let Some(patience) = patience_for(op, &error).filter(|_| !is_down) else { return Err(error) };
            let so_far = start.elapsed();
            if so_far >= patience.at_most {
                return Err(error);
            }
            pause = (pause * 2).clamp(patience.first, patience.longest);
            let why = match error.failure {
                Failure::Refused => patience.reason.to_owned(),
                _ => format!("{} ({})", patience.reason, error.short()),
            };
            let what = format!("{} on {target}", op.iam);
            let wait = Wait { why, what, so_far, bound: Some(patience.at_most), is_retry: true };
            if let Some(why) = self.pause(patience::jittered(pause), &wait).await {
                return Err(AwsError::told(Failure::Stopped, op, target, format!("{why} while waiting: {wait}")));
            }
        }
    }

    /// One answer, or the error that there is none within the bound.
    async fn answer<T, E>(
        &self,
        op: &Op,
        target: &str,
        bound: Duration,
        attempt: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let start = Instant::now();
        tokio::pin!(attempt);
        loop {
            let so_far = start.elapsed();
            if so_far >= bound {
                return Err(AwsError::told(Failure::Unanswered, op, target, format!("no answer in {} s", bound.as_secs())));
            }
            if so_far >= SILENCE {
                let (why, what) = ("nothing has answered yet".to_owned(), format!("{} on {target}", op.iam));
                self.tell(&Wait { why, what, so_far, bound: Some(bound), is_retry: true });
            }
            match tokio::time::timeout(SILENCE.min(bound - so_far), &mut attempt).await {
                Ok(answer) => return answer.map_err(|error| AwsError::from_sdk(op, target, &error)),
                Err(_) => continue,
            }
        }
    }

    /// Keeps under the quota. A wait for a place that nobody would notice is not told.
    async fn keep_pace(&self, op: &Op, target: &str) {
        let Some((at, quota)) = self.pace.next(op) else { return };
        let bound = at.saturating_duration_since(Instant::now());
        let why = format!("AWS takes {} requests a second of {}", quota.per_second, quota.name);
        let wait = Wait { why, what: target.to_owned(), so_far: Duration::ZERO, bound: Some(bound), is_retry: false };
        let _waiting = self.pace.waiting();
        // Who is to stop sends one call more at most.
        self.pause(bound, &wait).await;
    }

    /// Tells what was found.
    pub fn note(&self, what: &str) {
        if let Some(progress) = &self.progress {
            progress.noted(what);
        }
    }

    fn tell(&self, wait: &Wait) {
        if let Some(progress) = &self.progress {
            progress.waiting(wait);
        }
    }

    fn answered(&self, op: &Op) {
        if let Some(progress) = &self.progress {
            progress.answered(op);
        }
    }
}
