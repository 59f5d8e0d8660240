//! The normal form of a schedule.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input;
use crate::model::handover::Start;
use crate::source::times::{Bounds, Times, Timing, zone};
use crate::source::word::{Word, words};

words! {
    /// What becomes of a schedule that has run for the last time.
    AfterCompletion {
        /// It stays.
        Nothing = "NONE",
        /// AWS deletes it.
        Delete = "DELETE",
    }
}

/// Normal form of a schedule. Its default is AWS's, but for what a schedule cannot be without.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Name of the group that it is in; it stands in the physical name too, so another one is another
    /// schedule.
    pub group: String,
    /// Free text.
    pub description: String,
    /// `rate(…)`, `cron(…)` or `at(…)`, as it is written.
    pub schedule: String,
    /// Whose clock, by its IANA name.
    pub time_zone: String,
    /// Minutes within which Scheduler may start it; none for at once.
    pub window: Option<i32>,
    /// Not before, in UTC to the second.
    pub start: Option<String>,
    /// Not after, in UTC to the second.
    pub end: Option<String>,
    /// Whether it runs.
    pub enabled: bool,
    /// What becomes of it when it has run for the last time.
    pub after_completion: Word<AfterCompletion>,
    /// ARN of the KMS key that encrypts it.
    pub kms_key: Option<String>,
    /// ARN of what is started.
    pub target: String,
    /// ARN of the role that Scheduler starts it with.
    pub role: String,
    /// What it is given: a document, or a text as it is.
    pub input: Option<Value>,
    /// Of a FIFO queue: the group of the message.
    pub message_group: Option<String>,
    /// Of a stream: the key of the record.
    pub partition_key: Option<String>,
    /// Of a bus: whose event it is.
    pub event: Option<Event>,
    /// How often it is tried again.
    pub retry: Retry,
    /// ARN of the queue for what could not be delivered.
    pub dead_letter_queue: Option<String>,
    /// Members of its target with which others have set what a file has no word for. UpdateSchedule takes
    /// the schedule as a whole, and so takes them away.
    pub others: Vec<String>,
}

/// What an event on a bus says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its source.
    pub source: String,
    /// Its type.
    pub detail_type: String,
}

/// How often a delivery that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// 0 to 185.
    pub attempts: i32,
    /// Seconds, 60 to 86400.
    pub max_age: i32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 185, max_age: 86_400 }
    }
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            group: "default".to_owned(),
            description: String::new(),
            schedule: String::new(),
            time_zone: "UTC".to_owned(),
            window: None,
            start: None,
            end: None,
            enabled: true,
            after_completion: AfterCompletion::Nothing.into(),
            kms_key: None,
            target: String::new(),
            role: String::new(),
            input: None,
            message_group: None,
            partition_key: None,
            others: Vec::new(),
            event: None,
            retry: Retry::default(),
            dead_letter_queue: None,
        }
    }
}

impl Spec {
    /// The times that it is about, with all that it says but of what it starts, and how; none where it
    /// rests. Two that say all of it alike are one that moves.
    pub fn starts(&self) -> Option<Start> {
        let nobodys = Self::default();
        let Self { group, target, role, message_group, partition_key, event, others, .. } = nobodys;
        let of = Self { group, target, role, message_group, partition_key, event, others, ..self.clone() };
        self.enabled.then(|| Start::all_of(format!("{of:?}")))
    }

    /// When it starts what it starts; none where that cannot be read.
    pub fn timing(&self) -> Option<Timing> {
        let instant = |text: &Option<String>| text.as_deref().map(str::parse::<Timestamp>).transpose().ok();
        let bounds = Bounds { zone: zone(&self.time_zone)?, start: instant(&self.start)?, end: instant(&self.end)? };
        let times = Times::parse(&self.schedule).ok()?;
        let vanishes = self.after_completion.is(AfterCompletion::Delete);
        Some(Timing { expression: self.schedule.clone(), zone: self.time_zone.clone(), times, bounds, vanishes, enabled: self.enabled })
    }
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    spec.input = spec.input.take().map(input::normal);
}

/// A moment as specs write it.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
