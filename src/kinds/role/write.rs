//! Writing roles. CreateRole takes neither inline policies nor attachments: those follow it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::Tag;
use futures_util::future::{try_join, try_join_all};
use serde_json::Value;

use super::{Role, Spec, api, own};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing};
use crate::model::mark::STACK_TAG;
use crate::model::{Owner, policy};

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let Spec { path, description, trust_policy, max_session, permissions_boundary, managed_policies, policies, own_policies, tags } = want;
    cx.call
        .send(&api::CREATE_ROLE, name, || {
            let mut call = cx
                .aws
                .iam
                .create_role()
                .role_name(name)
                .path(path)
                .assume_role_policy_document(policy::compact(trust_policy))
                .max_session_duration(*max_session)
                .set_permissions_boundary(permissions_boundary.clone())
                .set_tags(Some(iam_tags(&cx.scope.marked(Role::REACH, tags))));
            if !description.is_empty() {
                call = call.description(description);
            }
            call.send()
        })
        .await?;
    let attach = try_join_all(managed_policies.iter().map(|arn| attach(cx, name, arn)));
    let put = try_join_all(policies.iter().map(|(policy, document)| put_policy(cx, name, policy, document)));
    try_join(attach, put).await?;
    own::put_all(cx, (path, name), own_policies.iter(), false).await
}

pub(super) async fn update(cx: &WriteCx, have: &Found<Role>, want: &Spec) -> Result<(), KindError> {
    let name = &have.name;
    let Spec {
        // A role cannot be moved: one that the file names is refused, and else the path is taken over.
        path: _,
        description,
        trust_policy,
        max_session,
        permissions_boundary,
        managed_policies,
        policies,
        own_policies,
        tags,
    } = want;
    if have.spec.trust_policy != *trust_policy {
        cx.call
            .send(&api::UPDATE_ASSUME_ROLE_POLICY, name, || {
                cx.aws.iam.update_assume_role_policy().role_name(name).policy_document(policy::compact(trust_policy)).send()
            })
            .await?;
    }
    let is_described_anew = have.spec.description != *description;
    // UpdateRole takes an absent description as "leave it"; an endpoint that drops empty members
    // would, so a description is cleared by the call that sets nothing else.
    if have.spec.max_session != *max_session || (is_described_anew && !description.is_empty()) {
        cx.call
            .send(&api::UPDATE_ROLE, name, || {
                cx.aws.iam.update_role().role_name(name).description(description).max_session_duration(*max_session).send()
            })
            .await?;
    }
    if is_described_anew && description.is_empty() {
        cx.call
            .send(&api::UPDATE_ROLE_DESCRIPTION, name, || cx.aws.iam.update_role_description().role_name(name).description("").send())
            .await?;
    }
    if have.spec.permissions_boundary != *permissions_boundary {
        set_boundary(cx, name, permissions_boundary.as_deref()).await?;
    }
    for arn in managed_policies.difference(&have.spec.managed_policies) {
        attach(cx, name, arn).await?;
    }
    put_own(cx, have, own_policies).await?;
    // What is adopted with the role is attached already.
    let own: BTreeSet<String> = own_policies.keys().map(|key| own::arn(&cx.scope, &have.spec.path, name, key)).collect();
    for arn in have.spec.managed_policies.difference(managed_policies).filter(|arn| !own.contains(*arn)) {
        detach(cx, name, arn).await?;
    }
    for (policy, document) in policies {
        if have.spec.policies.get(policy) != Some(document) {
            put_policy(cx, name, policy, document).await?;
        }
    }
    for policy in have.spec.policies.keys().filter(|policy| !policies.contains_key(*policy)) {
        delete_policy(cx, name, policy).await?;
    }
    let gone: Vec<&String> = have.spec.own_policies.keys().filter(|key| !own_policies.contains_key(*key)).collect();
    own::remove_all(cx, have, gone.iter().copied()).await?;
    if have.live.leaving.is_some() || gone.iter().any(|key| !have.live.shared.contains_key(*key)) {
        let keys = [own::LEAVING_TAG];
        let untag = || cx.aws.iam.untag_role().role_name(name).set_tag_keys(Some(keys.map(str::to_owned).into())).send();
        cx.call.send(&api::UNTAG_ROLE, name, untag).await?;
    }
    set_tags(cx, name, &TagEdit::between(&cx.scope, Role::REACH, &have.owner, &have.spec.tags, tags)).await
}

