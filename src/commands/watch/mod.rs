//! `etlctl watch`: looks again and again, tells drift once, and mends what it may.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::interrupt;
use crate::cli::{Global, WatchArgs};
use crate::error::{Before, Error, exit};
use crate::model::Stop;
use crate::model::watch::Rhythm;
use crate::report::watch::End;

mod changes;
mod expired;
mod files;
mod heal;
mod look;
mod notify;
mod record;
mod serve;
mod state;
mod tell;
mod unread;

use changes::Changes;
use look::Watcher;
use notify::Notifiers;
use serve::Shared;

/// What there is to be told after a look may take so long; the rest waits for the next one.
const WORDS: Duration = Duration::from_secs(60);
/// What is left to be told at the end may take so long.
const LAST_WORDS: Duration = Duration::from_secs(15);

/// Says when the watcher is to end.
type Ending = watch::Receiver<Option<Stop>>;

pub async fn run(global: &Global, args: &WatchArgs) -> Result<u8, Error> {
    let notifiers = Notifiers::of(&args.notify)?;
    let mut stop = interrupt::carrying();
    let start = Instant::now();
    let shared = Arc::new(Shared::new(start));
    if let Some(address) = args.listen {
        serve::listen(address, args.listen_anywhere, Arc::clone(&shared)).await?;
    }
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let rhythm = Rhythm { every: seconds(args.every), deep_every: seconds(args.deep_every) };
    let mut watcher = Watcher::new(global, args, rhythm, notifiers, shared, start);
    let mut changes = args.on_change.then(Changes::new);
    let why = loop {
        changes.iter_mut().for_each(Changes::forget);
        let looked = tokio::select! {
            biased;
            _ = stopped(&mut stop) => break End::Told,
            looked = watcher.observe() => looked,
        };
        // What is wrong before the first look is for who began it.
        if let Err(error) = looked {
            if watcher.looks() == 0 && is_hopeless(&error) {
                return Err(error);
            }
            watcher.failed(error);
        } else if let Ok(seen) = looked {
            if let Some(changes) = changes.as_mut().filter(|_| seen.are_files_new) {
                watcher.listen_to_files(changes);
            }
            watcher.act(seen, &stop).await;
        }
        watcher.deliver(WORDS, Some(&stop)).await;
        if args.looks.is_some_and(|looks| watcher.looks() >= looks) {
            break End::Looked;
        }
        let pause = watcher.pause();
        tokio::select! {
            biased;
            _ = stopped(&mut stop) => break End::Told,
            () = sleep(pause) => {}
            () = next_change(&mut changes) => watcher.reload(),
        }
    };
    watcher.tell_end(why);
    // It was told to end before: this is how it ends.
    watcher.deliver(LAST_WORDS, None).await;
    watcher.tell_loss();
    // Who gave it a time for its looks, and got none, knows nothing.
    if watcher.looks() == 0 && interrupt::why() == Some(Stop::TimeIsUp) {
        return Err(Error::TimeIsUp { seconds: global.timeout.map_or(0, u64::from), before: Before::Nothing });
    }
    Ok(watcher.code())
}

/// Returns once somebody says that it is to end.
async fn stopped(stop: &mut Ending) {
    if stop.wait_for(Option::is_some).await.is_err() {
        // Nobody can say so any more.
        std::future::pending().await
    }
}

async fn next_change(changes: &mut Option<Changes>) {
    match changes {
        Some(changes) => changes.next().await,
        None => std::future::pending().await,
    }
}

/// Whether waiting mends nothing: the files, the command line, or another account.
fn is_hopeless(error: &Error) -> bool {
    matches!(error, Error::WrongAccount { .. } | Error::Profile(_)) || matches!(error.exit_code(), exit::INVALID | exit::USAGE)
}
