//! Triggers at times: a schedule of EventBridge Scheduler each, and one role that all of a target share
//! (`kinds/schedule/callee.rs` says why).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Target, TriggerFile};
use crate::contract::Expand;
use crate::kinds::schedule::{self, AfterCompletionFile, RetryFile, ScheduleFile};
use crate::model::fingerprint::short_digest;
use crate::source::duration::Seconds;
use crate::source::scalar::{Flag, Text};

/// Times at which something starts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleTriggerFile {
    /// `rate(5 minutes)`, `cron(0 2 * * ? *)` or `at(2026-12-24T08:00:00)`; an empty text is no trigger.
    pub schedule: String,
    /// What tells it from the others of its target; a hash of what they say where several have no name.
    pub name: Option<String>,
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
    /// Free text.
    pub description: Option<String>,
    /// FIFO queues only: the group of the message.
    pub message_group: Option<Text>,
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

impl ScheduleTriggerFile {
    /// The same as a schedule of its own.
    fn schedule(&self) -> ScheduleFile {
        let Self {
            schedule,
            name: _,
            time_zone,
            window,
            start,
            end,
            enabled,
            after_completion,
            description,
            message_group,
            input,
            retry,
            dead_letter_queue,
            role,
        } = self.clone();
        ScheduleFile {
            schedule,
            time_zone,
            window,
            start,
            end,
            enabled,
            after_completion,
            description,
            message_group,
            input,
            retry,
            dead_letter_queue,
            role,
            ..ScheduleFile::default()
        }
    }

    /// What tells it from others that have no name: a hash of when it comes and what it gives.
    fn hash(&self) -> String {
        let said = json!([self.schedule, self.time_zone, self.input, self.start.as_ref().map(|text| &text.0)]);
        short_digest(&said.to_string(), 3)
    }
}

pub(super) fn expand(cx: &mut Expand<'_>, target: &Target<'_>, files: &[TriggerFile]) {
    let all = files.iter().enumerate();
    let timed: Vec<(usize, &ScheduleTriggerFile)> = all
        .filter_map(|(index, file)| match file {
            // So that a variable can leave it out.
            TriggerFile::Schedule(file) => Some((index, &**file)).filter(|(_, file)| !file.schedule.is_empty()),
            TriggerFile::Bucket(_) | TriggerFile::Event(_) | TriggerFile::Source(_) => None,
        })
        .collect();
    if timed.is_empty() {
        return;
    }
    let unnamed = timed.iter().filter(|(_, file)| file.name.is_none()).count();
    let own = own_role(cx, target, &timed);
    for (index, file) in timed {
        let key = match &file.name {
            Some(name) => format!("{}-{name}", target.key),
            None if unnamed == 1 => format!("{}-schedule", target.key),
            None => format!("{}-schedule-{}", target.key, file.hash()),
        };
        let role = match &file.role {
            Some(word) => {
                let place = target.place(cx);
                cx.arn_of("roles", word, place)
            }
            None => own.clone().unwrap_or_default(),
        };
        let home = [target.section, target.key, "triggers", &index.to_string()].map(str::to_owned);
        schedule::add(cx, &key, &file.schedule(), (target.arn.clone(), role), &home);
    }
}

/// The role of those that name none.
fn own_role(cx: &mut Expand<'_>, target: &Target<'_>, timed: &[(usize, &ScheduleTriggerFile)]) -> Option<String> {
    let without: Vec<&ScheduleTriggerFile> = timed.iter().map(|(_, file)| *file).filter(|file| file.role.is_none()).collect();
    if without.is_empty() {
        return None;
    }
    let place = target.place(cx);
    let words = without.iter().filter_map(|file| file.dead_letter_queue.as_ref());
    let dead_letters: BTreeSet<String> = words.map(|word| cx.arn_of("queues", word, place)).collect();
    let home = [target.section, target.key, "triggers"].map(str::to_owned);
    schedule::bring_role(cx, &format!("{}-schedules", target.key), &target.arn, &dead_letters, &home)
}
