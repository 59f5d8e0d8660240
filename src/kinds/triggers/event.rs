//! Triggers by events: a rule of EventBridge each.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Admission, Started, Target, TriggerFile};
use crate::contract::{Expand, Kind};
use crate::kinds::queue::Queue;
use crate::kinds::rule::name::on_bus;
use crate::kinds::rule::{self, Delivery, EventRule, OwnRole, RetryFile, RuleState, TransformFile, bus_of, target_of};
use crate::model::account;
use crate::model::fingerprint::short_digest;
use crate::model::mark::Guard;
use crate::model::reference::{Reference, opens_variable};
use crate::source::scalar::{Flag, document};

/// Events that match a pattern.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTriggerFile {
    /// The pattern: `{ source: [aws.s3], detail-type: [Object Created] }`.
    pub event: Value,
    /// Key of a bus of this file, or the name or ARN of any; the default one where nothing is said.
    pub bus: Option<String>,
    /// What is sent in place of the event.
    pub input: Option<Value>,
    /// Part of the event that is sent: `$.detail`.
    pub input_path: Option<String>,
    /// How what is sent is made of the event.
    pub transform: Option<TransformFile>,
    /// How often, and for how long, a delivery is tried again.
    pub retry: Option<RetryFile>,
    /// Key of a queue of this file, or an ARN, for what could not be delivered.
    pub dead_letter_queue: Option<String>,
    /// FIFO queues only: group of the messages.
    pub message_group: Option<String>,
    /// What the rule's key ends in, after that of what it starts.
    pub name: Option<String>,
    /// Whether it is at work.
    pub enabled: Option<Flag>,
}

/// What the key of a rule ends in where the file does not say.
const UNNAMED: &str = "event";
/// Who starts things.
const SERVICE: &str = "events.amazonaws.com";
/// What it does with what could not be delivered.
const SEND: &str = "sqs:SendMessage";
/// Longest name of a rule (EventBridge API Reference, PutRule).
const LONGEST_NAME: usize = 64;
/// Hex digits that tell apart what has no name of its own.
const DIGITS: usize = 8;

pub(super) fn expand(cx: &mut Expand<'_>, target: &Target<'_>, files: &[TriggerFile], started: &mut Started) {
    let events = files.iter().enumerate().filter_map(|(index, file)| match file {
        TriggerFile::Event(event) => Some((index, event.as_ref())),
        TriggerFile::Schedule(_) | TriggerFile::Bucket(_) | TriggerFile::Source(_) => None,
    });
    let events: Vec<(usize, &EventTriggerFile)> = events.collect();
    let is_alone = events.iter().filter(|(_, event)| event.name.is_none()).count() < 2;
    for (index, event) in events {
        let end = match &event.name {
            Some(name) => name.clone(),
            None if is_alone => UNNAMED.to_owned(),
            None => format!("{UNNAMED}-{}", short_digest(&format!("{:?}{}", event.bus, document(&event.event)), DIGITS / 2)),
        };
        let admission = rule_of(cx, target, index, &format!("{}-{end}", target.key), event);
        // A state machine is started with a role, and has no policy that lets anybody in.
        started.statements.extend((!target.by_role).then_some(admission));
    }
}

/// Adds the rule. Returns whom its target has to let in.
fn rule_of(cx: &mut Expand<'_>, target: &Target<'_>, index: usize, key: &str, event: &EventTriggerFile) -> Admission {
    let EventTriggerFile { event, bus, input, input_path, transform, retry, dead_letter_queue, message_group, name: _, enabled } = event;
    let place = target.place(cx);
    let home = [target.section, target.key, "triggers", &index.to_string()].map(str::to_owned);
    let bus = bus_of(cx, bus.as_ref(), place);
    let mut own_role = OwnRole::default();
    let role = target.by_role.then(|| own_role.allow(cx, key, &["states:StartExecution"], &target.arn));
    let said = Delivery {
        input: input.as_ref(),
        input_path: input_path.as_ref(),
        transform: transform.as_ref(),
        retry: retry.as_ref(),
        dead_letter_queue: dead_letter_queue.as_ref(),
        message_group: message_group.as_ref(),
        partition_key_path: None,
    };
    let of = format!("{}.{}", target.section, target.key);
    let sent = target_of(cx, &of, place, (target.arn.clone(), role), &said);
    let spec = rule::Spec {
        description: String::new(),
        pattern: Some(document(event)),
        schedule: None,
        bus: bus.said,
        state: if enabled.is_none_or(|enabled| enabled.0) { RuleState::Enabled.into() } else { RuleState::Disabled.into() },
        role: None,
        targets: BTreeMap::from([(target.key.chars().take(LONGEST_NAME).collect(), sent)]),
        tags: cx.tags(&BTreeMap::new(), Guard::default()),
    };
    let name = on_bus(&bus.name, &short(cx.physical(EventRule::SECTION, None, key)));
    let source_arn = rule::arn(cx.scope, &account::template_of(&name));
    cx.bring::<EventRule>(key, name, &spec, &home);
    own_role.bring(cx, key, &home, Guard::default());
    let admission = Admission { sid: sid(key), service: SERVICE, source_arn, source_account: None };
    // What is not of this file may be anybody's.
    if let Some(queue) = dead_letter_queue.as_deref().and_then(|word| key_of(cx, word)) {
        let resource = format!("${{{}.{queue}.arn}}", Queue::SECTION);
        cx.admit::<Queue>(&queue, admission.statement(SEND, &resource));
    }
    admission
}

/// The key of a queue of the file that a word names, as a key or by a reference.
fn key_of(cx: &Expand<'_>, word: &str) -> Option<String> {
    let named = Reference::whole(word).filter(|of| of.section == Queue::SECTION && of.attribute == "arn");
    let key = named.map_or_else(|| word.to_owned(), |of| of.key);
    cx.has(Queue::SECTION, &key).then_some(key)
}

/// Of a name that is too long the end is told by a digest of it.
fn short(name: String) -> String {
    if name.len() <= LONGEST_NAME || opens_variable(&name) || !name.is_ascii() {
        return name;
    }
    format!("{}-{}", &name[..LONGEST_NAME - DIGITS - 1], short_digest(&name, DIGITS / 2))
}

/// The id of the statement for a rule: of the characters that ids of statements have. Where that is not the key
/// itself, some of its digest keeps two of them apart.
fn sid(key: &str) -> String {
    let plain: String = key.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' }).collect();
    if plain == key { plain } else { format!("{plain}-{}", short_digest(key, DIGITS / 2)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_is_cut_and_stays_another_one() {
        let long = |end: &str| short(format!("{}{end}", "x".repeat(70)));
        assert_eq!((long("a").len(), short("x".repeat(64)).len()), (64, 64));
        assert_ne!(long("a"), long("b"));
    }

    #[test]
    fn two_keys_never_have_one_statement() {
        assert_eq!(sid("work-a_b"), "work-a_b");
        assert!(sid("a.b").starts_with("a-b-"), "{}", sid("a.b"));
        assert_ne!(sid("a.b"), sid("a-b"));
        assert_ne!(sid("a.b"), sid("a b"));
    }
}
