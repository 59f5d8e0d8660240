//! How a rule is written in its file.

use serde_json::{Value, json};

use super::spec::{Spec, Target};
use crate::contract::written::{Cx, Form, Head, Names, Row, SECONDS};

/// What a target is, by the section of the file that has it.
const TARGETS: &[(&str, &str)] = &[
    ("functions", "function"),
    ("queues", "queue"),
    ("topics", "topic"),
    ("state_machines", "state_machine"),
    ("buses", "bus"),
    ("streams", "stream"),
    ("log_groups", "log_group"),
];

pub(super) const WRITTEN: &[Row] = &[
    Row::new("pattern", "event", Form::Whole),
    Row::new("bus", "bus", Form::Named("buses")),
    Row::new("state", "", Form::Split(state)),
    Row::new("role", "role", Form::Key("roles")),
    Row::new("targets.*", "", Form::Item(target)),
    Row::new("targets.*.arn", "arn", Form::Target(TARGETS)),
    Row::new("targets.*.input", "input", Form::Whole),
    Row::new("targets.*.role", "role", Form::Key("roles")),
    Row::new("targets.*.retry_attempts", "retry.attempts", Form::Below),
    Row::new("targets.*.retry_age", "retry.age", SECONDS),
    Row::new("targets.*.dead_letter", "dead_letter_queue", Form::Key("queues")),
    Row::new("targets.*.others", "", Form::Left("a file has no words for these")),
];

fn state(_: &Cx<'_>, state: &Value) -> Vec<(&'static str, Value)> {
    match state.as_str() {
        None => Vec::new(),
        Some("DISABLED") => vec![("enabled", json!(false))],
        Some("ENABLED") => vec![("enabled", json!(true))],
        Some(_) => vec![("enabled", json!(true)), ("management_events", json!(true))],
    }
}

fn target(_: &Names, id: &str) -> Head {
    vec![("id", json!(id))]
}

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    Spec { targets: want.targets.keys().map(|id| (id.clone(), Target::default())).collect(), ..Spec::default() }
}
