//! An event of CloudTrail's record, read once: what it changed, and who did.

use aws_sdk_cloudtrail::types::Event;
use jiff::Timestamp;
use serde_json::Value;

use crate::model::who::Who;

/// A change that the record tells.
#[derive(Debug)]
pub(super) struct Change {
    /// When AWS took it.
    pub at: Timestamp,
    /// Its service, `sqs.amazonaws.com` for one.
    pub source: String,
    /// All texts that may name what it was about.
    pub names: Vec<String>,
    /// Who did it.
    pub who: Who,
}

impl Change {
    /// What an event tells; none of one that changed nothing, or has no time.
    pub fn of(event: &Event) -> Option<Self> {
        if event.read_only() == Some("true") {
            return None;
        }
        let at = Timestamp::from_second(event.event_time()?.secs()).ok()?;
        let whole: Value = event.cloud_trail_event().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let mut names = event.resources().iter().filter_map(|resource| resource.resource_name()).map(str::to_owned).collect();
        texts(&whole["requestParameters"], &mut names);
        let identity = &whole["userIdentity"];
        let by_arn = identity["arn"].as_str().and_then(|arn| arn.splitn(6, ':').nth(5));
        let who = by_arn.or(event.username()).or(identity["invokedBy"].as_str()).unwrap_or("somebody").to_owned();
        let from = whole["sourceIPAddress"].as_str().map(str::to_owned);
        let who = Who { who, event: event.event_name().unwrap_or("a change").to_owned(), at: at.to_string(), from };
        Some(Self { at, source: event.event_source().unwrap_or_default().to_owned(), names, who })
    }
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}
