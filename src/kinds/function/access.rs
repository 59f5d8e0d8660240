//! Who may call a function: its URL and the statements of its resource policy.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types::{Cors as LiveCors, FunctionUrlAuthType, FunctionUrlConfig, InvokeMode};
use futures_util::future::try_join_all;
use serde_json::Value;

use super::spec::{Cors, Permission, Spec, Url};
use super::words::UrlInvokeMode;
use super::{Function, api, live, normal, statement};
use crate::aws::{AwsError, Page, pages};
use crate::contract::notifications::{self, Notifications, Sort, Started};
use crate::contract::{Kind, KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};
use crate::model::{Scope, Unread};

/// A statement with the ARN that it is about.
pub(super) struct Statement {
    pub permission: Permission,
    pub resource: String,
}

/// Statements of the policy of the function, or of its alias, by id.
pub(super) async fn policy(cx: &ReadCx, name: &str, alias: Option<&str>) -> Result<BTreeMap<String, Statement>, AwsError> {
    let answer = cx
        .call
        .send(&api::GET_POLICY, name, || cx.aws.lambda.get_policy().function_name(name).set_qualifier(alias.map(str::to_owned)).send())
        .await;
    let text = none_if_missing(answer)?.and_then(|answer| answer.policy).unwrap_or_default();
    let document: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    let statements = document["Statement"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let read = |statement: &Value| Statement { permission: statement::read(statement, alias), resource: text(&statement["Resource"]) };
    Ok(statements.iter().map(|statement| (text(&statement["Sid"]), read(statement))).collect())
}

/// The same of these aliases, by the alias.
pub(super) async fn policies(
    cx: &ReadCx,
    name: &str,
    aliases: Vec<String>,
) -> Result<BTreeMap<String, BTreeMap<String, Statement>>, AwsError> {
    let of = aliases.into_iter().map(|alias| async move {
        let statements = policy(cx, name, Some(&alias)).await?;
        Ok::<_, AwsError>((alias, statements))
    });
    Ok(try_join_all(of).await?.into_iter().collect())
}

/// The statements of the function's own policy and of its aliases' by id, with the qualifier where an id
/// is there twice. An emulator keeps one policy for all of them: what it shows of an alias is then about
/// the same ARN.
pub(super) fn by_id(own: BTreeMap<String, Statement>, of_aliases: Vec<BTreeMap<String, Statement>>) -> BTreeMap<String, Permission> {
    let resources: BTreeMap<String, String> = own.iter().map(|(sid, own)| (sid.clone(), own.resource.clone())).collect();
    let mut all: BTreeMap<String, Permission> = own.into_iter().map(|(sid, own)| (sid, own.permission)).collect();
    for (sid, Statement { permission, resource }) in of_aliases.into_iter().flatten() {
        let is_twin = all.contains_key(&sid) && resources.get(&sid) != Some(&resource);
        let key = if is_twin { normal::twin(&sid, permission.alias.as_deref()) } else { sid };
        all.insert(key, permission);
    }
    all
}

/// The first of the function's URLs, the others, and the addresses of all by their qualifiers.
pub(super) type Urls = ((Option<Url>, Vec<Url>), BTreeMap<String, String>);

/// The URLs of the function and of its aliases.
pub(super) async fn urls(cx: &ReadCx, name: &str) -> Result<Urls, AwsError> {
    let configs = pages(&api::LIST_FUNCTION_URL_CONFIGS, name, |marker| async move {
        let asked = || cx.aws.lambda.list_function_url_configs().function_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_FUNCTION_URL_CONFIGS, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(Some(page.function_url_configs), page.next_marker)))
    });
    let configs = configs.await?;
    let address = |config: &FunctionUrlConfig| {
        let qualifier = url(config).alias.unwrap_or_else(|| live::LATEST.to_owned());
        (qualifier, config.function_url().to_owned())
    };
    let addresses = configs.iter().map(address).collect();
    let mut urls = configs.iter().map(url);
    Ok(((urls.next(), urls.collect()), addresses))
}

fn url(config: &FunctionUrlConfig) -> Url {
    // arn:aws:lambda:<region>:<account>:function:<name>[:<alias>]
    let alias = config.function_arn().split(':').nth(7).map(str::to_owned);
    Url {
        auth: config.auth_type().as_str().into(),
        invoke_mode: config.invoke_mode().map_or(UrlInvokeMode::Buffered.into(), |mode| mode.as_str().into()),
        alias,
        cors: config.cors().map(cors).filter(|cors| *cors != Cors::default()),
    }
}

