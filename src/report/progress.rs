//! Progress of an apply: live lines on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::sync::mpsc::UnboundedReceiver;

use super::waits::Told;
use super::{escape, net, note, paint, style, wrap};
use crate::apply::{Event, EventKind};
use crate::model::{Action, ResourceId};

/// What an apply is about to do, for whoever watches it.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// Steps that do something.
    pub steps: usize,
    /// How much hangs on each of them.
    pub hangs: BTreeMap<ResourceId, Duration>,
    /// The last line of an installer that runs, where one does.
    pub installing: Option<fn() -> Option<String>>,
}

/// Steps that have a line of their own on a terminal; how many others run is said.
const SHOWN: usize = 6;
/// How often the line below them is made anew.
const TICK: Duration = Duration::from_millis(200);

/// Shows events until there are no more.
pub async fn watch(mut events: UnboundedReceiver<Event>, overview: Overview, quiet: bool) {
    if quiet {
        while events.recv().await.is_some() {}
        return;
    }
    let mut lines = Lines::new(overview, is_animated());
    if lines.bars.is_none() {
        while let Some(event) = events.recv().await {
            lines.show(&event);
        }
        return;
    }
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => lines.show(&event),
                None => break,
            },
            _ = ticks.tick() => {}
        }
        lines.sum_up();
    }
    lines.close();
}

/// Bars of a terminal: of steps that run, and one below them for all.
struct Bars {
    all: MultiProgress,
    sum: ProgressBar,
}

struct Running {
    bar: Option<ProgressBar>,
    wait: Option<String>,
}

struct Lines {
    overview: Overview,
    bars: Option<Bars>,
    running: BTreeMap<ResourceId, Running>,
    ended: usize,
    told: Told,
}

impl Lines {
    fn new(overview: Overview, animated: bool) -> Self {
        let bars = animated.then(|| {
            let all = MultiProgress::new();
            let sum = all.add(ProgressBar::new_spinner());
            if let Ok(template) = ProgressStyle::with_template("  {msg}") {
                sum.set_style(template);
            }
            Bars { all, sum }
        });
        Self { overview, bars, running: BTreeMap::new(), ended: 0, told: Told::default() }
    }

    fn show(&mut self, event: &Event) {
        let (doing, done) = words(event.action);
        let id = &event.id;
        match &event.kind {
            EventKind::Started => {
                let has_room = self.running.values().filter(|running| running.bar.is_some()).count() < SHOWN;
                let bar = self.bars.as_ref().filter(|_| has_room).map(|bars| {
                    let bar = bars.all.insert_before(&bars.sum, ProgressBar::new_spinner());
                    if let Ok(template) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
                        bar.set_style(template);
                    }
                    bar.set_message(fitting(&format!("{id} {doing}"), BESIDE));
                    bar.enable_steady_tick(Duration::from_millis(100));
                    bar
                });
                self.running.insert(id.clone(), Running { bar, wait: None });
            }
            EventKind::Waiting(wait) => {
                if let Some(running) = self.running.get_mut(id) {
                    running.wait = Some(wait.to_string());
                    if let Some(bar) = &running.bar {
                        bar.set_message(fitting(&format!("{id} {doing}: {wait}"), BESIDE));
                    }
                }
                // A terminal may be too narrow for a bar that says how long.
                if self.told.is_due(&id.to_string(), wait) {
                    self.line(&format!("  … {id} {doing}: {wait}"));
                }
            }
            EventKind::Noted(what) => self.line(&format!("  {} {id}: {what}", paint(style::CHANGE, "!"))),
            EventKind::Done(elapsed) => {
                let took = format!("{:.1} s", elapsed.as_secs_f64());
                self.end(id, &format!("  {} {id} {done}", paint(style::ADD, "✓")), &took);
            }
            // Why stands in the summary, with what to do about it.
            EventKind::Failed => self.end(id, &format!("  {} {id} failed", paint(style::REMOVE, "✗")), ""),
            EventKind::Stopped(why) => self.end(id, &format!("  {} {id}: {why}", paint(style::CHANGE, "✗")), ""),
            EventKind::Skipped(because) => self.end(id, &format!("  {} {id} skipped: {because}", paint(style::DIM, "○")), ""),
        }
    }

    /// The last line of a step, with how many have ended.
    fn end(&mut self, id: &ResourceId, text: &str, took: &str) {
        if let (Some(bars), Some(Running { bar: Some(bar), .. })) = (&self.bars, self.running.remove(id)) {
            bar.finish_and_clear();
            bars.all.remove(&bar);
        }
        self.ended += 1;
        let blank = if took.is_empty() { "" } else { " " };
        self.line(&format!("{text} {}", paint(style::DIM, &format!("{took}{blank}({})", self.count()))));
    }

    fn count(&self) -> String {
        format!("{}/{}", self.ended, self.overview.steps.max(self.ended))
    }

    /// How far all of it is, and what the end waits for.
    fn sum_up(&self) {
        let Some(bars) = &self.bars else { return };
        let mut parts = vec![self.count()];
        if !self.running.is_empty() {
            parts.push(format!("{} running", self.running.len()));
        }
        let hangs = |id: &ResourceId| self.overview.hangs.get(id).copied().unwrap_or_default();
        let longest = self.running.iter().max_by_key(|(id, _)| (hangs(id), std::cmp::Reverse(*id)));
        parts.extend(longest.map(|(id, running)| {
            let wait = running.wait.as_ref().map(|wait| format!(", {wait}")).unwrap_or_default();
            format!("the end waits for {id}{wait}")
        }));
        parts.extend(self.overview.installing.and_then(|last| last()));
        bars.sum.set_message(fitting(&parts.join(" · "), 2));
    }

    fn close(&self) {
        if let Some(bars) = &self.bars {
            bars.sum.finish_and_clear();
        }
    }

    fn line(&mut self, text: &str) {
        let text = wrap::lines(text, wrap::stderr_width());
        match &self.bars {
            // The terminal is the one that the bars are on, so the line goes above them.
            Some(bars) => drop(bars.all.println(net::message(&text))),
            None => note(&text),
        }
    }
}

/// Columns that a bar takes beside its message: blanks, the spinner and the time.
const BESIDE: usize = 12;

/// A message of a bar that takes one line.
fn fitting(text: &str, beside: usize) -> String {
    let width = wrap::stderr_width().map(|width| width.saturating_sub(beside));
    net::message(&wrap::cut_to(&escape::line(text), width))
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
