//! When what was written is read back: each resource once its step has ended, beside the other steps and
//! after them in every line, and again on a clock of its own until it is as it was written. Resources of
//! one kind whose time has come are read together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::critical::{Part, Ran};
use super::events::{Event, EventKind};
use super::spans::{Noting, Spans};
use super::verify::{Item, Problem, Verified, each, judge};
use crate::aws::AwsError;
use crate::contract::ReadCx;
use crate::kinds;
use crate::model::{Cause, ResourceId, Seen, Wait};

/// Pauses between reads of one resource: AWS is eventually consistent, for IAM and SQS up to a minute.
const PAUSES: [u64; 9] = [0, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 20_000];

/// As long as other steps of the kind go on, how long the first of those that are read together waits for
/// more.
const GATHERS: Duration = Duration::from_secs(2);

/// What one read found: by the physical names that it was asked for.
type Answers = BTreeMap<String, Result<Seen, AwsError>>;

enum Message {
    /// This is to be looked at.
    Look(Box<Item>),
    /// No more of this kind will come.
    Over(String),
}

/// A read-back that goes on beside the steps. It ends at once where it is dropped.
pub(super) struct ReadBack {
    sender: Option<UnboundedSender<Message>>,
    task: JoinHandle<Verified>,
    looked_at: Vec<ResourceId>,
}

impl ReadBack {
    /// Times are told from `start` on, waits to `events`.
    pub fn start(cx: &ReadCx, events: &UnboundedSender<Event>, start: Instant) -> Self {
        let (sender, messages) = unbounded_channel();
        let back = Back {
            cx: cx.clone(),
            events: events.clone(),
            start,
            waiting: BTreeMap::new(),
            being_read: BTreeMap::new(),
            reads: JoinSet::new(),
            over: BTreeSet::new(),
            is_closed: false,
            verified: Verified::default(),
        };
        Self { sender: Some(sender), task: tokio::spawn(back.all(messages)), looked_at: Vec::new() }
    }

    /// Looks at this until it is as it was written.
    pub fn look(&mut self, item: Item) {
        self.looked_at.push(item.id.clone());
        self.send(Message::Look(Box::new(item)));
    }

    /// Waits no longer for others of this kind.
    pub fn over(&self, kind: &str) {
        self.send(Message::Over(kind.to_owned()));
    }

    /// What was found, once all is looked at.
    pub async fn end(mut self) -> Verified {
        self.sender = None;
        (&mut self.task).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the read-back panicked");
            let unread = |id: &ResourceId| (id.clone(), without_answer());
            Verified { problems: self.looked_at.iter().map(unread).collect(), ..Verified::default() }
        })
    }

    fn send(&self, message: Message) {
        // Where it panicked, its end says so.
        let _ = self.sender.as_ref().map(|sender| sender.send(message));
    }
}

