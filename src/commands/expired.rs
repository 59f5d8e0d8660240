//! `etlctl destroy --expired`: every instance whose time has come, by its marks alone.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio::sync::watch;

use super::carry::{self, ApplyRequest, Saved};
use super::cost::Costing;
use super::interrupt;
use super::journal;
use super::lease;
use super::loss;
use super::marks;
use super::session::Session;
use super::stacks;
use crate::apply::Report;
use crate::cli::{DestroyArgs, Global};
use crate::error::{Error, exit};
use crate::live::survey::survey;
use crate::model::Stop;
use crate::model::inventory::{Instance, Inventory, Narrowed, Standing};
use crate::model::plan::Options;
use crate::report;
use crate::source::Loaded;
use crate::source::expiry::Lifespan;
use crate::source::loaded::Protection;

pub async fn run(global: &Global, args: &DestroyArgs) -> Result<u8, Error> {
    carry::check(&args.carry, Saved::Not)?;
    let session = marks::open(global).await?;
    let Some(connected) = session.connected.first() else { return Ok(exit::DONE) };
    let region = connected.read.scope.region.clone();
    let mut found = survey(&connected.read).await?;
    // Of what could not be searched, something may say that it is protected, or that it does not expire.
    if !found.unread.is_empty() {
        return Err(Error::Unsearched(found.unread));
    }
    let narrowed = Narrowed { stacks: &global.stack, env: global.env.as_deref() };
    found.narrow(&narrowed);
    let now = Timestamp::now();
    let said = said(global)?;
    let expired = over(&found, &said.protected, now);
    if expired.is_empty() {
        report::tell(&format!("Nothing in {region} has expired."));
    }
    let (mut wrote, mut worst) = (false, exit::DONE);
    let mut left = expired.into_iter();
    while let Some(instance) = left.next() {
        // What told one apply to end is for those after it, too. Until the next one begins it is left at once.
        if let Some(why) = interrupt::reading() {
            return Ok(stopped(why, wrote, std::iter::once(instance).chain(left)));
        }
        let code = match destroy(global, args, &region, (&instance, &said), now).await {
            Ok(code) => code,
            Err(error) => {
                report::diagnostics::error(&error);
                journal::failed(&error);
                error.exit_code()
            }
        };
        match code {
            exit::DONE => wrote = true,
            exit::INTERRUPTED => return Ok(stopped(Stop::Interrupted, true, left)),
            exit::CREDENTIALS => return Ok(if wrote { exit::PARTLY } else { code }),
            exit::PARTLY => (wrote, worst) = (true, code),
            _ => worst = code,
        }
    }
    Ok(if worst != exit::DONE && wrote { exit::PARTLY } else { worst })
}

/// Tells which are not begun, and gives the exit code.
fn stopped(why: Stop, wrote: bool, left: impl Iterator<Item = Instance>) -> u8 {
    left.for_each(|instance| report::tell(&format!("not begun: {instance}: {why}")));
    match why {
        Stop::Interrupted => exit::INTERRUPTED,
        Stop::TimeIsUp if wrote => exit::PARTLY,
        Stop::TimeIsUp => exit::FAILED,
    }
}

/// What becomes of an instance that has a time.
pub enum Verdict {
    /// Its time has come.
    Over,
    /// It is left although it has one, and why.
    Left(String),
}

/// Instances that have a time to speak of.
pub fn verdicts(found: &Inventory, protected: &BTreeSet<(String, String)>, now: Timestamp) -> Vec<(Instance, Verdict)> {
    let of_one = |instance: &Instance, standing: &Standing| {
        let left = |why: &str| Some(Verdict::Left(why.to_owned()));
        match Lifespan::of(standing) {
            Lifespan::Endless => None,
            Lifespan::Unreadable(text) => left(&format!("its tag etlctl:expires says `{text}`, which is no time")),
            Lifespan::Partly(at) if at <= now => {
                left("not all of it carries the time; apply it again with --expires, or destroy it by name")
            }
            lifespan if !lifespan.is_over(now) => None,
            _ if !standing.protected.is_empty() => left("it has expired, and holds what is protected"),
            _ if protected.contains(&(instance.stack.clone(), instance.env.clone())) => {
                left("it has expired, and its file says that the environment is protected")
            }
            _ => Some(Verdict::Over),
        }
    };
    found.instances.iter().filter_map(|(instance, standing)| Some((instance.clone(), of_one(instance, standing)?))).collect()
}

