//! ARNs that are of another region, partition, service or account than AWS takes in their field: one
//! table, a row a field.

use serde_json::Value;

use crate::contract::{Findings, Kind, Rule, Untyped, View};
use crate::kinds;
use crate::kinds::alarm::Alarm;
use crate::kinds::bucket::Bucket;
use crate::kinds::bus::Bus;
use crate::kinds::function::{Function, mapping};
use crate::kinds::log_group::LogGroup;
use crate::kinds::queue::Queue;
use crate::kinds::role::Role;
use crate::kinds::rule::EventRule;
use crate::kinds::schedule::Schedule;
use crate::kinds::state_machine::StateMachine;
use crate::kinds::stream::Stream;
use crate::kinds::table::Table;
use crate::kinds::topic::Topic;
use crate::model::account;
use crate::model::reference::opens_variable;

/// All of them.
pub const RULES: &[Rule] = &[Rule {
    code: "E271",
    title: "an ARN that AWS does not take in this field",
    why: "An ARN names a partition, a service, a region and an account. A dead-letter queue, a key or an event source has to be in the \
          stack's own region, and every ARN in its partition; an account has twelve digits. AWS refuses others at the call, when a part of \
          the stack is there already.",
    fix: "name one in the stack's partition and region, or a resource of the file by its key",
    source: "botocore service models (patterns of Arn, RoleArn, KMSKeyArn); https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
    run: arns,
}];

/// What a field takes.
struct Field {
    kind: &'static str,
    /// Where it is in the spec: `*` stands for each entry, `@` for the keys of a map.
    path: &'static [&'static str],
    /// Where files write it.
    written: &'static [&'static str],
    services: &'static [&'static str],
    region: Region,
    /// Whether a text that is no ARN is refused: elsewhere it may be a name.
    only_arns: bool,
    /// Whether queues and topics that keep an order are refused.
    no_fifo: bool,
}

#[derive(PartialEq, Eq)]
enum Region {
    /// The stack's.
    Own,
    /// None: the service is everywhere.
    None,
    /// Any.
    Free,
}

const fn field<K: Kind>(path: &'static [&'static str], written: &'static [&'static str], services: &'static [&'static str]) -> Field {
    Field { kind: K::NAME, path, written, services, region: Region::Own, only_arns: false, no_fifo: false }
}

const fn key<K: Kind>() -> Field {
    Field { only_arns: true, ..field::<K>(&["kms_key"], &["kms_key"], &["kms"]) }
}

/// Services whose ARNs an alarm's actions are (CloudWatch API Reference, PutMetricAlarm, AlarmActions).
const ACTIONS: &[&str] = &["sns", "lambda", "autoscaling", "automate", "swf", "ssm", "ssm-incidents", "aiops"];

/// The table.
const FIELDS: &[Field] = &[
    Field { region: Region::None, ..field::<Function>(&["role"], &["role"], &["iam"]) },
    Field { region: Region::None, ..field::<EventRule>(&["role"], &["role"], &["iam"]) },
    Field { region: Region::None, ..field::<EventRule>(&["targets", "*", "role"], &["targets"], &["iam"]) },
    field::<EventRule>(&["targets", "*", "dead_letter"], &["targets"], &["sqs"]),
    field::<Bus>(&["dead_letter"], &["dead_letter_queue"], &["sqs"]),
    field::<Bus>(&["kms_key"], &["kms_key"], &["kms"]),
    field::<Bucket>(&["kms_key"], &["kms_key"], &["kms"]),
    field::<Stream>(&["kms_key"], &["kms_key"], &["kms"]),
    field::<Table>(&["kms_key"], &["kms_key"], &["kms"]),
    field::<StateMachine>(&["kms_key"], &["kms_key"], &["kms"]),
    field::<Schedule>(&["kms_key"], &["kms_key"], &["kms"]),
    Field { region: Region::None, ..field::<StateMachine>(&["role"], &["role"], &["iam"]) },
    key::<Function>(),
    key::<LogGroup>(),
    Field {
        only_arns: true,
        ..field::<LogGroup>(
            &["subscription_filters", "*", "destination"],
            &["subscription_filters"],
            &["lambda", "kinesis", "firehose", "logs"],
        )
    },
    Field { region: Region::None, ..field::<LogGroup>(&["subscription_filters", "*", "role"], &["subscription_filters"], &["iam"]) },
    Field { region: Region::Free, ..field::<Function>(&["layers", "*"], &["layers"], &["lambda"]) },
    Field { no_fifo: true, ..field::<Function>(&["dead_letter"], &["dead_letter_queue"], &["sqs", "sns"]) },
    Field {
        only_arns: true,
        no_fifo: true,
        ..field::<Function>(&["event_invoke", "on_success"], &["event_invoke", "on_success"], &["sqs", "sns", "lambda", "events"])
    },
    Field {
        only_arns: true,
        no_fifo: true,
        ..field::<Function>(&["event_invoke", "on_failure"], &["event_invoke", "on_failure"], &["sqs", "sns", "lambda", "events", "s3"])
    },
    Field {
        only_arns: true,
        ..field::<Function>(&["event_sources", "@"], &["event_sources"], &["sqs", "kinesis", "dynamodb", "kafka", "mq", "rds"])
    },
    field::<Function>(&["event_sources", "*", "on_failure"], &["event_sources"], &["sqs", "sns", "s3", "kafka"]),
    Field { only_arns: true, ..field::<Function>(&["durable", "kms_key"], &["durable", "kms_key"], &["kms"]) },
    Field { only_arns: true, ..field::<Function>(&["event_sources", "*", "kms_key"], &["event_sources"], &["kms"]) },
    field::<Queue>(&["kms_key"], &["encryption"], &["kms"]),
    field::<Queue>(&["redrive_allow", "sourceQueueArns", "*"], &["redrive_allow"], &["sqs"]),
    field::<Topic>(&["kms_key"], &["kms_key"], &["kms"]),
    field::<Topic>(&["subscriptions", "*", "dead_letter"], &["subscriptions"], &["sqs"]),
    Field { region: Region::None, only_arns: true, ..field::<Topic>(&["subscriptions", "*", "role"], &["subscriptions"], &["iam"]) },
    Field {
        region: Region::None,
        only_arns: true,
        ..field::<Topic>(&["delivery_logs", "*", "success_role"], &["delivery_logs"], &["iam"])
    },
    Field {
        region: Region::None,
        only_arns: true,
        ..field::<Topic>(&["delivery_logs", "*", "failure_role"], &["delivery_logs"], &["iam"])
    },
    field::<Alarm>(&["alarm_actions", "*"], &["actions"], ACTIONS),
    field::<Alarm>(&["ok_actions", "*"], &["ok_actions"], ACTIONS),
    field::<Alarm>(&["insufficient_data_actions", "*"], &["insufficient_data_actions"], ACTIONS),
    Field { region: Region::None, ..field::<Role>(&["managed_policies", "*"], &["managed_policies"], &["iam"]) },
    Field { region: Region::None, ..field::<Role>(&["permissions_boundary"], &["permissions_boundary"], &["iam"]) },
];

