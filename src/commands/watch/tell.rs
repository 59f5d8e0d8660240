//! How a watcher tells events: on its output, to who is notified, and in its figures.

use std::sync::Arc;

use jiff::Timestamp;

use super::notify::Notifiers;
use super::serve::Shared;
use crate::cli::EventFormat;
use crate::error::Error;
use crate::model::Scope;
use crate::report;
use crate::report::watch::{Event, What};
use crate::source::Diagnostic;

/// Where events go.
pub struct Teller {
    /// Form on the output.
    pub format: EventFormat,
    /// Who else is told.
    pub notifiers: Notifiers,
    /// Figures.
    pub shared: Arc<Shared>,
}

impl Teller {
    /// Tells an event.
    pub fn tell(&mut self, scope: Option<&Scope>, what: What) {
        self.tell_as(scope, what, true);
    }

    /// The same for one that others were told of already, where `is_new` is false.
    pub fn tell_as(&mut self, scope: Option<&Scope>, what: What, is_new: bool) {
        let event = Event { at: now().to_string(), scope: scope.cloned(), what };
        match self.format {
            EventFormat::Json => report::json_line(&report::watch::json(&event)),
            EventFormat::Text => report::data(&report::watch::text(&event)),
        }
        if is_new && event.what.is_news() {
            self.notifiers.add(&event);
        }
    }
}

/// This second.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// An error with all that is wrong, on a line.
pub fn whole(error: &Error) -> String {
    [vec![error.to_string()], findings(error)].concat().join("; ")
}

/// What is wrong, place by place, where an error has places.
pub fn findings(error: &Error) -> Vec<String> {
    let told = |finding: &Diagnostic| {
        let path = finding.source.path.display();
        let place = finding.place.map_or_else(|| path.to_string(), |place| format!("{path}:{}:{}", place.line, place.column));
        format!("{place}: {} {}", finding.code, finding.message)
    };
    match error {
        Error::Invalid(findings) | Error::Preflight(findings) | Error::Stored { problems: findings, .. } => {
            findings.iter().map(told).collect()
        }
        Error::Unsearched(unread) => report::ls::unread(unread),
        _ => Vec::new(),
    }
}
