//! Triggers at times: a schedule of EventBridge Scheduler each, and the role that it starts things with.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Started, Target, TriggerFile};
use crate::contract::Expand;

/// Times at which something starts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleTriggerFile {
    /// `rate(5 minutes)`, `cron(0 2 * * ? *)` or `at(2026-12-24T08:00:00)`.
    pub schedule: String,
}

pub(super) fn expand(_cx: &mut Expand<'_>, _target: &Target<'_>, _files: &[TriggerFile], _started: &mut Started) {}