fn arns(cx: &View<'_>, out: &mut Findings<'_>) {
    for kind in kinds::registry() {
        for field in FIELDS.iter().filter(|field| field.kind == kind.name()) {
            for Untyped { key, address, json } in kind.specs(cx) {
                let mut texts = Vec::new();
                collect(json, field.path, &mut texts);
                // The key of an event source holds more than its ARN, or none.
                let is_key = field.path.last() == Some(&"@");
                for text in texts.into_iter().filter_map(|text| if is_key { mapping::arn_of(text) } else { Some(text) }) {
                    if let Some(wrong) = wrong(cx, field, text) {
                        out.add(cx.place(kind.section(), key, field.written), address, format!("`{text}` {wrong}"));
                    }
                }
            }
        }
    }
}

fn collect<'a>(value: &'a Value, path: &[&str], found: &mut Vec<&'a str>) {
    match (path, value) {
        ([], Value::String(text)) => found.push(text),
        (["@"], Value::Object(map)) => found.extend(map.keys().map(String::as_str)),
        (["*", rest @ ..], Value::Array(items)) => items.iter().for_each(|item| collect(item, rest, found)),
        (["*", rest @ ..], Value::Object(map)) => map.values().for_each(|item| collect(item, rest, found)),
        ([name, rest @ ..], Value::Object(map)) => {
            if let Some(value) = map.get(*name) {
                collect(value, rest, found);
            }
        }
        _ => {}
    }
}

fn wrong(cx: &View<'_>, field: &Field, text: &str) -> Option<String> {
    if text.is_empty() || text.starts_with("${") && !text.contains("}:") {
        return None;
    }
    if !text.starts_with("arn:") {
        let is_alias = field.services == ["kms"] && text.starts_with("alias/");
        let hint = if is_alias { ": AWS asks for the ARN of the key here" } else { "" };
        return field.only_arns.then(|| format!("is no ARN{hint}"));
    }
    let parts: Vec<&str> = split(text);
    let [_, partition, service, region, account, rest] = parts[..] else { return Some("is no ARN of six parts".to_owned()) };
    let scope = &cx.loaded.scope;
    if !opens_variable(partition) && partition != scope.partition {
        return Some(format!("is of the partition {partition}; the stack is in {}", scope.partition));
    }
    if !opens_variable(service) && !field.services.contains(&service) {
        return Some(format!("is of {service}; this field takes {}", field.services.join(", ")));
    }
    let is_elsewhere = match field.region {
        Region::Own => !region.is_empty() && region != scope.region,
        Region::None => !region.is_empty(),
        Region::Free => false,
    };
    if is_elsewhere && !opens_variable(region) {
        let wanted = if field.region == Region::Own { format!("it has to be in {}", scope.region) } else { format!("{service} has none") };
        return Some(format!("is in the region {region}; {wanted}"));
    }
    let has_none = account.is_empty() || service == "automate" || (service == "iam" && account == "aws");
    if !account::is_id(account) && !has_none && !opens_variable(account) {
        return Some(format!("names the account {account}; accounts have 12 digits"));
    }
    let keeps_order = field.no_fifo && matches!(service, "sqs" | "sns") && rest.ends_with(".fifo");
    keeps_order.then(|| "keeps an order, which AWS does not take here".to_owned())
}

/// The six parts; colons within `${…}` are its own.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && parts.len() < 5 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
