//! Events of an apply, and what it came to, for programs: a line each. The form is stable:
//! `docs/running.md`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::json::FORMAT_VERSION;
use super::{diagnostics, plain};
use crate::apply::{Event, EventKind, Outcome};
use crate::error::{Error, exit};
use crate::model::Scope;
use crate::model::secret::redact_message;

/// Whose steps: a stack may be there more than once, in several instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    stack: String,
    env: String,
    instance: String,
}

impl Whose {
    /// Those of a scope.
    pub fn of(Scope { stack, env, instance, .. }: &Scope) -> Self {
        Self { stack: stack.clone(), env: env.clone(), instance: instance.clone() }
    }

    /// Those of a plan in JSON.
    fn of_plan(plan: &Value) -> Self {
        let text = |key: &str| plan[key].as_str().unwrap_or_default().to_owned();
        Self { stack: text("stack"), env: text("env"), instance: text("instance") }
    }
}

/// What an event says.
pub fn event(scope: &Scope, Event { id, action, kind }: &Event, now: Timestamp) -> Value {
    let (word, more) = match kind {
        EventKind::Started => ("started", json!({})),
        EventKind::Waiting(wait) => (
            "waiting",
            json!({"why": redact_message(&wait.why), "what": redact_message(&wait.what), "seconds": wait.so_far.as_secs_f64(),
                "bound_seconds": wait.bound.map(|bound| bound.as_secs_f64()), "retry": wait.is_retry}),
        ),
        EventKind::Noted(what) => ("noted", json!({"text": redact_message(what)})),
        EventKind::Done(elapsed) => ("done", json!({"seconds": rounded(*elapsed)})),
        EventKind::Failed => ("failed", json!({})),
        EventKind::Stopped(why) => ("failed", json!({"because": why.to_string()})),
        EventKind::Skipped(because) => ("skipped", json!({"because": redact_message(because)})),
    };
    let mut told = json!({"event": word, "at": format!("{now:.3}"), "stack": scope.stack, "env": scope.env, "instance": scope.instance,
        "address": id, "action": action});
    if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
        told.extend(more);
    }
    told
}

fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// What became of a step, as far as an event says it.
pub fn outcome_of(event: &Event) -> Option<Value> {
    match &event.kind {
        EventKind::Started => Some(json!({"outcome": "unfinished"})),
        EventKind::Done(elapsed) => Some(json!({"outcome": "done", "seconds": rounded(*elapsed)})),
        EventKind::Failed | EventKind::Stopped(_) => Some(json!({"outcome": "failed"})),
        EventKind::Skipped(because) => Some(json!({"outcome": "skipped", "because": redact_message(because)})),
        EventKind::Waiting(_) | EventKind::Noted(_) => None,
    }
}

/// The same as it was found in the end: a read-back may say something else than the step.
pub fn complete(told: &mut Value, outcome: &Outcome) {
    let seconds = told.get("seconds").cloned();
    *told = match outcome {
        Outcome::Done => json!({"outcome": "done"}),
        Outcome::Failed { error, hint, .. } => {
            json!({"outcome": "failed", "error": redact_message(error), "hint": redact_message(hint)})
        }
        Outcome::Skipped(because) => json!({"outcome": "skipped", "because": redact_message(because)}),
    };
    if let Some(seconds) = seconds {
        told["seconds"] = seconds;
    }
}

/// All that is told at the end.
pub struct Last {
    /// Plans, in the form of `plan --format json`.
    pub stacks: Vec<Value>,
    /// What became of steps, by stack and address.
    pub outcomes: BTreeMap<(Whose, String), Value>,
    /// Outputs, by stack.
    pub outputs: BTreeMap<Whose, Value>,
    /// The exit code.
    pub code: u8,
    /// What ended it, or went wrong first.
    pub error: Option<Value>,
}

/// What went wrong, with its parts and its hint.
pub fn error(error: &Error) -> Value {
    let details: Vec<String> = diagnostics::details(error).iter().map(|line| redact_message(&plain(line))).collect();
    json!({"message": redact_message(&error.to_string()), "details": details, "hint": redact_message(&error.hint())})
}

/// The last line.
pub fn document(Last { mut stacks, mut outcomes, mut outputs, code, error }: Last) -> Value {
    for stack in &mut stacks {
        let whose = Whose::of_plan(stack);
        for change in stack["changes"].as_array_mut().into_iter().flatten() {
            let address = change["address"].as_str().unwrap_or_default().to_owned();
            let outcome = outcomes.remove(&(whose.clone(), address));
            change["outcome"] = outcome.unwrap_or_else(|| json!({"outcome": "not_begun"}));
        }
        stack["outputs"] = outputs.remove(&whose).unwrap_or(Value::Null);
    }
    let mut document = Map::new();
    document.insert("event".into(), "end".into());
    document.insert("format_version".into(), FORMAT_VERSION.into());
    document.insert("exit_code".into(), code.into());
    document.insert("result".into(), word(code).into());
    document.insert("error".into(), error.unwrap_or_default());
    document.insert("stacks".into(), stacks.into());
    document.into()
}

/// What an exit code says.
fn word(code: u8) -> &'static str {
    match code {
        exit::DONE => "done",
        exit::INVALID => "invalid",
        exit::CREDENTIALS => "credentials",
        exit::STALE => "stale",
        exit::PARTLY => "partly",
        exit::USAGE => "usage",
        exit::INTERRUPTED => "interrupted",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, ResourceId};

    #[test]
    fn what_was_never_begun_or_ended_says_so() {
        let event = |kind| Event { id: ResourceId::new("queue", "q"), action: Action::Create, kind };
        let stacks = vec![json!({"stack": "s", "env": "e", "instance": "i", "changes": [{"address": "queue/q"}, {"address": "queue/r"}]})];
        let begun = outcome_of(&event(EventKind::Started)).unwrap();
        let outcomes = BTreeMap::from([((Whose::of_plan(&stacks[0]), "queue/q".to_owned()), begun)]);
        let told = document(Last { stacks, outcomes, outputs: BTreeMap::new(), code: 130, error: None });
        assert_eq!(told["stacks"][0]["changes"][0]["outcome"]["outcome"], "unfinished");
        assert_eq!(told["stacks"][0]["changes"][1]["outcome"]["outcome"], "not_begun");
        assert_eq!((&told["result"], &told["stacks"][0]["outputs"]), (&json!("interrupted"), &Value::Null));
    }

    #[test]
    fn what_the_read_back_found_counts() {
        let mut told = json!({"outcome": "done", "seconds": 1.5});
        let fault = crate::apply::Fault::Other;
        complete(&mut told, &Outcome::Failed { error: "password=hunter2hunter2".into(), hint: "look".into(), fault, cause: String::new() });
        assert_eq!((&told["outcome"], &told["seconds"]), (&json!("failed"), &json!(1.5)));
        assert!(!told.to_string().contains("hunter2"), "{told}");
    }
}
