//! ARNs that are of another region, partition, service, account or kind than AWS takes in their field: one
//! table, a row a field.

use serde_json::Value;

use crate::contract::{Driver, Findings, Kind, Rule, Untyped, View};
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
use crate::model::reference::{opens_variable, plain, resolve_text};
use crate::model::{Account, account};
use crate::source::diagnostic::Place;
use crate::source::node::Node;

/// All of them.
pub const RULES: &[Rule] = &[Rule {
    code: "E271",
    title: "an ARN that AWS does not take in this field",
    why: "An ARN names a partition, a service, a region and an account. A dead-letter queue, a key or an event source has to be in the \
          stack's own region, and every ARN in its partition; an account has twelve digits; and a user is no role, \
          nor a layer a function. AWS refuses others at the call, when a part of the stack is there already.",
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
    /// The services, each perhaps with what its resource begins with: `iam:role/`.
    takes: &'static [&'static str],
    /// Whether it takes what other services have, too.
    takes_others: bool,
    region: Region,
    /// Whether a text that is no ARN is refused: elsewhere it may be a name.
    only_arns: bool,
    /// Whether queues and topics that keep an order are refused.
    no_fifo: bool,
    /// Whether it has to be in the stack's own account.
    own_account: bool,
}

#[derive(PartialEq, Eq)]
enum Region {
    /// The stack's.
    Own,
    /// None: the service is everywhere.
    None,
    /// The stack's, but for buses, which take events of any
    /// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html>).
    OwnButBuses,
    /// Any.
    Free,
}

const fn field<K: Kind>(path: &'static [&'static str], written: &'static [&'static str], takes: &'static [&'static str]) -> Field {
    Field {
        kind: K::NAME,
        path,
        written,
        takes,
        takes_others: false,
        region: Region::Own,
        only_arns: false,
        no_fifo: false,
        own_account: false,
    }
}

const fn key<K: Kind>() -> Field {
    Field { only_arns: true, ..kms::<K>(&["kms_key"], &["kms_key"]) }
}

const fn kms<K: Kind>(path: &'static [&'static str], written: &'static [&'static str]) -> Field {
    field::<K>(path, written, &["kms:key/", "kms:alias/"])
}

const fn role<K: Kind>(path: &'static [&'static str], written: &'static [&'static str]) -> Field {
    // What hands a role on is of the role's account (IAM User Guide, "Grant a user permissions to pass a role").
    Field { region: Region::None, own_account: true, ..field::<K>(path, written, &["iam:role/"]) }
}

const fn target<K: Kind>(path: &'static [&'static str], written: &'static [&'static str]) -> Field {
    Field { takes_others: true, region: Region::Free, only_arns: true, ..field::<K>(path, written, TARGETS) }
}

/// What an alarm's actions are (CloudWatch API Reference, PutMetricAlarm, AlarmActions).
const ACTIONS: &[&str] = &["sns", "lambda:function:", "autoscaling", "automate", "swf", "ssm", "ssm-incidents", "aiops"];

/// What rules and schedules start, as far as its kind is told from its ARN.
const TARGETS: &[&str] = &[
    "lambda:function:",
    "sqs",
    "sns",
    "states:stateMachine:",
    "events:event-bus/",
    "events:api-destination/",
    "events:target/",
    "kinesis:stream/",
    "firehose:deliverystream/",
    "logs:log-group:",
];

