//! Triggers by events: a rule of EventBridge each.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Started, Target, TriggerFile};
use crate::contract::Expand;

/// Events that match a pattern.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTriggerFile {
    /// The pattern.
    pub event: Value,
}

pub(super) fn expand(_cx: &mut Expand<'_>, _target: &Target<'_>, _files: &[TriggerFile], _started: &mut Started) {}
