//! One step of a plan.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::events::{Event, EventKind};
use super::recovery;
use super::spans::Spans;
use crate::aws::{Op, Progress};
use crate::contract::{Driver, KindError, ReadCx, read_as_meant};
use crate::model::plan::Sides;
use crate::model::{Action, Attributes, Cause, Node, ResourceId, Seen, Step, Stored, Wait, reference, stored};

/// Sends what one step tells as events, and notes where its time goes.
pub(super) struct StepProgress {
    pub id: ResourceId,
    pub action: Action,
    pub events: UnboundedSender<Event>,
    pub wrote: Arc<AtomicBool>,
    pub spans: Spans,
}

impl StepProgress {
    fn send(&self, kind: EventKind) {
        // The receiver is gone only when nobody watches any more.
        let _ = self.events.send(Event { id: self.id.clone(), action: self.action, kind });
    }
}

impl Progress for StepProgress {
    fn waiting(&self, wait: &Wait) {
        self.send(EventKind::Waiting(wait.clone()));
    }

    fn answered(&self, op: &Op) {
        if op.writes {
            self.wrote.store(true, Ordering::Relaxed);
        }
    }

    fn noted(&self, what: &str) {
        self.send(EventKind::Noted(what.to_owned()));
    }

    fn begun(&self) {
        if self.spans.begin() {
            self.send(EventKind::Started);
        }
    }

    fn sent(&self, _op: &Op) {
        self.spans.sent();
    }

    fn waited(&self, since: Instant, cause: Cause) {
        self.spans.waited(since, cause);
    }
}

/// Does what the step says. `sides.want` has its references resolved. Returns the attributes that
/// AWS's answers told.
pub(super) async fn run(cx: &recovery::Cx<'_>, step: &Step, sides: &Sides) -> Result<Attributes, KindError> {
    if let Some(node) = &sides.want {
        let mut open = Vec::new();
        reference::references(&node.spec, &mut open);
        if let Some(reference) = open.iter().find(|reference| crate::kinds::driver_of_section(&reference.section).is_some()) {
            return Err(KindError::Unknown { what: reference.to_string(), name: node.name.clone() });
        }
    }
    let unread = |node: &Node, stored: Stored| KindError::Unknown { what: stored.to_string(), name: node.name.clone() };
    let want = sides.want.as_ref().map(|node| node.filled().map_err(|stored| unread(node, stored))).transpose()?;
    let done = carry_out(cx, step, want.as_ref(), sides.have.as_ref()).await;
    // An answer of AWS may quote what it was sent.
    done.map_err(|error| match &want {
        Some(node) => error.without(&|message| stored::hidden_in(message, &node.stored)),
        None => error,
    })
}

async fn carry_out(cx: &recovery::Cx<'_>, step: &Step, want: Option<&Node>, have: Option<&Seen>) -> Result<Attributes, KindError> {
    let recovery::Cx { write, driver, .. } = cx;
    match (step.action, want, have) {
        (Action::Create, Some(node), _) => cx.recover(node, None, driver.create(write, node).await).await,
        (Action::Update | Action::Adopt, Some(node), Some(have)) => {
            cx.recover(node, Some(have), driver.update(write, node, have).await).await
        }
        (Action::Replace, Some(node), Some(have)) => {
            driver.delete(write, have).await?;
            cx.recover(node, None, driver.create(write, node).await).await
        }
        (Action::Delete, _, Some(have)) => driver.delete(write, have).await.map(|()| Attributes::new()),
        (Action::Release, _, Some(have)) => driver.release(write, have).await.map(|()| Attributes::new()),
        (Action::Keep, _, Some(have)) => driver.complete_mark(write, have).await.map(|()| Attributes::new()),
        _ => Ok(Attributes::new()),
    }
}

/// Pauses between reads of what is there and does not tell all of itself yet.
const PAUSES: [u64; 8] = [0, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000];

/// What is known of a resource that was written: what the answers told, and where others wait for
/// more, what a read tells.
///
/// # Errors
/// It cannot be read.
pub(super) async fn attributes(
    read: &ReadCx,
    driver: &dyn Driver,
    node: &Node,
    told: &Attributes,
    wanted: &BTreeSet<String>,
) -> Result<Attributes, KindError> {
    let mut known = told.clone();
    let bound = Duration::from_millis(PAUSES.iter().sum());
    let mut so_far = Duration::ZERO;
    for pause in PAUSES.map(Duration::from_millis) {
        let Some(missing) = wanted.iter().find(|name| !known.contains_key(*name)) else { break };
        let why = format!("AWS does not show its {missing} yet");
        let wait = Wait { why, what: node.name.clone(), so_far, bound: Some(bound), is_retry: false };
        if let Some(why) = read.call.pause(pause, &wait).await {
            return Err(KindError::Stopped { why, wait: wait.to_string() });
        }
        so_far += pause;
        let seen = read_as_meant(driver, read, node).await?;
        // What was told is newer than what a read shows.
        known = seen.map(|seen| seen.attributes).unwrap_or_default();
        known.extend(told.clone());
    }
    Ok(known)
}
