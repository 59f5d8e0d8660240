//! Ctrl-C, SIGTERM and the end of the time that `--timeout` gives. What only reads is left at once; an
//! apply that has begun finishes its calls and ends its waits, and is left at once by the second signal.
//! Either way installers end first, with all that they started.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::journal;
use super::lease::Leases;
use crate::error::{Before, Error, exit};
use crate::model::Stop;
use crate::package::stop;
use crate::report;

/// How long installers may take to end and to clean up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Signals are the process's.
struct Interrupts {
    carrying: AtomicBool,
    gathering: AtomicBool,
    has_written: AtomicBool,
    has_sent: AtomicBool,
    leases: Mutex<Option<Arc<Leases>>>,
    stop: watch::Sender<Option<Stop>>,
}

static INTERRUPTS: LazyLock<Interrupts> = LazyLock::new(|| Interrupts {
    carrying: AtomicBool::new(false),
    gathering: AtomicBool::new(false),
    has_written: AtomicBool::new(false),
    has_sent: AtomicBool::new(false),
    leases: Mutex::new(None),
    stop: watch::channel(None).0,
});

/// Heeds signals from now on, and the end of the time, where there is one.
pub fn heed(timeout: Option<Duration>) {
    tokio::spawn(async move {
        let why = ending(timeout).await;
        let installing = stop::stop();
        if INTERRUPTS.carrying.load(Ordering::SeqCst) {
            let uses = INTERRUPTS.gathering.load(Ordering::SeqCst);
            report::note(match why {
                Stop::Interrupted if uses => "Stopping: nothing more is read, and what was read is used. Once more to leave at once.",
                Stop::TimeIsUp if uses => "The time is up (--timeout): nothing more is read, and what was read is used.",
                Stop::Interrupted => "Stopping: calls in flight are finished, nothing new is started. Once more to leave at once.",
                Stop::TimeIsUp => "The time is up (--timeout): calls in flight are finished, nothing new is started.",
            });
            say(&INTERRUPTS.stop, why);
            interrupted().await;
        } else if why == Stop::TimeIsUp {
            report::diagnostics::error(&time_is_up(timeout));
        } else if INTERRUPTS.has_sent.load(Ordering::SeqCst) {
            report::note("Interrupted; what was started may run all the same: `etlctl logs` shows what ran.");
        } else if installing {
            report::note("Interrupted.");
        }
        give_back().await;
        stop::wait(PATIENCE);
        let time_is_up = (why == Stop::TimeIsUp).then(|| time_is_up(timeout));
        let code = time_is_up.as_ref().map_or(exit::INTERRUPTED, Error::exit_code);
        journal::end(code, time_is_up.as_ref());
        std::process::exit(i32::from(code));
    });
}

fn time_is_up(timeout: Option<Duration>) -> Error {
    let is = |what: &AtomicBool| what.load(Ordering::SeqCst);
    let before = match () {
        () if is(&INTERRUPTS.has_written) => Before::Written,
        () if is(&INTERRUPTS.has_sent) => Before::Sent,
        () => Before::Nothing,
    };
    Error::TimeIsUp { seconds: timeout.unwrap_or_default().as_secs(), before }
}

/// Says it also to those who listen later: between two things that are carried nobody does.
fn say(stop: &watch::Sender<Option<Stop>>, why: Stop) {
    stop.send_replace(Some(why));
}

async fn ending(timeout: Option<Duration>) -> Stop {
    match timeout {
        Some(time) => tokio::time::timeout(time, interrupted()).await.map_or(Stop::TimeIsUp, |()| Stop::Interrupted),
        None => {
            interrupted().await;
            Stop::Interrupted
        }
    }
}

/// Leases that are given back where the process is left early.
pub fn before_leaving(leases: Arc<Leases>) {
    *INTERRUPTS.leases.lock().unwrap_or_else(PoisonError::into_inner) = Some(leases);
}

async fn give_back() {
    let leases = INTERRUPTS.leases.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(leases) = leases {
        // What is not given back in this time expires.
        let _ = tokio::time::timeout(PATIENCE, leases.give_back()).await;
    }
}

/// From now on the first signal, or the end of the time, only says that nothing new is to be started:
/// then this says why.
pub fn carrying() -> watch::Receiver<Option<Stop>> {
    INTERRUPTS.carrying.store(true, Ordering::SeqCst);
    INTERRUPTS.stop.subscribe()
}

/// The same for what only reads, and uses what it has read by then: calls in flight are left.
pub fn gathering() -> watch::Receiver<Option<Stop>> {
    INTERRUPTS.gathering.store(true, Ordering::SeqCst);
    carrying()
}

/// What work that only reads comes to; none where it is told to end before: then it is left where it is.
pub async fn unless_stopped<T>(stop: &watch::Receiver<Option<Stop>>, work: impl Future<Output = T>) -> Option<T> {
    let mut stop = stop.clone();
    tokio::select! {
        biased;
        Ok(_) = stop.wait_for(Option::is_some) => None,
        done = work => Some(done),
    }
}

/// Something was written: who is out of time is told so.
pub fn has_written() {
    INTERRUPTS.has_written.store(true, Ordering::SeqCst);
}

/// Something is asked for that runs whether its answer is waited for or not: who ends the wait is told so.
pub fn has_sent() {
    INTERRUPTS.has_sent.store(true, Ordering::SeqCst);
}

/// What was carried is done, and what begins now only reads until something is carried again: it is left at
/// once. Gives why nothing more is to begin, where that was said meanwhile.
pub fn reading() -> Option<Stop> {
    INTERRUPTS.carrying.store(false, Ordering::SeqCst);
    why()
}

/// Why what is carried was told to end, where it was.
pub fn why() -> Option<Stop> {
    *INTERRUPTS.stop.borrow()
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    drop(tokio::signal::ctrl_c().await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_while_nobody_listens_is_heard_by_who_listens_next() {
        let stop = watch::channel(None).0;
        say(&stop, Stop::Interrupted);
        assert_eq!(*stop.subscribe().borrow(), Some(Stop::Interrupted));
    }

    #[tokio::test]
    async fn what_reads_is_left_once_it_is_told_to_end_and_ends_by_itself_where_nobody_can_tell() {
        let (say_it, stop) = watch::channel(None);
        assert_eq!(unless_stopped(&stop, async { 1 }).await, Some(1));
        let told = async { say(&say_it, Stop::TimeIsUp) };
        let (left, ()) = tokio::join!(unless_stopped(&stop, std::future::pending::<()>()), told);
        assert_eq!((left, unless_stopped(&stop, async { 1 }).await), (None, None), "nor is it begun then");
        let nobody = watch::channel(None).1;
        assert_eq!(unless_stopped(&nobody, async { 1 }).await, Some(1));
    }
}
