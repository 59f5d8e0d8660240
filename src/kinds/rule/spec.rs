//! The normal form of a rule.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::name::DEFAULT_BUS;
use crate::contract::tags::Tags;
use crate::model::form::is_same_pattern;
use crate::model::handover::Start;
use crate::source::times::{Bounds, Times, Timing};
use crate::source::word::{Word, words};

words! {
    /// Whether a rule is at work.
    RuleState {
        /// It is.
        Enabled = "ENABLED",
        /// It is not.
        Disabled = "DISABLED",
        /// It is, and gets what CloudTrail tells of calls that only read, too.
        EnabledWithManagementEvents = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    }
}

/// How often a delivery is tried again where nothing is said (EventBridge API Reference, RetryPolicy).
pub(super) const RETRY_ATTEMPTS: i32 = 185;
/// Seconds for which it is.
pub(super) const RETRY_AGE: i32 = 86_400;

/// Normal form of a rule. Its default is AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Free text.
    pub description: String,
    /// Which events it is about.
    pub pattern: Option<Value>,
    /// When it makes an event of its own.
    pub schedule: Option<String>,
    /// Name of the bus; the physical name tells it, too.
    pub bus: String,
    /// Whether it is at work.
    pub state: Word<RuleState>,
    /// ARN of the role of those targets that have none of their own.
    pub role: Option<String>,
    /// Where events go, by the target's id.
    pub targets: BTreeMap<String, Target>,
    /// Tags without the mark.
    pub tags: Tags,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            description: String::new(),
            pattern: None,
            schedule: None,
            bus: DEFAULT_BUS.to_owned(),
            state: RuleState::Enabled.into(),
            role: None,
            targets: BTreeMap::new(),
            tags: Tags::new(),
        }
    }
}

impl Spec {
    /// The events that it is about, where it is at work.
    pub fn starts(&self) -> Option<Start> {
        let Self { description: _, pattern, schedule, bus, state, role: _, targets: _, tags: _ } = self;
        let of = pattern.as_ref().map(ToString::to_string).or_else(|| schedule.clone())?;
        (!state.is(RuleState::Disabled)).then(|| Start::all_of(format!("{bus} {of}")))
    }

    /// When it makes an event of its own, by the clock of UTC.
    pub fn timing(&self) -> Option<Timing> {
        let expression = self.schedule.clone()?;
        let times = Times::parse(&expression).ok()?;
        let bounds = Bounds { zone: TimeZone::UTC, start: None, end: None };
        let enabled = !self.state.is(RuleState::Disabled);
        Some(Timing { expression, zone: "UTC".to_owned(), times, bounds, vanishes: false, enabled })
    }
}

/// Where the events of a rule go. Its default is AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// ARN of what gets them.
    pub arn: String,
    /// ARN of the role that EventBridge gives them there with.
    pub role: Option<String>,
    /// What is sent in place of the event.
    pub input: Option<Value>,
    /// Part of the event that is sent.
    pub input_path: Option<String>,
    /// How what is sent is made of the event.
    pub transform: Option<Transform>,
    /// How often a delivery is tried again.
    pub retry_attempts: i32,
    /// Seconds for which it is.
    pub retry_age: i32,
    /// ARN of the queue for what could not be delivered.
    pub dead_letter: Option<String>,
    /// Group of the messages in a FIFO queue.
    pub message_group: Option<String>,
    /// Path to what a stream is to divide its records by; the event's id where nothing is said.
    pub partition_key_path: Option<String>,
    /// Members of PutTargets with which others have set what a file has no word for. PutTargets takes the
    /// target as a whole, and so takes them away.
    pub others: Vec<String>,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            arn: String::new(),
            role: None,
            input: None,
            input_path: None,
            transform: None,
            retry_attempts: RETRY_ATTEMPTS,
            retry_age: RETRY_AGE,
            dead_letter: None,
            message_group: None,
            partition_key_path: None,
            others: Vec::new(),
        }
    }
}

/// How what is sent to a target is made of the event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transform {
    /// Paths into the event by the name under which the template has what is there.
    pub paths: BTreeMap<String, String>,
    /// What is sent, with `<name>` for what is there.
    pub template: String,
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    let Spec { description: _, pattern, schedule, bus: _, state: _, role, targets, tags: _ } = spec;
    // The order of keys says nothing.
    pattern.iter_mut().for_each(Value::sort_all_objects);
    schedule.take_if(|schedule| schedule.is_empty());
    role.take_if(|role| role.is_empty());
    for target in targets.values_mut() {
        let Target {
            arn: _,
            role,
            input,
            input_path,
            transform: _,
            retry_attempts: _,
            retry_age: _,
            dead_letter,
            message_group,
            partition_key_path,
            others: _,
        } = target;
        input.iter_mut().for_each(Value::sort_all_objects);
        for text in [role, input_path, dead_letter, message_group, partition_key_path] {
            text.take_if(|text| text.is_empty());
        }
    }
}

/// See [`crate::contract::Kind::align`]. A pattern that matches the same has the words of the files.
pub(super) fn align(want: &Spec, have: &mut Spec) {
    if let (Some(want), Some(have)) = (&want.pattern, &mut have.pattern)
        && is_same_pattern(want, have)
    {
        have.clone_from(want);
    }
}
