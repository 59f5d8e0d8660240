//! Lifecycle rules of buckets.

use super::super::spec::{NoncurrentTransition, Transition};
use super::super::{Bucket, LifecycleRule, StorageClass, When};
use crate::contract::{Findings, Kind, Resource, View};
use crate::model::reference::least_length;

/// Rules of a bucket, characters of an id, newer versions that are kept, at most (S3 User Guide).
const RULES: usize = 1_000;
const ID: i64 = 255;
const NEWER: i32 = 100;
/// Days before an object may move to infrequent access, and before it may move on from there.
const INFREQUENT: i32 = 30;

pub(super) fn refused(cx: &View<'_>, out: &mut Findings<'_>) {
    for bucket in cx.all::<Bucket>() {
        let count = bucket.spec.lifecycle.len();
        if count > RULES {
            let place = cx.place(Bucket::SECTION, &bucket.key, &["lifecycle"]);
            out.add_with(place, &bucket.address, format!("{count} lifecycle rules; a bucket has at most {RULES}"), "join some of them");
        }
        each(cx, out, bucket, &|id, rule| {
            if id.is_empty() || least_length(id) > ID {
                return Some(("", format!("the id of a rule has 1 to {ID} characters")));
            }
            wrong(rule).map(|(field, wrong)| (field, format!("the rule `{id}` {wrong}")))
        });
    }
}

pub(super) fn moves(cx: &View<'_>, out: &mut Findings<'_>) {
    for bucket in cx.all::<Bucket>() {
        each(cx, out, bucket, &|id, rule| wrong_moves(rule).map(|(field, wrong)| (field, format!("the rule `{id}` {wrong}"))));
    }
}

pub(super) fn without_versions(cx: &View<'_>, out: &mut Findings<'_>) {
    for bucket in cx.all::<Bucket>().iter().filter(|bucket| !bucket.spec.versioning && !bucket.spec.object_lock) {
        each(cx, out, bucket, &|id, rule| {
            let parts = [
                ("noncurrent_expiration", rule.noncurrent_expiration.is_some()),
                ("noncurrent_transitions", !rule.noncurrent_transitions.is_empty()),
                ("expired_delete_markers", rule.expired_delete_markers),
            ];
            let (field, _) = parts.into_iter().find(|(_, there)| *there)?;
            Some((field, format!("`{field}` of the rule `{id}` finds nothing: the bucket keeps no versions")))
        });
    }
}

