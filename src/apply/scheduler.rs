//! Which step runs when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::events::{Event, EventKind, Outcome, Report};
use super::step::{self, StepProgress};
use super::verify;
use crate::contract::{KindError, ReadCx, Unpackaged, WriteCx};
use crate::kinds;
use crate::model::plan::{Planned, Sides};
use crate::model::reference::{self, Reference};
use crate::model::{Action, Attributes, ResourceId, Step};

/// What an apply has at hand.
#[derive(Clone)]
pub struct ApplyCx {
    /// For read-backs.
    pub read: ReadCx,
    /// For writes.
    pub write: WriteCx,
    /// Steps at a time.
    pub parallelism: usize,
    /// Becomes true when nothing new is to be started.
    pub stop: watch::Receiver<bool>,
}

/// Why what the user stopped was left out.
const INTERRUPTED: &str = "interrupted";

/// Attributes by address.
type Known = BTreeMap<ResourceId, Attributes>;

struct Run<'a> {
    cx: &'a ApplyCx,
    sides: &'a BTreeMap<ResourceId, Sides>,
    events: UnboundedSender<Event>,
    open: BTreeMap<ResourceId, Step>,
    running: BTreeSet<ResourceId>,
    report: Report,
    attributes: Known,
}

/// Carries out every step of the plan that is no keep, in the order of its needs, and completes the
/// marks of version 0.1 that what is kept carries.
pub async fn apply(cx: &ApplyCx, planned: &Planned, events: UnboundedSender<Event>) -> Report {
    let marks: BTreeSet<&ResourceId> = planned.incomplete_marks().collect();
    let to_do = planned.plan.steps.iter().filter(|step| step.action != Action::Keep || marks.contains(&step.id));
    let open = to_do.map(|step| (step.id.clone(), step.clone())).collect();
    let mut run = Run {
        cx,
        sides: &planned.sides,
        events,
        open,
        running: BTreeSet::new(),
        report: Report::default(),
        attributes: planned.known.clone(),
    };
    run.all().await;
    run.verify().await;
    run.report
}

struct Finished {
    step: Step,
    result: Result<Option<Attributes>, KindError>,
    wrote: bool,
    started: Instant,
}