fn cors(cors: &LiveCors) -> Cors {
    Cors {
        allow_credentials: cors.allow_credentials().unwrap_or(false),
        allow_headers: cors.allow_headers().iter().cloned().collect(),
        allow_methods: cors.allow_methods().iter().cloned().collect(),
        allow_origins: cors.allow_origins().iter().cloned().collect(),
        expose_headers: cors.expose_headers().iter().cloned().collect(),
        max_age: cors.max_age().unwrap_or(0),
    }
}

fn live_cors(cors: Option<&Cors>) -> LiveCors {
    let Some(Cors { allow_credentials, allow_headers, allow_methods, allow_origins, expose_headers, max_age }) = cors else {
        return LiveCors::builder().build();
    };
    LiveCors::builder()
        .allow_credentials(*allow_credentials)
        .set_allow_headers(Some(allow_headers.iter().cloned().collect()))
        .set_allow_methods(Some(allow_methods.iter().cloned().collect()))
        .set_allow_origins(Some(allow_origins.iter().cloned().collect()))
        .set_expose_headers(Some(expose_headers.iter().cloned().collect()))
        .max_age(*max_age)
        .build()
}

/// Creates or changes the URL, and deletes those that stand elsewhere once it is there. Returns its
/// address.
pub(super) async fn apply_url(cx: &WriteCx, name: &str, have: Option<&Spec>, want: &Spec) -> Result<Option<String>, KindError> {
    let old = have.and_then(|spec| spec.url.as_ref());
    let stays = matches!((old, &want.url), (Some(old), Some(want)) if old.alias == want.alias);
    let address = match &want.url {
        Some(url) if stays && old == Some(url) => None,
        Some(url) => Some(put_url(cx, name, url, stays).await?),
        None => None,
    };
    let elsewhere = have.map(|spec| &spec.elsewhere.urls[..]).unwrap_or_default();
    for Url { alias, .. } in old.filter(|_| !stays).into_iter().chain(elsewhere) {
        let delete = || cx.aws.lambda.delete_function_url_config().function_name(name).set_qualifier(alias.clone()).send();
        done_if_missing(cx.call.send(&api::DELETE_FUNCTION_URL_CONFIG, name, delete).await)?;
    }
    Ok(address)
}

async fn put_url(cx: &WriteCx, name: &str, url: &Url, is_there: bool) -> Result<String, KindError> {
    let Url { auth, invoke_mode, alias, cors } = url;
    let auth = FunctionUrlAuthType::from(auth.as_str());
    let mode = InvokeMode::from(invoke_mode.as_str());
    if !is_there {
        let created = cx
            .call
            .send(&api::CREATE_FUNCTION_URL_CONFIG, name, || {
                cx.aws
                    .lambda
                    .create_function_url_config()
                    .function_name(name)
                    .set_qualifier(alias.clone())
                    .auth_type(auth.clone())
                    .invoke_mode(mode.clone())
                    .set_cors(cors.as_ref().map(|cors| live_cors(Some(cors))))
                    .send()
            })
            .await?;
        Ok(created.function_url)
    } else {
        let updated = cx
            .call
            .send(&api::UPDATE_FUNCTION_URL_CONFIG, name, || {
                cx.aws
                    .lambda
                    .update_function_url_config()
                    .function_name(name)
                    .set_qualifier(alias.clone())
                    .auth_type(auth.clone())
                    .invoke_mode(mode.clone())
                    .cors(live_cors(cors.as_ref()))
                    .send()
            })
            .await?;
        Ok(updated.function_url)
    }
}

/// The entries of buckets that start the function, in those buckets that a statement of ours lets in.
pub(super) async fn notifications(
    cx: &ReadCx,
    name: &str,
    permissions: &BTreeMap<String, Permission>,
) -> Result<(Notifications, Vec<Unread>), AwsError> {
    let statements = permissions.iter().filter_map(|(sid, permission)| Some((sid.as_str(), permission.source_arn.as_deref()?)));
    notifications::of(cx, &started(&cx.scope, name), &notifications::let_in(statements)).await
}

fn started(scope: &Scope, name: &str) -> Started {
    Started { sort: Sort::Function, kind: Function::NAME, name: name.to_owned(), arn: scope.arn("lambda", &format!("function:{name}")) }
}

/// Takes the entries of buckets away before the function goes: S3 refuses a document that starts what is
/// not there, whoever writes it.
pub(super) async fn take_notifications(cx: &WriteCx, name: &str, have: &Spec) -> Result<(), KindError> {
    notifications::apply(cx, &started(&cx.scope, name), &have.notifications, &Notifications::new()).await
}

/// What stands in for a statement while it is replaced.
const STAND_IN: &str = "etlctl-stand-in";

