//! One step of a plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use super::events::{Event, EventKind};
use crate::aws::{AwsError, Op, Progress};
use crate::contract::{Driver, KindError, ReadCx, WriteCx};
use crate::model::plan::{Comparison, Sides};
use crate::model::{Action, Node, Owner, ResourceId, Seen, Step, Stored, reference, stored};

/// Sends the pauses of one step as events.
pub(super) struct StepProgress {
    pub id: ResourceId,
    pub action: Action,
    pub events: UnboundedSender<Event>,
    pub wrote: Arc<AtomicBool>,
}

impl StepProgress {
    fn send(&self, kind: EventKind) {
        // The receiver is gone only when nobody watches any more.
        let _ = self.events.send(Event { id: self.id.clone(), action: self.action, kind });
    }
}

impl Progress for StepProgress {
    fn retrying(&self, reason: &str) {
        self.send(EventKind::Retrying(reason.to_owned()));
    }

    fn waiting(&self, reason: &str) {
        self.send(EventKind::Waiting(reason.to_owned()));
    }

    fn answered(&self, op: &Op) {
        if op.writes {
            self.wrote.store(true, Ordering::Relaxed);
        }
    }
}

/// Does what the step says. `sides.want` has its references resolved.
pub(super) async fn run(read: &ReadCx, write: &WriteCx, driver: &dyn Driver, step: &Step, sides: &Sides) -> Result<(), KindError> {
    if let Some(node) = &sides.want {
        let mut open = Vec::new();
        reference::references(&node.spec, &mut open);
        if let Some(reference) = open.iter().find(|reference| crate::kinds::driver_of_section(&reference.section).is_some()) {
            return Err(KindError::Unknown { what: reference.to_string(), name: node.name.clone() });
        }
    }
    let unread = |node: &Node, stored: Stored| KindError::Unknown { what: stored.to_string(), name: node.name.clone() };
    let want = sides.want.as_ref().map(|node| node.filled().map_err(|stored| unread(node, stored))).transpose()?;
    let done = carry_out(read, write, driver, step, want.as_ref(), sides.have.as_ref()).await;
    // An answer of AWS may quote what it was sent.
    done.map_err(|error| match &want {
        Some(node) => error.without(&|message| stored::hidden_in(message, &node.stored)),
        None => error,
    })
}

async fn carry_out(
    read: &ReadCx,
    write: &WriteCx,
    driver: &dyn Driver,
    step: &Step,
    want: Option<&Node>,
    have: Option<&Seen>,
) -> Result<(), KindError> {
    match (step.action, want, have) {
        (Action::Create, Some(node), _) => create(read, write, driver, node).await,
        (Action::Update | Action::Adopt, Some(node), Some(have)) => match driver.update(write, node, have).await {
            Err(KindError::Aws(error)) if may_be_done(&error) => recover(read, write, driver, node, error).await,
            other => other,
        },
        (Action::Replace, Some(node), Some(have)) => {
            driver.delete(write, have).await?;
            create(read, write, driver, node).await
        }
        (Action::Delete, _, Some(have)) => driver.delete(write, have).await,
        (Action::Release, _, Some(have)) => driver.release(write, have).await,
        (Action::Keep, _, Some(have)) => driver.complete_mark(write, have).await,
        _ => Ok(()),
    }
}

/// Whether what was asked may be done although the call failed: it was there already, or the answer
/// was lost.
fn may_be_done(error: &AwsError) -> bool {
    error.already_exists() || error.unanswered
}

/// How often a resource whose writes keep losing their answers is read and brought further.
const RECOVERIES: usize = 4;

async fn create(read: &ReadCx, write: &WriteCx, driver: &dyn Driver, node: &Node) -> Result<(), KindError> {
    match driver.create(write, node).await {
        Err(KindError::Aws(error)) if may_be_done(&error) => recover(read, write, driver, node, error).await,
        other => other,
    }
}

/// Reads what is there: ours is brought to the desired state, what is missing is made, and only what
/// is not ours is a failure.
async fn recover(read: &ReadCx, write: &WriteCx, driver: &dyn Driver, node: &Node, first: AwsError) -> Result<(), KindError> {
    let mut error = first;
    for _ in 0..RECOVERIES {
        let found = driver.read(&read.fresh(), std::slice::from_ref(&node.name)).await?.pop();
        let result = match found {
            Some(seen) if seen.owner.is_ours() => converge(write, driver, node, &seen).await,
            Some(_) if error.already_exists() => return Err(taken(&error, node).into()),
            None if error.unanswered => driver.create(write, node).await,
            _ => return Err(error.into()),
        };
        match result {
            Err(KindError::Aws(next)) if may_be_done(&next) => error = next,
            other => return other,
        }
    }
    Err(error.into())
}

async fn converge(write: &WriteCx, driver: &dyn Driver, node: &Node, seen: &Seen) -> Result<(), KindError> {
    let Comparison { changes, .. } = driver.compare(&node.spec, seen, node.artifact.as_ref())?;
    if changes.is_empty() && seen.owner == Owner::Ours { Ok(()) } else { driver.update(write, node, seen).await }
}

fn taken(error: &AwsError, node: &Node) -> AwsError {
    AwsError {
        message: format!("{} was made by somebody else since the plan; plan again, and take it over with --adopt", node.name),
        ..error.clone()
    }
}