impl Run<'_> {
    async fn all(&mut self) {
        let mut tasks: JoinSet<Finished> = JoinSet::new();
        loop {
            if *self.cx.stop.borrow() {
                self.report.interrupted = true;
                self.skip_all(INTERRUPTED);
            }
            self.skip_hopeless();
            self.start_ready(&mut tasks);
            match tasks.join_next().await {
                Some(Ok(finished)) => self.finish(finished),
                // A panic in a step: its resource is unknown, everything else goes on.
                Some(Err(error)) => tracing::error!(%error, "a step panicked"),
                None => break,
            }
        }
        for id in std::mem::take(&mut self.running) {
            let outcome = Outcome::Failed {
                error: "the step ended without an answer".into(),
                hint: "run the command again".into(),
                wrote: true,
                credentials: false,
            };
            self.report.outcomes.insert(id, (Action::Update, outcome));
        }
        self.skip_all("it waits for a step that did not end");
    }

    fn start_ready(&mut self, tasks: &mut JoinSet<Finished>) {
        let ready: Vec<ResourceId> =
            self.open.values().filter(|step| step.needs.iter().all(|need| self.is_settled(need))).map(|step| step.id.clone()).collect();
        for id in ready {
            if tasks.len() >= self.cx.parallelism {
                return;
            }
            let Some(step) = self.open.remove(&id) else { continue };
            self.running.insert(id);
            self.start(step, tasks);
        }
    }

    /// Done, kept, or no part of this plan.
    fn is_settled(&self, need: &ResourceId) -> bool {
        let outcome = self.report.outcomes.get(need);
        !self.open.contains_key(need) && !self.running.contains(need) && outcome.is_none_or(|(_, outcome)| matches!(outcome, Outcome::Done))
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
        let write = WriteCx { call: self.cx.write.call.with_progress(Arc::new(progress)), ..self.cx.write.clone() };
        let read = self.cx.read.fresh();
        let wanted_by_others = self.is_referred_to(&step.id);
        let started = Instant::now();
        tasks.spawn(async move {
            let mut result = step::run(&read, &write, driver, &step, &sides).await.map(|()| None);
            if let (Ok(handle), Some(node), true) = (&mut result, &sides.want, wanted_by_others) {
                match driver.read(&read, std::slice::from_ref(&node.name)).await {
                    Ok(mut seen) => *handle = seen.pop().map(|seen| seen.attributes),
                    Err(error) => result = Err(error.into()),
                }
            }
            Finished { step, result, wrote: wrote.load(Ordering::Relaxed), started }
        });
    }

    /// Whether a step that is still open waits for an attribute that only AWS can give.
    fn is_referred_to(&self, id: &ResourceId) -> bool {
        self.open.values().filter(|step| step.needs.contains(id)).any(|step| {
            let mut references = Vec::new();
            if let Some(node) = self.sides.get(&step.id).and_then(|sides| sides.want.as_ref()) {
                reference::references(&node.spec, &mut references);
            }
            references.iter().any(|reference| reference.key == id.name)
        })
    }

    fn finish(&mut self, finished: Finished) {
        let Finished { step, result, wrote, started } = finished;
        self.running.remove(&step.id);
        let outcome = match result {
            Ok(handle) => {
                if let Some(handle) = handle {
                    self.attributes.entry(step.id.clone()).or_default().extend(handle);
                }
                self.send(&step, EventKind::Done(started.elapsed()));
                Outcome::Done
            }
            // Nothing is wrong with it, and nothing of it was written.
            Err(KindError::Unpackaged(Unpackaged::Interrupted)) if !wrote => {
                self.report.interrupted = true;
                self.send(&step, EventKind::Skipped(INTERRUPTED.into()));
                Outcome::Skipped(INTERRUPTED.into())
            }
            Err(error) => {
                self.send(&step, EventKind::Failed(error.to_string()));
                let credentials = matches!(&error, KindError::Aws(error) if error.is_credentials());
                Outcome::Failed { error: error.to_string(), hint: error.hint(), wrote, credentials }
            }
        };
        self.report.outcomes.insert(step.id, (step.action, outcome));
    }

    /// Leaves out what needs something that failed or was left out.
    fn skip_hopeless(&mut self) {
        loop {
            let failed = |id: &&ResourceId| self.report.outcomes.get(*id).is_some_and(|(_, outcome)| !matches!(outcome, Outcome::Done));
            let hopeless: Vec<(ResourceId, ResourceId)> =
                self.open.values().filter_map(|step| Some((step.id.clone(), step.needs.iter().find(failed)?.clone()))).collect();
            if hopeless.is_empty() {
                return;
            }
            for (id, because) in hopeless {
                self.skip(&id, &format!("it needs {because}"));
            }
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

    async fn verify(&mut self) {
        let done = |run: &Self, id: &ResourceId| run.report.outcomes.get(id).is_some_and(|(_, outcome)| matches!(outcome, Outcome::Done));
        let (mut written, mut deleted) = (BTreeMap::new(), BTreeMap::new());
        for (id, sides) in self.sides.iter().filter(|(id, _)| done(self, id)) {
            match (&sides.want, &sides.have) {
                (Some(node), _) => {
                    let mut node = node.clone();
                    reference::resolve(&mut node.spec, &|reference| attribute(&self.attributes, reference));
                    // A step that is done has had all its values.
                    written.insert(id.clone(), node.filled().unwrap_or(node));
                }
                (None, Some(have)) => drop(deleted.insert(id.clone(), have.name.clone())),
                (None, None) => {}
            }
        }
        let failed = |error: String, hint: String| Outcome::Failed { error, hint, wrote: true, credentials: false };
        let tell = |id: &ResourceId, problem: &str| {
            let action = self.report.outcomes.get(id).map_or(Action::Update, |(action, _)| *action);
            let kind = EventKind::Retrying(format!("{problem}; reading again"));
            // The receiver is gone only when nobody watches any more.
            let _ = self.events.send(Event { id: id.clone(), action, kind });
        };
        match verify::verify(&self.cx.read, &written, &deleted, tell).await {
            Ok(verified) => {
                self.attributes.extend(verified.attributes);
                for (id, problem) in verified.problems {
                    let hint = "plan again: another client may be changing the same resource".to_owned();
                    if let Some((_, outcome)) = self.report.outcomes.get_mut(&id) {
                        *outcome = failed(problem, hint);
                    }
                }
            }
            Err(error) => {
                for id in written.keys().chain(deleted.keys()) {
                    if let Some((_, outcome)) = self.report.outcomes.get_mut(id) {
                        *outcome = failed(format!("it could not be read back: {error}"), error.hint());
                    }
                }
            }
        }
        self.report.attributes = std::mem::take(&mut self.attributes);
    }
}

/// The attribute that a reference names.
pub fn attribute(attributes: &Known, reference: &Reference) -> Option<String> {
    let of_section = |id: &ResourceId| kinds::driver(&id.kind).is_some_and(|driver| driver.section() == reference.section);
    let (_, handle) = attributes.iter().find(|(id, _)| id.name == reference.key && of_section(id))?;
    handle.get(&reference.attribute).cloned()
}
