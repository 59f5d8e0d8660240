//! Schedules as files write them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::callee::bring_role;
use super::spec::{AfterCompletion, Event, Retry, moment};
use super::{Schedule, Spec};
use crate::contract::{Expand, Kind};
use crate::kinds::schedule_group::{self, ScheduleGroup};
use crate::model::reference::opens_variable;
use crate::source::diagnostic::suggest;
use crate::source::duration::Seconds;
use crate::source::scalar::{Flag, Int, Text, also};

/// A schedule.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleFile {
    /// Physical name.
    pub name: Option<String>,
    /// Key of `schedule_groups`; the stack's own group where nothing is said.
    pub group: Option<String>,
    /// `rate(5 minutes)`, `cron(0 2 * * ? *)` or `at(2026-12-24T08:00:00)`.
    pub schedule: String,
    /// Whose clock, such as `Europe/Berlin`; UTC where nothing is said.
    pub time_zone: Option<String>,
    /// Within how long Scheduler may start it, 1m to 24h; at once where nothing is said.
    pub window: Option<Seconds>,
    /// Not before: `2026-12-01T00:00:00Z`.
    pub start: Option<Text>,
    /// Not after: `2027-12-01T00:00:00Z`.
    pub end: Option<Text>,
    /// Whether it runs.
    pub enabled: Option<Flag>,
    /// `delete` has AWS delete it when it has run for the last time.
    #[serde(default)]
    pub after_completion: AfterCompletionFile,
    /// ARN of a KMS key.
    pub kms_key: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Key of a function of this file, or an ARN: it is invoked, at its alias where it has one.
    pub function: Option<String>,
    /// Key of a queue of this file, or an ARN: it gets a message.
    pub queue: Option<String>,
    /// Key of a topic of this file, or an ARN: it gets a message.
    pub topic: Option<String>,
    /// Key of a state machine of this file, or an ARN: it is executed.
    pub state_machine: Option<String>,
    /// Key of a bus of this file, or an ARN: it gets an event.
    pub bus: Option<String>,
    /// Key of a stream of this file, or an ARN: it gets a record.
    pub stream: Option<String>,
    /// ARN of anything else, such as `arn:aws:scheduler:::aws-sdk:sfn:startExecution`.
    pub target: Option<String>,
    /// FIFO queues only: the group of the message.
    pub message_group: Option<Text>,
    /// Streams only: the key of the record.
    pub partition_key: Option<Text>,
    /// Buses only: whose event it is.
    pub event: Option<EventFile>,
    /// What it is given: a mapping or a list is sent as JSON, a text as it is.
    pub input: Option<Value>,
    /// How often a delivery that failed is tried again.
    #[serde(default)]
    pub retry: RetryFile,
    /// Key of a queue of this file, or an ARN: what could not be delivered goes there.
    pub dead_letter_queue: Option<String>,
    /// Key of `roles`, or an ARN: whom Scheduler starts it as. One is made where nothing is said.
    pub role: Option<String>,
}

/// What an event on a bus says of itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventFile {
    /// Its source.
    pub source: String,
    /// Its type.
    pub detail_type: String,
}

/// How often a delivery that failed is tried again.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryFile {
    /// 0 to 185, which is what AWS does by itself.
    pub attempts: Option<Int>,
    /// How old it may become, 1m to 24h, which is what AWS does by itself.
    pub max_age: Option<Seconds>,
}

/// What becomes of a schedule that has run for the last time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = also(&["NONE", "DELETE"]))]
pub enum AfterCompletionFile {
    /// It stays.
    #[default]
    #[serde(alias = "NONE")]
    None,
    /// AWS deletes it.
    #[serde(alias = "DELETE")]
    Delete,
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &ScheduleFile) {
    let Some(target) = target_of(cx, key, file) else { return };
    let home = [Schedule::SECTION, key].map(str::to_owned);
    let role = match &file.role {
        Some(word) => {
            let place = cx.place(Schedule::SECTION, key, "role");
            cx.arn_of("roles", word, place)
        }
        None => {
            let dead_letters: BTreeSet<String> = dead_letter_of(cx, file, &home).into_iter().collect();
            let Some(role) = bring_role(cx, &format!("{key}-schedule"), &target, &dead_letters, &home) else {
                let place = cx.place(Schedule::SECTION, key, "target");
                let message = format!("schedules.{key}: what a role needs to start `{target}` only you can say");
                return cx.problem(place, message, "name a `role` that Scheduler may assume and that may do it");
            };
            role
        }
    };
    add(cx, key, file, (target, role), &home);
}

/// The ARN of the one thing that is started.
fn target_of(cx: &mut Expand<'_>, key: &str, file: &ScheduleFile) -> Option<String> {
    let words = [
        ("function", "functions", &file.function),
        ("queue", "queues", &file.queue),
        ("topic", "topics", &file.topic),
        ("state_machine", "state_machines", &file.state_machine),
        ("bus", "buses", &file.bus),
        ("stream", "streams", &file.stream),
        ("target", "", &file.target),
    ];
    let mut said = words.into_iter().filter_map(|(field, section, word)| Some((field, section, word.as_ref()?)));
    let (one, other) = (said.next(), said.next());
    let Some((field, section, word)) = one else {
        let place = cx.place(Schedule::SECTION, key, "");
        let message = format!("schedules.{key}: it starts nothing");
        cx.problem(place, message, "name a `function`, `queue`, `topic`, `state_machine`, `bus`, `stream` or any ARN as `target`");
        return None;
    };
    let place = cx.place(Schedule::SECTION, key, field);
    if let Some((more, ..)) = other {
        let message = format!("schedules.{key}: it starts one thing, and has `{field}` and `{more}`");
        cx.problem(place, message, "keep one of the two, or write two schedules");
        return None;
    }
    match field {
        "target" => Some(word.clone()),
        _ => Some(cx.callee_of(section, word, place)),
    }
}

