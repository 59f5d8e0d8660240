//! A run's calls as a Chrome trace, which chrome://tracing and Perfetto show: a row a resource, a box a call.
//! The form is Chrome's "Trace Event Format", complete events (`X`) and names of threads (`M`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::net;
use crate::model::{Cause, Span, Timed};

/// The document.
pub fn chrome(mut spans: Vec<Span>) -> String {
    spans.sort_by_key(|span| (span.from, span.took));
    let mut lanes: BTreeMap<&str, Vec<Lane>> = BTreeMap::new();
    let mut threads = 0;
    let mut boxes = Vec::new();
    for span in &spans {
        let lanes = lanes.entry(&span.row).or_default();
        // Boxes of one thread have to lie beside each other, and calls of one resource may not.
        let place = lanes.iter().position(|lane| lane.free_at <= span.from).unwrap_or_else(|| {
            threads += 1;
            lanes.push(Lane { thread: threads, free_at: Duration::ZERO });
            lanes.len() - 1
        });
        if let Some(lane) = lanes.get_mut(place) {
            lane.free_at = span.from + span.took;
            boxes.push(shown(span, lane.thread));
        }
    }
    let rows = lanes.iter().flat_map(|(row, lanes)| lanes.iter().map(move |lane| (row, lane.thread)));
    let name = |(row, thread): (&&str, usize)| {
        let args = json!({"name": net::message(row)});
        json!({"name": "thread_name", "ph": "M", "pid": 1, "tid": thread, "args": args})
    };
    let events: Vec<Value> = rows.map(name).chain(boxes).collect();
    let mut text = serde_json::to_string(&json!({"displayTimeUnit": "ms", "traceEvents": events})).unwrap_or_default();
    text.push('\n');
    text
}

/// Boxes of a row that do not overlap.
struct Lane {
    thread: usize,
    free_at: Duration,
}

fn shown(span: &Span, thread: usize) -> Value {
    let Span { row: _, what, from, took } = span;
    let (name, category, args) = match what {
        Timed::Call { operation, attempt, failed } => {
            let status = net::message(failed.as_deref().unwrap_or("ok"));
            (*operation, "call", json!({"operation": operation, "attempt": attempt, "status": status}))
        }
        Timed::Wait(cause) => ("wait", "wait", json!({"for": waited_for(cause)})),
    };
    let micros = |time: &Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    json!({"name": name, "cat": category, "ph": "X", "pid": 1, "tid": thread, "ts": micros(from), "dur": micros(took), "args": args})
}

/// The words of AWS's answers are left out: they may quote what was sent.
fn waited_for(cause: &Cause) -> String {
    match cause {
        Cause::Quota(name) => format!("quota {}", net::message(name)),
        Cause::Slot => "slot".to_owned(),
        Cause::Propagation(_) => "propagation".to_owned(),
        Cause::Pending(_) => "pending".to_owned(),
        Cause::Retry(_) => "retry".to_owned(),
        Cause::Packaging => "packaging".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(row: &str, from: u64, took: u64, what: Timed) -> Span {
        Span { row: row.into(), what, from: Duration::from_millis(from), took: Duration::from_millis(took) }
    }

    fn call(failed: Option<&str>) -> Timed {
        Timed::Call { operation: "lambda:GetFunction", attempt: 1, failed: failed.map(str::to_owned) }
    }

    #[test]
    fn a_row_a_resource_and_boxes_of_one_thread_lie_beside_each_other() {
        let spans = vec![
            span("a", 20, 5, call(None)),
            span("a", 0, 10, call(Some("Throttling"))),
            span("a", 5, 10, call(None)),
            span("b", 0, 1, Timed::Wait(Cause::Retry("it said hunter2".into()))),
        ];
        let text = chrome(spans);
        assert!(!text.contains("hunter2"), "{text}");
        let document: Value = serde_json::from_str(&text).unwrap();
        let events = document["traceEvents"].as_array().unwrap();
        let names: Vec<_> = events.iter().filter(|event| event["ph"] == "M").map(|event| event["args"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["a", "a", "b"]);
        let boxes = || events.iter().filter(|event| event["ph"] == "X");
        assert_eq!(boxes().count(), 4);
        for one in boxes() {
            let end = |event: &Value| event["ts"].as_u64().unwrap() + event["dur"].as_u64().unwrap();
            let after = |other: &&Value| other["tid"] == one["tid"] && other["ts"].as_u64() >= one["ts"].as_u64();
            for other in boxes().filter(|other| *other != one).filter(after) {
                assert!(other["ts"].as_u64().unwrap() >= end(one), "{one} and {other}");
            }
        }
        assert!(boxes().any(|event| event["args"]["status"] == "Throttling" && event["dur"] == 10_000));
    }
}
