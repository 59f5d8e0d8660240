//! Events for people: a few lines each.

use std::fmt::Write;

use super::{Drift, Event, Fate, What, field, left};
use crate::model::Action;
use crate::model::secret::redact_message;
use crate::model::watch::Left;
use crate::model::who::Who;
use crate::model::{counted, one_or_many};
use crate::report::progress::words;
use crate::report::{entry, escape, paint, style};
use crate::source::duration::show_seconds;

fn seen(text: &str) -> String {
    escape::line(&redact_message(text))
}

/// An event for people, with a line's end.
pub fn text(event: &Event) -> String {
    let Event { at, scope, what } = event;
    let place = scope.as_ref().map(|scope| format!(" ({} · {})", scope.stack, scope.env)).unwrap_or_default();
    let mut text = paint(style::DIM, at);
    let mut line = |color, word: &str, rest: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, " {} {}", paint(color, word), seen(rest));
    };
    match what {
        What::Started { stacks, every, heals } => {
            let does = if *heals { "and heals" } else { "and writes nothing" };
            line(style::BOLD, "watch", &format!("looks every {}, {does}: {}", show_seconds(u64::from(*every)), stacks.join(", ")));
        }
        What::Drift(drift) => {
            line(style::CHANGE, "drift", &format!("{}{place}: {}", drift.id, found(drift.action)));
            text.push_str(&details(drift));
        }
        What::Ended(id) => line(style::ADD, "ended", &format!("{id}{place} is as desired again")),
        What::Healed { id, action, fields } => {
            let fields = if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) };
            line(style::ADD, "healed", &format!("{id}{place} {}{fields}", words(*action).1));
        }
        What::HealFailed { id, error, hint } => {
            let id = id.as_ref().map(|id| format!("{id}{place}: ")).unwrap_or_else(|| format!("{}: ", place.trim()));
            line(style::REMOVE, "not healed", &format!("{id}{error}"));
            let _ = writeln!(text, "      {} {}", paint(style::ADOPT, "hint:"), seen(hint));
        }
        What::LeftAlone { id, field: path, seconds } => {
            let what = field(path).map(|path| format!(" {path}")).unwrap_or_default();
            let rest = format!("{id}{what}{place} for {}: somebody keeps changing it back", show_seconds(*seconds));
            line(style::CHANGE, "left alone", &rest);
        }
        What::FilesChanged { ids, heals } => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let then = if *heals { "which is applied" } else { "which waits for an apply" };
            line(style::CHANGE, "files", &format!("changed{place}, {then}: {}", ids.join(", ")));
        }
        What::PutOff { holder } => line(style::CHANGE, "put off", &format!("no heal now{place}: {holder} holds the lease")),
        What::Expired(fate) => {
            let instance = scope.as_ref().map(|scope| format!("{}/{}/{}", scope.stack, scope.env, scope.instance)).unwrap_or_default();
            match fate {
                Fate::Taken => line(style::REMOVE, "expired", &format!("{instance}: destroyed")),
                Fate::Left { why } => line(style::CHANGE, "expired", &format!("{instance} is left alone: {why}")),
                Fate::Absent => line(style::CHANGE, "expired", &format!("nothing of {instance} stands: an apply makes it, and no heal")),
                Fate::Failed { error, hint } => {
                    line(style::REMOVE, "expired", &format!("{instance} was not destroyed: {error}"));
                    let _ = writeln!(text, "      {} {}", paint(style::ADOPT, "hint:"), seen(hint));
                }
            }
        }
        What::Failed { error, hint, findings, next } => {
            line(style::REMOVE, "failed", &format!("no look{place}: {error}; the next one in {}", show_seconds(*next)));
            findings.iter().for_each(|finding| {
                let _ = writeln!(text, "      {}", seen(finding));
            });
            let _ = writeln!(text, "      {} {}", paint(style::ADOPT, "hint:"), seen(hint));
        }
        What::Recovered => line(style::ADD, "recovered", &format!("looks{place} go well again")),
        What::Who { id, who } => line(style::BOLD, "who", &format!("{id}{place} was changed by {}", told(who))),
        What::NobodyKnows { why } => line(style::CHANGE, "who", &format!("may not be read: {why}")),
        What::Undelivered { to, why, waiting, lost } => {
            let lost = if *lost > 0 {
                format!("; {lost} {} given up, since too many wait", one_or_many(lost, "was", "were"))
            } else {
                String::new()
            };
            let wait = one_or_many(waiting, "waits", "wait");
            line(style::REMOVE, "not told", &format!("{to}: {why}; {waiting} {wait} for the next look{lost}"));
        }
        What::Stopped { why, looks, drift, pending } => {
            let waiting = pending.filter(|pending| *pending > 0).map(|pending| {
                let wait = one_or_many(&pending, "waits", "wait");
                format!(", and {pending} {wait} for an apply since the files changed")
            });
            let drift = drift.map_or_else(
                || "what stands is not known".to_owned(),
                |drift| format!("{} not as desired{}", counted(drift, "resource"), waiting.unwrap_or_default()),
            );
            line(style::BOLD, "stopped", &format!("{}, after {}; {drift}", why.text(), counted(*looks, "look")));
        }
    }
    text
}

fn found(action: Action) -> &'static str {
    match action {
        Action::Create => "it is gone",
        Action::Update => "it differs",
        Action::Replace => "it differs in what AWS does not change in place",
        Action::Delete | Action::Release => "it is this stack's, and in no file",
        Action::Adopt => "it stands there without this stack's mark",
        Action::Keep => "it is as desired",
    }
}

/// Who changed something, in a few words.
pub fn told(who: &Who) -> String {
    let Who { who, event, at, from } = who;
    let from = from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
    seen(&format!("{who} ({event}, {at}{from})"))
}

fn details(drift: &Drift) -> String {
    let mut text = String::new();
    if drift.action != Action::Create {
        drift.lines.iter().for_each(|line| entry::write_line(&mut text, line));
    }
    let mut line = |head: &str, rest: String| {
        let _ = writeln!(text, "      {} {rest}", paint(style::DIM, head));
    };
    if let Some(holds) = &drift.holds {
        line("holds:", seen(holds));
    }
    if let Some(who) = &drift.who {
        line("by:", told(who));
    }
    for (path, why) in drift.left.iter().filter(|(_, why)| *why != Left::NotAsked) {
        let why = left::text(why);
        line("left:", seen(&field(path).map_or_else(|| why.clone(), |path| format!("{path}: {why}"))));
    }
    text
}
