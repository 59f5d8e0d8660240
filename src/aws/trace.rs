//! Keeps what becomes of a run's calls in time.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::model::{Span, Timed};

/// A record of calls and of the waits between them, which callers share.
#[derive(Debug)]
pub struct Trace {
    start: Instant,
    spans: Mutex<Vec<Span>>,
}

impl Trace {
    /// One that begins now.
    pub fn begin() -> Self {
        Self { start: Instant::now(), spans: Mutex::default() }
    }

    /// Adds what began then and ended just now.
    pub fn add(&self, row: &str, since: Instant, what: Timed) {
        let span = Span { row: row.to_owned(), what, from: since.saturating_duration_since(self.start), took: since.elapsed() };
        // Nothing panics between its parts.
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    }

    /// All of it so far.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
