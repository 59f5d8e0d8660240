//! Rules as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::name::on_bus;
use super::own_role::OwnRole;
use super::spec::{RuleState, Target};
use super::targets::{Delivery, RetryFile, TransformFile, target_of};
use super::{EventRule, Spec, bus_of};
use crate::contract::{Expand, Kind, Resource, View, guard};
use crate::model::reference::references_in;
use crate::source::diagnostic::Place;
use crate::source::node::Node as Tree;
use crate::source::scalar::{Flag, OnRemove, Text, document};

/// A rule of EventBridge.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Physical name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Which events it is about: `{ source: [aws.s3], detail-type: [Object Created] }`.
    pub event: Option<Value>,
    /// `rate(5 minutes)` or `cron(0 2 * * ? *)`, in UTC; on the default bus only.
    pub schedule: Option<String>,
    /// Key of a bus of this file, or the name or ARN of any; the default one where nothing is said.
    pub bus: Option<String>,
    /// Whether it is at work.
    pub enabled: Option<Flag>,
    /// Whether it also gets what CloudTrail tells of calls that only read.
    #[serde(default)]
    pub management_events: Flag,
    /// Key of a role of this file, or an ARN, for targets without one of their own.
    pub role: Option<String>,
    /// Where the events go, at most five.
    #[serde(default)]
    pub targets: Vec<TargetFile>,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

/// A target: exactly one of `function` to `arn`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetFile {
    /// What the rule knows it by; made of what it names where nothing is said.
    pub id: Option<String>,
    /// Key of a function of this file, which is invoked at its alias where it has one, or an ARN.
    pub function: Option<String>,
    /// Key of a queue of this file, or an ARN.
    pub queue: Option<String>,
    /// Key of a topic of this file, or an ARN.
    pub topic: Option<String>,
    /// Key of a state machine of this file, or an ARN.
    pub state_machine: Option<String>,
    /// Key of a bus of this file, or an ARN.
    pub bus: Option<String>,
    /// Key of a stream of this file, or an ARN.
    pub stream: Option<String>,
    /// Key of a log group of this file, or an ARN.
    pub log_group: Option<String>,
    /// ARN of anything else that takes events.
    pub arn: Option<String>,
    /// Key of a role of this file, or an ARN; state machines, streams and buses bring one along.
    pub role: Option<String>,
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
    /// Group of the messages in a FIFO queue.
    pub message_group: Option<String>,
    /// Path to what a stream is to divide its records by.
    pub partition_key_path: Option<String>,
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &RuleFile) {
    let RuleFile { name, description, event, schedule, bus, enabled, management_events, role, targets, protect, on_remove, tags } = file;
    let guard = guard(*protect, *on_remove);
    let place = cx.place(EventRule::SECTION, key, "bus");
    let bus = bus_of(cx, bus.as_ref(), place);
    let place = cx.place(EventRule::SECTION, key, "role");
    let mut own_role = OwnRole::default();
    let spec = Spec {
        description: description.clone().unwrap_or_default(),
        pattern: event.as_ref().map(document),
        schedule: schedule.clone(),
        bus: bus.said,
        state: match (enabled.is_none_or(|enabled| enabled.0), management_events.0) {
            (false, _) => RuleState::Disabled.into(),
            (true, false) => RuleState::Enabled.into(),
            (true, true) => RuleState::EnabledWithManagementEvents.into(),
        },
        role: role.as_ref().map(|role| cx.arn_of("roles", role, place)),
        targets: all_targets(cx, key, targets, role.is_some(), &mut own_role),
        tags: cx.tags(tags, guard),
    };
    let name = on_bus(&bus.name, &cx.physical(EventRule::SECTION, name.as_ref(), key));
    cx.add::<EventRule>(key, name, &spec);
    own_role.bring(cx, key, &[EventRule::SECTION.to_owned(), key.to_owned()], guard);
}

fn all_targets(cx: &mut Expand<'_>, key: &str, files: &[TargetFile], has_role: bool, own_role: &mut OwnRole) -> BTreeMap<String, Target> {
    let mut all = BTreeMap::new();
    for file in files {
        let Some((wanted, target)) = target(cx, key, file, has_role, own_role) else { continue };
        let free = free(&wanted, |id| all.contains_key(id));
        if let Some(id) = file.id.as_ref().filter(|id| **id != free) {
            let place = cx.place(EventRule::SECTION, key, "targets");
            cx.problem(place, format!("rules.{key}: two targets have the id `{id}`"), "give one of them another `id`, or none");
        }
        all.insert(free, target);
    }
    all
}

/// The id that is wanted, or the first behind it that nobody has.
fn free(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let (mut id, mut number) = (wanted.to_owned(), 1);
    while is_taken(&id) {
        number += 1;
        id = format!("{wanted}-{number}");
    }
    id
}

