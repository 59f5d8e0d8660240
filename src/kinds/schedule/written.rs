//! How a schedule is written in its file.

use crate::contract::written::{Form, MINUTES, Row, SECONDS};

/// What is started, by the section of the file that has it.
const TARGETS: &[(&str, &str)] = &[
    ("functions", "function"),
    ("queues", "queue"),
    ("topics", "topic"),
    ("state_machines", "state_machine"),
    ("buses", "bus"),
    ("streams", "stream"),
];

pub(super) const WRITTEN: &[Row] = &[
    Row::new("group", "group", Form::Named("schedule_groups")),
    Row::new("window", "window", MINUTES),
    Row::new("after_completion", "after_completion", Form::Words(&[("NONE", "none"), ("DELETE", "delete")])),
    Row::new("target", "target", Form::Target(TARGETS)),
    Row::new("input", "input", Form::Whole),
    Row::new("role", "role", Form::Key("roles")),
    Row::new("retry.max_age", "max_age", SECONDS),
    Row::new("dead_letter_queue", "dead_letter_queue", Form::Key("queues")),
    Row::new("others", "", Form::Left("a file has no words for these")),
];
