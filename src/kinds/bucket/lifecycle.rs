//! Lifecycle rules as S3 has them. A filter of one part stands by itself, one of several under `And`,
//! and one without any is written as an empty prefix (docs/aws-facts.md §23).

use std::collections::BTreeMap;

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule as LiveRule, LifecycleRuleAndOperator,
    LifecycleRuleFilter, NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag, Transition as LiveTransition,
    TransitionStorageClass,
};

use super::spec::{NoncurrentExpiration, NoncurrentTransition, Transition};
use super::{LifecycleRule, When};

/// End of a day's first moment, as S3 writes it.
const MIDNIGHT: &str = "T00:00:00Z";

/// The rules by their ids.
pub(super) fn from_live(rules: Vec<LiveRule>) -> BTreeMap<String, LifecycleRule> {
    rules.into_iter().map(|rule| (rule.id.clone().unwrap_or_default(), one_from_live(&rule))).collect()
}

fn one_from_live(live: &LiveRule) -> LifecycleRule {
    let filter = live.filter();
    let and = filter.and_then(|filter| filter.and());
    // Rules that are older than filters have their prefix beside them.
    let of_old = live_prefix(live);
    let prefix = [of_old, filter.and_then(|filter| filter.prefix()), and.and_then(|and| and.prefix())].into_iter().flatten().next();
    let tags = filter.and_then(|filter| filter.tag()).into_iter().chain(and.map(|and| and.tags()).unwrap_or_default());
    let larger = |filter: &LifecycleRuleFilter| filter.object_size_greater_than;
    let smaller = |filter: &LifecycleRuleFilter| filter.object_size_less_than;
    let expiration = live.expiration();
    LifecycleRule {
        enabled: live.status == ExpirationStatus::Enabled,
        prefix: prefix.unwrap_or_default().to_owned(),
        object_tags: tags.map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
        larger_than: filter.and_then(larger).or(and.and_then(|and| and.object_size_greater_than)),
        smaller_than: filter.and_then(smaller).or(and.and_then(|and| and.object_size_less_than)),
        transitions: live.transitions().iter().filter_map(transition).collect(),
        expiration: expiration.and_then(|expiration| when(expiration.days, expiration.date.as_ref())),
        expired_delete_markers: expiration.and_then(|expiration| expiration.expired_object_delete_marker).unwrap_or_default(),
        noncurrent_transitions: live.noncurrent_version_transitions().iter().map(noncurrent_transition).collect(),
        noncurrent_expiration: live.noncurrent_version_expiration().map(|expiration| NoncurrentExpiration {
            after_days: expiration.noncurrent_days.unwrap_or_default(),
            newer_versions: expiration.newer_noncurrent_versions,
        }),
        abort_incomplete_multipart_upload: live.abort_incomplete_multipart_upload().and_then(|abort| abort.days_after_initiation),
    }
}

#[allow(deprecated)]
fn live_prefix(live: &LiveRule) -> Option<&str> {
    live.prefix()
}

fn transition(live: &LiveTransition) -> Option<Transition> {
    let after = when(live.days, live.date.as_ref())?;
    Some(Transition { after, storage_class: live.storage_class()?.as_str().into() })
}

fn noncurrent_transition(live: &NoncurrentVersionTransition) -> NoncurrentTransition {
    NoncurrentTransition {
        after_days: live.noncurrent_days.unwrap_or_default(),
        storage_class: live.storage_class().map_or("", |class| class.as_str()).into(),
        newer_versions: live.newer_noncurrent_versions,
    }
}

fn when(days: Option<i32>, date: Option<&DateTime>) -> Option<When> {
    let day = |date: &DateTime| {
        let text = date.fmt(DateTimeFormat::DateTime).unwrap_or_default();
        When::Date(text.strip_suffix(MIDNIGHT).map(str::to_owned).unwrap_or(text))
    };
    days.map(When::Days).or_else(|| date.map(day))
}

/// The rules as S3 takes them.
///
/// # Errors
/// A rule lacks what each has; the types of the SDK ask for it.
pub(super) fn to_live(rules: &BTreeMap<String, LifecycleRule>) -> Result<Vec<LiveRule>, BuildError> {
    rules.iter().map(|(id, rule)| one_to_live(id, rule)).collect()
}