/// Of these words a target has one: with the section whose keys it takes, and what a role has to be allowed.
const WORDS: [(&str, &str, &[&str]); 8] = [
    ("function", "functions", &[]),
    ("queue", "queues", &[]),
    ("topic", "topics", &[]),
    ("state_machine", "state_machines", &["states:StartExecution"]),
    ("bus", "buses", &["events:PutEvents"]),
    ("stream", "streams", &["kinesis:PutRecord", "kinesis:PutRecords"]),
    ("log_group", "log_groups", &[]),
    ("arn", "", &[]),
];

/// Where a target of a rule, or a field of it, is written.
pub fn target_place(cx: &View<'_>, rule: &Resource<EventRule>, id: &str, field: &[&str]) -> Place {
    let targets = cx.loaded.tree.get(EventRule::SECTION).and_then(|rules| rules.get(&rule.key)?.get("targets"));
    let mut ids: Vec<String> = Vec::new();
    for item in targets.map(Tree::items).unwrap_or_default() {
        let said = item.get("id").and_then(Tree::text).map(str::to_owned);
        let named = || WORDS.iter().find_map(|(word, ..)| item.get(word)?.text()).map(id_of);
        ids.push(said.or_else(named).map(|wanted| free(&wanted, |id| ids.iter().any(|known| known == id))).unwrap_or_default());
    }
    let at = ids.iter().position(|known| known == id).map(|at| at.to_string());
    let path: Vec<&str> = std::iter::once("targets").chain(at.as_deref()).chain(field.iter().copied()).collect();
    cx.place(EventRule::SECTION, &rule.key, if at.is_some() { &path } else { &path[..1] })
}

/// A target and its id; none where it names nothing.
fn target(cx: &mut Expand<'_>, key: &str, file: &TargetFile, has_role: bool, own_role: &mut OwnRole) -> Option<(String, Target)> {
    let TargetFile {
        id,
        function,
        queue,
        topic,
        state_machine,
        bus,
        stream,
        log_group,
        arn,
        role,
        input,
        input_path,
        transform,
        retry,
        dead_letter_queue,
        message_group,
        partition_key_path,
    } = file;
    let place = cx.place(EventRule::SECTION, key, "targets");
    // In the order of the words.
    let said = [function, queue, topic, state_machine, bus, stream, log_group, arn].into_iter().zip(WORDS);
    let mut said = said.filter_map(|(said, (_, section, actions))| Some((said.as_ref()?, section, actions)));
    let (Some((word, section, actions)), None) = (said.next(), said.next()) else {
        let message = format!("rules.{key}: a target is exactly one thing");
        cx.problem(place, message, "write one of function, queue, topic, state_machine, bus, stream, log_group and arn");
        return None;
    };
    let arn = match section {
        "" => word.clone(),
        "functions" => cx.callee_of(section, word, place),
        _ => cx.arn_of(section, word, place),
    };
    let role = match role {
        Some(role) => Some(cx.arn_of("roles", role, place)),
        None if actions.is_empty() || has_role => None,
        None => Some(own_role.allow(cx, key, actions, &arn)),
    };
    let said = Delivery {
        input: input.as_ref(),
        input_path: input_path.as_ref(),
        transform: transform.as_ref(),
        retry: retry.as_ref(),
        dead_letter_queue: dead_letter_queue.as_ref(),
        message_group: message_group.as_ref(),
        partition_key_path: partition_key_path.as_ref(),
    };
    let target = target_of(cx, &format!("rules.{key}"), place, (arn, role), &said);
    Some((id.clone().unwrap_or_else(|| id_of(word)), target))
}

/// Longest id (EventBridge API Reference, Target).
const LONGEST_ID: usize = 48;

/// What a target is known by where the file does not say: the key, or the end of the ARN.
pub(super) fn id_of(word: &str) -> String {
    let named = references_in(word).next().map(|reference| reference.key);
    let end = word.rsplit([':', '/']).next().unwrap_or(word);
    let name: String = named.as_deref().unwrap_or(end).chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    if name.is_empty() { "target".to_owned() } else { name.chars().take(LONGEST_ID).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_what_is_named() {
        let cases = [
            ("work", "work"),
            ("arn:aws:sqs:us-east-1:111122223333:in.fifo", "in.fifo"),
            ("arn:aws:logs:us-east-1:111122223333:log-group:/aws/events/all", "all"),
            ("${functions.work.alias_arn}", "work"),
            ("arn:aws:states:r:1:stateMachine:*", "target"),
        ];
        for (word, id) in cases {
            assert_eq!(id_of(word), id);
        }
        assert_eq!(id_of(&"x".repeat(90)).len(), LONGEST_ID);
    }
}
