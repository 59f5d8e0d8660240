//! Where the time of a step went: when it began, and what it waited for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::aws::{Op, Progress};
use crate::model::{Cause, Wait};

/// Waits by their cause, each from when to when. Calls of one step may wait beside each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Spans(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    begun: Option<Instant>,
    has_sent: bool,
    waits: BTreeMap<Cause, Vec<(Instant, Instant)>>,
}

impl Spans {
    /// Something is done. Returns whether it is the first.
    pub fn begin(&self) -> bool {
        let mut noted = self.lock();
        let is_first = noted.begun.is_none();
        noted.begun.get_or_insert_with(Instant::now);
        is_first
    }

    /// A call goes out.
    pub fn sent(&self) {
        self.lock().has_sent = true;
    }

    /// Something was waited for since then until now.
    pub fn waited(&self, since: Instant, cause: Cause) {
        self.lock().waits.entry(cause).or_default().push((since, Instant::now()));
    }

    /// When something was done first.
    pub fn begun(&self) -> Option<Instant> {
        self.lock().begun
    }

    /// Whether any call went out.
    pub fn has_sent(&self) -> bool {
        self.lock().has_sent
    }

    /// How long each was waited for; what was waited for twice at a time counts once.
    pub fn waits(&self) -> Vec<(Cause, Duration)> {
        self.lock().waits.iter().map(|(cause, spans)| (cause.clone(), length(spans))).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Noted> {
        // Whatever happened to who noted something, what it noted is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn length(spans: &[(Instant, Instant)]) -> Duration {
    let mut spans = spans.to_vec();
    spans.sort();
    let mut until: Option<Instant> = None;
    let mut length = Duration::ZERO;
    for (from, to) in spans {
        length += to.saturating_duration_since(until.map_or(from, |until| until.max(from)));
        until = Some(until.map_or(to, |until| until.max(to)));
    }
    length
}

/// Notes what calls wait for, and passes on what is told of them.
pub(super) struct Noting {
    pub spans: Spans,
    pub inner: Option<Arc<dyn Progress>>,
}

impl Progress for Noting {
    fn waiting(&self, wait: &Wait) {
        if let Some(inner) = &self.inner {
            inner.waiting(wait);
        }
    }

    fn answered(&self, op: &Op) {
        if let Some(inner) = &self.inner {
            inner.answered(op);
        }
    }

    fn noted(&self, what: &str) {
        if let Some(inner) = &self.inner {
            inner.noted(what);
        }
    }

    fn begun(&self) {
        if let Some(inner) = &self.inner {
            inner.begun();
        }
    }

    fn sent(&self, op: &Op) {
        if let Some(inner) = &self.inner {
            inner.sent(op);
        }
    }

    fn waited(&self, since: Instant, cause: Cause) {
        self.spans.waited(since, cause.clone());
        if let Some(inner) = &self.inner {
            inner.waited(since, cause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_twice_at_a_time_counts_once() {
        let spans = Spans::default();
        let at = Instant::now();
        tokio::time::advance(Duration::from_secs(3)).await;
        spans.waited(at, Cause::Slot);
        spans.waited(at + Duration::from_secs(1), Cause::Slot);
        tokio::time::advance(Duration::from_secs(1)).await;
        spans.waited(Instant::now() - Duration::from_millis(500), Cause::Slot);
        spans.waited(at, Cause::Quota("q"));
        assert_eq!(spans.waits(), [(Cause::Quota("q"), Duration::from_secs(4)), (Cause::Slot, Duration::from_millis(3500))]);
        assert!(spans.begun().is_none() && spans.begin() && !spans.begin() && spans.begun().is_some());
    }
}
