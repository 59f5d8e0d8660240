//! Carrying plans out, for apply and destroy.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::expiry;
use super::interrupt;
use super::journal;
use super::loss;
use super::marks;
use super::outputs;
use super::packager;
use super::planned::PlannedStack;
use super::preflight;
use super::protection;
use super::session::Session;
use crate::apply::{ApplyCx, Fault, Report, apply, hanging};
use crate::cli::{Carry, Format, OutputFormat, PARALLELISM};
use crate::contract::WriteCx;
use crate::error::{Error, exit};
use crate::model::inventory::Instance;
use crate::model::plan::{Options, Planned};
use crate::model::{Action, ResourceId, Spent, Stop};
use crate::package;
use crate::report;
use crate::report::progress::Overview;

/// What is to be done, and how.
pub struct ApplyRequest<'a> {
    /// The planner's options.
    pub options: Options,
    /// Whether nothing is desired.
    pub destroy: bool,
    /// The time by which all that is destroyed has to have expired; none where it may stand for ever.
    pub expired_by: Option<Timestamp>,
    /// Name of the environment, said because it is protected.
    pub confirm: Option<&'a str>,
    /// How it is carried out.
    pub carry: &'a Carry,
    /// The command that goes on where this one stops.
    pub again: String,
    /// Whether progress is kept back.
    pub quiet: bool,
    /// Whether plans tell what goes without saying, too.
    pub all: bool,
}

/// How a plan can be looked at before it is carried out, where there is nobody to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// As one of an apply.
    Apply,
    /// As one of a destroy.
    Destroy,
    /// Not at all: such plans are not saved.
    Not,
}

/// Without somebody to ask and without `--yes` nothing can be carried out: told before any call.
///
/// # Errors
/// Nobody can be asked.
pub fn check(carry: &Carry, saved: Saved) -> Result<(), Error> {
    if carry.yes || can_ask(carry) {
        return Ok(());
    }
    let message = if carry.format == Format::Json { "nobody can be asked under --format json" } else { "there is no terminal to ask on" };
    let hint = match saved {
        Saved::Apply => "pass --yes, or save a plan with `etlctl plan --out FILE`, look at it, and run `etlctl apply FILE`",
        Saved::Destroy => "pass --yes, or save a plan with `etlctl plan --destroy --out FILE`, look at it, and run `etlctl apply FILE`",
        Saved::Not => "pass --yes",
    };
    Err(Error::Usage { message: message.into(), hint: hint.into() })
}

/// Plans, shows, asks and carries out.
///
/// # Errors
/// A plan failed, or live AWS moved while the question stood.
pub async fn plan_and_apply(session: &Session, request: &ApplyRequest<'_>) -> Result<u8, Error> {
    let planned = session.plan(&request.options, request.destroy).await?;
    carry_out(session, planned, request).await
}

/// Shows what was planned, asks and carries it out.
///
/// # Errors
/// See [`plan_and_apply`].
pub async fn carry_out(session: &Session, planned: Vec<PlannedStack>, request: &ApplyRequest<'_>) -> Result<u8, Error> {
    not_renewed(&planned, request.expired_by)?;
    session.tell_prices(&planned, request.quiet);
    show(&planned, request.all);
    marks::tell_absent(&planned);
    session.heed(&planned)?;
    // What only loses its marks is not destroyed.
    if !request.options.ejects {
        protection::of_plans(&planned, request.confirm)?;
    }
    preflight::check(session, &planned).await?;
    loss::tell_idle(&planned, &request.carry.allow_loss);
    loss::full(&planned, request)?;
    let losses = loss::open(&planned, request);
    let changes = planned.iter().any(|stack| stack.planned.plan.has_changes());
    if losses.is_empty() && (!changes || request.carry.yes) {
        return apply_all(session, planned, request).await;
    }
    if !losses.is_empty() && !can_ask(request.carry) {
        return Err(loss::refusal(&losses));
    }
    if !agreed(&planned, request, &losses) {
        report::tell("Nothing was changed.");
        return Ok(exit::FAILED);
    }
    // What was shown may be minutes old.
    let again = session.plan_again(&request.options, request.destroy).await?;
    let moved: Vec<String> = planned
        .iter()
        .zip(&again)
        .filter(|(shown, now)| shown.planned.plan != now.planned.plan)
        .map(|(shown, _)| shown.loaded.scope.stack.clone())
        .collect();
    if !moved.is_empty() {
        return Err(Error::Stale(moved));
    }
    loss::full(&again, request)?;
    let more: Vec<loss::Loss> = loss::open(&again, request).into_iter().filter(|loss| !losses.contains(loss)).collect();
    if !more.is_empty() {
        return Err(loss::refusal(&more));
    }
    apply_all(session, again, request).await
}

