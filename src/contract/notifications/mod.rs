//! Entries among the notifications of buckets, each a part of what it starts. The document of a bucket
//! is shared with others and has no revision: `document` decides what becomes of it, `write` brings it
//! there (docs/reliability.md says what that can promise).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Grants, KindError, Needs, Purpose, ReadCx, WriteCx};
use crate::aws::AwsError;
use crate::aws::api::GET_BUCKET_LOCATION;
use crate::model::handover::Start;
use crate::model::{Scope, Unread};
use crate::source::word::Word;

pub mod api;
pub mod document;
mod entry;
mod read;
mod refusal;
mod words;
mod write;

pub use document::Edit;
pub use read::document;
pub use words::EventName;
pub use write::edit;

/// An entry among the notifications of a bucket, as a spec holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Name of the bucket.
    pub bucket: String,
    /// What is told.
    pub events: BTreeSet<Word<EventName>>,
    /// How the keys begin; empty for all.
    pub prefix: String,
    /// How they end; empty for all.
    pub suffix: String,
    /// What is started, where that is not the resource itself: an alias, or the ARN of something else.
    pub to: Option<String>,
}

/// Entries of one target by their keys.
pub type Notifications = BTreeMap<String, Notification>;

/// The list of the document in which an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Functions.
    Function,
    /// Queues.
    Queue,
    /// Topics.
    Topic,
}

/// What entries start.
#[derive(Debug, Clone)]
pub struct Started {
    /// The list in which its entries stand.
    pub sort: Sort,
    /// Its kind, as addresses name it.
    pub kind: &'static str,
    /// Its physical name.
    pub name: String,
    /// Its ARN, without an alias.
    pub arn: String,
}

/// The longest id of an entry. S3 says none; other parts of a bucket take 255 characters.
pub const LONGEST_ID: usize = 255;
/// Begin of the ids of statements that let S3 start a target of ours: by these its buckets are found.
pub const STATEMENT: &str = "etlctl-s3-";
/// The service of AWS that tells of objects.
pub const SERVICE: &str = "s3.amazonaws.com";
/// What the ids of all entries of ours begin with, whatever their stack.
pub const MARK: &str = "etlctl:";
/// Between a key and the bucket of its twin, where one key is in two buckets: no key has a blank.
const IN: &str = " in ";

/// What the ids of an instance's entries begin with. S3 keeps no tags with them; their id is their mark.
pub fn mark(Scope { stack, env, instance, .. }: &Scope) -> String {
    format!("{MARK}{stack}/{env}/{instance}:")
}

/// What the ids of a target's entries say of it, behind the mark.
pub fn target(kind: &str, name: &str) -> String {
    format!("{kind}/{name}:")
}

/// The id of an entry: it is compared whole.
pub fn id(scope: &Scope, kind: &str, name: &str, key: &str) -> String {
    format!("{}{}{key}", mark(scope), target(kind, name))
}

/// The name of the bucket that an ARN names; none where it names several, or something else.
pub fn bucket_of(arn: &str) -> Option<&str> {
    let (partition, name) = arn.strip_prefix("arn:")?.split_once(":s3:::")?;
    (!partition.contains(':') && !name.is_empty() && !name.contains(['*', '?', '/'])).then_some(name)
}

/// The entries of ours in these buckets that start `started`, and what could not be read of them.
///
/// # Errors
/// AWS does not answer. That a bucket may not be read is no error here.
pub async fn of(cx: &ReadCx, started: &Started, buckets: &BTreeSet<String>) -> Result<(Notifications, Vec<Unread>), AwsError> {
    let (mut all, mut unread) = (Notifications::new(), Vec::new());
    for bucket in buckets {
        let document = match document(cx, bucket).await {
            Ok(Some(read)) => read,
            Ok(None) => continue,
            Err(error) if error.is_denied() => {
                unread.push(Unread { field: "notifications", why: error.to_string() });
                continue;
            }
            Err(error) => return Err(error),
        };
        let own = id(&cx.scope, started.kind, &started.name, "");
        for entry in document.document.said() {
            let Some(key) = entry.id.strip_prefix(&own) else { continue };
            let says = Notification {
                bucket: bucket.clone(),
                events: entry.events.iter().map(|event| Word::from(event.as_str())).collect(),
                prefix: entry.prefix().to_owned(),
                suffix: entry.suffix().to_owned(),
                to: started.to(&entry.arn),
            };
            let key = if all.contains_key(key) { format!("{key}{IN}{bucket}") } else { key.to_owned() };
            all.insert(key, says);
        }
    }
    Ok((all, unread))
}

