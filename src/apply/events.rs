//! What happens during an apply, and what it comes to.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Action, Attributes, ResourceId};

/// Something that happened to one resource.
#[derive(Debug, Clone)]
pub struct Event {
    /// The resource.
    pub id: ResourceId,
    /// What is done to it.
    pub action: Action,
    /// What happened.
    pub kind: EventKind,
}

/// Kinds of events.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// Its step began.
    Started,
    /// A call is tried again, and why.
    Retrying(String),
    /// AWS is being waited for, and what for.
    Waiting(String),
    /// Its step succeeded after this time.
    Done(Duration),
    /// Its step failed.
    Failed(String),
    /// Its step was left out, and why.
    Skipped(String),
}

/// What became of a step.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Carried out and read back.
    Done,
    /// Failed: the error, a hint, and whether some of it was written.
    Failed {
        /// What went wrong.
        error: String,
        /// What to do.
        hint: String,
        /// Whether a write had succeeded before.
        wrote: bool,
        /// Whether the credentials were at fault.
        credentials: bool,
    },
    /// Not begun, and why.
    Skipped(String),
}

/// What an apply came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Outcome of every step that was no keep.
    pub outcomes: BTreeMap<ResourceId, (Action, Outcome)>,
    /// Attributes of resources after the apply.
    pub attributes: BTreeMap<ResourceId, Attributes>,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

impl Report {
    /// Number of steps that were carried out.
    pub fn done(&self) -> usize {
        self.outcomes.values().filter(|(_, outcome)| matches!(outcome, Outcome::Done)).count()
    }

    /// Whether every step was carried out.
    pub fn succeeded(&self) -> bool {
        self.done() == self.outcomes.len()
    }

    /// Whether anything was written.
    pub fn wrote(&self) -> bool {
        self.outcomes.values().any(|(_, outcome)| matches!(outcome, Outcome::Done | Outcome::Failed { wrote: true, .. }))
    }

    /// Whether a step failed because of the credentials.
    pub fn credentials_failed(&self) -> bool {
        self.outcomes.values().any(|(_, outcome)| matches!(outcome, Outcome::Failed { credentials: true, .. }))
    }
}
