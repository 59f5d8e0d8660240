//! Events for programs. The form is stable: `docs/watch.md`.

use serde_json::{Map, Value, json};

use super::{Drift, Event, Fate, What, field, left};
use crate::model::secret::redact_message;
use crate::model::{Action, Scope};

/// An event for programs. The form is stable: `docs/watch.md`.
pub fn json(event: &Event) -> Value {
    let Event { at, scope, what } = event;
    let mut line = Map::new();
    line.insert("time".into(), json!(at));
    line.insert("event".into(), json!(what.name()));
    if let Some(Scope { partition: _, account, region, stack, env, instance }) = scope {
        for (name, value) in [("stack", stack), ("env", env), ("instance", instance), ("account", &account.to_string()), ("region", region)]
        {
            line.insert(name.into(), json!(value));
        }
    }
    if let Some(id) = what.id() {
        line.insert("address".into(), json!(id));
        line.insert("kind".into(), json!(id.kind));
    }
    let more = match what {
        What::Started { stacks, every, heals } => json!({"stacks": stacks, "every_seconds": every, "heals": heals}),
        What::Drift(drift) => of_drift(drift),
        What::Ended(_) | What::Recovered => json!({}),
        What::Healed { id: _, action, fields } => json!({"action": action, "fields": fields}),
        What::HealFailed { id: _, error, hint } => json!({"error": redact_message(error), "hint": redact_message(hint)}),
        What::LeftAlone { id: _, field: path, seconds } => json!({"field": field(path), "seconds": seconds}),
        What::FilesChanged { ids, heals } => json!({"addresses": ids, "heals": heals}),
        What::PutOff { holder } => json!({"holder": redact_message(holder)}),
        What::Expired(Fate::Taken) => json!({"outcome": "taken"}),
        What::Expired(Fate::Absent) => json!({"outcome": "absent"}),
        What::Expired(Fate::Left { why }) => json!({"outcome": "left", "why": redact_message(why)}),
        What::Expired(Fate::Failed { error, hint }) => {
            json!({"outcome": "failed", "error": redact_message(error), "hint": redact_message(hint)})
        }
        What::Failed { error, hint, findings, next } => {
            let findings: Vec<String> = findings.iter().map(|finding| redact_message(finding)).collect();
            json!({"error": redact_message(error), "hint": redact_message(hint), "findings": findings, "next_look_seconds": next})
        }
        What::Who { id: _, who } => json!({"who": who}),
        What::NobodyKnows { why } => json!({"why": redact_message(why)}),
        What::Undelivered { to, why, waiting, lost } => json!({"to": to, "why": redact_message(why), "waiting": waiting, "lost": lost}),
        What::Stopped { why, looks, drift, pending } => {
            json!({"why": why.text(), "looks": looks, "drift": drift, "pending": pending})
        }
    };
    line.extend(more.as_object().cloned().unwrap_or_default());
    Value::Object(line)
}

fn of_drift(drift: &Drift) -> Value {
    let Drift { id: _, name, action, fields, lines: _, holds, left, heals, who } = drift;
    let fields: Vec<Value> = fields.iter().filter(|_| *action != Action::Create).map(crate::report::json::field).collect();
    let left: Vec<Value> = left.iter().map(|(path, why)| json!({"field": field(path), "why": redact_message(&left::text(why))})).collect();
    json!({
        "name": redact_message(name), "action": action, "fields": fields, "holds": holds, "heals": heals, "left": left, "who": who,
    })
}