/// The ARN of the dead-letter queue.
pub(super) fn dead_letter_of(cx: &mut Expand<'_>, file: &ScheduleFile, home: &[String]) -> Option<String> {
    let word = file.dead_letter_queue.as_ref()?;
    let place = place_of(cx, home, "dead_letter_queue");
    Some(cx.arn_of("queues", word, place))
}

/// Where a field is written, for a schedule of its own; for a trigger, where the triggers are.
fn place_of(cx: &Expand<'_>, home: &[String], field: &str) -> crate::source::diagnostic::Place {
    match home {
        [section, key] => cx.place(section, key, field),
        [section, key, part, ..] => cx.place(section, key, part),
        _ => crate::source::diagnostic::Place::START,
    }
}

/// Adds a schedule that starts what an ARN names, as a role. `home` is where it is written.
pub fn add(cx: &mut Expand<'_>, key: &str, file: &ScheduleFile, (target, role): (String, String), home: &[String]) {
    let dead_letter_queue = dead_letter_of(cx, file, home);
    let ScheduleFile {
        name,
        group,
        schedule,
        time_zone,
        window,
        start,
        end,
        enabled,
        after_completion,
        kms_key,
        description,
        // What is started, and by whom, whoever adds it knows.
        function: _,
        queue: _,
        topic: _,
        state_machine: _,
        bus: _,
        stream: _,
        target: _,
        message_group,
        partition_key,
        event,
        input,
        retry,
        dead_letter_queue: _,
        role: _,
    } = file;
    let group = group_of(cx, group.as_ref(), home);
    let aws = Spec::default();
    let RetryFile { attempts, max_age } = retry;
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.0.clone());
    let spec = Spec {
        group: format!("${{{}.{group}.name}}", ScheduleGroup::SECTION),
        description: description.clone().unwrap_or(aws.description),
        schedule: schedule.clone(),
        time_zone: time_zone.clone().unwrap_or(aws.time_zone),
        window: window.and_then(|window| minutes(cx, home, window)),
        start: start.as_ref().map(|text| moment_of(cx, home, "start", text)),
        end: end.as_ref().map(|text| moment_of(cx, home, "end", text)),
        enabled: enabled.map_or(aws.enabled, |enabled| enabled.0),
        after_completion: match after_completion {
            AfterCompletionFile::None => aws.after_completion,
            AfterCompletionFile::Delete => AfterCompletion::Delete.into(),
        },
        kms_key: kms_key.clone(),
        target,
        role,
        input: input.clone(),
        message_group: text(message_group),
        partition_key: text(partition_key),
        event: event.as_ref().map(|EventFile { source, detail_type }| Event { source: source.clone(), detail_type: detail_type.clone() }),
        retry: Retry {
            attempts: attempts.map_or(aws.retry.attempts, |n| n.0),
            max_age: max_age.map_or(aws.retry.max_age, |Seconds(seconds)| i32::try_from(seconds).unwrap_or(i32::MAX)),
        },
        dead_letter_queue,
        others: Vec::new(),
    };
    let name = format!("{}/{}", cx.named(ScheduleGroup::SECTION, &group), cx.physical(Schedule::SECTION, name.as_ref(), key));
    cx.bring::<Schedule>(key, name, &spec, home);
}

/// Key of the group that it is in: always one of ours, since the group says whose a schedule is.
fn group_of(cx: &mut Expand<'_>, word: Option<&String>, home: &[String]) -> String {
    let Some(word) = word else {
        schedule_group::bring(cx, home);
        return schedule_group::OWN.to_owned();
    };
    let keys = cx.keys(ScheduleGroup::SECTION);
    if !keys.contains(word) {
        let place = place_of(cx, home, "group");
        let message =
            format!("`{word}` is no key of `{}`; a schedule is in a group of its stack, which carries the mark", ScheduleGroup::SECTION);
        cx.problem(place, message, suggest(word, keys.iter().map(String::as_str)));
    }
    word.clone()
}

fn minutes(cx: &mut Expand<'_>, home: &[String], Seconds(seconds): Seconds) -> Option<i32> {
    if !seconds.is_multiple_of(60) {
        let place = place_of(cx, home, "window");
        cx.problem(place, "`window` is no whole number of minutes", "write one such as 15m");
    }
    i32::try_from(seconds / 60).ok()
}

fn moment_of(cx: &mut Expand<'_>, home: &[String], field: &str, Text(text): &Text) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => moment(at),
        Err(_) => {
            if !opens_variable(text) {
                let place = place_of(cx, home, field);
                let message = format!("`{field}` is `{text}`, which is no date and time with its zone");
                cx.problem(place, message, "write one such as 2026-12-01T00:00:00Z or 2026-12-01T02:00:00+02:00");
            }
            text.clone()
        }
    }
}
