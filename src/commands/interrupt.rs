//! Ctrl-C and SIGTERM. What only reads is left at once; an apply that has begun finishes its calls,
//! and is left at once by the second. Either way installers end first, with all that they started.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::error::exit;
use crate::package::stop;
use crate::report;

/// How long installers may take to end and to clean up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Signals are the process's.
struct Interrupts {
    carrying: AtomicBool,
    stop: watch::Sender<bool>,
}

static INTERRUPTS: LazyLock<Interrupts> = LazyLock::new(|| Interrupts { carrying: AtomicBool::new(false), stop: watch::channel(false).0 });

/// Heeds signals from now on.
pub fn heed() {
    tokio::spawn(async {
        interrupted().await;
        let installing = stop::stop();
        if INTERRUPTS.carrying.load(Ordering::SeqCst) {
            report::note("Stopping: calls in flight are finished, nothing new is started. Once more to leave at once.");
            // Nobody listens any more when all is done.
            let _ = INTERRUPTS.stop.send(true);
            interrupted().await;
        } else if installing {
            report::note("Interrupted.");
        }
        stop::wait(PATIENCE);
        std::process::exit(i32::from(exit::INTERRUPTED));
    });
}

/// From now on the first signal only says that nothing new is to be started: then this becomes true.
pub fn carrying() -> watch::Receiver<bool> {
    INTERRUPTS.carrying.store(true, Ordering::SeqCst);
    INTERRUPTS.stop.subscribe()
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
