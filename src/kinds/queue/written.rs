//! How a queue is written in its file.

use serde_json::{Value, json};

use super::spec::{KEY_REUSE, MAX_RECEIVES, Redrive, Spec};
use crate::contract::written::{Cx, Form, Row, SECONDS};
use crate::kinds::triggers::{without_admissions, written as notified};

pub(super) const WRITTEN: &[Row] = &[
    Row::new("visibility_timeout", "visibility_timeout", SECONDS),
    Row::new("message_retention", "message_retention", SECONDS),
    Row::new("delay", "delay", SECONDS),
    Row::new("receive_wait", "receive_wait", SECONDS),
    Row::new("managed_encryption", "encryption", Form::With(managed)).or("none"),
    Row::new("kms_key", "encryption", Form::Below).or("none"),
    Row::new("kms_data_key_reuse", "kms_data_key_reuse", SECONDS),
    Row::new("redrive.dead_letter", "queue", Form::Key("queues")),
    Row::new("policy", "policy", Form::With(without_admissions)),
    notified::NOTIFICATIONS,
    notified::NOTIFICATION,
    notified::BUCKET,
    notified::EVENTS,
    notified::TO,
];

/// SQS's own key; without it the KMS key is the word, or there is none.
fn managed(_: &Cx<'_>, managed: &Value) -> Value {
    if *managed == Value::Bool(true) { json!("sqs") } else { Value::Null }
}

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    Spec {
        kms_data_key_reuse: want.kms_key.as_ref().map(|_| KEY_REUSE),
        redrive: want.redrive.as_ref().map(|_| Redrive { dead_letter: String::new(), max_receives: MAX_RECEIVES }),
        notifications: notified::plain(&want.notifications),
        ..Spec::default()
    }
}