fn one_to_live(id: &str, rule: &LifecycleRule) -> Result<LiveRule, BuildError> {
    let LifecycleRule {
        enabled,
        prefix: _,
        object_tags: _,
        larger_than: _,
        smaller_than: _,
        transitions,
        expiration,
        expired_delete_markers,
        noncurrent_transitions,
        noncurrent_expiration,
        abort_incomplete_multipart_upload,
    } = rule;
    let (days, date) = expiration.as_ref().map(parts).unwrap_or_default();
    let ends = expiration.is_some() || *expired_delete_markers;
    let expiration = LifecycleExpiration::builder()
        .set_days(days)
        .set_date(date)
        .set_expired_object_delete_marker(expired_delete_markers.then_some(true))
        .build();
    let moves = transitions.iter().map(|Transition { after, storage_class }| {
        let (days, date) = parts(after);
        LiveTransition::builder().set_days(days).set_date(date).storage_class(class(storage_class.as_str())).build()
    });
    let later = noncurrent_transitions.iter().map(|NoncurrentTransition { after_days, storage_class, newer_versions }| {
        NoncurrentVersionTransition::builder()
            .noncurrent_days(*after_days)
            .storage_class(class(storage_class.as_str()))
            .set_newer_noncurrent_versions(*newer_versions)
            .build()
    });
    let noncurrent = noncurrent_expiration.as_ref().map(|NoncurrentExpiration { after_days, newer_versions }| {
        NoncurrentVersionExpiration::builder().noncurrent_days(*after_days).set_newer_noncurrent_versions(*newer_versions).build()
    });
    let abort = abort_incomplete_multipart_upload.map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    let some = |all: Vec<_>| (!all.is_empty()).then_some(all);
    let some_later = |all: Vec<_>| (!all.is_empty()).then_some(all);
    LiveRule::builder()
        .id(id)
        .status(if *enabled { ExpirationStatus::Enabled } else { ExpirationStatus::Disabled })
        .filter(filter(rule)?)
        .set_transitions(some(moves.collect()))
        .set_expiration(ends.then_some(expiration))
        .set_noncurrent_version_transitions(some_later(later.collect()))
        .set_noncurrent_version_expiration(noncurrent)
        .set_abort_incomplete_multipart_upload(abort)
        .build()
}

fn class(word: &str) -> TransitionStorageClass {
    TransitionStorageClass::from(word)
}

fn parts(when: &When) -> (Option<i32>, Option<DateTime>) {
    match when {
        When::Days(days) => (Some(*days), None),
        When::Date(date) => {
            let text = if date.contains('T') { date.clone() } else { format!("{date}{MIDNIGHT}") };
            (None, DateTime::from_str(&text, DateTimeFormat::DateTime).ok())
        }
    }
}

fn filter(LifecycleRule { prefix, object_tags, larger_than, smaller_than, .. }: &LifecycleRule) -> Result<LifecycleRuleFilter, BuildError> {
    let tags = object_tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect::<Result<Vec<_>, _>>()?;
    let parts = usize::from(!prefix.is_empty()) + tags.len() + usize::from(larger_than.is_some()) + usize::from(smaller_than.is_some());
    let some_prefix = (!prefix.is_empty()).then(|| prefix.clone());
    let filter = LifecycleRuleFilter::builder();
    if parts > 1 {
        let and = LifecycleRuleAndOperator::builder()
            .set_prefix(some_prefix)
            .set_tags((!tags.is_empty()).then_some(tags))
            .set_object_size_greater_than(*larger_than)
            .set_object_size_less_than(*smaller_than);
        return Ok(filter.and(and.build()).build());
    }
    let prefix = some_prefix.or_else(|| (parts == 0).then(String::new));
    let filter = filter.set_prefix(prefix).set_tag(tags.into_iter().next());
    Ok(filter.set_object_size_greater_than(*larger_than).set_object_size_less_than(*smaller_than).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> LifecycleRule {
        LifecycleRule {
            enabled: true,
            prefix: String::new(),
            object_tags: BTreeMap::new(),
            larger_than: None,
            smaller_than: None,
            transitions: vec![Transition { after: When::Days(30), storage_class: "GLACIER".into() }],
            expiration: Some(When::Date("2027-01-01".into())),
            expired_delete_markers: false,
            noncurrent_transitions: Vec::new(),
            noncurrent_expiration: Some(NoncurrentExpiration { after_days: 7, newer_versions: Some(2) }),
            abort_incomplete_multipart_upload: Some(3),
        }
    }

    #[test]
    fn what_is_sent_reads_back_the_same() {
        let tags: BTreeMap<String, String> = [("a".to_owned(), "1".to_owned())].into();
        let rules = [
            rule(),
            LifecycleRule { prefix: "raw/".into(), ..rule() },
            LifecycleRule { object_tags: tags.clone(), ..rule() },
            LifecycleRule { larger_than: Some(1), smaller_than: Some(9), object_tags: tags, prefix: "x".into(), ..rule() },
            LifecycleRule { enabled: false, expiration: None, expired_delete_markers: true, ..rule() },
        ];
        for rule in rules {
            let sent = one_to_live("id", &rule).unwrap();
            assert_eq!(one_from_live(&sent), rule);
        }
    }

    #[test]
    fn an_empty_filter_and_a_prefix_of_old_are_read() {
        let bare = LiveRule::builder().id("a").status(ExpirationStatus::Enabled);
        let empty = bare.clone().filter(LifecycleRuleFilter::builder().build()).build().unwrap();
        let named = bare.clone().filter(LifecycleRuleFilter::builder().prefix("").build()).build().unwrap();
        assert_eq!(one_from_live(&empty), one_from_live(&named));
        #[allow(deprecated)]
        let old = bare.prefix("logs/").build().unwrap();
        assert_eq!(one_from_live(&old).prefix, "logs/");
    }
}
