//! What notifications of buckets start of what is imported. Their ids are the mark, so that none is taken
//! over unasked: each is told with the trigger that takes it over.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::file::NamedKeys;
use super::gather::{Gathered, Left, Taken};
use crate::contract::notifications::document::{Document, Entry};
use crate::contract::notifications::{self, EventName, MARK, bucket_of};
use crate::contract::{Kind, ReadCx};
use crate::error::Error;
use crate::kinds::bucket::Bucket;
use crate::source::yaml;

/// Tells of each that starts something of what is imported, in buckets that are imported or let in.
///
/// # Errors
/// Credentials are no longer good. What cannot be read otherwise is told.
pub async fn left(cx: &ReadCx, gathered: &Gathered, keys: &NamedKeys) -> Result<BTreeSet<Left>, Error> {
    let mut left = BTreeSet::new();
    for bucket in buckets(gathered) {
        match notifications::document(cx, &bucket).await {
            Ok(Some(read)) => left.extend(started(&bucket, &read.document, gathered, keys)),
            Ok(None) => {}
            Err(error) if error.is_credentials() => return Err(error.into()),
            Err(error) => {
                let why = format!("they cannot be read: {}", error.short());
                left.insert(Left { what: format!("the notifications of the bucket {bucket}"), why });
            }
        }
    }
    Ok(left)
}

/// Names of buckets that are imported, or named by what lets them in.
fn buckets(gathered: &Gathered) -> BTreeSet<String> {
    let own = gathered.taken.keys().filter(|(kind, _)| *kind == Bucket::NAME).map(|(_, name)| name.clone());
    let mut all: BTreeSet<String> = own.collect();
    for Taken { spec, .. } in gathered.taken.values() {
        ["permissions", "policy"].iter().filter_map(|field| spec.get(field)).for_each(|field| let_in(field, &mut all));
    }
    all
}

fn let_in(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => all.extend(bucket_of(text).map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| let_in(item, all)),
        Value::Object(map) => map.values().for_each(|item| let_in(item, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn started(bucket: &str, document: &Document, gathered: &Gathered, keys: &NamedKeys) -> Vec<Left> {
    let of = |entry: Entry| {
        let (name, taken) = gathered.taken.iter().find(|(_, taken)| starts(&entry.arn, taken))?;
        let key = keys.get(name)?;
        let word = keys.get(&(Bucket::NAME, bucket.to_owned())).map_or(bucket, String::as_str);
        let what = format!("the notification of the bucket {bucket} {}", entry.shown());
        let why = if entry.id.starts_with(MARK) {
            "it carries the mark of another stack".to_owned()
        } else if meant(taken) != Some(&entry.arn) {
            format!("it starts {}, which no trigger of the file does: its owner has to take it away before one does", entry.arn)
        } else {
            let place = format!("{}.{key}", taken.driver.section());
            format!("its id is its mark: write `triggers: [{}]` in {place}, and it is taken over", trigger(word, &entry))
        };
        Some(Left { what, why })
    };
    document.said().into_iter().filter_map(of).collect()
}

/// The ARN that a trigger in the file starts: that of the alias, where there is one.
fn meant(taken: &Taken) -> Option<&String> {
    let attributes = &taken.seen.attributes;
    attributes.get("alias_arn").or_else(|| attributes.get("arn"))
}

/// Whether something of this ARN is started, or an alias of it.
fn starts(arn: &str, taken: &Taken) -> bool {
    let own = taken.seen.attributes.get("arn").map(String::as_str).filter(|own| !own.is_empty());
    own.and_then(|own| arn.strip_prefix(own)).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// The trigger in the words of a file.
fn trigger(bucket: &str, entry: &Entry) -> String {
    let mut words = json!({"bucket": bucket});
    let usual = EventName::of("object_created");
    if !entry.events.iter().map(String::as_str).eq([usual.as_str()]) {
        words["events"] = entry.events.iter().map(|event| EventName::word(event)).collect();
    }
    for (field, text) in [("prefix", entry.prefix()), ("suffix", entry.suffix())] {
        if !text.is_empty() {
            words[field] = text.into();
        }
    }
    yaml::flow(&words)
}
