//! IAM roles. Reads: GetAccountAuthorizationDetails gives trust, inline policies, attachments, tags
//! and boundary of every role at once; ListRoles under the stack's path gives description and
//! maximum session, which the former lacks (aws-facts §10); both sort by nothing that is relied on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, Role as LiveRole, RoleDetail, Tag};
use futures_util::future::{try_join, try_join_all};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::{AwsError, Op, Page, pages};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Claim, Grants, Kind, KindError, Needs, ReadCx, WriteCx};
use crate::contract::{done_if_missing, none_if_missing};
use crate::model::mark::user_tags;
use crate::model::{Change, Handle, Node, Owner, Reach, Scope, Seen, policy};

pub(crate) mod api;
mod needs;

/// A role.
pub struct Role;

/// Normal form of a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// IAM path; an adopted role keeps the one it has.
    pub path: String,
    /// Free text.
    pub description: String,
    /// Who may assume the role.
    pub trust_policy: Value,
    /// Seconds.
    pub max_session: i32,
    /// ARN of the boundary.
    pub permissions_boundary: Option<String>,
    /// ARNs of attached policies.
    pub managed_policies: BTreeSet<String>,
    /// Inline policies by name.
    pub policies: BTreeMap<String, Value>,
    /// Tags without the mark.
    pub tags: Tags,
}

struct Described {
    description: String,
    max_session: i32,
    boundary: Option<String>,
}

impl Kind for Role {
    const NAME: &'static str = "role";
    const SECTION: &'static str = "roles";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const REACH: Reach = Reach::Account;
    const DOCUMENTS: &'static [&'static str] = &["trust_policy", "policies.*"];

    type Spec = Spec;

    fn computed(scope: &Scope, name: &str, spec: &Spec) -> Handle {
        [("arn".into(), scope.role_arn(&spec.path, name)), ("name".into(), name.to_owned())].into()
    }

    fn align(want: &mut Spec, have: &mut Spec, _artifact: Option<&crate::model::Artifact>) {
        want.path.clone_from(&have.path);
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
        let (details, mut described) = try_join(details(cx), under_path(cx)).await?;
        let found: Vec<&RoleDetail> =
            details.iter().filter(|d| d.role_name().is_some_and(|name| names.iter().any(|n| n == name))).collect();
        let elsewhere = found.iter().filter_map(|d| d.role_name()).filter(|name| !described.contains_key(*name));
        let more = try_join_all(elsewhere.map(|name| describe(cx, name))).await?;
        described.extend(more.into_iter().flatten());
        Ok(found.into_iter().filter_map(|detail| seen(&cx.scope, detail, &described)).collect())
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        Ok(details(cx)
            .await?
            .iter()
            .filter_map(|detail| {
                let owner = Owner::of(&cx.scope, Self::REACH, &tags_of(detail.tags()));
                Some(Claim::new(detail.role_name()?, owner))
            })
            .collect())
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        let name = &node.name;
        cx.call
            .send(&api::CREATE_ROLE, name, || {
                let mut call = cx
                    .aws
                    .iam
                    .create_role()
                    .role_name(name)
                    .path(&want.path)
                    .assume_role_policy_document(policy::compact(&want.trust_policy))
                    .max_session_duration(want.max_session)
                    .set_permissions_boundary(want.permissions_boundary.clone())
                    .set_tags(Some(iam_tags(&cx.scope.marked(Self::REACH, &want.tags))));
                if !want.description.is_empty() {
                    call = call.description(&want.description);
                }
                call.send()
            })
            .await?;
        let attach = try_join_all(want.managed_policies.iter().map(|arn| attach(cx, name, arn)));
        let put = try_join_all(want.policies.iter().map(|(policy, document)| put_policy(cx, name, policy, document)));
        try_join(attach, put).await?;
        Ok(())
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, changes: &[Change]) -> Result<(), KindError> {
        let name = &node.name;
        let touched = |field: &str| changes.iter().any(|change| change.is_in(field));
        if touched("trust_policy") {
            cx.call
                .send(&api::UPDATE_ASSUME_ROLE_POLICY, name, || {
                    cx.aws.iam.update_assume_role_policy().role_name(name).policy_document(policy::compact(&want.trust_policy)).send()
                })
                .await?;
        }
        // UpdateRole takes an absent description as "leave it"; an endpoint that drops empty members
        // would, so a description is cleared by the call that sets nothing else.
        if touched("max_session") || (touched("description") && !want.description.is_empty()) {
            cx.call
                .send(&api::UPDATE_ROLE, name, || {
                    cx.aws.iam.update_role().role_name(name).description(&want.description).max_session_duration(want.max_session).send()
                })
                .await?;
        }
        if touched("description") && want.description.is_empty() {
            cx.call
                .send(&api::UPDATE_ROLE_DESCRIPTION, name, || cx.aws.iam.update_role_description().role_name(name).description("").send())
                .await?;
        }
        if touched("permissions_boundary") {
            set_boundary(cx, name, want.permissions_boundary.as_deref()).await?;
        }
        for arn in want.managed_policies.difference(&have.spec.managed_policies) {
            attach(cx, name, arn).await?;
        }
        for arn in have.spec.managed_policies.difference(&want.managed_policies) {
            detach(cx, name, arn).await?;
        }
        for (policy, document) in &want.policies {
            if have.spec.policies.get(policy) != Some(document) {
                put_policy(cx, name, policy, document).await?;
            }
        }
        for policy in have.spec.policies.keys().filter(|policy| !want.policies.contains_key(*policy)) {
            delete_policy(cx, name, policy).await?;
        }
        Self::retag(cx, have, &TagEdit::between(&cx.scope, Self::REACH, &have.owner, &have.spec.tags, &want.tags)).await
    }

    async fn retag(cx: &WriteCx, have: &Seen<Spec>, edit: &TagEdit) -> Result<(), KindError> {
        edit_tags(cx, &have.name, edit).await
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        let name = &have.name;
        let detach = try_join_all(have.spec.managed_policies.iter().map(|arn| detach(cx, name, arn)));
        let delete = try_join_all(have.spec.policies.keys().map(|policy| delete_policy(cx, name, policy)));
        try_join(detach, delete).await?;
        done_if_missing(cx.call.send(&api::DELETE_ROLE, name, || cx.aws.iam.delete_role().role_name(name).send()).await)
    }
}