/// Who is let in, and the entries of buckets: S3 takes those that start what lets it in, so that a
/// statement comes before its entry and goes after it.
pub(super) async fn apply_permissions(cx: &WriteCx, name: &str, have: Option<&Spec>, want: &Spec) -> Result<(), KindError> {
    let (nobody, nothing) = (BTreeMap::new(), Notifications::new());
    let statements = have.map_or(&nobody, |spec| &spec.permissions);
    let replaced = add_permissions(cx, name, statements, want).await?;
    let entries = have.map_or(&nothing, |spec| &spec.notifications);
    notifications::apply(cx, &started(&cx.scope, name), entries, &want.notifications).await?;
    remove_permissions(cx, name, statements, want, &replaced).await
}

/// Statements cannot be changed: one that differs is removed and added, and until it is there again
/// another one lets in who it lets in. Each alias has a policy of its own, but for an emulator that keeps
/// one for all. Returns those that are not to be removed any more.
async fn add_permissions(
    cx: &WriteCx,
    name: &str,
    have: &BTreeMap<String, Permission>,
    want: &Spec,
) -> Result<BTreeSet<String>, KindError> {
    let mut replaced = BTreeSet::new();
    for (sid, permission) in want.permissions.iter().filter(|(sid, permission)| have.get(*sid) != Some(permission)) {
        let Some(old) = have.get(sid) else {
            add_permission(cx, name, sid, permission).await?;
            continue;
        };
        if old.alias != permission.alias {
            match add_permission(cx, name, sid, permission).await {
                Ok(()) => continue,
                Err(error) if error.already_exists() => {}
                Err(error) => return Err(error.into()),
            }
        }
        // One of an apply that was killed may be there, and says who was to be let in then.
        if let Some(left) = have.get(STAND_IN) {
            remove_permission(cx, name, STAND_IN, left).await?;
        }
        add_permission(cx, name, STAND_IN, permission).await?;
        remove_permission(cx, name, sid, old).await?;
        add_permission(cx, name, sid, permission).await?;
        remove_permission(cx, name, STAND_IN, permission).await?;
        replaced.insert(sid.clone());
    }
    Ok(replaced)
}

async fn remove_permissions(
    cx: &WriteCx,
    name: &str,
    have: &BTreeMap<String, Permission>,
    want: &Spec,
    replaced: &BTreeSet<String>,
) -> Result<(), KindError> {
    let is_gone = |sid: &String, old: &Permission| want.permissions.get(sid).is_none_or(|permission| permission.alias != old.alias);
    for (key, old) in have.iter().filter(|(sid, old)| is_gone(sid, old) && !replaced.contains(*sid)) {
        remove_permission(cx, name, normal::name_of(key), old).await?;
    }
    Ok(())
}

async fn remove_permission(cx: &WriteCx, name: &str, sid: &str, Permission { alias, .. }: &Permission) -> Result<(), KindError> {
    let remove = || cx.aws.lambda.remove_permission().function_name(name).statement_id(sid).set_qualifier(alias.clone()).send();
    done_if_missing(cx.call.send(&api::REMOVE_PERMISSION, name, remove).await)
}

async fn add_permission(cx: &WriteCx, name: &str, sid: &str, permission: &Permission) -> Result<(), AwsError> {
    let Permission { principal, action, source_arn, source_account, principal_org, url_auth, via_url, alias, rest: _ } = permission;
    cx.call
        .send(&api::ADD_PERMISSION, name, || {
            cx.aws
                .lambda
                .add_permission()
                .function_name(name)
                .statement_id(sid)
                .action(action)
                .principal(principal)
                .set_source_arn(source_arn.clone())
                .set_source_account(source_account.clone())
                .set_principal_org_id(principal_org.clone())
                .set_function_url_auth_type(url_auth.as_ref().map(|auth| FunctionUrlAuthType::from(auth.as_str())))
                .set_invoked_via_function_url(via_url.then_some(true))
                .set_qualifier(alias.clone())
                .send()
        })
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(alias: Option<&str>, resource: &str) -> BTreeMap<String, Statement> {
        let permission = Permission { principal: "s3.amazonaws.com".into(), alias: alias.map(str::to_owned), ..Permission::default() };
        [("s3".to_owned(), Statement { permission, resource: resource.to_owned() })].into()
    }

    #[test]
    fn a_statement_of_an_alias_beside_the_functions_own_is_a_twin_where_it_is_about_another_arn() {
        let keys = |alias_resource: &str| -> Vec<String> {
            by_id(statements(None, "arn:f"), vec![statements(Some("live"), alias_resource)]).into_keys().collect()
        };
        assert_eq!(keys("arn:f:live"), ["s3", "s3 at live"]);
        assert_eq!(keys("arn:f"), ["s3"]);
        let of_two = by_id(BTreeMap::new(), vec![statements(Some("blue"), "arn:f:blue"), statements(Some("live"), "arn:f:live")]);
        assert_eq!(of_two.into_keys().collect::<Vec<_>>(), ["s3", "s3 at live"]);
    }
}