/// Of a key that is in two buckets, takes the entry in the bucket that the files mean.
pub fn choose(want: &Notifications, have: &mut Notifications) {
    for (key, wanted) in want {
        let twin = format!("{key}{IN}{}", wanted.bucket);
        let is_other = have.get(key).is_some_and(|have| have.bucket != wanted.bucket);
        if let Some(meant) = have.remove(&twin).filter(|_| is_other)
            && let Some(other) = have.insert(key.clone(), meant)
        {
            have.insert(format!("{key}{IN}{}", other.bucket), other);
        }
    }
}

/// Brings the entries of one target from `have` to `want`: what comes first, then what goes, each bucket
/// in one request.
///
/// # Errors
/// S3 refuses them, or others keep changing the document.
pub async fn apply(cx: &WriteCx, started: &Started, have: &Notifications, want: &Notifications) -> Result<(), KindError> {
    put(cx, started, have, want).await?;
    take_away(cx, started, have, want).await
}

/// The same in the buckets of which something is wanted.
///
/// # Errors
/// See [`apply`].
pub async fn put(cx: &WriteCx, started: &Started, have: &Notifications, want: &Notifications) -> Result<(), KindError> {
    for bucket in buckets(want) {
        write_in(cx, started, bucket, have, want).await?;
    }
    Ok(())
}

/// The same in the buckets of which nothing is wanted any more.
///
/// # Errors
/// See [`apply`].
pub async fn take_away(cx: &WriteCx, started: &Started, have: &Notifications, want: &Notifications) -> Result<(), KindError> {
    for bucket in buckets(have).difference(&buckets(want)) {
        write_in(cx, started, bucket, have, want).await?;
    }
    Ok(())
}

fn buckets(all: &Notifications) -> BTreeSet<&str> {
    all.values().map(|says| says.bucket.as_str()).collect()
}

async fn write_in(cx: &WriteCx, started: &Started, bucket: &str, have: &Notifications, want: &Notifications) -> Result<(), KindError> {
    let in_bucket = |(key, says): (&String, &Notification)| (says.bucket == bucket).then(|| (name_of(key).to_owned(), says.clone()));
    let have: Notifications = have.iter().filter_map(in_bucket).collect();
    let want: Notifications = want.iter().filter_map(in_bucket).collect();
    if have == want {
        return Ok(());
    }
    let id = |key: &String| id(&cx.scope, started.kind, &started.name, key);
    let wanted = |(key, says): (&String, &Notification)| document::Wanted {
        id: id(key),
        arn: started.arn_of(says),
        sort: started.sort,
        says: says.clone(),
    };
    let of_target = Edit {
        own: Some(mark(&cx.scope)),
        target: Some(target(started.kind, &started.name)),
        wanted: want.iter().map(wanted).collect(),
        gone: have.keys().filter(|key| !want.contains_key(*key)).map(id).collect(),
        event_bridge: None,
    };
    edit(cx, bucket, &of_target).await
}

/// Buckets that statements of ours let in, by their ids and the ARNs that they are about.
pub fn let_in<'a>(statements: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeSet<String> {
    let ours = statements.filter(|(sid, _)| sid.starts_with(STATEMENT));
    ours.filter_map(|(_, arn)| bucket_of(arn)).map(str::to_owned).collect()
}

