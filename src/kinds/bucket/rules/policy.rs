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
            if let Some(other) = resources(statement).into_iter().find(|resource| is_known(resource) && !is_about(resource, &own)) {
                out.add_with(place, &bucket.address, format!("`{other}` is not this bucket, {own}"), fix(bucket));
            }
            if statement.get("Principal").or_else(|| statement.get("NotPrincipal")).is_none() {
                let fix = "say who: `principals: { AWS: [ARN] }`, or `{ Service: [NAME] }`";
                out.add_with(place, &bucket.address, "a statement of the policy names no principal", fix);
            }
        }
    }
}

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

fn resources(statement: &Value) -> Vec<&str> {
    let value = statement.get("Resource").or_else(|| statement.get("NotResource"));
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text],
        _ => Vec::new(),
    }
}

/// Whether a resource is the bucket or objects in it.
fn is_about(resource: &str, own: &str) -> bool {
    resource == own || resource.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')) || resource == format!("{own}*")
}