/// The table.
const FIELDS: &[Field] = &[
    role::<Function>(&["role"], &["role"]),
    role::<EventRule>(&["role"], &["role"]),
    role::<EventRule>(&["targets", "*", "role"], &["targets"]),
    role::<StateMachine>(&["role"], &["role"]),
    role::<LogGroup>(&["subscription_filters", "*", "role"], &["subscription_filters"]),
    Field { only_arns: true, ..role::<Topic>(&["subscriptions", "*", "role"], &["subscriptions"]) },
    Field { only_arns: true, ..role::<Topic>(&["delivery_logs", "*", "success_role"], &["delivery_logs"]) },
    Field { only_arns: true, ..role::<Topic>(&["delivery_logs", "*", "failure_role"], &["delivery_logs"]) },
    Field { region: Region::OwnButBuses, ..target::<EventRule>(&["targets", "*", "arn"], &["targets"]) },
    target::<Schedule>(&["target"], &[]),
    field::<EventRule>(&["targets", "*", "dead_letter"], &["targets"], &["sqs"]),
    // That it is a queue is another rule's.
    Field { takes_others: true, ..field::<Schedule>(&["dead_letter_queue"], &["dead_letter_queue"], &[]) },
    field::<Bus>(&["dead_letter"], &["dead_letter_queue"], &["sqs"]),
    kms::<Bus>(&["kms_key"], &["kms_key"]),
    kms::<Bucket>(&["kms_key"], &["kms_key"]),
    kms::<Stream>(&["kms_key"], &["kms_key"]),
    kms::<Table>(&["kms_key"], &["kms_key"]),
    kms::<StateMachine>(&["kms_key"], &["kms_key"]),
    kms::<Schedule>(&["kms_key"], &["kms_key"]),
    kms::<Queue>(&["kms_key"], &["encryption"]),
    kms::<Topic>(&["kms_key"], &["kms_key"]),
    key::<Function>(),
    key::<LogGroup>(),
    field::<StateMachine>(&["logging", "log_group"], &["logging", "log_group"], &["logs:log-group:"]),
    Field {
        only_arns: true,
        ..field::<LogGroup>(
            &["subscription_filters", "*", "destination"],
            &["subscription_filters"],
            &["lambda:function:", "kinesis:stream/", "firehose:deliverystream/", "logs:destination:"],
        )
    },
    Field { region: Region::Free, ..field::<Function>(&["layers", "*"], &["layers"], &["lambda:layer:", "lambda:awslayer:"]) },
    Field {
        only_arns: true,
        ..field::<Function>(&["file_systems", "*"], &["file_systems"], &["elasticfilesystem:access-point/", "s3files:file-system/"])
    },
    Field { no_fifo: true, ..field::<Function>(&["dead_letter"], &["dead_letter_queue"], &["sqs", "sns"]) },
    Field {
        only_arns: true,
        no_fifo: true,
        ..field::<Function>(
            &["event_invoke", "on_success"],
            &["event_invoke", "on_success"],
            &["sqs", "sns", "lambda:function:", "events:event-bus/"],
        )
    },
    Field {
        only_arns: true,
        no_fifo: true,
        ..field::<Function>(
            &["event_invoke", "on_failure"],
            &["event_invoke", "on_failure"],
            &["sqs", "sns", "lambda:function:", "events:event-bus/", "s3"],
        )
    },
    Field {
        only_arns: true,
        ..field::<Function>(
            &["event_sources", "@"],
            &["event_sources"],
            &[
                "sqs",
                "kinesis:stream/",
                "dynamodb:table/*/stream/",
                "kafka:cluster/",
                "kafka:vpc-connection/",
                "mq:broker:",
                "rds:cluster:",
            ],
        )
    },
    Field { no_fifo: true, ..field::<Function>(&["event_sources", "*", "on_failure"], &["event_sources"], &["sqs", "sns", "s3", "kafka"]) },
    Field { only_arns: true, ..kms::<Function>(&["durable", "kms_key"], &["durable", "kms_key"]) },
    Field { only_arns: true, ..kms::<Function>(&["event_sources", "*", "kms_key"], &["event_sources"]) },
    Field { own_account: true, ..field::<Queue>(&["redrive_allow", "sourceQueueArns", "*"], &["redrive_allow"], &["sqs"]) },
    Field { own_account: true, ..field::<Topic>(&["subscriptions", "*", "dead_letter"], &["subscriptions"], &["sqs"]) },
    Field { region: Region::Free, ..field::<Topic>(&["subscriptions", "@"], &["subscriptions"], &["sqs", "lambda:function:"]) },
    field::<Alarm>(&["alarm_actions", "*"], &["alarm_actions"], ACTIONS),
    field::<Alarm>(&["ok_actions", "*"], &["ok_actions"], ACTIONS),
    field::<Alarm>(&["insufficient_data_actions", "*"], &["insufficient_data_actions"], ACTIONS),
    // What of IAM it is another rule tells.
    Field { region: Region::None, ..field::<Role>(&["managed_policies", "*"], &["managed_policies"], &["iam"]) },
    Field { region: Region::None, ..field::<Role>(&["permissions_boundary"], &["permissions_boundary"], &["iam:policy/"]) },
];

