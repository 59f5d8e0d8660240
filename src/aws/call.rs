//! The one way in which a call goes out: in its turn, bounded in time, with AWS's error read, and with
//! patience for what settles by itself.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::sync::watch;
use tokio::time::Instant;

use super::failure::Failure;
use super::op::{Op, Quota};
use super::outage::{self, Outages};
use super::pace::Pace;
use super::patience::patience_for;
use super::trace::Trace;
use super::turn::{Priority, Turns};
use super::waiting::Begun;
use super::{AwsError, patience};
use crate::model::{Cause, Spent, Stop, Timed, Wait};

/// Told of every wait, so that none is silent.
pub trait Progress: Send + Sync {
    /// Something is waited for.
    fn waiting(&self, wait: &Wait);
    /// A call succeeded, or may have: its answer was lost.
    fn answered(&self, op: &Op);
    /// Something was found that somebody should know, and stands in nobody's way.
    fn noted(&self, what: &str);
    /// Something is done: a call goes out, or what it takes is made.
    fn begun(&self) {}
    /// A call goes out: each attempt.
    fn sent(&self, _op: &Op) {}
    /// Something was waited for since then until now.
    fn waited(&self, _since: Instant, _cause: Cause) {}
}

/// Sends calls for one resource or one read.
#[derive(Clone)]
pub struct Caller {
    pub(super) turns: Arc<Turns>,
    pub(super) priority: Priority,
    outages: Arc<Outages>,
    pub(super) progress: Option<Arc<dyn Progress>>,
    pub(super) stop: Option<watch::Receiver<Option<Stop>>>,
    pub(super) begun: Arc<Begun>,
    counts: Arc<Counts>,
    pub(super) trace: Option<Arc<Trace>>,
}

/// Without an answer for so long, the wait is told.
const SILENCE: Duration = Duration::from_secs(5);
/// What an upload may take beside the bound of its answer: the slowest line that is worth it, in bytes a
/// second.
const SLOWEST_LINE: u64 = 64 * 1024;
/// Calls in flight of who names no bound. Each takes a connection, and a local AWS is no farm.
const READS_IN_FLIGHT: usize = 64;

/// Attempts, and those of them that AWS refused as too many.
#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    throttled: AtomicU64,
}

impl Caller {
    /// Calls under this pace that report to nobody.
    pub fn new(pace: Arc<Pace>) -> Self {
        let turns = Turns::new(pace, READS_IN_FLIGHT);
        let (outages, begun, counts, trace) = Default::default();
        Self { turns, priority: Priority::LAST, outages, progress: None, stop: None, begun, counts, trace }
    }

    /// The same calls, noted here.
    pub fn noted(&self, trace: Option<Arc<Trace>>) -> Self {
        Self { trace, ..self.clone() }
    }

    /// The same calls, counted by themselves.
    pub fn apart(&self) -> Self {
        Self { counts: Arc::default(), ..self.clone() }
    }

    /// What these calls took so far; the time is nobody's yet.
    pub fn spent(&self) -> Spent {
        let Counts { sent, throttled } = &*self.counts;
        let (calls, throttled) = (sent.load(Ordering::Relaxed), throttled.load(Ordering::Relaxed));
        Spent { calls, throttled, paced: self.turns.paced(), elapsed: Duration::ZERO }
    }

    /// The same calls, so many in flight at a time among all that come from the one that is returned.
    pub fn at_a_time(&self, calls: usize) -> Self {
        Self { turns: self.turns.beside(calls), ..self.clone() }
    }

    /// The same calls with another place in the line.
    pub fn before(&self, priority: Priority) -> Self {
        Self { priority, ..self.clone() }
    }

    /// How many calls went out under each quota, of all that share the bound for those in flight.
    pub fn taken(&self) -> Vec<(Quota, u64)> {
        self.turns.taken()
    }

    /// The same calls with their waits told.
    pub fn with_progress(&self, progress: Arc<dyn Progress>) -> Self {
        Self { progress: Some(progress), ..self.clone() }
    }

    /// The same calls, which wait for nothing once they are told to stop, and do not begin then.
    pub fn until(&self, stop: watch::Receiver<Option<Stop>>) -> Self {
        Self { stop: Some(stop), begun: Arc::default(), ..self.clone() }
    }

    /// Who is told.
    pub fn progress(&self) -> Option<Arc<dyn Progress>> {
        self.progress.clone()
    }

    /// Tells that something is done.
    pub fn begin(&self) {
        if let Some(progress) = &self.progress {
            progress.begun();
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
        // Patience is with AWS: how long the line was is no part of it.
        let mut in_line = Duration::ZERO;
        let bound = op.answers_within + Duration::from_secs(u64::try_from(bytes).unwrap_or(u64::MAX) / SLOWEST_LINE);
        let (mut pause, mut attempts) = (Duration::ZERO, 0);
        loop {
            attempts += 1;
            let stands = Instant::now();
            let turn = self.turn(op, target).await?;
            in_line += stands.elapsed();
            self.sent(op);
            let since = Instant::now();
            let answer = self.answer(op, target, bound, attempt()).await;
            drop(turn);
            self.trace(target, since, || Timed::Call {
                operation: op.iam,
                attempt: attempts,
                failed: answer.as_ref().err().map(|error| error.code_or_kind()),
            });
            let error = match answer {
                Ok(answer) => {
                    self.outages.answered(op);
                    self.answered(op);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            tracing::trace!(operation = op.iam, target, code = error.code, failure = ?error.failure, "refused");
            if error.failure == Failure::Throttled {
                self.counts.throttled.fetch_add(1, Ordering::Relaxed);
                self.turns.throttled(op);
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
            let so_far = start.elapsed().saturating_sub(in_line);
            if so_far >= patience.at_most {
                return Err(error);
            }
            pause = (pause * 2).clamp(patience.first, patience.longest);
            let (why, cause): (_, fn(String) -> Cause) = match error.failure {
                Failure::Refused => (patience.reason.to_owned(), Cause::Propagation),
                _ => (format!("{} ({})", patience.reason, error.short()), Cause::Retry),
            };
            let cause = cause(why.clone());
            let what = format!("{} on {target}", op.iam);
            let wait = Wait { why, what, so_far, bound: Some(patience.at_most), is_retry: true };
            let (since, noted) = (Instant::now(), cause.clone());
            let stopped = self.pause_for(cause, patience::jittered(pause), &wait).await;
            self.trace(target, since, || Timed::Wait(noted));
            if let Some(why) = stopped {
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

    /// Notes what began then and ended just now.
    pub(super) fn trace(&self, row: &str, since: Instant, what: impl FnOnce() -> Timed) {
        if let Some(trace) = &self.trace {
            trace.add(row, since, what());
        }
    }

    /// Tells what was found.
    pub fn note(&self, what: &str) {
        if let Some(progress) = &self.progress {
            progress.noted(what);
        }
    }

    pub(super) fn tell(&self, wait: &Wait) {
        if let Some(progress) = &self.progress {
            progress.waiting(wait);
        }
    }

    fn sent(&self, op: &Op) {
        self.counts.sent.fetch_add(1, Ordering::Relaxed);
        self.begin();
        if let Some(progress) = &self.progress {
            progress.sent(op);
        }
    }

    fn answered(&self, op: &Op) {
        if let Some(progress) = &self.progress {
            progress.answered(op);
        }
    }
}
