//! What happens during an apply, and what it comes to.

use std::collections::BTreeMap;
use std::time::Duration;

use super::critical::Explained;
use crate::model::{Action, Attributes, ResourceId, Stop, Wait};

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
    /// Its step does something: it makes a zip, or its first call goes out.
    Started,
    /// Something is waited for.
    Waiting(Wait),
    /// Something was found that somebody should know.
    Noted(String),
    /// Its step succeeded, this long after that.
    Done(Duration),
    /// Its step failed. Why is in its outcome.
    Failed,
    /// Nothing is wrong with its step: the run ended while it was waited for.
    Stopped(Stop),
    /// Its step was left out, and why.
    Skipped(String),
}

/// What became of a step.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Carried out and read back.
    Done,
    /// Failed: the error and a hint.
    Failed {
        /// What went wrong.
        error: String,
        /// What to do.
        hint: String,
        /// What was at fault.
        fault: Fault,
        /// What is the same where others failed alike: the error without whom it is about.
        cause: String,
    },
    /// Not begun, and why.
    Skipped(String),
}

/// What was at fault, as far as the exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The credentials.
    Credentials,
    /// Another apply was faster.
    Overtaken,
    /// It was written, and AWS shows something else for as long as it was read back.
    NotKept,
    /// The run ended while it was waited for.
    Stopped(Stop),
    /// Anything else.
    Other,
}

/// What an apply came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Outcome of every step that was no keep.
    pub outcomes: BTreeMap<ResourceId, (Action, Outcome)>,
    /// Attributes of resources after the apply.
    pub attributes: BTreeMap<ResourceId, Attributes>,
    /// Why it ended early, where it did.
    pub stopped: Option<Stop>,
    /// Whether anything was written: a step that found all of it done by somebody else wrote nothing.
    pub wrote: bool,
    /// Where its time went.
    pub explained: Explained,
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

    /// Whether a step failed for this.
    pub fn failed_by(&self, wanted: Fault) -> bool {
        self.outcomes.values().any(|(_, outcome)| matches!(outcome, Outcome::Failed { fault, .. } if *fault == wanted))
    }
}