/// Checks that all that is to go has expired by a time, where that is asked for.
///
/// # Errors
/// Some of it was renewed, or stands for ever.
pub fn not_renewed(planned: &[PlannedStack], expired_by: Option<Timestamp>) -> Result<(), Error> {
    let is_renewed = |stack: &&PlannedStack| expired_by.is_some_and(|now| !expiry::is_over(&stack.planned, now));
    let renewed = planned.iter().find(is_renewed);
    renewed.map_or(Ok(()), |stack| Err(Error::Renewed(Instance::in_scope(&stack.loaded.scope).to_string())))
}

/// Asks. What holds data takes the whole word.
fn agreed(planned: &[PlannedStack], request: &ApplyRequest<'_>, losses: &[loss::Loss]) -> bool {
    let places: Vec<String> = planned.iter().map(|stack| report::heading::place(&stack.loaded.scope, stack.alias.as_deref())).collect();
    let verb = match (request.options.ejects, request.destroy) {
        (true, _) => "Eject from",
        (false, true) => "Destroy",
        (false, false) => "Apply to",
    };
    let question = report::heading::question(verb, &places);
    if losses.is_empty() {
        return report::prompt::confirm(&question);
    }
    report::tell(&format!("What these hold is lost for good:\n{}", loss::listed(planned, losses)));
    report::prompt::confirm_in_full(&question)
}

/// Carries out plans that were reviewed when they were saved. What they lose is asked for all the same.
///
/// # Errors
/// Data would be lost, and there is nobody to ask.
pub async fn reviewed(session: &Session, planned: Vec<PlannedStack>, request: &ApplyRequest<'_>) -> Result<u8, Error> {
    loss::tell_idle(&planned, &request.carry.allow_loss);
    loss::full(&planned, request)?;
    let losses = loss::open(&planned, request);
    if !losses.is_empty() && !can_ask(request.carry) {
        return Err(loss::refusal(&losses));
    }
    if !losses.is_empty() && !agreed(&planned, request, &losses) {
        report::tell("Nothing was changed.");
        return Ok(exit::FAILED);
    }
    apply_all(session, planned, request).await
}

/// Whether there is somebody to ask: who reads JSON sees no plan to agree to.
fn can_ask(carry: &Carry) -> bool {
    carry.format == Format::Text && report::prompt::can_ask()
}

/// Shows plans; `all` with what goes without saying.
pub fn show(planned: &[PlannedStack], all: bool) {
    if journal::is_kept() {
        return journal::planned(planned);
    }
    for stack in planned {
        let text = report::plan::text(&stack.view(all));
        report::data(&format!("{text}\n"));
    }
}

