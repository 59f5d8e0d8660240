//! Policies of buckets.

use serde_json::Value;

use super::super::{Bucket, arn};
use super::public::lets_everybody_in;
use crate::contract::{Findings, Kind, Resource, View};
use crate::model::policy::compact;
use crate::model::reference::is_known;

/// Bytes of a policy, at most (S3 User Guide, "Bucket policies").
const LARGEST: usize = 20 * 1024;

pub(super) fn refused(cx: &View<'_>, out: &mut Findings<'_>) {
    for bucket in cx.all::<Bucket>() {
        let Some(policy) = &bucket.spec.policy else { continue };
        let place = cx.place(Bucket::SECTION, &bucket.key, &["policy"]);
        let size = compact(policy).len();
        if size > LARGEST {
            let message = format!("the policy has {size} bytes; S3 takes {LARGEST}");
            out.add_with(place, &bucket.address, message, "join statements that differ in one thing alone");
        }
        for statement in statements(policy) {
            let own = arn(&cx.loaded.scope, &bucket.name);
            // What is no ARN at all has a rule of its own, and so has a statement without a principal.
            let foreign = |resource: &&str| resource.starts_with("arn:") && is_known(resource) && !is_about(resource, &own);
            if let Some(other) = texts(statement, "Resource").into_iter().find(foreign) {
                out.add_with(place, &bucket.address, format!("`{other}` is not this bucket, {own}"), fix(bucket));
            }
            let is_foreign = |action: &&str| action.split_once(':').is_some_and(|(service, _)| !service.eq_ignore_ascii_case("s3"));
            if let Some(other) = texts(statement, "Action").into_iter().find(is_foreign) {
                let message = format!("`{other}` is no action of S3");
                out.add_with(place, &bucket.address, message, "name actions of S3, such as `s3:GetObject`");
            }
            if let Some((action, about)) = idle(statement) {
                let message = format!("`{action}` is about {about}, and no resource of its statement is");
                out.add_with(place, &bucket.address, message, fix(bucket));
            }
        }
    }
}

/// An action that is about none of its statement's resources: a bucket's ARN ends with its name, those of objects
/// go on with a slash (S3 User Guide, "Policy resources for Amazon S3").
fn idle(statement: &Value) -> Option<(&str, &'static str)> {
    if statement.get("Action").is_none() || statement.get("Resource").is_none() {
        return None;
    }
    let resources = texts(statement, "Resource");
    let is_any = |resource: &&str| !resource.contains('/') && resource.ends_with('*');
    if resources.iter().any(is_any) {
        return None;
    }
    let (objects, buckets): (Vec<&str>, Vec<&str>) = resources.iter().partition(|resource| resource.contains('/'));
    texts(statement, "Action").into_iter().find_map(|action| {
        let name = action.split_once(':').map_or(action, |(_, name)| name);
        let about = if OF_OBJECTS.iter().any(|begin| begins(name, begin)) {
            objects.is_empty().then_some("objects")
        } else {
            (OF_BUCKETS.iter().any(|begin| begins(name, begin)) && buckets.is_empty()).then_some("a bucket")
        };
        about.map(|about| (action, about))
    })
}

/// IAM takes actions in letters of any case.
fn begins(name: &str, begin: &str) -> bool {
    name.get(..begin.len()).is_some_and(|of| of.eq_ignore_ascii_case(begin))
}

/// What actions begin with that are about objects alone
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>).
const OF_OBJECTS: [&str; 10] = [
    "AbortMultipartUpload",
    "BypassGovernanceRetention",
    "DeleteObject",
    "GetObject",
    "ListMultipartUploadParts",
    "PutObject",
    "ReplicateDelete",
    "ReplicateObject",
    "ReplicateTags",
    "RestoreObject",
];
/// The same of buckets alone.
const OF_BUCKETS: [&str; 4] = ["DeleteBucket", "GetBucket", "ListBucket", "PutBucket"];

fn fix(bucket: &Resource<Bucket>) -> String {
    let key = &bucket.key;
    format!("name the bucket: `resources: [\"${{buckets.{key}.arn}}\", \"${{buckets.{key}.arn}}/*\"]`")
}

pub(super) fn blocked(cx: &View<'_>, out: &mut Findings<'_>) {
    public(cx, out, |bucket| bucket.spec.public_access_block.block_public_policy);
}

pub(super) fn restricted(cx: &View<'_>, out: &mut Findings<'_>) {
    let only = |bucket: &Resource<Bucket>| {
        let block = &bucket.spec.public_access_block;
        block.restrict_public_buckets && !block.block_public_policy
    };
    public(cx, out, only);
}

fn public(cx: &View<'_>, out: &mut Findings<'_>, is_meant: impl Fn(&Resource<Bucket>) -> bool) {
    for bucket in cx.all::<Bucket>().iter().filter(|bucket| is_meant(bucket)) {
        let Some(policy) = &bucket.spec.policy else { continue };
        if let Some(statement) = statements(policy).find(|statement| lets_everybody_in(statement)) {
            let sid = statement["Sid"].as_str().map(|sid| format!(" `{sid}`")).unwrap_or_default();
            let place = cx.place(Bucket::SECTION, &bucket.key, &["policy"]);
            out.add(place, &bucket.address, format!("the statement{sid} of its policy lets everybody in"));
        }
    }
}

fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    policy["Statement"].as_array().into_iter().flatten()
}

/// The texts under a word of a statement, or under its opposite.
fn texts<'a>(statement: &'a Value, word: &str) -> Vec<&'a str> {
    match statement.get(word).or_else(|| statement.get(format!("Not{word}"))) {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text],
        _ => Vec::new(),
    }
}

/// Whether a resource is the bucket or objects in it.
fn is_about(resource: &str, own: &str) -> bool {
    resource == own || resource.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')) || resource == format!("{own}*")
}
