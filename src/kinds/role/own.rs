//! Customer-managed policies that are parts of a role. One is known by its ARN, which follows from the
//! role's path and name and from its key: what a kill left is found again there.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{Policy, PolicyVersion};
use futures_util::future::try_join_all;
use serde_json::Value;

use super::live::{document, tags_of};
use super::write::{attach, detach, iam_tags};
use super::{Role, Spec, api};
use crate::aws::{AwsError, Failure, Op};
use crate::contract::{Found, Kind, KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};
use crate::model::stake::Holding;
use crate::model::{Owner, Scope, policy};

/// Tag of a role that says which of its policies is being taken away: between taking it off and deleting
/// it nothing else leads to it.
pub(super) const LEAVING_TAG: &str = "etlctl:leaving";
/// Stands between a role's name and a key, and in no key: so `a` has nothing of `a-b`.
pub(super) const BEHIND_ROLE: char = '@';
/// Versions of a policy that IAM keeps.
const VERSIONS: usize = 5;

/// What IAM calls a policy of a role.
pub(super) fn name(role: &str, key: &str) -> String {
    format!("{role}{BEHIND_ROLE}{key}")
}

/// Where it is.
pub(super) fn arn(scope: &Scope, path: &str, role: &str, key: &str) -> String {
    scope.policy_arn(path, &name(role, key))
}

/// Key of an attached policy that may be the role's own.
fn key_of<'a>(scope: &Scope, path: &str, role: &str, attached: &'a str) -> Option<&'a str> {
    let key = attached.strip_prefix(&arn(scope, path, role, ""))?;
    (!key.is_empty() && !key.contains(BEHIND_ROLE)).then_some(key)
}

/// What is known of a policy beside its document.
struct Described {
    owner: Owner,
    version: String,
    /// How many have it, as policy or as boundary.
    uses: i32,
}

fn described(scope: &Scope, policy: &Policy) -> Described {
    let uses = policy.attachment_count().unwrap_or_default() + policy.permissions_boundary_usage_count().unwrap_or_default();
    Described {
        owner: Owner::of(scope, Role::REACH, &tags_of(policy.tags())),
        version: policy.default_version_id().unwrap_or_default().to_owned(),
        uses,
    }
}

fn document_of(op: &Op, arn: &str, version: Option<&PolicyVersion>) -> Result<Value, AwsError> {
    let text = version.and_then(PolicyVersion::document);
    text.map(document).ok_or_else(|| AwsError::unexpected(op, arn, "the answer has no document"))
}

/// Moves what is the role's own from the attached policies to the documents.
pub(super) async fn fill(cx: &ReadCx, mut role: Found<Role>) -> Result<Found<Role>, AwsError> {
    let key = |arn: &String| Some((key_of(&cx.scope, &role.spec.path, &role.name, arn)?.to_owned(), arn.clone()));
    let leaving = role.live.leaving.iter().map(|key| (key.clone(), arn(&cx.scope, &role.spec.path, &role.name, key)));
    let may_be: BTreeMap<String, String> = role.spec.managed_policies.iter().filter_map(key).chain(leaving).collect();
    let read = try_join_all(may_be.values().map(|arn| read(cx, arn, &role.owner))).await?;
    for ((key, arn), read) in may_be.into_iter().zip(read) {
        if let Some((document, uses)) = read {
            let is_attached = role.spec.managed_policies.remove(&arn);
            if is_attached {
                role.live.leaving.take_if(|leaving| *leaving == key);
            }
            let others = uses - i32::from(is_attached);
            if others > 0 {
                role.live.shared.insert(key.clone(), others);
            }
            role.spec.own_policies.insert(key, document);
        }
    }
    Ok(role)
}

/// Document of a policy of ours, and how many have it. What has the mark of another stack is the role's own
/// where the role has the same: it comes along where the role moves.
async fn read(cx: &ReadCx, arn: &str, of_role: &Owner) -> Result<Option<(Value, i32)>, AwsError> {
    let answer = cx.call.send(&api::GET_POLICY, arn, || cx.aws.iam.get_policy().policy_arn(arn).send()).await;
    let told = none_if_missing(answer)?.and_then(|answer| answer.policy);
    let is_own = |known: &Described| known.owner == Owner::Ours || (matches!(of_role, Owner::Foreign(_)) && known.owner == *of_role);
    let Some(known) = told.map(|policy| described(&cx.scope, &policy)).filter(is_own) else { return Ok(None) };
    let Described { owner: _, version, uses } = known;
    let ask = || cx.aws.iam.get_policy_version().policy_arn(arn).version_id(&version).send();
    let Some(answer) = none_if_missing(cx.call.send(&api::GET_POLICY_VERSION, arn, ask).await)? else { return Ok(None) };
    Ok(Some((document_of(&api::GET_POLICY_VERSION, arn, answer.policy_version())?, uses)))
}