impl Drop for ReadBack {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn without_answer() -> Problem {
    Problem::Differs("its read-back ended without an answer".to_owned())
}

/// A resource that is looked at.
struct Looking {
    item: Item,
    since: Instant,
    /// How often it was read.
    reads: usize,
    due: Instant,
    last: Option<Problem>,
    waits: BTreeMap<Cause, Duration>,
}

struct Back {
    cx: ReadCx,
    events: UnboundedSender<Event>,
    start: Instant,
    waiting: BTreeMap<ResourceId, Looking>,
    being_read: BTreeMap<ResourceId, Looking>,
    reads: JoinSet<(Vec<ResourceId>, Answers, Spans)>,
    /// Kinds of which no more come.
    over: BTreeSet<String>,
    is_closed: bool,
    verified: Verified,
}

impl Back {
    async fn all(mut self, mut messages: UnboundedReceiver<Message>) -> Verified {
        while !(self.is_closed && self.waiting.is_empty() && self.reads.is_empty()) {
            let due = self.waiting.values().map(|looking| looking.due).min();
            tokio::select! {
                message = messages.recv(), if !self.is_closed => match message {
                    Some(Message::Look(item)) => self.look(*item),
                    Some(Message::Over(kind)) => {
                        self.hurry(|looking| looking.item.id.kind == kind);
                        self.over.insert(kind);
                    }
                    None => {
                        self.is_closed = true;
                        self.hurry(|_| true);
                    }
                },
                Some(read) = self.reads.join_next() => match read {
                    Ok((ids, answers, spans)) => self.hear(ids, &answers, &spans),
                    // Its resources are left in `being_read`.
                    Err(error) => tracing::error!(%error, "a read-back panicked"),
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.read_due(),
            }
        }
        self.verified.problems.extend(self.being_read.into_keys().map(|id| (id, without_answer())));
        self.verified
    }

    fn look(&mut self, item: Item) {
        let now = Instant::now();
        let is_last = self.is_closed || self.over.contains(&item.id.kind);
        let due = if is_last { now } else { now + GATHERS };
        self.waiting.insert(item.id.clone(), Looking { item, since: now, reads: 0, due, last: None, waits: BTreeMap::new() });
    }

    /// What gathers is read now.
    fn hurry(&mut self, which: impl Fn(&Looking) -> bool) {
        let now = Instant::now();
        self.waiting.values_mut().filter(|looking| looking.reads == 0 && which(looking)).for_each(|looking| looking.due = now);
    }

    /// Reads what is due, and with it what of the same kind waits for others of its kind.
    fn read_due(&mut self) {
        let now = Instant::now();
        let kinds: BTreeSet<String> =
            self.waiting.values().filter(|looking| looking.due <= now).map(|looking| looking.item.id.kind.clone()).collect();
        for kind in kinds {
            let is_meant = |id: &ResourceId, looking: &mut Looking| id.kind == kind && (looking.due <= now || looking.reads == 0);
            let group: Vec<(ResourceId, Looking)> = self.waiting.extract_if(.., is_meant).collect();
            let ids: Vec<ResourceId> = group.iter().map(|(id, _)| id.clone()).collect();
            let names: Vec<String> = group.iter().map(|(_, looking)| looking.item.name.clone()).collect();
            self.being_read.extend(group);
            let Some(driver) = kinds::driver(&kind) else { continue };
            let spans = Spans::default();
            let noting = Noting { spans: spans.clone(), inner: self.cx.call.progress() };
            // Answers that one run may share are from before the writes.
            let cx = self.cx.through(self.cx.call.with_progress(Arc::new(noting)));
            self.reads.spawn(async move {
                let answers = each(&cx, driver, &names).await;
                (ids, answers, spans)
            });
        }
    }

    fn hear(&mut self, ids: Vec<ResourceId>, answers: &Answers, spans: &Spans) {
        for id in ids {
            let (Some(driver), Some(mut looking)) = (kinds::driver(&id.kind), self.being_read.remove(&id)) else { continue };
            for (cause, time) in spans.waits() {
                *looking.waits.entry(cause).or_default() += time;
            }
            let seen = answers.get(&looking.item.name);
            if let (Some(Ok(seen)), Some(_)) = (seen, &looking.item.written) {
                self.verified.attributes.insert(id.clone(), seen.attributes.clone());
            }
            match judge(&self.cx.scope, driver, &looking.item, seen) {
                Some(problem) => self.again_or_end(id, looking, problem),
                None => self.end(id, looking, None),
            }
        }
    }

    fn again_or_end(&mut self, id: ResourceId, mut looking: Looking, problem: Problem) {
        looking.reads += 1;
        let so_far = Duration::from_millis(PAUSES.iter().take(looking.reads).sum());
        let is_final = problem.is_final(looking.last.as_ref(), so_far);
        let Some(pause) = PAUSES.get(looking.reads).map(|pause| Duration::from_millis(*pause)).filter(|_| !is_final) else {
            return self.end(id, looking, Some(problem));
        };
        let (why, bound) = (format!("{}; reading again", problem.text()), Duration::from_millis(PAUSES.iter().sum()));
        let wait = Wait { why, what: id.name.clone(), so_far, bound: Some(bound), is_retry: true };
        // The receiver is gone only when nobody watches any more.
        let _ = self.events.send(Event { id: id.clone(), action: looking.item.action, kind: EventKind::Waiting(wait) });
        *looking.waits.entry(Cause::Propagation("AWS does not show yet what was written".to_owned())).or_default() += pause;
        looking.last = Some(problem);
        looking.due = Instant::now() + pause;
        self.waiting.insert(id, looking);
    }

    fn end(&mut self, id: ResourceId, looking: Looking, problem: Option<Problem>) {
        self.verified.ran.push(Ran {
            id: id.clone(),
            action: looking.item.action,
            part: Part::ReadBack,
            needs: Vec::new(),
            from: looking.since - self.start,
            to: self.start.elapsed(),
            waits: looking.waits.into_iter().collect(),
        });
        self.verified.problems.extend(problem.map(|problem| (id, problem)));
    }
}