/// All roles of the account: one call for up to a thousand of them.
async fn details(cx: &ReadCx) -> Result<Arc<Vec<RoleDetail>>, AwsError> {
    let all = || {
        pages(|marker| async move {
            let asked = || {
                let roles = cx.aws.iam.get_account_authorization_details().filter(EntityType::Role);
                roles.max_items(1000).set_marker(marker.clone()).send()
            };
            let page = cx.call.send(&api::GET_ACCOUNT_AUTHORIZATION_DETAILS, "roles", asked).await?;
            Ok(Page::new(page.role_detail_list, page.marker.filter(|_| page.is_truncated)))
        })
    };
    cx.once(all).await
}

async fn under_path(cx: &ReadCx) -> Result<BTreeMap<String, Described>, AwsError> {
    if cx.lists_everything {
        // A local AWS leaves boundaries out of the answers for many roles; each is asked for by itself.
        return Ok(BTreeMap::new());
    }
    let path = cx.scope.role_path();
    let path = path.as_str();
    let roles = pages(|marker| async move {
        let asked = || cx.aws.iam.list_roles().path_prefix(path).max_items(1000).set_marker(marker.clone()).send();
        let page = cx.call.send(&api::LIST_ROLES, path, asked).await?;
        Ok(Page::new(Some(page.roles), page.marker.filter(|_| page.is_truncated)))
    });
    let described = |role: LiveRole| {
        let described = Described {
            description: role.description.unwrap_or_default(),
            max_session: role.max_session_duration.unwrap_or(3600),
            boundary: None,
        };
        (role.role_name, described)
    };
    Ok(roles.await?.into_iter().map(described).collect())
}

async fn describe(cx: &ReadCx, name: &str) -> Result<Option<(String, Described)>, AwsError> {
    let answer = cx.call.send(&api::GET_ROLE, name, || cx.aws.iam.get_role().role_name(name).send()).await;
    Ok(none_if_missing(answer)?.and_then(|answer| answer.role).map(|role| {
        let described = Described {
            max_session: role.max_session_duration().unwrap_or(3600),
            boundary: role.permissions_boundary().and_then(|b| b.permissions_boundary_arn()).map(str::to_owned),
            description: role.description.unwrap_or_default(),
        };
        (name.to_owned(), described)
    }))
}

fn seen(scope: &Scope, detail: &RoleDetail, described: &BTreeMap<String, Described>) -> Option<Seen<Spec>> {
    let name = detail.role_name()?.to_owned();
    let Described { description, max_session, boundary } = described.get(&name)?;
    let tags = tags_of(detail.tags());
    let spec = Spec {
        path: detail.path().unwrap_or("/").to_owned(),
        description: description.clone(),
        trust_policy: document(detail.assume_role_policy_document().unwrap_or_default()),
        max_session: *max_session,
        permissions_boundary: detail
            .permissions_boundary()
            .and_then(|b| b.permissions_boundary_arn())
            .map(str::to_owned)
            .or_else(|| boundary.clone()),
        managed_policies: detail.attached_managed_policies().iter().filter_map(|p| p.policy_arn().map(str::to_owned)).collect(),
        policies: detail
            .role_policy_list()
            .iter()
            .filter_map(|p| Some((p.policy_name()?.to_owned(), document(p.policy_document().unwrap_or_default()))))
            .collect(),
        tags: user_tags(tags.clone()),
    };
    let arn = detail.arn().unwrap_or_default().to_owned();
    let handle = [("arn".into(), arn), ("name".into(), name.clone())].into();
    Some(Seen { owner: Owner::of(scope, Role::REACH, &tags), name, spec, handle, unread: Vec::new() })
}

/// IAM returns documents percent-encoded (RFC 3986), and the SDK does not decode them; a document
/// that begins with `{` is not encoded.
fn document(text: &str) -> Value {
    if text.trim_start().starts_with('{') {
        return policy::parse(text);
    }
    policy::parse(&percent_decode_str(text).decode_utf8_lossy())
}

fn tags_of(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

fn iam_tags(tags: &Tags) -> Vec<Tag> {
    // A tag whose key and value are set always builds.
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

async fn attach(cx: &WriteCx, name: &str, arn: &str) -> Result<(), KindError> {
    cx.call.send(&api::ATTACH_ROLE_POLICY, name, || cx.aws.iam.attach_role_policy().role_name(name).policy_arn(arn).send()).await?;
    Ok(())
}

async fn detach(cx: &WriteCx, name: &str, arn: &str) -> Result<(), KindError> {
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

async fn edit_tags(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    if !edit.set.is_empty() {
        cx.call.send(&api::TAG_ROLE, name, || cx.aws.iam.tag_role().role_name(name).set_tags(Some(iam_tags(&edit.set))).send()).await?;
    }
    if !edit.remove.is_empty() {
        cx.call
            .send(&api::UNTAG_ROLE, name, || cx.aws.iam.untag_role().role_name(name).set_tag_keys(Some(edit.remove.clone())).send())
            .await?;
    }
    Ok(())
}
