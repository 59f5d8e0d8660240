//! Reading roles. GetAccountAuthorizationDetails gives trust, inline policies, attachments, tags and
//! boundary of every role at once; ListRoles under the stack's path gives description and maximum
//! session, which the former lacks (docs/aws-facts.md §10); both sort by nothing that is relied on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, Role as LiveRole, RoleDetail, Tag};
use futures_util::future::{try_join, try_join_all};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Role, Spec, api, own};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::model::mark::user_tags;
use crate::model::scope::ROLE_PATH;
use crate::model::{Owner, Scope, policy};

/// What AWS alone knows of a role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// ARN; empty where AWS did not tell it.
    pub arn: String,
    /// When it was made, in milliseconds since 1970.
    #[serde(default)]
    pub made: Option<i64>,
    /// Of its own policies those that others have too, with how many do.
    #[serde(default)]
    pub shared: BTreeMap<String, i32>,
    /// Key of one that was being taken away when an apply ended: the role's tag says so.
    #[serde(default)]
    pub leaving: Option<String>,
}

struct Described {
    description: String,
    max_session: i32,
    boundary: Option<String>,
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Role>>, AwsError> {
    let (details, mut described) = try_join(details(cx), under_path(cx)).await?;
    let wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let asked: Vec<&RoleDetail> = details.iter().filter(|detail| detail.role_name().is_some_and(|name| wanted.contains(name))).collect();
    let elsewhere = asked.iter().filter_map(|detail| detail.role_name()).filter(|name| !described.contains_key(*name));
    let more = try_join_all(elsewhere.map(|name| describe(cx, name))).await?;
    described.extend(more.into_iter().flatten());
    let found = asked.into_iter().filter_map(|detail| found(&cx.scope, detail, &described));
    try_join_all(found.map(|role| own::fill(cx, role))).await
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    let details = details(cx).await?;
    let claim = |detail: &RoleDetail| {
        let claim = Claim::by(&cx.scope, Role::REACH, detail.role_name()?, tags_of(detail.tags()));
        Some(claim.changed(made(detail)))
    };
    Ok(details.iter().filter_map(claim).collect())
}

/// All roles of the account: one call for up to a thousand of them.
async fn details(cx: &ReadCx) -> Result<Arc<Vec<RoleDetail>>, AwsError> {
    let all = || {
        pages(&api::GET_ACCOUNT_AUTHORIZATION_DETAILS, "roles", |marker| async move {
            let asked = || {
                let roles = cx.aws.iam.get_account_authorization_details().filter(EntityType::Role);
                roles.max_items(1000).set_marker(marker.clone()).send()
            };
            let page = cx.call.send(&api::GET_ACCOUNT_AUTHORIZATION_DETAILS, "roles", asked).await?;
            Ok(Page::new(page.role_detail_list, page.marker.filter(|_| page.is_truncated)))
        })
    };
    cx.once_for_all("", all).await
}

async fn under_path(cx: &ReadCx) -> Result<BTreeMap<String, Described>, AwsError> {
    if cx.lists_everything {
        // A local AWS leaves boundaries out of the answers for many roles; each is asked for by itself.
        return Ok(BTreeMap::new());
    }
    let own = cx.scope.role_path();
    let path = if cx.is_beside_others() { ROLE_PATH } else { own.as_str() };
    let all = || {
        pages(&api::LIST_ROLES, path, |marker| async move {
            let asked = || cx.aws.iam.list_roles().path_prefix(path).max_items(1000).set_marker(marker.clone()).send();
            let page = cx.call.send(&api::LIST_ROLES, path, asked).await?;
            Ok(Page::new(Some(page.roles), page.marker.filter(|_| page.is_truncated)))
        })
    };
    let roles: Arc<Vec<LiveRole>> = cx.once_for_all(path, all).await?;
    let aws = Spec::default();
    let described = |role: &LiveRole| {
        let described = Described {
            description: role.description.clone().unwrap_or_default(),
            max_session: role.max_session_duration.unwrap_or(aws.max_session),
            boundary: None,
        };
        (role.role_name.clone(), described)
    };
    Ok(roles.iter().map(described).collect())
}

async fn describe(cx: &ReadCx, name: &str) -> Result<Option<(String, Described)>, AwsError> {
    let answer = cx.call.send(&api::GET_ROLE, name, || cx.aws.iam.get_role().role_name(name).send()).await;
    Ok(none_if_missing(answer)?.and_then(|answer| answer.role).map(|role| {
        let described = Described {
            max_session: role.max_session_duration().unwrap_or(Spec::default().max_session),
            boundary: role.permissions_boundary().and_then(|b| b.permissions_boundary_arn()).map(str::to_owned),
            description: role.description.unwrap_or_default(),
        };
        (name.to_owned(), described)
    }))
}

fn found(scope: &Scope, detail: &RoleDetail, described: &BTreeMap<String, Described>) -> Option<Found<Role>> {
    let name = detail.role_name()?.to_owned();
    let Described { description, max_session, boundary } = described.get(&name)?;
    let tags = tags_of(detail.tags());
    let spec = Spec {
        path: detail.path().map_or_else(|| Spec::default().path, str::to_owned),
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
        // Read by themselves, those that are attached.
        own_policies: BTreeMap::new(),
        tags: user_tags(tags.clone()),
    };
    let live = Live {
        arn: detail.arn().unwrap_or_default().to_owned(),
        made: made(detail),
        shared: BTreeMap::new(),
        leaving: tags.get(own::LEAVING_TAG).cloned(),
    };
    Some(Found { owner: Owner::of(scope, Role::REACH, &tags), name, spec, live, unread: Vec::new() })
}

fn made(detail: &RoleDetail) -> Option<i64> {
    detail.create_date().and_then(|date| date.to_millis().ok())
}

/// IAM returns documents percent-encoded (RFC 3986), and the SDK does not decode them; a document
/// that begins with `{` is not encoded.
pub(super) fn document(text: &str) -> Value {
    if text.trim_start().starts_with('{') {
        return policy::parse(text);
    }
    policy::parse(&percent_decode_str(text).decode_utf8_lossy())
}

pub(super) fn tags_of(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}
