//! Progress of an apply: live lines on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::sync::mpsc::UnboundedReceiver;

use super::waits::Told;
use super::{net, note, paint, style};
use crate::apply::{Event, EventKind};
use crate::model::{Action, ResourceId};

/// Shows events until there are no more.
pub async fn watch(mut events: UnboundedReceiver<Event>, quiet: bool) {
    if quiet {
        while events.recv().await.is_some() {}
        return;
    }
    let animated = is_animated();
    let mut lines = Lines { bars: animated.then(MultiProgress::new), running: BTreeMap::new(), told: Told::default() };
    while let Some(event) = events.recv().await {
        lines.show(&event);
    }
}

struct Lines {
    bars: Option<MultiProgress>,
    running: BTreeMap<ResourceId, ProgressBar>,
    told: Told,
}

impl Lines {
    fn show(&mut self, event: &Event) {
        let (doing, done) = words(event.action);
        let id = &event.id;
        match &event.kind {
            EventKind::Started => {
                if let Some(bars) = &self.bars {
                    let bar = bars.add(ProgressBar::new_spinner());
                    if let Ok(template) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
                        bar.set_style(template);
                    }
                    bar.set_message(net::message(&format!("{id} {doing}")));
                    bar.enable_steady_tick(Duration::from_millis(100));
                    self.running.insert(id.clone(), bar);
                }
            }
            EventKind::Waiting(wait) => {
                if let Some(bar) = self.running.get(id) {
                    bar.set_message(net::message(&format!("{id} {doing}: {wait}")));
                }
                // A terminal may be too narrow for a bar that says how long.
                if self.told.is_due(&id.to_string(), wait) {
                    self.line(&format!("  … {id} {doing}: {wait}"));
                }
            }
            EventKind::Noted(what) => self.line(&format!("  {} {id}: {what}", paint(style::CHANGE, "!"))),
            EventKind::Done(elapsed) => {
                self.end(
                    id,
                    &format!("  {} {id} {done} {}", paint(style::ADD, "✓"), paint(style::DIM, &format!("{:.1} s", elapsed.as_secs_f64()))),
                );
            }
            // Why stands in the summary, with what to do about it.
            EventKind::Failed => self.end(id, &format!("  {} {id} failed", paint(style::REMOVE, "✗"))),
            EventKind::Skipped(because) => self.end(id, &format!("  {} {id} skipped: {because}", paint(style::DIM, "○"))),
        }
    }

    /// The last line of a step.
    fn end(&mut self, id: &ResourceId, text: &str) {
        if let (Some(bars), Some(bar)) = (&self.bars, self.running.get(id)) {
            bar.finish_and_clear();
            bars.remove(bar);
        }
        self.line(text);
    }

    fn line(&mut self, text: &str) {
        match &self.bars {
            // The terminal is the one that the bars are on, so the line goes above them.
            Some(bars) => drop(bars.println(net::message(text))),
            None => note(text),
        }
    }
}

pub(super) fn words(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("is being created", "created"),
        Action::Update => ("is being updated", "updated"),
        Action::Replace => ("is being replaced", "replaced"),
        Action::Delete => ("is being deleted", "deleted"),
        Action::Release => ("is being released", "released"),
        Action::Adopt => ("is being adopted", "adopted"),
        Action::Keep => ("is being marked", "marked with its instance"),
    }
}

/// How much of a window was read: a bar on a terminal, nothing elsewhere.
pub struct Share {
    bar: Option<ProgressBar>,
}

impl Share {
    /// A bar that shows nothing yet.
    pub fn new(quiet: bool) -> Self {
        if quiet || !is_animated() {
            return Self { bar: None };
        }
        let bar = ProgressBar::new(1000);
        if let Ok(template) = ProgressStyle::with_template("  {msg} {bar:30} {percent}% of the window, {elapsed}") {
            bar.set_style(template);
        }
        Self { bar: Some(bar) }
    }

    /// Another one is read.
    pub fn begin(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(net::message(what));
            bar.set_position(0);
        }
    }

    /// This much of it was read.
    pub fn at(&self, share: f64) {
        if let Some(bar) = &self.bar {
            bar.set_position((share.clamp(0.0, 1.0) * 1000.0) as u64);
        }
    }

    /// All was read.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

pub(super) fn is_animated() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb") && std::env::var_os("CI").is_none()
}
