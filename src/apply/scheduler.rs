//! Which step runs when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::events::{Event, EventKind, Fault, Outcome, Report};
use super::order::Order;
use super::step::{self, StepProgress};
use super::strangers::{are_beside_guard, paths};
use super::verify::{self, Done, Problem, Verified};
use crate::contract::{Driver, KindError, ReadCx, Unpackaged, WriteCx};
use crate::kinds;
use crate::model::plan::{Planned, Sides};
use crate::model::reference::{self, Reference};
use crate::model::{Action, Attributes, Node, ResourceId, Seen, Step, Stop, Wait};

/// How often a run writes once more what another one, which lost, wrote over it.
const REWRITES: usize = 2;

/// What an apply has at hand.
#[derive(Clone)]
pub struct ApplyCx {
    /// For read-backs.
    pub read: ReadCx,
    /// For writes.
    pub write: WriteCx,
    /// Steps at a time.
    pub parallelism: usize,
    /// Says when nothing new is to be started, and why.
    pub stop: watch::Receiver<Option<Stop>>,
}

/// Attributes by address.
type Known = BTreeMap<ResourceId, Attributes>;

struct Run<'a> {
    cx: &'a ApplyCx,
    sides: &'a BTreeMap<ResourceId, Sides>,
    events: UnboundedSender<Event>,
    open: BTreeMap<ResourceId, Step>,
    order: Order,
    running: BTreeSet<ResourceId>,
    report: Report,
    attributes: Known,
    /// What AWS's answers to the writes told.
    told: Known,
}

/// Carries out every step of the plan that is no keep, in the order of its needs, and completes the
/// marks of version 0.1 that what is kept carries.
pub async fn apply(cx: &ApplyCx, planned: &Planned, events: UnboundedSender<Event>) -> Report {
    let marks: BTreeSet<&ResourceId> = planned.incomplete_marks().collect();
    let to_do = planned.plan.steps.iter().filter(|step| step.action != Action::Keep || marks.contains(&step.id));
    let open = to_do.map(|step| (step.id.clone(), step.clone())).collect();
    let order = Order::of(&open);
    let mut run = Run {
        cx,
        sides: &planned.sides,
        events,
        open,
        order,
        running: BTreeSet::new(),
        report: Report::default(),
        attributes: planned.known.clone(),
        told: Known::new(),
    };
    run.all().await;
    run.verify().await;
    run.report
}