/// Makes every policy of a new role, or of one that lacks it, and attaches it.
pub(super) async fn put_all<'a>(
    cx: &WriteCx,
    (path, role): (&str, &str),
    policies: impl Iterator<Item = (&'a String, &'a Value)>,
    adopts: bool,
) -> Result<(), KindError> {
    try_join_all(policies.map(|(key, document)| put(cx, (path, role), key, document, adopts))).await?;
    Ok(())
}

async fn put(cx: &WriteCx, (path, role): (&str, &str), key: &str, document: &Value, adopts: bool) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, path, role, key);
    let mark = cx.scope.mark(Role::REACH);
    let create = || {
        let call = cx.aws.iam.create_policy().policy_name(name(role, key)).path(path).policy_document(policy::compact(document));
        call.set_tags(Some(iam_tags(&mark))).send()
    };
    match cx.call.send(&api::CREATE_POLICY, arn, create).await {
        Err(error) if error.already_exists() => take_over(cx, arn, document, adopts).await?,
        answer => drop(answer?),
    }
    attach(cx, role, arn).await
}

/// Brings what is there already to what is wanted, where it is ours.
async fn take_over(cx: &WriteCx, arn: &str, document: &Value, adopts: bool) -> Result<(), KindError> {
    let answer = cx.call.send(&api::GET_POLICY, arn, || cx.aws.iam.get_policy().policy_arn(arn).send()).await?;
    let policy = answer.policy().ok_or_else(|| AwsError::unexpected(&api::GET_POLICY, arn, "the answer has no policy"))?;
    let Described { owner, version, uses: _ } = described(&cx.scope, policy);
    match owner {
        Owner::Ours => {}
        Owner::Unmarked if adopts => tag(cx, arn).await?,
        Owner::Unmarked | Owner::Incomplete => return Err(not_ours(cx, arn, "it does not carry its mark").into()),
        Owner::Foreign(mark) => return Err(not_ours(cx, arn, &format!("it carries the mark of {mark}")).into()),
    }
    let ask = || cx.aws.iam.get_policy_version().policy_arn(arn).version_id(&version).send();
    let answer = cx.call.send(&api::GET_POLICY_VERSION, arn, ask).await?;
    let mut kept = policy::normalize(document_of(&api::GET_POLICY_VERSION, arn, answer.policy_version())?);
    policy::align(document, &mut kept);
    if kept == *document { Ok(()) } else { publish(cx, arn, document).await }
}

fn not_ours(cx: &WriteCx, arn: &str, how: &str) -> AwsError {
    let tags: Vec<String> = cx.scope.mark(Role::REACH).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    let message = format!(
        "a policy of this name is there and is not this stack's, since {how}; where it is the role's own, give it the tags {} back, else delete \
         it, or take another key",
        tags.join(", ")
    );
    AwsError::told(Failure::Refused, &api::CREATE_POLICY, arn, message)
}

/// Makes a document the one that counts. Of the older ones the oldest goes where there is no room.
pub(super) async fn publish(cx: &WriteCx, arn: &str, document: &Value) -> Result<(), KindError> {
    let (older, all) = older(cx, arn).await?;
    if let Some(oldest) = older.first().filter(|_| all >= VERSIONS) {
        delete_version(cx, arn, oldest).await?;
    }
    let publish = || {
        let call = cx.aws.iam.create_policy_version().policy_arn(arn).policy_document(policy::compact(document));
        call.set_as_default(true).send()
    };
    cx.call.send(&api::CREATE_POLICY_VERSION, arn, publish).await?;
    Ok(())
}

