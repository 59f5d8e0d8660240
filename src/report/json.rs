//! A plan for programs. The form is stable: `docs/file-format.md`, "JSON of a plan".

use std::time::Duration;

use serde_json::{Value, json};

use super::notes;
use super::plan::View;
use crate::evidence::Objection;
use crate::model::secret::redact_message;
use crate::model::stake::Holding;
use crate::model::{Action, Change};

/// Version of the form.
pub const FORMAT_VERSION: &str = "1";

/// One stack of the document.
pub fn stack(view: &View<'_>) -> Value {
    let View {
        plan,
        files: _,
        worded: _,
        all: _,
        width: _,
        alias,
        notes,
        stakes,
        objections,
        missing,
        cost,
        details: _,
        explained,
        passed_over,
        spent,
    } = *view;
    let changes: Vec<Value> = plan
        .steps
        .iter()
        .filter(|step| step.action != Action::Keep)
        .map(|step| {
            let fields: Vec<Value> = step
                .changes
                .iter()
                .map(|change| {
                    let mut field = field(change);
                    let against = objections.get(&step.id).into_iter().flatten().filter(|objection| objection.field == change.path);
                    let against: Vec<Value> = against.map(objected).collect();
                    if !against.is_empty() {
                        field["evidence"] = Value::from(against);
                    }
                    field
                })
                .collect();
            let name = redact_message(&step.name);
            let mut shown = json!({"address": step.id, "kind": step.id.kind, "name": name, "action": step.action, "fields": fields});
            if let Some(holdings) = stakes.get(&step.id) {
                shown["holds"] = Value::from(super::stakes::text(holdings));
                shown["loses_data"] = Value::from(holdings.iter().any(Holding::is_data));
            }
            shown
        })
        .collect();
    let scope = &plan.scope;
    json!({
        "stack": scope.stack,
        "env": scope.env,
        "instance": scope.instance,
        "account": scope.account.to_string(),
        "account_alias": alias,
        "region": scope.region,
        "notes": notes.iter().map(|note| redact_message(&notes::text(note))).collect::<Vec<_>>(),
        "evidence_missing": missing.iter().map(|missing| redact_message(missing)).collect::<Vec<_>>(),
        "changes": changes,
        "summary": {
            "create": plan.count(Action::Create),
            "update": plan.count(Action::Update),
            "replace": plan.count(Action::Replace),
            "delete": plan.count(Action::Delete),
            "release": plan.count(Action::Release),
            "adopt": plan.count(Action::Adopt),
            "unchanged": plan.count(Action::Keep),
        },
        "not_looked_at": {
            "parts": passed_over.parts(),
            "resources": passed_over.resources(),
            "calls": passed_over.calls(),
            "at_least_seconds": passed_over.takes().as_secs_f64(),
        },
        "cost": cost.map(super::cost::json),
        "explain": explained.map(super::explain::json),
        "calls": spent.calls,
        "throttled": spent.throttled,
        "paced_ms": millis(spent.paced),
        "elapsed_ms": millis(spent.elapsed),
    })
}

/// A field that changes.
pub fn field(change: &Change) -> Value {
    let mut field = json!({"path": change.shown_path(), "before": change.before, "after": change.after});
    if change.is_sensitive() {
        field["sensitive"] = Value::Bool(true);
    }
    field
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What ran says against a change: in words, and its figures.
fn objected(objection: &Objection) -> Value {
    let mut told = serde_json::to_value(objection).unwrap_or_default();
    told["text"] = Value::from(objection.to_string());
    told
}

/// The document.
pub fn document(stacks: Vec<Value>) -> String {
    let mut text = serde_json::to_string_pretty(&json!({"format_version": FORMAT_VERSION, "stacks": stacks})).unwrap_or_default();
    text.push('\n');
    text
}
