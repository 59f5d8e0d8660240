//! Leases for who wants runs in order: `--lock`, or `lock: true` in the file. No run needs one to be
//! right: who works without one at the same time is found out by guards, and told so.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::interrupt;
use super::session::{Connected, Session};
use crate::contract::WriteCx;
use crate::error::Error;
use crate::kinds::log_group::lease as groups;
use crate::model::Wait;
use crate::model::lease::{self, Lease, Watch};
use crate::report;

/// The longest wait for a lease that somebody renews.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Between two looks at somebody else's lease.
const LOOK: Duration = Duration::from_secs(2);

/// Works while the leases are held of all stacks that want one, and gives them back.
///
/// # Errors
/// A lease is held by somebody else for too long, or a call failed; and those of the work.
pub async fn hold<T>(session: &Session, always: bool, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let leases = Arc::new(Leases { caller: session.caller.clone(), held: Mutex::default() });
    // In one order, so that no two runs wait for each other.
    let mut wanted: Vec<&Connected> = session.connected.iter().filter(|stack| always || stack.loaded.lock).collect();
    wanted.sort_by_key(|stack| &stack.loaded.scope.stack);
    interrupt::before_leaving(Arc::clone(&leases));
    for stack in wanted {
        if let Err(error) = leases.take(session.write(stack)).await {
            leases.give_back().await;
            return Err(error);
        }
    }
    let result = work.await;
    leases.give_back().await;
    result
}

/// Leases that this run holds.
pub struct Leases {
    caller: String,
    held: Mutex<Vec<Held>>,
}

struct Held {
    write: WriteCx,
    number: u64,
    renewing: AbortHandle,
}

impl Leases {
    async fn take(&self, write: WriteCx) -> Result<(), Error> {
        // No two runs are the same holder, also of one machine and one identity.
        let holder = format!("{} process {} {:08x}", self.caller, std::process::id(), fastrand::u32(..));
        let what = format!("the lease of {} ({})", write.scope.stack, write.scope.env);
        let (start, mut watch) = (Instant::now(), Watch::default());
        loop {
            let standing = groups::standing(&write).await?;
            let next = match standing.last() {
                None => 1,
                Some(top) if top.holder == holder => top.number,
                Some(top) if watch.has_expired(top, start.elapsed()) => {
                    report::note(&format!(
                        "note: {what} was not renewed for {} s by {}: taking it over",
                        lease::TERM.as_secs(),
                        top.holder
                    ));
                    top.number + 1
                }
                Some(top) => {
                    let so_far = start.elapsed();
                    if so_far >= LONGEST {
                        let seconds = LONGEST.as_secs();
                        return Err(Error::Leased { what, holder: top.holder.clone(), seconds });
                    }
                    let why = format!("{} holds it", top.holder);
                    let wait = Wait { why, what: what.clone(), so_far, bound: Some(LONGEST), is_retry: true };
                    write.call.pause(LOOK, &wait).await;
                    continue;
                }
            };
            let mine = Lease { number: next, holder: holder.clone(), renewed: now() };
            if !groups::take(&write, &mine).await? {
                continue;
            }
            // A listing that lagged may have hidden a lease of another number.
            let others: Vec<Lease> = groups::standing(&write).await?.into_iter().filter(|other| other.number != next).collect();
            if others.iter().any(|other| !standing.contains(other)) {
                groups::give_back(&write, next).await?;
                sleep(LOOK.mul_f64(fastrand::f64())).await;
                continue;
            }
            for expired in others.iter().filter(|other| other.number < next) {
                groups::give_back(&write, expired.number).await?;
            }
            let renewing = tokio::spawn(renew(write.clone(), mine, what)).abort_handle();
            self.held.lock().unwrap_or_else(PoisonError::into_inner).push(Held { write, number: next, renewing });
            return Ok(());
        }
    }

    /// Gives all of them back. One that stands all the same expires.
    pub async fn give_back(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        for Held { write, number, renewing } in held {
            renewing.abort();
            if let Err(error) = groups::give_back(&write, number).await {
                let name = lease::name(&write.scope, number);
                report::note(&format!("note: the lease {name} was not given back, and expires in {} s: {error}", lease::TERM.as_secs()));
            }
        }
    }
}

async fn renew(write: WriteCx, mut lease: Lease, what: String) {
    loop {
        sleep(lease::RENEWAL).await;
        lease.renewed = now();
        match groups::renew(&write, &lease).await {
            Ok(true) => {}
            Ok(false) => return report::note(&format!("note: {what} is gone: another run may be working on the same stack")),
            Err(error) => report::note(&format!("note: {what} was not renewed: {error}")),
        }
    }
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}