/// What a word of a file names, in the same form as [`Field::takes`].
const WORDS: [(&str, &str); 7] = [
    ("function", "lambda:function:"),
    ("queue", "sqs"),
    ("topic", "sns"),
    ("state_machine", "states:stateMachine:"),
    ("bus", "events:event-bus/"),
    ("stream", "kinesis:stream/"),
    ("log_group", "logs:log-group:"),
];

/// Where those words stand, below a resource.
const HOLDERS: [(&str, &[&str]); 4] = [
    (EventRule::SECTION, &["targets", "*"]),
    (Schedule::SECTION, &[]),
    (Topic::SECTION, &["subscriptions", "*"]),
    (LogGroup::SECTION, &["subscription_filters", "*"]),
];

fn arns(cx: &View<'_>, out: &mut Findings<'_>) {
    for kind in kinds::registry() {
        for field in FIELDS.iter().filter(|field| field.kind == kind.name()) {
            for Untyped { key, address, json } in kind.specs(cx) {
                let mut texts = Vec::new();
                collect(json, field.path, &mut texts);
                for text in texts.into_iter().filter_map(|text| within(field, text)) {
                    if let Some(wrong) = wrong(cx, field, text) {
                        out.add(place(cx, *kind, key, field, text), address, format!("`{text}` {wrong}"));
                    }
                }
            }
        }
    }
    words(cx, out);
}

/// The ARN in a text of the spec: the key of an event source holds more than it, or none, and that of a
/// subscription its protocol.
fn within<'a>(field: &Field, text: &'a str) -> Option<&'a str> {
    match field.path.last() {
        // What a delivery stream's looks like another rule says.
        Some(&"@") if field.kind == Topic::NAME => text.split_once(':').filter(|(of, _)| *of != "firehose").map(|(_, endpoint)| endpoint),
        Some(&"@") => mapping::arn_of(text),
        _ => Some(text),
    }
}

/// Where the file has the text, else where it has the field.
fn place(cx: &View<'_>, kind: &dyn Driver, key: &str, field: &Field, text: &str) -> Place {
    let home = cx.home(kind.section(), key);
    let held = cx.loaded.tree.at(&[&home, field.written].concat()).or_else(|| cx.loaded.tree.at(&home));
    held.and_then(|held| held.place_of(text)).unwrap_or_else(|| cx.place(kind.section(), key, field.written))
}

/// ARNs behind words that name another kind: a queue's behind `function`.
fn words(cx: &View<'_>, out: &mut Findings<'_>) {
    for (section, path) in HOLDERS {
        for entry in cx.loaded.tree.get(section).map(Node::entries).unwrap_or_default() {
            let holders: Vec<&Node> = match path {
                [list, ..] => entry.value.get(list).map(each_item).unwrap_or_default(),
                [] => vec![&entry.value],
            };
            for (word, takes) in WORDS {
                for node in holders.iter().filter_map(|holder| holder.get(word)) {
                    let Some(text) = node.text() else { continue };
                    let text = plain(&resolve_text(text, &|reference| cx.loaded.desired.known(reference)));
                    let [_, _, service, _, _, rest] = split(&text)[..] else { continue };
                    let is_open = opens_variable(service) || rest.starts_with("${");
                    // What nothing takes is told by its field.
                    let is_known = TARGETS.iter().any(|one| is_of(one, service, rest));
                    if text.starts_with("arn:") && !is_open && is_known && !is_of(takes, service, rest) {
                        let kind = kinds::registry().iter().find(|kind| kind.section() == section);
                        let address = format!("{}/{}", kind.map_or(section, |kind| kind.name()), entry.key);
                        out.add(node.place, address, format!("`{text}` is no {}", word.replace('_', " ")));
                    }
                }
            }
        }
    }
}

