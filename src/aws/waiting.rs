//! What a call waits for: its turn, and pauses. All of it ends where the run is to stop.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::AwsError;
use super::call::Caller;
use super::failure::Failure;
use super::op::Op;
use super::turn::Turn;
use crate::model::{Cause, Stop, Timed, Wait};

/// How long who is to stop in the middle of something may still wait for its turn: others' calls in
/// flight are finished in that time.
const LAST_TURN: Duration = Duration::from_secs(1);

/// Whether anything was sent since a run can be stopped, or nothing will be.
#[derive(Debug, Default)]
pub(super) struct Begun(AtomicU8);

impl Begun {
    const SENT: u8 = 1;
    const WITHDRAWN: u8 = 2;

    fn has_sent(&self) -> bool {
        self.0.load(Ordering::SeqCst) == Self::SENT
    }

    /// Which of the two it is from now on, unless it is the other one already.
    fn settle(&self, on: u8) -> bool {
        self.0.compare_exchange(0, on, Ordering::SeqCst, Ordering::SeqCst).map_or_else(|is| is == on, |_| true)
    }
}

impl Caller {
    /// Sends nothing any more, where nothing was sent since it can be stopped. Returns whether that is so.
    pub fn withdraw(&self) -> bool {
        self.begun.settle(Begun::WITHDRAWN)
    }

    /// Waits for AWS to end its work, and tells what for. Returns why where the run is to stop.
    pub async fn pause(&self, pause: Duration, wait: &Wait) -> Option<Stop> {
        let (since, cause) = (Instant::now(), Cause::Pending(wait.why.clone()));
        let stopped = self.pause_for(cause.clone(), pause, wait).await;
        self.trace(&wait.what, since, || Timed::Wait(cause));
        stopped
    }

    pub(super) async fn pause_for(&self, cause: Cause, pause: Duration, wait: &Wait) -> Option<Stop> {
        self.tell(wait);
        let since = Instant::now();
        let stopped = tokio::select! {
            () = sleep(pause) => None,
            why = self.stopped() => Some(why),
        };
        self.waited(since, cause);
        stopped
    }

    /// Returns once the run is to stop.
    async fn stopped(&self) -> Stop {
        if let Some(mut stop) = self.stop.clone()
            // An error says that nobody can say stop any more.
            && let Ok(why) = stop.wait_for(Option::is_some).await
            && let Some(why) = *why
        {
            return why;
        }
        std::future::pending().await
    }

    /// Tells of a wait that began then and is over.
    pub fn waited(&self, since: Instant, cause: Cause) {
        if let Some(progress) = self.progress.as_ref().filter(|_| since < Instant::now()) {
            progress.waited(since, cause);
        }
    }

    /// Waits for a slot, and for a place under the quota where there is one. What has not begun does not
    /// begin once it is told to stop, or withdrawn.
    pub(super) async fn turn(&self, op: &'static Op, target: &str) -> Result<Turn, AwsError> {
        let turn = self.stand(op, target).await?;
        match self.begun.settle(Begun::SENT) {
            true => Ok(turn),
            false => Err(AwsError::told(Failure::Stopped, op, target, "it was withdrawn before it began")),
        }
    }

