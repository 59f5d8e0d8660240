//! Triggers by what happens in a bucket: an entry among its notifications each, and a statement that
//! lets S3 start the target.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Admission, Started, Target, TriggerFile};
use crate::contract::Expand;
use crate::contract::notifications::{EventName, Notification, SERVICE, STATEMENT, bucket_of};
use crate::kinds::bucket_name::wrong_elsewhere;
use crate::model::account;
use crate::model::fingerprint::short_digest;
use crate::model::reference::{Reference, is_known, references_in};

/// What happens in a bucket.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketTriggerFile {
    /// Key of a bucket of this file, or the name or ARN of any bucket of the account and region; an empty
    /// text is no trigger.
    pub bucket: String,
    /// What happens to objects: `object_created` (where nothing is said), `object_removed`,
    /// `object_created:put`, … or an event as S3 spells it, such as `s3:ObjectCreated:*`.
    pub events: Option<Vec<String>>,
    /// How keys begin.
    #[serde(default)]
    pub prefix: String,
    /// How keys end.
    #[serde(default)]
    pub suffix: String,
    /// Name of the notification: letters, digits, `-`, `_` and `.`. It is made of bucket, prefix and suffix
    /// where nothing is said.
    pub name: Option<String>,
}

pub(super) fn expand(cx: &mut Expand<'_>, target: &Target<'_>, files: &[TriggerFile], started: &mut Started) {
    let files = files.iter().filter_map(|file| if let TriggerFile::Bucket(file) = file { Some(&**file) } else { None });
    // So that a variable can leave it out.
    let files = files.filter(|file| !file.bucket.is_empty());
    for file in files {
        let place = target.place(cx);
        let of = format!("{}.{}", target.section, target.key);
        let BucketTriggerFile { bucket, events, prefix, suffix, name } = file;
        let key = name.clone().unwrap_or_else(|| made_of(&[bucket, prefix, suffix]));
        if let Some(name) = name.as_ref().filter(|name| !is_name(name)) {
            let fix = "use letters, digits, `-`, `_` and `.`, 64 at most";
            cx.problem(place, format!("{of}: `{name}` is no name of a notification"), fix);
        }
        let bucket_name = match name_of(cx, bucket) {
            Ok(name) => name,
            Err(Wrong { what, fix }) => {
                cx.problem(place, format!("{of}: `{bucket}` {what}"), fix);
                continue;
            }
        };
        let admission = Admission {
            sid: sid(bucket),
            service: SERVICE,
            source_arn: format!("arn:{}:s3:::{bucket_name}", cx.scope.partition),
            source_account: Some(cx.scope.account.to_string()),
        };
        if !started.statements.contains(&admission) {
            started.statements.push(admission);
        }
        let every = ["object_created".to_owned()];
        let events = events.as_deref().unwrap_or(&every);
        if events.is_empty() {
            let fix = "write what happens, such as `object_created`, or leave `events` out, which means that";
            cx.problem(place, format!("{of}: `events` of the trigger by `{bucket}` names none"), fix);
        }
        let says = Notification {
            bucket: bucket_name,
            events: events.iter().map(|event| EventName::of(event)).collect(),
            prefix: prefix.clone(),
            suffix: suffix.clone(),
            to: None,
        };
        if started.notifications.insert(key.clone(), says).is_some() {
            let message = format!("{of}: two triggers of buckets are named `{key}`");
            cx.problem(place, message, "give one of them a `name`, or join their `events`");
        }
    }
}

/// Why a word names no bucket, and what does.
struct Wrong {
    what: String,
    fix: String,
}

/// The name of the bucket, as a template.
fn name_of(cx: &Expand<'_>, word: &str) -> Result<String, Wrong> {
    let referred = Reference::whole(word).filter(|of| of.section == "buckets" && of.attribute == "arn");
    let key = referred.as_ref().map_or(word, |of| of.key.as_str());
    if cx.has("buckets", key) {
        return Ok(format!("${{buckets.{key}.name}}"));
    }
    named(word)
}

/// The same of a word that is no key of the file.
fn named(word: &str) -> Result<String, Wrong> {
    let name = match word.strip_prefix("arn:") {
        Some(_) => bucket_of(word).ok_or_else(|| Wrong {
            what: "is no ARN of a bucket".to_owned(),
            fix: "write the ARN of the bucket itself, or its name; `prefix` and `suffix` say which keys".to_owned(),
        })?,
        None => word,
    };
    // What is filled in later says its name then, but for an account, whose form is known.
    let plain = account::with_any(name);
    match wrong_elsewhere(&plain).filter(|_| is_known(&plain)) {
        None => Ok(name.to_owned()),
        Some(what) => Err(Wrong {
            what: format!("is no name of a bucket: it {what}"),
            fix: "name a bucket as S3 has it, give its ARN, or a key of `buckets`".to_owned(),
        }),
    }
}

/// The id of the statement for a bucket: of the characters that ids of statements have. Where that is not
/// the word itself, some of its digest keeps two of them apart.
fn sid(word: &str) -> String {
    let word = word.rsplit(":::").next().unwrap_or(word);
    let plain = slug(word);
    if plain == word { format!("{STATEMENT}{plain}") } else { format!("{STATEMENT}{}-{}", cut(&plain, 64), short_digest(word, 4)) }
}

/// A key of words that say what is meant.
fn made_of(words: &[&str]) -> String {
    let bucket = words.first().map(|word| word.rsplit(":::").next().unwrap_or(word));
    let slugs: Vec<String> = bucket.into_iter().chain(words.iter().skip(1).copied()).map(slug).filter(|slug| !slug.is_empty()).collect();
    let key = slugs.join("-");
    // A reference says little, and a long prefix too much.
    let is_odd = key.len() > 64 || words.iter().any(|word| references_in(word).next().is_some());
    if is_odd { format!("{}-{}", cut(&key, 48), short_digest(&words.join("\n"), 4)) } else { key }
}

fn slug(word: &str) -> String {
    let mut slug = String::new();
    for c in word.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

fn cut(text: &str, most: usize) -> &str {
    text.get(..most).unwrap_or(text)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bucket_names_none() {
        for name in ["lost-bkt", "arn:aws:s3:::lost-bkt", "arn:aws-cn:s3:::raw.data", "${buckets.a.name}", "raw-${aws.account}"] {
            assert!(named(name).is_ok(), "{name}");
        }
        for none in [
            "arn:aws:s3:us-east-1:111122223333:accesspoint/x",
            "arn:aws:s3:::bkt/raw/*",
            "arn:aws:sqs:us-east-1:1:q",
            "My_Bucket",
            "bkt/raw",
            "x",
        ] {
            assert!(named(none).is_err(), "{none}");
        }
    }

    #[test]
    fn statements_and_notifications_are_named_by_what_they_are_about() {
        assert_eq!(sid("ingest"), "etlctl-s3-ingest");
        assert_eq!(sid("arn:aws:s3:::raw-data"), "etlctl-s3-raw-data");
        assert_ne!(sid("raw.data"), sid("raw-data"));
        assert_eq!(made_of(&["ingest", "raw/in/", ".json"]), "ingest-raw-in-json");
        assert_eq!(made_of(&["ingest", "", ""]), "ingest");
        let long = made_of(&["ingest", &"x".repeat(100), ""]);
        assert!(long.len() <= 64 && is_name(&long), "{long}");
        assert!(is_name(&made_of(&["${buckets.a.name}", "", ""])));
    }
}