fn each_item(node: &Node) -> Vec<&Node> {
    node.items().iter().chain(node.entries().iter().map(|entry| &entry.value)).collect()
}

/// Whether something of a service is what a word of [`Field::takes`] says.
fn is_of(takes: &str, service: &str, rest: &str) -> bool {
    takes.split_once(':').map_or(takes == service, |(of, form)| {
        of == service && {
            let (before, within) = form.split_once('*').unwrap_or((form, ""));
            rest.strip_prefix(before).is_some_and(|rest| rest.contains(within))
        }
    })
}

pub(super) fn collect<'a>(value: &'a Value, path: &[&str], found: &mut Vec<&'a str>) {
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
        let is_alias = services(field.takes).eq(["kms"]) && text.starts_with("alias/");
        let hint = if is_alias { ": AWS asks for the ARN of the key here" } else { "" };
        return field.only_arns.then(|| format!("is no ARN{hint}"));
    }
    let parts: Vec<&str> = split(text);
    let [_, partition, service, region, account, rest] = parts[..] else { return Some("is no ARN of six parts".to_owned()) };
    let scope = &cx.loaded.scope;
    if !opens_variable(partition) && partition != scope.partition {
        return Some(format!("is of the partition {partition}; the stack is in {}", scope.partition));
    }
    if !opens_variable(service)
        && let Some(wrong) = wrong_kind(field, service, rest)
    {
        return Some(wrong);
    }
    let is_elsewhere = match field.region {
        Region::OwnButBuses if rest.starts_with("event-bus/") => false,
        Region::Own | Region::OwnButBuses => region != scope.region && (!region.is_empty() || PLACED.contains(&service)),
        Region::None => !region.is_empty(),
        Region::Free => false,
    };
    if is_elsewhere && !opens_variable(region) {
        let wanted = if field.region != Region::None { format!("it has to be in {}", scope.region) } else { format!("{service} has none") };
        return Some(if region.is_empty() { format!("names no region; {wanted}") } else { format!("is in the region {region}; {wanted}") });
    }
    if account.is_empty() && (PLACED.contains(&service) || service == "iam") {
        return Some("names no account".to_owned());
    }
    let has_none = account.is_empty() || service == "automate" || (service == "iam" && account == "aws");
    if !account::is_id(account) && !has_none && !opens_variable(account) {
        return Some(format!("names the account {account}; accounts have 12 digits"));
    }
    if field.own_account && account::is_id(account) && scope.account != Account::Late && scope.account != *account {
        return Some(format!("is in the account {account}; it has to be in {}", scope.account));
    }
    let keeps_order = field.no_fifo && matches!(service, "sqs" | "sns") && rest.ends_with(".fifo");
    keeps_order.then(|| "keeps an order, which AWS does not take here".to_owned())
}

/// Services whose ARNs name a region and an account.
const PLACED: [&str; 8] = ["dynamodb", "elasticfilesystem", "firehose", "kinesis", "kms", "sns", "sqs", "states"];

/// The services among what a field takes, each once.
fn services(takes: &[&'static str]) -> impl Iterator<Item = &'static str> {
    let mut all: Vec<&str> = takes.iter().map(|takes| takes.split(':').next().unwrap_or(takes)).collect();
    all.dedup();
    all.into_iter()
}

fn wrong_kind(field: &Field, service: &str, rest: &str) -> Option<String> {
    let of_service: Vec<&str> = field.takes.iter().copied().filter(|takes| services(&[takes]).eq([service])).collect();
    if of_service.is_empty() {
        let all: Vec<&str> = services(field.takes).collect();
        return (!field.takes_others).then(|| format!("is of {service}; this field takes {}", all.join(", ")));
    }
    let fits = rest.starts_with("${") || of_service.iter().any(|takes| is_of(takes, service, rest));
    let kinds =
        || of_service.iter().filter_map(|takes| takes.split_once(':')).map(|(_, before)| format!("`{before}…`")).collect::<Vec<_>>();
    (!fits).then(|| format!("is `{rest}` of {service}; this field takes {}", kinds().join(" or ")))
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
