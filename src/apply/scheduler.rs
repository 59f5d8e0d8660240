//! Which step runs when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use super::critical::{Explained, Part, Ran};
use super::events::{Event, EventKind, Fault, Outcome, Report};
use super::handover::{Half, first_part};
use super::order::Order;
use super::readback::ReadBack;
use super::recovery;
use super::spans::Spans;
use super::step::{self, StepProgress};
use super::verify::{Item, Written};
use super::{estimate, path};
use crate::aws::{AwsError, Caller, Failure, Priority};
use crate::contract::{KindError, ReadCx, Unpackaged, WriteCx};
use crate::kinds;
use crate::model::handover::Early;
use crate::model::plan::{Planned, Sides};
use crate::model::reference::{self, Reference};
use crate::model::{Action, Attributes, Node, ResourceId, Step, Stop};

/// What an apply has at hand.
#[derive(Clone)]
pub struct ApplyCx {
    /// For read-backs.
    pub read: ReadCx,
    /// For writes.
    pub write: WriteCx,
    /// Calls in flight at a time.
    pub parallelism: usize,
    /// Says when nothing new is to be started, and why.
    pub stop: watch::Receiver<Option<Stop>>,
}

/// Attributes by address.
type Known = BTreeMap<ResourceId, Attributes>;

pub(super) struct Run<'a> {
    /// With calls that share one bound for those in flight.
    pub cx: ApplyCx,
    sides: &'a BTreeMap<ResourceId, Sides>,
    /// Who gives up a trigger before it is taken, and by whom it is.
    pub early: &'a Early,
    /// Steps of these that wait for that.
    pub halves: Vec<Half>,
    pub events: UnboundedSender<Event>,
    open: BTreeMap<ResourceId, Step>,
    order: Order,
    priorities: BTreeMap<ResourceId, Priority>,
    running: BTreeMap<ResourceId, Running>,
    /// Steps of each kind that have not ended.
    left: BTreeMap<String, usize>,
    pub report: Report,
    pub attributes: Known,
    /// What was written and deleted, as it is read back.
    pub items: BTreeMap<ResourceId, Item>,
    pub read_back: Option<ReadBack>,
    /// Whether somebody else was met.
    pub is_contested: Arc<AtomicBool>,
    pub start: Instant,
    pub ran: Vec<Ran>,
    ended: BTreeMap<ResourceId, Instant>,
}

/// Carries out every step of the plan that is no keep, in the order of its needs, and completes the
/// marks of version 0.1 that what is kept carries.
pub async fn apply(cx: &ApplyCx, planned: &Planned, events: UnboundedSender<Event>) -> Report {
    let marks: BTreeSet<&ResourceId> = planned.incomplete_marks().collect();
    let to_do = planned.plan.steps.iter().filter(|step| step.action != Action::Keep || marks.contains(&step.id));
    let open: BTreeMap<ResourceId, Step> = to_do.map(|step| (step.id.clone(), step.clone())).collect();
    let remaining = path::remaining(&open, &estimate::times(&open)).into_iter().enumerate();
    let priorities = remaining.map(|(number, (id, remaining))| (id, Priority::new(remaining, number))).collect();
    let call = cx.write.call.at_a_time(cx.parallelism);
    let cx = ApplyCx { read: cx.read.through(call.clone()), write: WriteCx { call, ..cx.write.clone() }, ..cx.clone() };
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    open.keys().for_each(|id| *left.entry(id.kind.clone()).or_default() += 1);
    let start = Instant::now();
    let mut run = Run {
        read_back: Some(ReadBack::start(&cx.read, &events, start)),
        cx,
        sides: &planned.sides,
        early: &planned.early,
        halves: Vec::new(),
        events,
        order: Order::of(&open),
        open,
        priorities,
        running: BTreeMap::new(),
        left,
        report: Report::default(),
        attributes: planned.known.clone(),
        items: BTreeMap::new(),
        is_contested: Arc::default(),
        start,
        ran: Vec::new(),
        ended: BTreeMap::new(),
    };
    run.all().await;
    run.hand_over().await;
    run.verify().await;
    run.report.explained = Explained::of(run.ran, run.cx.write.call.taken());
    run.report
}

