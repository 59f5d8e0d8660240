//! What a customer's key asks of whoever reads from what it encrypts, or sends there. The roles that come with
//! triggers and settings get it beside the rest: without it a source is polled in vain, and what is sent is lost.

use serde_json::{Value, json};

use super::queue::{self, Encrypts};
use super::service::Service;
use crate::contract::Expand;
use crate::model::Scope;
use crate::model::reference::Reference;

/// What is done with what is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is read from.
    Read,
    /// It is sent to.
    Sent,
}

/// Actions on the key (SQS Developer Guide, "Key management"; SNS Developer Guide, "Key management"; Kinesis
/// Developer Guide, "Permissions to use user-generated KMS keys").
fn actions(service: Service, done: Done) -> &'static [&'static str] {
    match (service, done) {
        (Service::Sqs | Service::Sns, Done::Sent) => &["kms:Decrypt", "kms:GenerateDataKey"],
        (Service::Kinesis, Done::Sent) => &["kms:GenerateDataKey"],
        (Service::Sqs | Service::Kinesis, Done::Read) => &["kms:Decrypt"],
        (Service::Sns | Service::Lambda | Service::States | Service::Events, _) => &[],
    }
}

/// What allows it for what an ARN of the file's own names. None where no key is written there, where it is AWS's
/// own, which lets everybody in who may use the queue, topic or stream, and where it is written as an alias.
pub fn statement(cx: &Expand<'_>, arn: &str, done: Done) -> Option<Value> {
    let service = Service::of(arn)?;
    let actions = Some(actions(service, done)).filter(|actions| !actions.is_empty())?;
    let Reference { section, key, .. } = Reference::whole(arn)?;
    let word = match service {
        Service::Sqs => cx.said(&section, &key, "encryption").filter(|word| matches!(queue::encrypts(Some(word)), Some(Encrypts::Key(_)))),
        _ => cx.said(&section, &key, "kms_key"),
    };
    let key = arn_of(cx.scope, &word?)?;
    Some(json!({"Effect": "Allow", "Action": actions, "Resource": key}))
}

/// The same of several, each statement once.
pub fn statements<'a>(cx: &Expand<'_>, arns: impl IntoIterator<Item = &'a str>, done: Done) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for statement in arns.into_iter().filter_map(|arn| statement(cx, arn, done)) {
        if !all.contains(&statement) {
            all.push(statement);
        }
    }
    all
}

/// The ARN of a key. Policies take no other name of one, and what an alias stands for is not known here.
pub fn arn_of(scope: &Scope, key: &str) -> Option<String> {
    let is_alias = key.starts_with("alias/") || key.contains(":alias/");
    let is_whole = key.starts_with("arn:") || key.starts_with("${");
    (!is_alias && !key.is_empty()).then(|| if is_whole { key.to_owned() } else { scope.arn("kms", &format!("key/{key}")) })
}