/// Carries out one plan after the other; the first that does not succeed ends it.
///
/// # Errors
/// None of its own: what failed is told and in the exit code.
pub async fn apply_all(session: &Session, planned: Vec<PlannedStack>, request: &ApplyRequest<'_>) -> Result<u8, Error> {
    let stop = interrupt::carrying();
    let mut wrote = false;
    let writes: Vec<WriteCx> = session.connected.iter().map(|connected| session.write(connected)).collect();
    for (write, stack) in writes.iter().zip(&planned) {
        write.packager.ahead(packager::to_come(&stack.planned));
    }
    for (stack, write) in planned.into_iter().zip(writes) {
        let start = Instant::now();
        let before = write.call.spent();
        let call = write.call.clone();
        let result = if stack.planned.has_work() {
            let empties = Arc::new(loss::emptied(&stack, request));
            let write = WriteCx { empties, ..write };
            apply_one(&write, &stack, request.carry.parallelism, request.quiet, stop.clone()).await
        } else {
            unchanged(&stack)
        };
        let spent = Spent { elapsed: start.elapsed(), ..call.spent() }.since(before);
        if stack.planned.has_work() {
            report::tell(report::summary::text(&stack.loaded.scope, &result, spent, &request.again).trim_end());
            if request.carry.explain {
                let head = format!("Critical path of {} ({})", stack.loaded.scope.stack, stack.loaded.scope.env);
                report::tell(report::explain::text(&result.explained, &head).trim_end());
            }
        }
        let is_done = result.succeeded() && result.stopped.is_none();
        journal::ended(&stack, &result, is_done && !request.destroy);
        wrote |= result.wrote;
        if result.wrote {
            interrupt::has_written();
        }
        if !is_done {
            return Ok(code(&result, wrote));
        }
        if !request.destroy && !journal::is_kept() && !stack.loaded.desired.outputs.is_empty() {
            let mut values = outputs::of(&stack.loaded, &result.attributes);
            values.hide(OutputFormat::Text);
            report::data(&format!("{}{}\n", if stack.planned.has_work() { "\n" } else { "" }, report::outputs::text(&[values])));
        }
    }
    Ok(exit::DONE)
}

fn unchanged(stack: &PlannedStack) -> Report {
    Report { attributes: stack.planned.known.clone(), ..Report::default() }
}

async fn apply_one(write: &WriteCx, stack: &PlannedStack, parallelism: u16, quiet: bool, stop: watch::Receiver<Option<Stop>>) -> Report {
    let (events, received) = mpsc::unbounded_channel();
    let cx = ApplyCx { read: stack.read.clone(), write: write.clone(), parallelism: usize::from(parallelism), stop };
    let overview = overview(&stack.planned);
    let (on, shown) = mpsc::unbounded_channel();
    let told = journal::pass_on(&stack.loaded.scope, received, on);
    let (result, (), ()) = tokio::join!(apply(&cx, &stack.planned, events), told, report::progress::watch(shown, overview, quiet));
    result
}

/// What the steps of an apply will be: those of its plan, and marks that are completed.
fn overview(planned: &Planned) -> Overview {
    let steps = planned.plan.steps.iter().filter(|step| step.action != Action::Keep).map(|step| &step.id);
    let steps: BTreeSet<&ResourceId> = steps.chain(planned.incomplete_marks()).collect();
    Overview { steps: steps.len(), hangs: hanging(planned), installing: Some(package::installer_says) }
}

/// Carries out the part of a plan that `watch` chose, of which nothing takes a question, with what an apply
/// asks the account before.
///
/// # Errors
/// The account, as it is, would refuse it, or a call before the first write failed.
pub async fn chosen(session: &Session, stack: PlannedStack, quiet: bool, stop: watch::Receiver<Option<Stop>>) -> Result<Report, Error> {
    let all = [stack];
    match interrupt::unless_stopped(&stop, preflight::check(session, &all)).await {
        Some(checked) => checked?,
        None => return Ok(Report { stopped: *stop.borrow(), ..Report::default() }),
    }
    let [stack] = all;
    let of_it = |connected: &&super::session::Connected| connected.loaded.scope == stack.loaded.scope;
    let Some(connected) = session.connected.iter().find(of_it) else { return Ok(Report::default()) };
    let write = session.write(connected);
    write.packager.ahead(packager::to_come(&stack.planned));
    Ok(apply_one(&write, &stack, PARALLELISM, quiet, stop).await)
}

fn code(result: &Report, wrote: bool) -> u8 {
    if result.stopped == Some(Stop::Interrupted) {
        exit::INTERRUPTED
    } else if wrote {
        exit::PARTLY
    } else if result.failed_by(Fault::Credentials) {
        exit::CREDENTIALS
    } else if result.failed_by(Fault::Overtaken) {
        exit::STALE
    } else {
        exit::FAILED
    }
}
