//! Ending installers: a signal is the process's, so what it stops is kept once for the process.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static STOPPED: AtomicBool = AtomicBool::new(false);
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Ends every installer that runs, with all that it started, and lets none start any more. Says
/// whether one ran.
pub fn stop() -> bool {
    STOPPED.store(true, Ordering::SeqCst);
    RUNNING.load(Ordering::SeqCst) > 0
}

/// Waits until all of them have ended and what they left is removed, `longest` at most.
pub fn wait(longest: Duration) {
    let start = Instant::now();
    while RUNNING.load(Ordering::SeqCst) > 0 && start.elapsed() < longest {
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(super) fn is_stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// Whether it is stopped by then.
pub(super) fn comes_within(time: Duration) -> bool {
    let start = Instant::now();
    while !is_stopped() {
        if start.elapsed() > time {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Counts an installation until its work folder is gone.
pub(super) struct Running;

impl Running {
    pub(super) fn new() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}
