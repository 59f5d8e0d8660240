//! What starts a function, a queue, a topic or a state machine, one line of a file each. A trigger brings
//! along what it needs: the rule or the schedule, the statement or the role that lets AWS start its
//! target, the entry among the notifications of a bucket.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::contract::notifications::{Notifications, STATEMENT};
use crate::contract::written::Cx;
use crate::contract::{Expand, Writing};
use crate::kinds::function::EventSourceFile;
use crate::model::policy;
use crate::source::diagnostic::Place;
use crate::source::policy::short;

mod bucket;
mod event;
mod schedule;
pub mod written;

pub use bucket::BucketTriggerFile;
pub use event::EventTriggerFile;
pub use schedule::ScheduleTriggerFile;

/// A trigger: its first word says which.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum TriggerFile {
    /// At times, by EventBridge Scheduler.
    Schedule(Box<ScheduleTriggerFile>),
    /// What happens in a bucket, told by S3.
    Bucket(Box<BucketTriggerFile>),
    /// Events that match a pattern, by a rule of EventBridge.
    Event(Box<EventTriggerFile>),
    /// A queue or a stream that a function reads: as in `event_sources`.
    Source(Box<EventSourceFile>),
}

/// What is started, as whoever starts it sees it.
pub struct Target<'a> {
    /// Section of the file in which it stands.
    pub section: &'static str,
    /// Its key there.
    pub key: &'a str,
    /// What ARN names it: of a function the alias's, where there is one.
    pub arn: String,
    /// Whether it is started with a role alone: it has no policy that lets anybody in.
    pub by_role: bool,
}

/// What triggers ask of their target itself.
#[derive(Debug, Default)]
pub struct Started {
    /// Whom its resource policy has to let in.
    pub statements: Vec<Admission>,
    /// Entries among the notifications of buckets by their keys.
    pub notifications: Notifications,
}

/// A statement that lets a service of AWS start the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Id of the statement: letters, digits, `-` and `_`.
    pub sid: String,
    /// `events.amazonaws.com` for one.
    pub service: &'static str,
    /// On whose behalf: a template, of ARNs that follow from names.
    pub source_arn: String,
    /// Who owns that, where the ARN does not say.
    pub source_account: Option<String>,
}

impl Target<'_> {
    /// Where its triggers stand.
    fn place(&self, cx: &Expand<'_>) -> Place {
        cx.place(self.section, self.key, "triggers")
    }
}

/// Brings along what the triggers need.
pub fn expand(cx: &mut Expand<'_>, target: &Target<'_>, files: &[TriggerFile]) -> Started {
    let mut started = Started::default();
    event::expand(cx, target, files, &mut started);
    schedule::expand(cx, target, files);
    bucket::expand(cx, target, files, &mut started);
    started
}

/// Refuses sources of functions on what reads none.
pub fn refuse_sources(cx: &mut Expand<'_>, target: &Target<'_>, files: &[TriggerFile]) {
    if files.iter().any(|file| matches!(file, TriggerFile::Source(_))) {
        let place = target.place(cx);
        let message = format!("{}.{}: a queue or a stream is read by a function, and by nothing else", target.section, target.key);
        cx.problem(place, message, "take the trigger out, or write it under the function that reads it");
    }
}

/// Refuses statements of the file under the ids of those that triggers bring along. `field` holds the file's.
pub fn refuse_taken(cx: &mut Expand<'_>, target: &Target<'_>, statements: &[Admission], field: &str, is_taken: impl Fn(&str) -> bool) {
    for Admission { sid, .. } in statements.iter().filter(|statement| is_taken(&statement.sid)) {
        cx.refuse_taken(target.section, target.key, field, sid);
    }
}

impl Admission {
    /// The statement, which allows `action` on `resource`.
    fn statement(&self, action: &str, resource: &str) -> Value {
        let Self { sid, service, source_arn, source_account } = self;
        let mut condition = json!({"ArnLike": {"aws:SourceArn": source_arn}});
        if let Some(account) = source_account {
            condition["StringEquals"] = json!({"aws:SourceAccount": account});
        }
        json!({"Sid": sid, "Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": resource, "Condition": condition})
    }
}

/// A policy with the statements that let triggers in: each allows `action` on `resource`.
pub fn policy_with(policy: Option<Value>, statements: &[Admission], action: &str, resource: &str) -> Option<Value> {
    let statements: Vec<Value> = statements.iter().map(|admission| admission.statement(action, resource)).collect();
    policy::with_statements(policy, statements)
}

/// A policy as the file has it: without the statements that let buckets in, which the triggers say.
pub fn without_admissions(cx: &Cx<'_>, policy: &Value) -> Value {
    let mut policy = cx.names.mentions(policy);
    let is_admission = |statement: &Value| statement["Sid"].as_str().is_some_and(|sid| sid.starts_with(STATEMENT));
    if let Some(statements) = policy.get_mut("Statement").and_then(Value::as_array_mut) {
        let all = statements.len();
        statements.retain(|statement| !is_admission(statement));
        if statements.is_empty() && all > 0 {
            return Value::Null;
        }
    }
    short(&policy)
}

/// What no file can say of entries that no trigger of it makes: their ids are the marks of others. A policy
/// keeps the statements that let these in, since nothing else would say them.
pub fn restated(file: &mut Writing<'_>, entries: &mut Notifications, policy: &mut Option<Value>) {
    entries.clear();
    if let Some(policy) = policy.take() {
        file.put(&["policy"], short(&policy));
    }
}

impl<'de> Deserialize<'de> for TriggerFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Map::deserialize(deserializer)?;
        let words = ["schedule", "bucket", "event", "queue", "table", "stream", "arn", "bootstrap_servers"];
        let mut said = words.into_iter().filter(|word| map.contains_key(*word));
        let (word, more) = (said.next(), said.next());
        if let (Some(one), Some(other)) = (word, more) {
            return Err(D::Error::custom(format!("a trigger is one thing, and this one has `{one}` and `{other}`")));
        }
        let map = Value::Object(map);
        let read = match word {
            Some("schedule") => serde_json::from_value(map).map(Self::Schedule),
            Some("bucket") => serde_json::from_value(map).map(Self::Bucket),
            Some("event") => serde_json::from_value(map).map(Self::Event),
            Some(_) => serde_json::from_value(map).map(Self::Source),
            None => {
                return Err(D::Error::custom("a trigger begins with one of `schedule`, `bucket`, `event`, `queue`, `table` and `stream`"));
            }
        };
        read.map_err(D::Error::custom)
    }
}