/// The same of a policy in normal form.
pub fn let_in_by(policy: Option<&Value>) -> BTreeSet<String> {
    let statements = policy.and_then(|policy| policy["Statement"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let mut all = Vec::new();
    for statement in statements {
        let sid = statement["Sid"].as_str().unwrap_or_default();
        let operators = statement["Condition"].as_object().into_iter().flat_map(|operators| operators.values());
        let keys = operators.filter_map(Value::as_object).flatten().filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn"));
        let arns = keys.flat_map(|(_, arns)| arns.as_array().map_or_else(|| vec![arns], |arns| arns.iter().collect()));
        all.extend(arns.filter_map(|arn| Some((sid, arn.as_str()?))));
    }
    let_in(all.into_iter())
}

/// What starts a resource by these entries.
pub fn starts(all: &Notifications) -> impl Iterator<Item = Start> + '_ {
    all.values().map(|Notification { bucket, events, prefix, suffix, to: _ }| Start {
        from: bucket.clone(),
        events: events.iter().map(|event| event.as_str().to_owned()).collect(),
        prefix: prefix.clone(),
        suffix: suffix.clone(),
    })
}

/// Allows what reading and writing entries takes: of a bucket all of them are one.
pub fn needs(cx: &Needs<'_>, all: &Notifications, grants: &mut Grants) {
    let buckets: Vec<String> = buckets(all).into_iter().map(|bucket| format!("arn:{}:s3:::{bucket}", cx.scope.partition)).collect();
    grants.calls(&[&api::GET_BUCKET_NOTIFICATION], &buckets);
    if cx.purpose != Purpose::Destroy {
        grants.calls(&[&GET_BUCKET_LOCATION], &buckets);
    }
    if cx.purpose != Purpose::Plan {
        grants.calls(&[&api::PUT_BUCKET_NOTIFICATION], &buckets);
    }
}

/// The key without the bucket.
fn name_of(key: &str) -> &str {
    key.split_once(IN).map_or(key, |(name, _)| name)
}

impl Started {
    /// What an entry starts, as seen from here: see [`Notification::to`].
    fn to(&self, arn: &str) -> Option<String> {
        let rest = arn.strip_prefix(&self.arn);
        match rest.map(|rest| rest.strip_prefix(':').ok_or(rest)) {
            Some(Ok(alias)) => Some(alias.to_owned()),
            Some(Err("")) => None,
            Some(Err(_)) | None => Some(arn.to_owned()),
        }
    }

    fn arn_of(&self, says: &Notification) -> String {
        arn_of(&self.arn, says)
    }
}

/// What an entry starts, where that is a part of what has this ARN, or is it.
pub fn arn_of(arn: &str, says: &Notification) -> String {
    match says.to.as_deref() {
        None => arn.to_owned(),
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(alias) => format!("{arn}:{alias}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(bucket: &str) -> Notification {
        Notification { bucket: bucket.into(), events: BTreeSet::new(), prefix: String::new(), suffix: String::new(), to: None }
    }

    #[test]
    fn what_an_entry_starts_is_seen_from_its_target() {
        let started = Started { sort: Sort::Function, kind: "function", name: "f".into(), arn: "arn:aws:lambda:r:1:function:f".into() };
        assert_eq!(started.to("arn:aws:lambda:r:1:function:f"), None);
        assert_eq!(started.to("arn:aws:lambda:r:1:function:f:live").as_deref(), Some("live"));
        assert_eq!(started.to("arn:aws:lambda:r:1:function:f2").as_deref(), Some("arn:aws:lambda:r:1:function:f2"));
        for to in [None, Some("live".to_owned()), Some("arn:aws:lambda:r:1:function:g".to_owned())] {
            assert_eq!(started.to(&started.arn_of(&Notification { to: to.clone(), ..says("b") })), to);
        }
    }

    #[test]
    fn a_bucket_is_known_by_its_arn() {
        assert_eq!(bucket_of("arn:aws-cn:s3:::raw.data"), Some("raw.data"));
        for none in ["arn:aws:s3:::raw-*", "arn:aws:sns:r:1:t", "raw", "arn:aws:s3:::"] {
            assert_eq!(bucket_of(none), None, "{none}");
        }
    }

    #[test]
    fn of_one_key_in_two_buckets_the_meant_one_is_compared() {
        let want = Notifications::from([("load".to_owned(), says("b"))]);
        let mut have = Notifications::from([("load".to_owned(), says("a")), ("load in b".to_owned(), says("b"))]);
        choose(&want, &mut have);
        assert_eq!(have.keys().collect::<Vec<_>>(), ["load", "load in a"]);
        assert_eq!(have["load"].bucket, "b");
    }
}
