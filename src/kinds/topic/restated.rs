//! A topic in the words of a file.

use serde_json::{Map, Value};

use super::logs::DeliveryLog;
use super::spec::{FILTER_SCOPE, TracingMode};
use super::{Spec, Subscription};
use crate::contract::Writing;
use crate::contract::restated::{differing, word_of};

/// What SNS shows in place of a password.
const MASKED: &str = ":****@";

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    if file.take("tracing").is_some() {
        file.put("tracing", if spec.tracing.is(TracingMode::Active) { "active" } else { "passthrough" });
    }
    // The ids of entries of ours are their marks: those of others are not ours to write down.
    file.take("notifications");
    let logs = file.take("delivery_logs").and_then(|logs| logs.as_object().cloned()).unwrap_or_default();
    let logs: Map<String, Value> = logs.into_iter().map(|(protocol, log)| (protocol, delivery_log(&log))).collect();
    if !logs.is_empty() {
        file.put("delivery_logs", logs);
    }
    file.take("subscriptions");
    let mut subscriptions: Vec<Value> = Vec::new();
    for (key, one) in &spec.subscriptions {
        let (protocol, endpoint) = key.split_once(':').unwrap_or((key, ""));
        if one.endpoint.is_none() && endpoint.contains(MASKED) {
            file.untold(format!("the subscription {key}: SNS shows its password to nobody; write it down with its password"));
            continue;
        }
        subscriptions.push(subscription(file, protocol, one.endpoint.as_deref().unwrap_or(endpoint), one));
    }
    if !subscriptions.is_empty() {
        file.put("subscriptions", subscriptions);
    }
}

fn delivery_log(log: &Value) -> Value {
    let mut fields = differing(log, &DeliveryLog::default());
    for role in ["success_role", "failure_role"] {
        if let Some(Value::String(arn)) = fields.get_mut(role) {
            *arn = word_of("roles", arn);
        }
    }
    fields.into()
}

fn subscription(file: &Writing<'_>, protocol: &str, endpoint: &str, subscription: &Subscription) -> Value {
    let Subscription { raw, filter_policy, filter_scope, dead_letter, role, delivery_policy, endpoint: _ } = subscription;
    let (field, to) = match protocol {
        "sqs" => ("queue", word_of("queues", endpoint)),
        "lambda" => ("function", file.callee("functions", endpoint)),
        "email-json" => ("email_json", endpoint.to_owned()),
        other => (other, endpoint.to_owned()),
    };
    let mut fields: Map<String, Value> = [(field.to_owned(), to.into())].into_iter().collect();
    let mut put = |field: &str, value: Option<Value>| fields.extend(value.map(|value| (field.to_owned(), value)));
    put("raw", raw.then(|| true.into()));
    put("filter_policy", filter_policy.clone());
    put("filter_scope", filter_scope.as_ref().filter(|scope| !scope.is(FILTER_SCOPE)).map(|scope| scope.as_str().into()));
    put("dead_letter_queue", dead_letter.as_ref().map(|queue| word_of("queues", queue).into()));
    put("role", role.as_ref().map(|role| word_of("roles", role).into()));
    put("delivery_policy", delivery_policy.clone());
    fields.into()
}