struct Finished {
    step: Step,
    result: Result<Attributes, KindError>,
    wrote: bool,
    started: Instant,
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
                self.skip_all("another apply was faster");
            }
            self.start_ready(&mut tasks);
            match tasks.join_next().await {
                Some(Ok(finished)) => self.finish(finished),
                // A panic in a step: its resource is unknown, everything else goes on.
                Some(Err(error)) => tracing::error!(%error, "a step panicked"),
                None => break,
            }
        }
        for id in std::mem::take(&mut self.running) {
            self.report.wrote = true;
            let outcome = Outcome::Failed {
                error: "the step ended without an answer".into(),
                hint: "run the command again".into(),
                fault: Fault::Other,
            };
            self.report.outcomes.insert(id, (Action::Update, outcome));
        }
        self.skip_all("it waits for a step that did not end");
    }

    fn start_ready(&mut self, tasks: &mut JoinSet<Finished>) {
        while tasks.len() < self.cx.parallelism {
            let Some(id) = self.order.next() else { return };
            let Some(step) = self.open.remove(&id) else { continue };
            self.running.insert(id);
            self.start(step, tasks);
        }
    }

    fn start(&mut self, step: Step, tasks: &mut JoinSet<Finished>) {
        self.send(&step, EventKind::Started);
        let Some(driver) = kinds::driver(&step.id.kind) else { return };
        let mut sides = self.sides.get(&step.id).cloned().unwrap_or(Sides { want: None, have: None });
        if let Some(node) = &mut sides.want {
            reference::resolve(&mut node.spec, &|reference| attribute(&self.attributes, reference));
        }
        let wrote = Arc::new(AtomicBool::new(false));
        let progress = StepProgress { id: step.id.clone(), action: step.action, events: self.events.clone(), wrote: Arc::clone(&wrote) };
        let call = self.cx.write.call.with_progress(Arc::new(progress)).until(self.cx.stop.clone());
        let read = self.cx.read.through(call.clone());
        let write = WriteCx { call, ..self.cx.write.clone() };
        let wanted = self.wanted_of(&step.id);
        let started = Instant::now();
        tasks.spawn(async move {
            let mut result = step::run(&read, &write, driver, &step, &sides).await;
            if let (Ok(told), Some(node)) = (&result, &sides.want) {
                result = step::attributes(&read, driver, node, told, &wanted).await;
            }
            Finished { step, result, wrote: wrote.load(Ordering::Relaxed), started }
        });
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
        let Finished { step, result, wrote, started } = finished;
        self.running.remove(&step.id);
        self.report.wrote |= wrote;
        let outcome = match result {
            Ok(told) => {
                self.attributes.entry(step.id.clone()).or_default().extend(told.clone());
                self.told.insert(step.id.clone(), told);
                self.send(&step, EventKind::Done(started.elapsed()));
                self.order.done(&step.id);
                Outcome::Done
            }
            // Nothing is wrong with it, and nothing of it was written.
            Err(KindError::Unpackaged(Unpackaged::Interrupted)) if !wrote => {
                self.report.stopped = Some(Stop::Interrupted);
                self.send(&step, EventKind::Skipped(Stop::Interrupted.to_string()));
                Outcome::Skipped(Stop::Interrupted.to_string())
            }
            Err(error) => {
                self.send(&step, EventKind::Failed);
                if let KindError::Stopped { why, .. } = &error {
                    self.report.stopped = Some(*why);
                }
                let fault = match &error {
                    KindError::Aws(error) if error.is_credentials() => Fault::Credentials,
                    KindError::Overtaken { .. } => Fault::Overtaken,
                    _ => Fault::Other,
                };
                Outcome::Failed { error: error.to_string(), hint: error.hint(), fault }
            }
        };
        let is_done = matches!(outcome, Outcome::Done);
        self.report.outcomes.insert(step.id.clone(), (step.action, outcome));
        if !is_done {
            self.skip_hopeless(step.id);
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

    fn skip_all(&mut self, because: &str) {
        let all: Vec<ResourceId> = self.open.keys().cloned().collect();
        all.iter().for_each(|id| self.skip(id, because));
    }

    fn skip(&mut self, id: &ResourceId, because: &str) {
        if let Some(step) = self.open.remove(id) {
            self.send(&step, EventKind::Skipped(because.to_owned()));
            self.report.outcomes.insert(step.id, (step.action, Outcome::Skipped(because.to_owned())));
        }
    }

    fn send(&self, step: &Step, kind: EventKind) {
        // The receiver is gone only when nobody watches any more.
        let _ = self.events.send(Event { id: step.id.clone(), action: step.action, kind });
    }

    /// Reads back. Where two applies met, what AWS guards decides which of them wins, and the other one
    /// stops: what the winner finds overwritten that has no guard, it writes once more.
    async fn verify(&mut self) {
        let mut done = self.done();
        let mut verified = Verified::default();
        let mut rewrites = 0..=REWRITES;
        while self.report.stopped.is_none() && rewrites.next().is_some() && !(done.written.is_empty() && done.deleted.is_empty()) {
            match self.read_back(&done).await {
                Ok(more) => verified.add(&done, more),
                Err(why) => self.report.stopped = Some(why),
            }
            done = if self.has_won(&verified) && !rewrites.is_empty() {
                self.write_once_more(&done, &mut verified).await
            } else {
                Done::default()
            };
        }
        if self.report.stopped.is_none() {
            self.take(verified);
        }
        self.report.attributes = std::mem::take(&mut self.attributes);
    }

    /// What a read-back finds, or why the run ended while it read: nothing is in flight then.
    async fn read_back(&self, done: &Done) -> Result<Verified, Stop> {
        let mut stop = self.cx.stop.clone();
        tokio::select! {
            verified = verify::verify(&self.cx.read, done.clone(), |id, wait| self.tell(id, wait)) => Ok(verified),
            // An error says that nobody can say stop any more, and then the other one ends.
            Ok(why) = stop.wait_for(Option::is_some) => Err((*why).unwrap_or(Stop::Interrupted)),
        }
    }

    /// Writes what somebody else wrote over, and gives what is to be read back of it.
    async fn write_once_more(&self, done: &Done, verified: &mut Verified) -> Done {
        let mut again = Done { told: self.told.clone(), ..Done::default() };
        let lost: Vec<(Node, Seen)> =
            verified.overtaken().filter_map(|(id, seen)| Some((done.written.get(id)?.clone(), seen.clone()))).collect();
        let write = WriteCx { call: self.cx.write.call.until(self.cx.stop.clone()), ..self.cx.write.clone() };
        for (node, seen) in lost {
            let Some(driver) = kinds::driver(&node.id.kind) else { continue };
            let why = "another apply wrote it too, and lost; writing it once more".to_owned();
            self.tell(&node.id, Wait { why, what: node.name.clone(), so_far: Duration::ZERO, bound: None, is_retry: true });
            match driver.update(&write, &node, &seen).await {
                Ok(_) => {
                    again.planned_from.insert(node.id.clone(), seen);
                    again.written.insert(node.id.clone(), node);
                }
                Err(error) => {
                    let text = format!("another apply wrote it too, and it could not be written once more: {error}");
                    verified.problems.insert(node.id, Problem::Differs(text));
                }
            }
        }
        again
    }

    fn tell(&self, id: &ResourceId, wait: Wait) {
        let action = self.report.outcomes.get(id).map_or(Action::Update, |(action, _)| *action);
        // The receiver is gone only when nobody watches any more.
        let _ = self.events.send(Event { id: id.clone(), action, kind: EventKind::Waiting(wait) });
    }

    /// Whether this run wrote something guarded, all of which is as it wrote it.
    fn has_won(&self, verified: &Verified) -> bool {
        let guarded = |id: &ResourceId| kinds::driver(&id.kind).filter(|driver| driver.beside_guard().is_some());
        let mut written = self.report.outcomes.iter().filter_map(|(id, (_, outcome))| Some((guarded(id)?, id, outcome))).peekable();
        let is_ours = |(driver, id, outcome): (&dyn Driver, &ResourceId, &Outcome)| {
            matches!(outcome, Outcome::Done)
                && match verified.problems.get(id) {
                    None => true,
                    Some(Problem::Overtaken(changes, _)) => are_beside_guard(driver, &paths(changes)),
                    Some(Problem::Differs(_) | Problem::Unread(_)) => false,
                }
        };
        written.peek().is_some() && written.all(is_ours)
    }

    /// What was done, to be read back.
    fn done(&self) -> Done {
        let is_done = |id: &ResourceId| self.report.outcomes.get(id).is_some_and(|(_, outcome)| matches!(outcome, Outcome::Done));
        let mut done = Done { told: self.told.clone(), ..Done::default() };
        for (id, sides) in self.sides.iter().filter(|(id, _)| is_done(id)) {
            match (&sides.want, &sides.have) {
                (Some(node), have) => {
                    done.planned_from.extend(have.clone().map(|have| (id.clone(), have)));
                    let mut node = node.clone();
                    reference::resolve(&mut node.spec, &|reference| attribute(&self.attributes, reference));
                    // A step that is done has had all its values.
                    done.written.insert(id.clone(), node.filled().unwrap_or(node));
                }
                (None, Some(have)) if !self.was_seen_gone(id) => drop(done.deleted.insert(id.clone(), have.name.clone())),
                (None, _) => {}
            }
        }
        done
    }

    /// Whether the delete itself waited until nothing was found. What was released is still there.
    fn was_seen_gone(&self, id: &ResourceId) -> bool {
        let deleted = matches!(self.report.outcomes.get(id), Some((Action::Delete, Outcome::Done)));
        deleted && kinds::driver(&id.kind).is_some_and(|driver| driver.is_gone_once_deleted())
    }

    /// What the read-back found: what is not as it was written has failed.
    fn take(&mut self, verified: Verified) {
        let Verified { attributes, problems } = verified;
        for (id, seen) in attributes {
            let told = self.told.get(&id).cloned().unwrap_or_default();
            let known = self.attributes.entry(id).or_default();
            known.extend(seen);
            known.extend(told);
        }
        for (id, problem) in problems {
            let outcome = match problem {
                Problem::Overtaken(changes, _) if verify::is_kept_in_another_form(&changes) => {
                    let error = format!("AWS keeps it in another form: {}", verify::sides(&changes));
                    let hint = "write it in the stack file as AWS keeps it, then plan again".to_owned();
                    Outcome::Failed { error, hint, fault: Fault::Other }
                }
                Problem::Overtaken(changes, _) => {
                    let hint = KindError::Overtaken { fields: paths(&changes) }.hint();
                    // Nobody can tell the two apart.
                    let why = "another apply was faster, or AWS keeps it in another form";
                    let error = format!("{}; {why}", verify::shows_other(&verify::sides(&changes)));
                    Outcome::Failed { error, hint, fault: Fault::Overtaken }
                }
                Problem::Differs(error) => {
                    let hint = "plan again: another client may be changing the same resource".to_owned();
                    Outcome::Failed { error, hint, fault: Fault::Other }
                }
                Problem::Unread(error) => {
                    let fault = if error.is_credentials() { Fault::Credentials } else { Fault::Other };
                    Outcome::Failed { error: format!("it was written, and could not be read back: {error}"), hint: error.hint(), fault }
                }
            };
            let action = self.report.outcomes.get(&id).map_or(Action::Update, |(action, _)| *action);
            self.report.outcomes.insert(id, (action, outcome));
        }
    }
}

fn names(reference: &Reference, id: &ResourceId) -> bool {
    reference.key == id.name && kinds::driver(&id.kind).is_some_and(|driver| driver.section() == reference.section)
}

/// The attribute that a reference names.
pub fn attribute(attributes: &Known, reference: &Reference) -> Option<String> {
    let driver = kinds::driver_of_section(&reference.section)?;
    attributes.get(&ResourceId::new(driver.name(), &reference.key))?.get(&reference.attribute).cloned()
}
