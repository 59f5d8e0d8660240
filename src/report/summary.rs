//! What an apply came to.

use std::fmt::Write;

use super::{paint, style, wrap};
use crate::apply::{Fault, Outcome, Report};
use crate::model::{Action, ResourceId, Scope, Spent, Stop};

/// Steps that failed alike: of the same cause, with the same way out.
struct Alike<'a> {
    ids: Vec<&'a ResourceId>,
    /// Of the first of them.
    error: &'a str,
    hint: &'a str,
    cause: &'a str,
    fault: Fault,
}

fn alike(report: &Report) -> Vec<Alike<'_>> {
    let mut all: Vec<Alike<'_>> = Vec::new();
    for (id, (_, outcome)) in &report.outcomes {
        let Outcome::Failed { error, hint, fault, cause } = outcome else { continue };
        match all.iter_mut().find(|known| (known.cause, known.hint, known.fault) == (cause, hint, *fault)) {
            Some(known) => known.ids.push(id),
            None => all.push(Alike { ids: vec![id], error, hint, cause, fault: *fault }),
        }
    }
    all
}

fn told(Alike { ids, error, hint, cause: _, fault }: &Alike<'_>) -> String {
    let mut text = String::new();
    let head = match fault {
        Fault::Stopped(Stop::Interrupted) => paint(style::CHANGE, "interrupted:"),
        Fault::Stopped(Stop::TimeIsUp) => paint(style::CHANGE, "out of time:"),
        Fault::Credentials | Fault::Overtaken | Fault::NotKept | Fault::Other => paint(style::REMOVE, "failed:"),
    };
    if let [first, others @ ..] = &ids[..] {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{head} {first}: {error}");
        let others: Vec<String> = others.iter().map(ToString::to_string).collect();
        if !others.is_empty() {
            let _ = writeln!(text, "  and the same of {} more:\n{}", others.len(), wrap::listed(&others, "    ", wrap::USUAL));
        }
    }
    let _ = writeln!(text, "  {} {hint}", paint(style::ADOPT, "hint:"));
    text
}

/// Done, failed and not done, with the command that goes on.
pub fn text(scope: &Scope, report: &Report, spent: Spent, again: &str) -> String {
    let mut text = String::new();
    for failed in alike(report) {
        text.push_str(&told(&failed));
    }
    for (id, (_, outcome)) in &report.outcomes {
        if let Outcome::Skipped(because) = outcome {
            let _ = writeln!(text, "{} {id}: {because}", paint(style::CHANGE, "not done:"));
        }
    }
    let count =
        |wanted: Action| report.outcomes.values().filter(|(action, outcome)| *action == wanted && matches!(outcome, Outcome::Done)).count();
    let faults = || {
        report.outcomes.values().filter_map(|(_, outcome)| if let Outcome::Failed { fault, .. } = outcome { Some(*fault) } else { None })
    };
    let stopped = |why: Stop| faults().filter(|fault| *fault == Fault::Stopped(why)).count();
    let failed = faults().filter(|fault| !matches!(fault, Fault::Stopped(_))).count();
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
    let (interrupted, late) = (stopped(Stop::Interrupted), stopped(Stop::TimeIsUp));
    for (number, word) in [(failed, "failed"), (interrupted, "interrupted"), (late, "out of time"), (skipped, "not done")] {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(error: &str, cause: &str, fault: Fault) -> Outcome {
        Outcome::Failed { error: error.into(), hint: "run the command again".into(), fault, cause: cause.into() }
    }

    #[test]
    fn what_failed_alike_is_told_once_and_what_was_interrupted_apart() {
        let mut report = Report { stopped: Some(Stop::Interrupted), ..Report::default() };
        let stopped = Fault::Stopped(Stop::Interrupted);
        for (name, outcome) in [
            ("a", failed("interrupted while waiting: it is Pending, 1 s", "interrupted", stopped)),
            ("b", failed("interrupted while waiting: it is Pending, 2 s", "interrupted", stopped)),
            ("c", failed("lambda:CreateFunction on c: Denied", "lambda:CreateFunction Denied", Fault::Other)),
            ("d", failed("lambda:CreateFunction on d: Denied", "lambda:CreateFunction Denied", Fault::Other)),
            ("e", failed("lambda:CreateFunction on e: Full", "lambda:CreateFunction Full", Fault::Other)),
        ] {
            report.outcomes.insert(ResourceId::new("function", name), (Action::Create, outcome));
        }
        let told: Vec<String> = alike(&report).iter().map(|failed| super::super::plain(&told(failed))).collect();
        assert_eq!(
            told,
            [
                "interrupted: function/a: interrupted while waiting: it is Pending, 1 s\n  and the same of 1 more:\n    function/b\n  hint: run the command again\n",
                "failed: function/c: lambda:CreateFunction on c: Denied\n  and the same of 1 more:\n    function/d\n  hint: run the command again\n",
                "failed: function/e: lambda:CreateFunction on e: Full\n  hint: run the command again\n",
            ]
        );
    }
}
