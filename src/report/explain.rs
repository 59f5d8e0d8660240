//! Where the time of an apply went, or is thought to go.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::progress::words;
use super::wrap::{columns_of, padded, padded_to};
use super::{escape, paint, style};
use crate::apply::{Explained, Floor, Part, Ran};
use crate::model::Cause;
use crate::model::counted;
use crate::model::secret::redact_message;

/// The critical path and the floor, for people. `head` says of what.
pub fn text(explained: &Explained, head: &str) -> String {
    let Explained { path, floor } = explained;
    let mut text = format!("{}\n", paint(style::BOLD, &format!("{head}: {:.1} s", explained.took().as_secs_f64())));
    let width = padded_to(path.iter().map(|ran| columns_of(&ran.id.to_string())), None);
    for (ran, before) in path.iter().zip(before(path)) {
        let id = padded(&escape::line(&ran.id.to_string()), width);
        let took = ran.to.saturating_sub(ran.from);
        let waits: Vec<String> = before.into_iter().chain(ran.waits.iter().filter_map(wait)).collect();
        let waits = if waits.is_empty() { String::new() } else { paint(style::DIM, &format!("  {}", waits.join("; "))) };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:6.1} s  {id}  {:12} {:6.1} s{waits}", ran.from.as_secs_f64(), done(ran), took.as_secs_f64());
    }
    if let Some(floor) = floor {
        let Floor { quota, calls } = floor;
        let _ = writeln!(
            text,
            "At least {:.1} s: {} under the quota of {} requests a second of {}.",
            floor.least().as_secs_f64(),
            counted(*calls, "call"),
            quota.per_second,
            quota.name
        );
    }
    text
}

/// The same for programs.
pub fn json(explained: &Explained) -> Value {
    let Explained { path, floor } = explained;
    let legs: Vec<Value> = path
        .iter()
        .enumerate()
        .map(|(at, ran)| {
            let waits = ran.waits.iter().filter(|(_, time)| !is_nothing(*time)).map(|(cause, time)| {
                let (word, what) = cause_words(cause);
                json!({"for": word, "what": what.map(|what| redact_message(&what)), "seconds": seconds(*time)})
            });
            let after = at.checked_sub(1).and_then(|at| path.get(at)).map(|before| before.id.to_string());
            json!({
                "address": ran.id,
                "action": ran.action,
                "part": match ran.part { Part::Step => "step", Part::ReadBack => "read_back" },
                "from_s": seconds(ran.from),
                "to_s": seconds(ran.to),
                "after": after,
                "waits": waits.collect::<Vec<_>>(),
            })
        })
        .collect();
    let floor = floor.as_ref().map(|floor| {
        let Floor { quota, calls } = floor;
        json!({"quota": quota.name, "per_second": quota.per_second, "calls": calls, "seconds": seconds(floor.least())})
    });
    json!({"seconds": seconds(explained.took()), "path": legs, "floor": floor})
}

/// What each waited for to begin.
fn before(path: &[Ran]) -> impl Iterator<Item = Option<String>> {
    let needs = path.windows(2).map(|pair| match pair {
        [before, ran] if ran.part == Part::Step => Some(format!("needs {}", escape::line(&before.id.to_string()))),
        _ => None,
    });
    std::iter::once(None).chain(needs)
}

fn done(ran: &Ran) -> &'static str {
    match ran.part {
        Part::Step => words(ran.action).1,
        Part::ReadBack => "read back",
    }
}

fn wait((cause, time): &(Cause, Duration)) -> Option<String> {
    if is_nothing(*time) {
        return None;
    }
    let (word, what) = cause_words(cause);
    let what = what.map(|what| format!(" ({})", escape::line(&redact_message(&what)))).unwrap_or_default();
    Some(format!("{word}{what} {:.1} s", time.as_secs_f64()))
}

/// A wait that nobody would see in a figure of one decimal.
fn is_nothing(time: Duration) -> bool {
    time < Duration::from_millis(50)
}

fn cause_words(cause: &Cause) -> (&'static str, Option<String>) {
    match cause {
        Cause::Quota(name) => ("quota", Some((*name).to_owned())),
        Cause::Slot => ("slot", None),
        Cause::Propagation(why) => ("propagation", Some(why.clone())),
        Cause::Pending(why) => ("pending", Some(why.clone())),
        Cause::Retry(why) => ("retry", Some(why.clone())),
        Cause::Packaging => ("packaging", None),
    }
}

/// To the millisecond.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::op::Quota;
    use crate::model::{Action, ResourceId};

    fn explained() -> Explained {
        let ran = |name: &str, part, from, to, waits| Ran {
            id: ResourceId::new("queue", name),
            action: Action::Create,
            part,
            needs: Vec::new(),
            from: Duration::from_millis(from),
            to: Duration::from_millis(to),
            waits,
        };
        let waits = vec![(Cause::Quota("q"), Duration::from_millis(1250)), (Cause::Slot, Duration::from_millis(3))];
        let path = vec![
            ran("first", Part::Step, 0, 2000, waits),
            ran("b", Part::Step, 2000, 5500, Vec::new()),
            ran("b", Part::ReadBack, 5500, 6000, Vec::new()),
        ];
        Explained { path, floor: Some(Floor { quota: Quota::new("q", 3), calls: 12 }) }
    }

    #[test]
    fn a_path_is_told_with_what_each_waited_for() {
        let told = super::super::plain(&text(&explained(), "Critical path"));
        let wanted = "Critical path: 6.0 s\n     \
                      0.0 s  queue/first  created         2.0 s  quota (q) 1.2 s\n     \
                      2.0 s  queue/b      created         3.5 s  needs queue/first\n     \
                      5.5 s  queue/b      read back       0.5 s\n\
                      At least 4.0 s: 12 calls under the quota of 3 requests a second of q.\n";
        assert_eq!(told, wanted);
        let told = json(&explained());
        assert_eq!(told["path"][0]["waits"], json!([{"for": "quota", "what": "q", "seconds": 1.25}]));
        assert_eq!((&told["path"][1]["after"], &told["path"][2]["part"]), (&json!("queue/first"), &json!("read_back")));
        assert_eq!(told["floor"], json!({"quota": "q", "per_second": 3, "calls": 12, "seconds": 4.0}));
    }
}
