//! Waits of reads that belong to no step.

use crate::aws::{Op, Progress};
use crate::model::Wait;
use crate::report;

/// Tells them, unless the user wants no progress.
pub struct Waits {
    /// Whether progress is kept back.
    pub quiet: bool,
}

impl Progress for Waits {
    fn waiting(&self, wait: &Wait) {
        if !self.quiet {
            report::waits::tell(wait);
        }
    }

    fn answered(&self, _op: &Op) {}

    fn noted(&self, what: &str) {
        if !self.quiet {
            report::note(what);
        }
    }
}