async fn put_own(cx: &WriteCx, have: &Found<Role>, own_policies: &BTreeMap<String, Value>) -> Result<(), KindError> {
    let there = &have.spec.own_policies;
    if have.owner != Owner::Ours {
        own::mark(cx, have, there.keys().filter(|key| own_policies.contains_key(*key))).await?;
    }
    let new = own_policies.iter().filter(|(key, _)| !there.contains_key(*key));
    own::put_all(cx, (&have.spec.path, &have.name), new, have.owner != Owner::Ours).await?;
    for (key, document) in own_policies.iter().filter(|(key, document)| there.get(*key).is_some_and(|kept| kept != *document)) {
        own::publish(cx, &own::arn(&cx.scope, &have.spec.path, &have.name, key), document).await?;
    }
    Ok(())
}

pub(super) async fn retag(cx: &WriteCx, have: &Found<Role>, edit: &TagEdit) -> Result<(), KindError> {
    if edit.remove.iter().any(|key| key == STACK_TAG) {
        own::release(cx, have).await?;
    } else if edit.set.contains_key(STACK_TAG) {
        own::mark(cx, have, have.spec.own_policies.keys()).await?;
    }
    set_tags(cx, &have.name, edit).await
}

async fn set_tags(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let set = |tags: Tags| async move {
        let tag = || cx.aws.iam.tag_role().role_name(name).set_tags(Some(iam_tags(&tags))).send();
        cx.call.send(&api::TAG_ROLE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.iam.untag_role().role_name(name).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_ROLE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

/// IAM deletes no role that has policies.
pub(super) async fn delete(cx: &WriteCx, have: &Found<Role>) -> Result<(), KindError> {
    let name = &have.name;
    let detach = try_join_all(have.spec.managed_policies.iter().map(|arn| detach(cx, name, arn)));
    let delete = try_join_all(have.spec.policies.keys().map(|policy| delete_policy(cx, name, policy)));
    try_join(detach, delete).await?;
    own::remove_all(cx, have, have.spec.own_policies.keys()).await?;
    done_if_missing(cx.call.send(&api::DELETE_ROLE, name, || cx.aws.iam.delete_role().role_name(name).send()).await)
}

pub(super) fn iam_tags(tags: &Tags) -> Vec<Tag> {
    // A tag whose key and value are set always builds.
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

pub(super) async fn attach(cx: &WriteCx, name: &str, arn: &str) -> Result<(), KindError> {
    cx.call.send(&api::ATTACH_ROLE_POLICY, name, || cx.aws.iam.attach_role_policy().role_name(name).policy_arn(arn).send()).await?;
    Ok(())
}

pub(super) async fn detach(cx: &WriteCx, name: &str, arn: &str) -> Result<(), KindError> {
    done_if_missing(
        cx.call.send(&api::DETACH_ROLE_POLICY, name, || cx.aws.iam.detach_role_policy().role_name(name).policy_arn(arn).send()).await,
    )
}

async fn put_policy(cx: &WriteCx, name: &str, policy: &str, document: &Value) -> Result<(), KindError> {
    cx.call
        .send(&api::PUT_ROLE_POLICY, name, || {
            cx.aws.iam.put_role_policy().role_name(name).policy_name(policy).policy_document(policy::compact(document)).send()
        })
        .await?;
    Ok(())
}

async fn delete_policy(cx: &WriteCx, name: &str, policy: &str) -> Result<(), KindError> {
    done_if_missing(
        cx.call.send(&api::DELETE_ROLE_POLICY, name, || cx.aws.iam.delete_role_policy().role_name(name).policy_name(policy).send()).await,
    )
}

async fn set_boundary(cx: &WriteCx, name: &str, arn: Option<&str>) -> Result<(), KindError> {
    match arn {
        Some(arn) => {
            cx.call
                .send(&api::PUT_ROLE_PERMISSIONS_BOUNDARY, name, || {
                    cx.aws.iam.put_role_permissions_boundary().role_name(name).permissions_boundary(arn).send()
                })
                .await?;
            Ok(())
        }
        None => done_if_missing(
            cx.call
                .send(&api::DELETE_ROLE_PERMISSIONS_BOUNDARY, name, || cx.aws.iam.delete_role_permissions_boundary().role_name(name).send())
                .await,
        ),
    }
}
