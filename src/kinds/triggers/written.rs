//! How entries among the notifications of a bucket are written: as triggers of what they start.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::contract::notifications::{EventName, Notification, Notifications};
use crate::contract::written::{Cx, Form, Head, Names, Row};

/// The entries.
pub const NOTIFICATIONS: Row = Row::new("notifications", "triggers", Form::Below);
/// One of them.
pub const NOTIFICATION: Row = Row::new("notifications.*", "", Form::Item(trigger));
/// Its bucket.
pub const BUCKET: Row = Row::new("notifications.*.bucket", "bucket", Form::Named("buckets"));
/// What is told.
pub const EVENTS: Row = Row::new("notifications.*.events", "events", Form::With(events));
/// What is started.
pub const TO: Row = Row::new("notifications.*.to", "", Form::Left("it starts the alias, where there is one"));

fn trigger(_: &Names, key: &str) -> Head {
    vec![("name", json!(key))]
}

fn events(_: &Cx<'_>, events: &Value) -> Value {
    let word = |event: &Value| event.as_str().map_or_else(|| event.clone(), |event| json!(EventName::word(event)));
    events.as_array().map_or_else(|| events.clone(), |events| events.iter().map(word).collect())
}

/// Entries of which nothing is said but their buckets.
pub fn plain(want: &Notifications) -> Notifications {
    let plain = Notification {
        bucket: String::new(),
        events: [EventName::Created.into()].into(),
        prefix: String::new(),
        suffix: String::new(),
        to: None,
    };
    want.keys().map(|key| (key.clone(), plain.clone())).collect::<BTreeMap<_, _>>()
}
