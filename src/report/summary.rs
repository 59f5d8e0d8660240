//! What an apply came to.

use std::fmt::Write;

use super::{paint, style};
use crate::apply::{Outcome, Report};
use crate::model::{Action, Scope, Spent};

/// Done, failed and not done, with the command that goes on.
pub fn text(scope: &Scope, report: &Report, spent: Spent, again: &str) -> String {
    let mut text = String::new();
    for (id, (_, outcome)) in &report.outcomes {
        if let Outcome::Failed { error, hint, .. } = outcome {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{} {id}: {error}", paint(style::REMOVE, "failed:"));
            let _ = writeln!(text, "  {} {hint}", paint(style::ADOPT, "hint:"));
        }
    }
    for (id, (_, outcome)) in &report.outcomes {
        if let Outcome::Skipped(because) = outcome {
            let _ = writeln!(text, "{} {id}: {because}", paint(style::CHANGE, "not done:"));
        }
    }
    let count =
        |wanted: Action| report.outcomes.values().filter(|(action, outcome)| *action == wanted && matches!(outcome, Outcome::Done)).count();
    let failed = report.outcomes.values().filter(|(_, outcome)| matches!(outcome, Outcome::Failed { .. })).count();
    let skipped = report.outcomes.values().filter(|(_, outcome)| matches!(outcome, Outcome::Skipped(_))).count();
    let mut parts = Vec::new();
    for (action, word) in [
        (Action::Create, "created"),
        (Action::Update, "updated"),
        (Action::Replace, "replaced"),
        (Action::Adopt, "adopted"),
        (Action::Delete, "deleted"),
        (Action::Release, "released"),
        (Action::Keep, "marked with their instance"),
    ] {
        if count(action) > 0 {
            parts.push(format!("{} {word}", count(action)));
        }
    }
    for (number, word) in [(failed, "failed"), (skipped, "not done")] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    let head =
        if report.succeeded() && report.stopped.is_none() { paint(style::ADD, "Done:") } else { paint(style::REMOVE, "Not finished:") };
    let _ = writeln!(text, "{head} {} ({}): {}. {spent}", scope.stack, scope.env, parts.join(", "));
    if let Some(why) = report.stopped {
        let _ = writeln!(text, "Not all that was written was read back: {why}.");
    }
    if !report.succeeded() || report.stopped.is_some() {
        let _ = writeln!(text, "To go on: {again}");
    }
    text
}