    async fn stand(&self, op: &'static Op, target: &str) -> Result<Turn, AwsError> {
        let since = Instant::now();
        let quota = self.turns.quota(op);
        let wait = self.turns.wait(quota, self.priority);
        tokio::pin!(wait);
        let stopped = |why: Stop| AwsError::told(Failure::Stopped, op, target, format!("{why} while waiting for its turn"));
        let has_begun = self.begun.has_sent();
        if let Some(why) = self.stop.as_ref().and_then(|stop| *stop.borrow()).filter(|_| !has_begun) {
            return Err(stopped(why));
        }
        tokio::select! {
            biased;
            turn = &mut wait => return Ok(turn),
            () = std::future::ready(()) => {}
        }
        let why = match quota {
            Some(quota) => format!("AWS takes {} requests a second of {}", quota.per_second, quota.name),
            None => "other calls are in flight".to_owned(),
        };
        self.tell(&Wait { why, what: target.to_owned(), so_far: Duration::ZERO, bound: None, is_retry: false });
        let turn = tokio::select! {
            turn = &mut wait => Ok(turn),
            why = self.stopped() => {
                let longest = if has_begun { LAST_TURN } else { Duration::ZERO };
                tokio::time::timeout(longest, &mut wait).await.map_err(|_| stopped(why))
            }
        };
        let turn = turn?;
        let cause = turn.waited_for(since, quota);
        if matches!(cause, Cause::Quota(_)) {
            self.turns.paced_since(since);
        }
        self.trace(target, since, || Timed::Wait(cause.clone()));
        self.waited(since, cause);
        Ok(turn)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::{Arc, Mutex};

    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::client::result::SdkError;
    use aws_smithy_types::error::ErrorMetadata;
    use tokio::sync::watch;

    use super::super::call::Progress;
    use super::super::pace::Pace;
    use super::super::quotas::Quotas;
    use super::*;

    const READ: Op = Op::reads("sts:GetCallerIdentity");
    const PACED: Op = Op::reads("cloudwatch:PutMetricAlarm").rated(1);

    type Answer<T> = Result<T, SdkError<GetCallerIdentityError, HttpResponse>>;

    fn throttled() -> SdkError<GetCallerIdentityError, HttpResponse> {
        let error = GetCallerIdentityError::generic(ErrorMetadata::builder().code("ThrottlingException").build());
        let status = 400_u16.try_into().unwrap();
        SdkError::service_error(error, HttpResponse::new(status, aws_smithy_types::body::SdkBody::empty()))
    }

    #[derive(Default)]
    struct Noted(Mutex<Vec<Cause>>, AtomicUsize);

    impl Progress for Noted {
        fn waiting(&self, _wait: &Wait) {}
        fn answered(&self, _op: &Op) {}
        fn noted(&self, _what: &str) {}

        fn sent(&self, _op: &Op) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }

        fn waited(&self, _since: Instant, cause: Cause) {
            self.0.lock().unwrap().push(cause);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_pauses_holds_no_slot() {
        let call = Caller::new(Arc::new(Pace::new(Quotas::Off))).at_a_time(1);
        let noted = Arc::new(Noted::default());
        let (waits, sends) = (call.with_progress(noted.clone()), AtomicUsize::new(0));
        let waits = waits.send(&READ, "it", || async { if sends.fetch_add(1, Ordering::Relaxed) < 2 { Err(throttled()) } else { Ok(()) } });
        let start = Instant::now();
        let goes_on = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            call.send(&READ, "it", || async { Answer::Ok(()) }).await.map(|()| start.elapsed())
        };
        let (waited, went_on) = tokio::join!(waits, goes_on);
        assert!(waited.is_ok() && went_on.is_ok_and(|at| at < Duration::from_millis(5)));
        assert_eq!(noted.1.load(Ordering::Relaxed), 3);
        assert!(matches!(noted.0.lock().unwrap()[..], [Cause::Retry(_), Cause::Retry(_)]));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_withdrawn_sends_nothing_and_what_has_begun_goes_on() {
        let (_say, stop) = watch::channel(None);
        let call = Caller::new(Arc::new(Pace::new(Quotas::Off))).at_a_time(1);
        let (begun, new, sends) = (call.until(stop.clone()), call.until(stop), AtomicUsize::new(0));
        let send = |call: Caller| {
            let sends = &sends;
            async move {
                let attempt = || async {
                    sends.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    Answer::Ok(())
                };
                call.send(&READ, "it", attempt).await
            }
        };
        let withdraws = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            (begun.withdraw(), new.withdraw())
        };
        let (first, second, withdrawn) = tokio::join!(send(begun.clone()), send(new.clone()), withdraws);
        assert_eq!(withdrawn, (false, true));
        assert!(first.is_ok() && second.is_err_and(|error| error.failure == Failure::Stopped));
        assert!(send(begun.clone()).await.is_ok());
        assert_eq!(sends.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_line_leaves_patience_whole() {
        let call = Caller::new(Arc::new(Pace::new(Quotas::Off))).at_a_time(1);
        let sends = AtomicUsize::new(0);
        let others = call.send(&READ, "other", || async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            Answer::Ok(())
        });
        let (cut, unreadable) = (call.clone(), || {
            SdkError::response_error("no end", HttpResponse::new(200_u16.try_into().unwrap(), aws_smithy_types::body::SdkBody::empty()))
        });
        let waits = cut.send(&READ, "it", || {
            let is_first = sends.fetch_add(1, Ordering::Relaxed) == 0;
            let answer = if is_first { Err(unreadable()) } else { Answer::Ok(()) };
            async { answer }
        });
        let (other, waited) = tokio::join!(others, waits);
        assert!(other.is_ok() && waited.is_ok(), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_not_begun_does_not_begin_once_the_run_is_to_stop() {
        let (say, stop) = watch::channel(None);
        let call = Caller::new(Arc::new(Pace::default()));
        let first = call.until(stop.clone());
        assert!(first.send(&PACED, "it", || async { Answer::Ok(()) }).await.is_ok());
        // Neither has a place before a second is over.
        let (begun, new) = (first.send(&PACED, "it", || async { Answer::Ok(()) }), call.until(stop.clone()));
        let new = new.send(&PACED, "it", || async { Answer::Ok(()) });
        let ends = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            say.send(Some(Stop::Interrupted))
        };
        let (begun, new, _) = tokio::join!(begun, new, ends);
        assert!(begun.is_ok(), "{begun:?}");
        assert!(new.is_err_and(|error| error.failure == Failure::Stopped));
        let late = call.until(stop).send(&READ, "it", || async { Answer::Ok(()) }).await;
        assert!(late.is_err_and(|error| error.failure == Failure::Stopped));
    }
}