/// Versions that do not count, from the oldest on, and how many there are of both.
async fn older(cx: &WriteCx, arn: &str) -> Result<(Vec<String>, usize), KindError> {
    let ask = || cx.aws.iam.list_policy_versions().policy_arn(arn).max_items(100).send();
    let Some(answer) = none_if_missing(cx.call.send(&api::LIST_POLICY_VERSIONS, arn, ask).await)? else { return Ok((Vec::new(), 0)) };
    let number = |version: &PolicyVersion| version.version_id().and_then(|id| id.trim_start_matches('v').parse::<u64>().ok());
    let older: BTreeMap<_, _> = answer
        .versions()
        .iter()
        .filter(|version| !version.is_default_version())
        .filter_map(|version| Some((number(version), version.version_id()?.to_owned())))
        .collect();
    Ok((older.into_values().collect(), answer.versions().len()))
}

async fn delete_version(cx: &WriteCx, arn: &str, version: &str) -> Result<(), KindError> {
    let delete = || cx.aws.iam.delete_policy_version().policy_arn(arn).version_id(version).send();
    done_if_missing(cx.call.send(&api::DELETE_POLICY_VERSION, arn, delete).await)
}

/// Takes a policy off the role, and deletes it where nobody else has it: IAM deletes none that somebody
/// has, and none that has older versions.
async fn remove(cx: &WriteCx, have: &Found<Role>, key: &str) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, &have.spec.path, &have.name, key);
    if have.live.shared.contains_key(key) {
        return detach(cx, &have.name, arn).await;
    }
    let (older, _) = older(cx, arn).await?;
    try_join_all(older.iter().map(|version| delete_version(cx, arn, version))).await?;
    let leaving = [(LEAVING_TAG.to_owned(), key.to_owned())].into();
    let tag = || cx.aws.iam.tag_role().role_name(&have.name).set_tags(Some(iam_tags(&leaving))).send();
    // Where the role is gone, nothing is left to be found by it.
    done_if_missing(cx.call.send(&api::TAG_ROLE, &have.name, tag).await)?;
    detach(cx, &have.name, arn).await?;
    done_if_missing(cx.call.send(&api::DELETE_POLICY, arn, || cx.aws.iam.delete_policy().policy_arn(arn).send()).await)
}

/// Takes every one of these away, one after the other: the tag names one.
pub(super) async fn remove_all(cx: &WriteCx, have: &Found<Role>, keys: impl Iterator<Item = &String>) -> Result<(), KindError> {
    for key in keys {
        remove(cx, have, key).await?;
    }
    Ok(())
}

/// Marks those of these keys, before the role is: whatever ends an apply between, the role leads to them.
pub(super) async fn mark(cx: &WriteCx, have: &Found<Role>, keys: impl Iterator<Item = &String>) -> Result<(), KindError> {
    let arns = keys.map(|key| arn(&cx.scope, &have.spec.path, &have.name, key));
    try_join_all(arns.map(|arn| async move { tag(cx, &arn).await })).await?;
    Ok(())
}

async fn tag(cx: &WriteCx, arn: &str) -> Result<(), KindError> {
    let tags = iam_tags(&cx.scope.mark(Role::REACH));
    let tag = || cx.aws.iam.tag_policy().policy_arn(arn).set_tags(Some(tags.clone())).send();
    cx.call.send(&api::TAG_POLICY, arn, tag).await?;
    Ok(())
}

/// Takes the mark off, with that of the role.
pub(super) async fn release(cx: &WriteCx, have: &Found<Role>) -> Result<(), KindError> {
    let keys: Vec<String> = cx.scope.mark(Role::REACH).into_keys().collect();
    for key in have.spec.own_policies.keys() {
        let arn = &arn(&cx.scope, &have.spec.path, &have.name, key);
        let untag = || cx.aws.iam.untag_policy().policy_arn(arn).set_tag_keys(Some(keys.clone())).send();
        done_if_missing(cx.call.send(&api::UNTAG_POLICY, arn, untag).await)?;
    }
    Ok(())
}

/// Policies that stay where the role goes.
pub(super) fn stay_behind(have: &Found<Role>) -> Vec<Holding> {
    let shared = have.live.shared.iter();
    shared.map(|(key, others)| Holding::StaysBehind { policy: name(&have.name, key), others: *others }).collect()
}

/// What stays of the policies that are no longer wanted.
pub(super) fn stays(role: &str, want: &Spec, have: &Spec, shared: &BTreeMap<String, i32>) -> Vec<String> {
    let unwanted = have.own_policies.keys().filter(|key| !want.own_policies.contains_key(*key));
    let told = unwanted.filter_map(|key| shared.get(key).map(|others| (key, others)));
    told.map(|(key, others)| format!("the policy {role}{BEHIND_ROLE}{key} has {others} other uses, and is taken off this role alone"))
        .collect()
}
