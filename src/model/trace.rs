//! What became of a run's calls in time: for who wants to see where it went. Nothing of what a call carried
//! or answered is in it: names, codes and times alone.

use std::time::Duration;

use super::Cause;

/// A call, or a wait before one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Physical name of the resource, or what is read.
    pub row: String,
    /// What it is.
    pub what: Timed,
    /// When it began, after the run did.
    pub from: Duration,
    /// How long it took.
    pub took: Duration,
}

/// What takes its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timed {
    /// A call.
    Call {
        /// `service:Operation`.
        operation: &'static str,
        /// The how manieth of the same, from 1 on.
        attempt: u32,
        /// Why it failed, if it did: AWS's code, or the kind of failure where there is none.
        failed: Option<String>,
    },
    /// A wait, and what for.
    Wait(Cause),
}
