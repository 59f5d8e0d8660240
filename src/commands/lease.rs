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

/// Works while the lease of one stack is held, where it wants one and nobody else holds it, and gives it
/// back. Waits for nobody. Whoever holds it is named where it is held.
///
/// # Errors
/// A call failed; and those of the work.
pub async fn hold_if_free<T>(
    session: &Session,
    stack: &Connected,
    seen: &mut Seen,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<Result<T, String>, Error> {
    let leases = Arc::new(Leases { caller: session.caller.clone(), held: Mutex::default() });
    interrupt::before_leaving(Arc::clone(&leases));
    if stack.loaded.lock {
        let (write, holder) = (session.write(stack), leases.holder());
        loop {
            match leases.try_to_take(&write, &holder, seen).await? {
                Taken::Mine => break,
                Taken::Lost => {}
                Taken::HeldBy(holder) => return Ok(Err(holder)),
            }
        }
        seen.forget();
    }
    let result = work.await;
    leases.give_back().await;
    result.map(Ok)
}

/// What was seen of somebody else's lease, and since when it is looked at.
pub struct Seen {
    start: Instant,
    watch: Watch,
}

impl Default for Seen {
    fn default() -> Self {
        Self { start: Instant::now(), watch: Watch::default() }
    }
}

impl Seen {
    fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What became of an attempt.
enum Taken {
    /// It is this run's.
    Mine,
    /// Somebody else was faster, or it is not known.
    Lost,
    /// Somebody holds it.
    HeldBy(String),
}

/// Leases that this run holds.
pub struct Leases {
    caller: String,
    held: Mutex<Vec<Held>>,
}

struct Held {
    write: WriteCx,
    lease: Lease,
    renewing: AbortHandle,
}

impl Leases {
    async fn take(&self, write: WriteCx) -> Result<(), Error> {
        let (holder, mut seen) = (self.holder(), Seen::default());
        loop {
            let holder = match self.try_to_take(&write, &holder, &mut seen).await? {
                Taken::Mine => return Ok(()),
                Taken::Lost => continue,
                Taken::HeldBy(holder) => holder,
            };
            let (what, so_far) = (what(&write), seen.start.elapsed());
            if so_far >= LONGEST {
                return Err(Error::Leased { what, holder, seconds: LONGEST.as_secs() });
            }
            let wait = Wait { why: format!("{holder} holds it"), what, so_far, bound: Some(LONGEST), is_retry: true };
            write.call.pause(LOOK, &wait).await;
        }
    }

    /// No two runs are the same holder, also of one machine and one identity.
    fn holder(&self) -> String {
        let run = format!(" process {} {:08x}", std::process::id(), fastrand::u32(..));
        lease::holder(&self.caller, &run)
    }

    async fn try_to_take(&self, write: &WriteCx, holder: &str, seen: &mut Seen) -> Result<Taken, Error> {
        let what = what(write);
        let standing = groups::standing(write).await?;
        let next = match standing.last() {
            None => 1,
            Some(top) if top.holder == holder => top.number,
            Some(top) if seen.watch.has_expired(top, seen.start.elapsed()) => {
                report::tell(&format!("note: {what} was not renewed for {} s by {}: taking it over", lease::TERM.as_secs(), top.holder));
                top.number + 1
            }
            Some(top) => return Ok(Taken::HeldBy(top.holder.clone())),
        };
        let mine = Lease { number: next, holder: holder.to_owned(), renewed: now() };
        if !groups::take(write, &mine).await? {
            return Ok(Taken::Lost);
        }
        // A listing that lagged may have hidden a lease of another number.
        let others: Vec<Lease> = groups::standing(write).await?.into_iter().filter(|other| other.number != next).collect();
        if others.iter().any(|other| !standing.contains(other)) {
            groups::give_back(write, &mine).await?;
            sleep(LOOK.mul_f64(fastrand::f64())).await;
            return Ok(Taken::Lost);
        }
        for expired in others.iter().filter(|other| other.number < next) {
            groups::clear(write, expired.number).await?;
        }
        let renewing = tokio::spawn(renew(write.clone(), mine.clone(), what)).abort_handle();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(Held { write: write.clone(), lease: mine, renewing });
        Ok(Taken::Mine)
    }

    /// Gives all of them back. One that stands all the same expires.
    pub async fn give_back(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        for Held { write, lease: mine, renewing } in held {
            renewing.abort();
            if let Err(error) = groups::give_back(&write, &mine).await {
                let name = lease::name(&write.scope, mine.number);
                report::tell(&format!("note: the lease {name} was not given back, and expires in {} s: {error}", lease::TERM.as_secs()));
            }
        }
    }
}

fn what(write: &WriteCx) -> String {
    format!("the lease of {} ({})", write.scope.stack, write.scope.env)
}

async fn renew(write: WriteCx, mut lease: Lease, what: String) {
    loop {
        sleep(lease::RENEWAL).await;
        lease.renewed = now();
        match groups::renew(&write, &lease).await {
            Ok(true) => {}
            Ok(false) => return report::tell(&format!("note: {what} is gone: another run may be working on the same stack")),
            Err(error) => report::tell(&format!("note: {what} was not renewed: {error}")),
        }
    }
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}