/// A step that was started.
struct Running {
    step: Step,
    call: Caller,
    task: AbortHandle,
}

struct Finished {
    step: Step,
    result: Result<Attributes, KindError>,
    wrote: bool,
    spans: Spans,
}

impl Run<'_> {
    async fn all(&mut self) {
        let mut tasks: JoinSet<Finished> = JoinSet::new();
        loop {
            let stop = *self.cx.stop.borrow();
            if let Some(why) = stop {
                self.report.stopped = Some(why);
                self.skip_all(&why.to_string());
            }
            if self.report.failed_by(Fault::Overtaken) {
                self.withdraw("another apply was faster");
                self.skip_all("another apply was faster");
            }
            self.start_ready(&mut tasks);
            match tasks.join_next().await {
                Some(Ok(finished)) => self.finish(finished),
                // It was withdrawn.
                Some(Err(error)) if error.is_cancelled() => {}
                // A panic in a step: its resource is unknown, everything else goes on.
                Some(Err(error)) => tracing::error!(%error, "a step panicked"),
                None => break,
            }
        }
        for running in std::mem::take(&mut self.running).into_values() {
            self.report.wrote = true;
            self.lose(&running.step);
        }
        self.skip_all("it waits for a step that did not end");
    }

    fn start_ready(&mut self, tasks: &mut JoinSet<Finished>) {
        while let Some(id) = self.order.next() {
            let Some(step) = self.open.remove(&id) else { continue };
            self.start(step, tasks);
        }
    }

    fn start(&mut self, step: Step, tasks: &mut JoinSet<Finished>) {
        let Some(driver) = kinds::driver(&step.id.kind) else { return self.lose(&step) };
        let mut sides = self.sides.get(&step.id).cloned().unwrap_or(Sides { want: None, have: None });
        if let Some(node) = &mut sides.want {
            reference::resolve(&mut node.spec, &|reference| attribute(&self.attributes, reference));
        }
        let first = if self.early.contains_key(&step.id) { first_part(driver, &mut sides) } else { Ok(()) };
        let wrote = Arc::new(AtomicBool::new(false));
        let (id, action, events, spans) = (step.id.clone(), step.action, self.events.clone(), Spans::default());
        let progress = StepProgress { id, action, events, wrote: Arc::clone(&wrote), spans: spans.clone() };
        let call = self.cx.write.call.with_progress(Arc::new(progress)).until(self.cx.stop.clone());
        let call = call.before(self.priorities.get(&step.id).copied().unwrap_or(Priority::LAST));
        let (of, begun) = (step.clone(), call.clone());
        let read = self.cx.read.through(call.clone());
        let write = WriteCx { call, ..self.cx.write.clone() };
        let wanted = self.wanted_of(&step.id);
        let is_contested = Arc::clone(&self.is_contested);
        let task = tasks.spawn(async move {
            let cx = recovery::Cx { read: &read, write: &write, driver, is_contested: &is_contested };
            let mut result = match first {
                Ok(()) => step::run(&cx, &step, &sides).await,
                Err(error) => Err(error),
            };
            if let (Ok(told), Some(node)) = (&result, &sides.want) {
                result = step::attributes(&read, driver, node, told, &wanted).await;
            }
            Finished { step, result, wrote: wrote.load(Ordering::Relaxed), spans }
        });
        self.running.insert(of.id.clone(), Running { step: of, call: begun, task });
    }

    /// Nobody knows what became of a step.
    fn lose(&mut self, step: &Step) {
        let (error, hint) = ("the step ended without an answer".to_owned(), "run the command again".to_owned());
        let cause = error.clone();
        self.report.outcomes.insert(step.id.clone(), (step.action, Outcome::Failed { error, hint, fault: Fault::Other, cause }));
    }

    /// Attributes that steps which are still open wait for and nobody knows yet.
    fn wanted_of(&self, id: &ResourceId) -> BTreeSet<String> {
        let mut references = Vec::new();
        for waiting in self.order.dependents(id).iter().filter(|waiting| self.open.contains_key(waiting)) {
            if let Some(node) = self.sides.get(waiting).and_then(|sides| sides.want.as_ref()) {
                reference::references(&node.spec, &mut references);
            }
        }
        let of_it = references.into_iter().filter(|reference| names(reference, id));
        let known = self.attributes.get(id);
        of_it.map(|reference| reference.attribute).filter(|name| known.is_none_or(|known| !known.contains_key(name))).collect()
    }

    fn finish(&mut self, finished: Finished) {
        let Finished { step, result, wrote, spans } = finished;
        if self.running.remove(&step.id).is_none() && !spans.has_sent() {
            // It was withdrawn meanwhile.
            return;
        }
        self.report.wrote |= wrote;
        self.note(&step, &spans);
        let outcome = match result {
            Ok(told) => {
                self.attributes.entry(step.id.clone()).or_default().extend(told.clone());
                self.order.done(&step.id);
                let half = Half { step: step.clone(), told, begun: spans.begun() };
                if self.early.contains_key(&step.id) {
                    self.halves.push(half);
                } else {
                    self.done(half);
                }
                Outcome::Done
            }
            Err(error) if !spans.has_sent() && is_stopped(&error) && self.cx.stop.borrow().is_some() => {
                let why = self.cx.stop.borrow().unwrap_or(Stop::Interrupted);
                self.report.stopped = Some(why);
                self.send(&step, EventKind::Skipped(why.to_string()));
                Outcome::Skipped(why.to_string())
            }
            // Nothing is wrong with it, and nothing of it was written.
            Err(KindError::Unpackaged(Unpackaged::Interrupted)) if !wrote => {
                self.report.stopped = Some(Stop::Interrupted);
                self.send(&step, EventKind::Skipped(Stop::Interrupted.to_string()));
                Outcome::Skipped(Stop::Interrupted.to_string())
            }
            Err(error) => {
                if let KindError::Stopped { why, .. } = &error {
                    self.report.stopped = Some(*why);
                }
                self.failed(&step, &error, error.to_string())
            }
        };
        let is_done = matches!(outcome, Outcome::Done);
        self.report.outcomes.insert(step.id.clone(), (step.action, outcome));
        self.close(&step.id);
        if !is_done {
            self.skip_hopeless(step.id);
        }
    }

    /// Tells that a step is done, and has it read back.
    pub fn done(&mut self, Half { step, told, begun }: Half) {
        self.send(&step, EventKind::Done(begun.map_or(Duration::ZERO, |begun| begun.elapsed())));
        self.look_at(&step, told);
    }

    /// Tells that a step is not, in these words.
    pub fn failed(&self, step: &Step, error: &KindError, words: String) -> Outcome {
        let stopped = *self.cx.stop.borrow();
        let fault = match error {
            KindError::Stopped { why, .. } => Fault::Stopped(*why),
            KindError::Unpackaged(Unpackaged::Interrupted) => Fault::Stopped(Stop::Interrupted),
            KindError::Aws(AwsError { failure: Failure::Stopped, .. }) => Fault::Stopped(stopped.unwrap_or(Stop::Interrupted)),
            KindError::Aws(error) if error.is_credentials() => Fault::Credentials,
            KindError::Overtaken { .. } => Fault::Overtaken,
            _ => Fault::Other,
        };
        self.send(step, if let Fault::Stopped(why) = fault { EventKind::Stopped(why) } else { EventKind::Failed });
        Outcome::Failed { error: words, hint: error.hint(), fault, cause: error.cause() }
    }

    /// The desired side of a resource, with all its references resolved and its stored values.
    pub fn wanted(&self, id: &ResourceId) -> Option<Node> {
        let mut node = self.sides.get(id)?.want.clone()?;
        reference::resolve(&mut node.spec, &|reference| attribute(&self.attributes, reference));
        Some(node.filled().unwrap_or(node))
    }

    /// Notes where the time of a step went.
    fn note(&mut self, step: &Step, spans: &Spans) {
        let now = Instant::now();
        self.ended.insert(step.id.clone(), now);
        let needs: Vec<ResourceId> = step.needs.iter().filter(|need| self.ended.contains_key(*need)).cloned().collect();
        let ready = needs.iter().filter_map(|need| self.ended.get(need)).max().copied().unwrap_or(self.start);
        let (from, to) = (ready - self.start, now - self.start);
        self.ran.push(Ran { id: step.id.clone(), action: step.action, part: Part::Step, needs, from, to, waits: spans.waits() });
    }

    /// Has what a step did read back. A step that is done has had all its values.
    fn look_at(&mut self, step: &Step, told: Attributes) {
        let Some(have) = self.sides.get(&step.id).map(|sides| sides.have.clone()) else { return };
        // The delete itself waited until nothing was found.
        let was_seen_gone = || kinds::driver(&step.id.kind).is_some_and(|driver| driver.is_gone_once_deleted());
        if step.action == Action::Delete && was_seen_gone() {
            return;
        }
        let written = self.wanted(&step.id).map(|node| Box::new(Written { node, planned_from: have.clone(), told }));
        let name = written.as_ref().map(|written| &written.node.name).or(have.as_ref().map(|have| &have.name)).cloned();
        let Some(name) = name else { return };
        let item = Item { id: step.id.clone(), name, action: step.action, written };
        self.items.insert(step.id.clone(), item.clone());
        if let Some(read_back) = &mut self.read_back {
            read_back.look(item);
        }
    }

    /// A step has ended, in whatever way.
    fn close(&mut self, id: &ResourceId) {
        let Some(left) = self.left.get_mut(&id.kind) else { return };
        *left = left.saturating_sub(1);
        if let Some(read_back) = self.read_back.as_ref().filter(|_| *left == 0) {
            read_back.over(&id.kind);
        }
    }

    /// Leaves out what needs a step that failed or was left out, and what needs that.
    fn skip_hopeless(&mut self, failed: ResourceId) {
        let mut lost = BTreeSet::from([failed]);
        while !lost.is_empty() {
            let mut hopeless: BTreeMap<ResourceId, ResourceId> = BTreeMap::new();
            for because in &lost {
                for id in self.order.dependents(because).iter().filter(|id| self.open.contains_key(id)) {
                    hopeless.entry(id.clone()).or_insert_with(|| because.clone());
                }
            }
            hopeless.iter().for_each(|(id, because)| self.skip(id, &format!("it needs {because}")));
            lost = hopeless.into_keys().collect();
        }
    }

    /// Leaves out what was started and has not sent anything yet: it waits for its turn.
    fn withdraw(&mut self, because: &str) {
        let withdrawn: Vec<ResourceId> = self.running.iter().filter(|(_, step)| step.call.withdraw()).map(|(id, _)| id.clone()).collect();
        for id in withdrawn {
            let Some(Running { step, task, .. }) = self.running.remove(&id) else { continue };
            task.abort();
            self.open.insert(id.clone(), step);
            self.skip(&id, because);
        }
    }

    fn skip_all(&mut self, because: &str) {
        let all: Vec<ResourceId> = self.open.keys().cloned().collect();
        all.iter().for_each(|id| self.skip(id, because));
    }

    fn skip(&mut self, id: &ResourceId, because: &str) {
        if let Some(step) = self.open.remove(id) {
            self.send(&step, EventKind::Skipped(because.to_owned()));
            self.report.outcomes.insert(step.id, (step.action, Outcome::Skipped(because.to_owned())));
            self.close(id);
        }
    }

    pub fn send(&self, step: &Step, kind: EventKind) {
        // The receiver is gone only when nobody watches any more.
        let _ = self.events.send(Event { id: step.id.clone(), action: step.action, kind });
    }
}

fn is_stopped(error: &KindError) -> bool {
    matches!(error, KindError::Stopped { .. } | KindError::Aws(AwsError { failure: Failure::Stopped, .. }))
}

fn names(reference: &Reference, id: &ResourceId) -> bool {
    reference.key == id.name && kinds::driver(&id.kind).is_some_and(|driver| driver.section() == reference.section)
}

/// The attribute that a reference names.
pub fn attribute(attributes: &Known, reference: &Reference) -> Option<String> {
    let driver = kinds::driver_of_section(&reference.section)?;
    attributes.get(&ResourceId::new(driver.name(), &reference.key))?.get(&reference.attribute).cloned()
}