/// Those whose time has come. Who is left out although it has a time is told.
fn over(found: &Inventory, protected: &BTreeSet<(String, String)>, now: Timestamp) -> Vec<Instance> {
    let all = verdicts(found, protected, now).into_iter().filter_map(|(instance, verdict)| match verdict {
        Verdict::Over => Some(instance),
        Verdict::Left(why) => {
            report::tell(&format!("{instance} is left alone: {why}"));
            None
        }
    });
    all.collect()
}

/// What files of the folder say, and no mark does.
#[derive(Default)]
struct Said {
    /// Environments that are protected, by stack: since when, nothing tells.
    protected: BTreeSet<(String, String)>,
    /// Stacks whose runs want a lease.
    locked: BTreeSet<String>,
}

/// Reads it.
///
/// # Errors
/// The folder that is named is none, or a file of it cannot be read.
fn said(global: &Global) -> Result<Said, Error> {
    stacks::readable(global)?;
    let mut said = Said::default();
    for (stack, file) in stacks::files(global)? {
        said.protected.extend(file.protected.into_iter().map(|env| (stack.clone(), env)));
        said.locked.extend(file.lock.then_some(stack));
    }
    Ok(said)
}

async fn destroy(
    global: &Global,
    args: &DestroyArgs,
    region: &str,
    (instance, said): (&Instance, &Said),
    now: Timestamp,
) -> Result<u8, Error> {
    let costing = Costing::new(global, &args.carry.cost, None)?;
    let session = Session::open(global, marks::stacks(vec![stack_of(region, instance)])).await?.priced(costing);
    let again = report::again(&session.sensitive(), std::env::args());
    let request = ApplyRequest {
        options: Options::default(),
        destroy: true,
        expired_by: Some(now),
        confirm: None,
        carry: &args.carry,
        again,
        quiet: global.quiet,
        all: global.verbose > 0,
    };
    let lock = args.carry.lock || said.locked.contains(&instance.stack);
    lease::hold(&session, lock, carry::plan_and_apply(&session, &request)).await
}

fn stack_of(region: &str, instance: &Instance) -> Loaded {
    // What is protected does not expire, so that it is none.
    Loaded { protection: Protection::Open, ..marks::stack(region, instance) }
}

/// An instance that is to go without a question.
pub struct Unasked<'a> {
    /// Its region.
    pub region: &'a str,
    /// Which.
    pub instance: &'a Instance,
    /// By when all of it has to have expired.
    pub now: Timestamp,
    /// Whether its lease is wanted.
    pub lock: bool,
}

/// Destroys an instance as `destroy --expired --yes` does: what it holds goes with it, but what AWS deletes only
/// once it is empty. Gives what became of it, none where nothing is left of it, or who holds its lease.
///
/// # Errors
/// It was renewed, it holds what does not go so, or a call before the first write failed.
pub async fn take(
    global: &Global,
    unasked: Unasked<'_>,
    seen: &mut lease::Seen,
    stop: watch::Receiver<Option<Stop>>,
) -> Result<Result<Option<Report>, String>, Error> {
    let Unasked { region, instance, now, lock } = unasked;
    let stack = Loaded { lock, ..stack_of(region, instance) };
    let opening = Session::open_modestly(global, marks::stacks(vec![stack]));
    let Some(session) = interrupt::unless_stopped(&stop, opening).await else { return Ok(Ok(None)) };
    let session = session?;
    let Some(connected) = session.connected.first() else { return Ok(Ok(None)) };
    let work = async {
        let options = Options::default();
        let planning = session.plan_again(&options, true);
        let Some(planned) = interrupt::unless_stopped(&stop, Box::pin(planning)).await else { return Ok(None) };
        let planned = planned?;
        carry::not_renewed(&planned, Some(now))?;
        let barred = loss::barred(&planned);
        if !barred.is_empty() {
            return Err(Error::Full { all: barred, allow: Vec::new() });
        }
        match planned.into_iter().find(|stack| stack.planned.has_work()) {
            Some(stack) => carry::chosen(&session, stack, global.quiet, stop).await.map(Some),
            None => Ok(None),
        }
    };
    lease::hold_if_free(&session, connected, seen, work).await
}