/// A field, and what is wrong with it.
type Wrong = (&'static str, String);

/// What is wrong with the rules of a bucket, at the field that is.
fn each(cx: &View<'_>, out: &mut Findings<'_>, bucket: &Resource<Bucket>, wrong: &dyn Fn(&str, &LifecycleRule) -> Option<Wrong>) {
    for (id, rule) in &bucket.spec.lifecycle {
        if let Some((field, message)) = wrong(id, rule) {
            let path = ["lifecycle", id.as_str(), field];
            let path = if field.is_empty() { &path[..2] } else { &path[..] };
            out.add(cx.place(Bucket::SECTION, &bucket.key, path), &bucket.address, message);
        }
    }
}

fn wrong(rule: &LifecycleRule) -> Option<Wrong> {
    let LifecycleRule {
        enabled: _,
        prefix: _,
        object_tags,
        larger_than,
        smaller_than,
        transitions,
        expiration,
        expired_delete_markers,
        noncurrent_transitions,
        noncurrent_expiration,
        abort_incomplete_multipart_upload,
    } = rule;
    let told = |field: &'static str, text: &str| Some((field, text.to_owned()));
    let does_nothing = transitions.is_empty()
        && expiration.is_none()
        && !expired_delete_markers
        && noncurrent_transitions.is_empty()
        && noncurrent_expiration.is_none()
        && abort_incomplete_multipart_upload.is_none();
    if does_nothing {
        return told("", "does nothing: it has no `expiration`, no `transitions` and none of the others");
    }
    let filter = if !object_tags.is_empty() { Some("tags") } else { (larger_than.or(*smaller_than)).map(|_| "sizes") };
    if *expired_delete_markers && expiration.is_some() {
        return told("expired_delete_markers", "has `expired_delete_markers` beside `expiration`, which take a rule each");
    }
    if let Some(filter) = filter.filter(|_| *expired_delete_markers) {
        return Some(("expired_delete_markers", format!("is about {filter}, which delete markers have none of")));
    }
    if let Some(filter) = filter.filter(|_| abort_incomplete_multipart_upload.is_some()) {
        return Some(("abort_incomplete_multipart_upload", format!("is about {filter}, which unfinished uploads have none of")));
    }
    if larger_than.is_some_and(|bytes| bytes < 0) || smaller_than.is_some_and(|bytes| bytes < 1) {
        return told("", "is about a size that no object has");
    }
    if let (Some(larger), Some(smaller)) = (larger_than, smaller_than)
        && larger + 1 >= *smaller
    {
        return told("smaller_than", "is about no object: nothing is larger than the one and smaller than the other");
    }
    let days = [
        ("expiration", expiration.as_ref().and_then(days_of)),
        ("noncurrent_expiration", noncurrent_expiration.as_ref().map(|end| end.after_days)),
        ("abort_incomplete_multipart_upload", *abort_incomplete_multipart_upload),
    ];
    if let Some((field, _)) = days.into_iter().find(|(_, days)| days.is_some_and(|days| days < 1)) {
        return Some((field, format!("has `{field}` after less than a day")));
    }
    let newer = noncurrent_transitions.iter().map(|to| ("noncurrent_transitions", to.newer_versions));
    let newer = newer.chain(noncurrent_expiration.iter().map(|end| ("noncurrent_expiration", end.newer_versions)));
    let beyond = newer.into_iter().find(|(_, newer)| newer.is_some_and(|newer| !(1..=NEWER).contains(&newer)));
    beyond.map(|(field, _)| (field, format!("keeps newer versions; S3 takes 1 to {NEWER} of them")))
}

fn days_of(when: &When) -> Option<i32> {
    match when {
        When::Days(days) => Some(*days),
        When::Date(_) => None,
    }
}

fn wrong_moves(rule: &LifecycleRule) -> Option<Wrong> {
    let mut transitions: Vec<&Transition> = rule.transitions.iter().collect();
    transitions.sort_by(|a, b| a.after.cmp(&b.after));
    let all = transitions.iter().map(|transition| &transition.after).chain(&rule.expiration);
    let dates = all.clone().filter(|when| days_of(when).is_none()).count();
    if dates != 0 && dates != all.count() {
        return Some(("transitions", "has days and dates; all of it is by the one or all by the other".to_owned()));
    }
    let steps: Vec<(Option<StorageClass>, &str, Option<i32>)> =
        transitions.iter().map(|to| (to.storage_class.known(), to.storage_class.as_str(), days_of(&to.after))).collect();
    if let Some(wrong) = wrong_steps(&steps) {
        return Some(("transitions", wrong));
    }
    let last = transitions.last().map(|to| &to.after);
    if let (Some(last), Some(end)) = (last, &rule.expiration)
        && end <= last
    {
        return Some(("expiration", format!("deletes after {end}, which is no later than its last move, after {last}")));
    }
    let mut later: Vec<&NoncurrentTransition> = rule.noncurrent_transitions.iter().collect();
    later.sort_by_key(|to| to.after_days);
    let steps: Vec<(Option<StorageClass>, &str, Option<i32>)> =
        later.iter().map(|to| (to.storage_class.known(), to.storage_class.as_str(), Some(to.after_days))).collect();
    if let Some(wrong) = wrong_steps(&steps) {
        return Some(("noncurrent_transitions", wrong));
    }
    let (last, end) = (later.last().map(|to| to.after_days), rule.noncurrent_expiration.as_ref().map(|end| end.after_days));
    match (last, end) {
        (Some(last), Some(end)) if end <= last => {
            Some(("noncurrent_expiration", format!("deletes versions after {end}d, which is no later than their last move, after {last}d")))
        }
        _ => None,
    }
}

/// How far down a class is: objects move from a lower number to a higher one (S3 User Guide, "Transitioning
/// objects using Amazon S3 Lifecycle").
fn depth(class: StorageClass) -> u8 {
    match class {
        StorageClass::StandardIa => 1,
        StorageClass::IntelligentTiering => 2,
        StorageClass::OnezoneIa => 3,
        StorageClass::GlacierIr => 4,
        StorageClass::Glacier => 5,
        StorageClass::DeepArchive => 6,
    }
}

/// Objects move down, but from the one zone not to where they are read at once.
fn moves_on(from: StorageClass, to: StorageClass) -> bool {
    depth(to) > depth(from) && (from, to) != (StorageClass::OnezoneIa, StorageClass::GlacierIr)
}

fn wrong_steps(steps: &[(Option<StorageClass>, &str, Option<i32>)]) -> Option<String> {
    let infrequent = |class: Option<StorageClass>| matches!(class, Some(StorageClass::StandardIa | StorageClass::OnezoneIa));
    for (class, word, days) in steps {
        let Some(days) = days else { continue };
        if *days < 0 || (infrequent(*class) && *days < INFREQUENT) {
            return Some(format!("moves to {word} after {days}d; objects move there after {INFREQUENT}d at the earliest"));
        }
    }
    for pair in steps.windows(2) {
        let [(from, from_word, first), (to, to_word, second)] = pair else { continue };
        let (Some(from), Some(to)) = (from, to) else { continue };
        if !moves_on(*from, *to) || first == second && first.is_some() {
            return Some(format!("moves to {from_word} and then to {to_word}, which objects do not"));
        }
        let soon = first.zip(*second).is_some_and(|(first, second)| second - first < INFREQUENT);
        if infrequent(Some(*from)) && soon {
            return Some(format!("moves to {to_word} less than {INFREQUENT}d after the move to {from_word}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn rule(transitions: &[(i32, &str)], expiration: Option<i32>) -> LifecycleRule {
        let to = |(days, class): &(i32, &str)| Transition { after: When::Days(*days), storage_class: (*class).into() };
        LifecycleRule {
            enabled: true,
            prefix: String::new(),
            object_tags: BTreeMap::new(),
            larger_than: None,
            smaller_than: None,
            transitions: transitions.iter().map(to).collect(),
            expiration: expiration.map(When::Days),
            expired_delete_markers: false,
            noncurrent_transitions: Vec::new(),
            noncurrent_expiration: None,
            abort_incomplete_multipart_upload: None,
        }
    }

    #[test]
    fn objects_move_down_and_in_time() {
        let right = [
            rule(&[(30, "STANDARD_IA"), (90, "GLACIER")], Some(365)),
            rule(&[(0, "GLACIER")], Some(1)),
            rule(&[(0, "INTELLIGENT_TIERING"), (1, "DEEP_ARCHIVE")], None),
            rule(&[], Some(1)),
            rule(&[(30, "ONEZONE_IA"), (90, "GLACIER")], None),
            rule(&[(30, "STANDARD_IA"), (90, "GLACIER_IR")], None),
            rule(&[(0, "INTELLIGENT_TIERING"), (30, "ONEZONE_IA")], None),
        ];
        for rule in &right {
            assert_eq!(wrong_moves(rule), None, "{rule:?}");
        }
        let wrongs = [
            rule(&[(29, "STANDARD_IA")], None),
            rule(&[(30, "GLACIER"), (60, "STANDARD_IA")], None),
            rule(&[(30, "STANDARD_IA"), (45, "GLACIER")], None),
            rule(&[(90, "GLACIER")], Some(90)),
            rule(&[(90, "GLACIER"), (90, "DEEP_ARCHIVE")], None),
            rule(&[(30, "ONEZONE_IA"), (90, "GLACIER_IR")], None),
            rule(&[(0, "INTELLIGENT_TIERING"), (90, "STANDARD_IA")], None),
        ];
        for rule in &wrongs {
            assert!(wrong_moves(rule).is_some(), "{rule:?}");
        }
        let mut mixed = rule(&[(90, "GLACIER")], None);
        mixed.expiration = Some(When::Date("2030-01-01".into()));
        assert!(wrong_moves(&mixed).is_some());
    }

    #[test]
    fn a_rule_does_something_that_its_filter_allows() {
        assert!(wrong(&rule(&[], None)).is_some());
        assert!(wrong(&rule(&[], Some(0))).is_some());
        let sized = LifecycleRule { larger_than: Some(10), smaller_than: Some(11), ..rule(&[], Some(1)) };
        assert!(wrong(&sized).is_some());
        let fine = LifecycleRule { larger_than: Some(10), smaller_than: Some(12), ..rule(&[], Some(1)) };
        assert_eq!(wrong(&fine), None);
        let upload = LifecycleRule { abort_incomplete_multipart_upload: Some(1), ..fine };
        assert!(wrong(&upload).is_some());
        let markers = LifecycleRule { expired_delete_markers: true, ..rule(&[], Some(1)) };
        assert!(wrong(&markers).is_some());
    }
}
