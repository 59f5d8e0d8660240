//! What Lambda refuses of the statements of a function's policy.

use crate::contract::{Findings, Kind, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::function::spec::Permission;
use crate::kinds::function::words::UrlAuthType;
use crate::model::account;
use crate::model::reference::opens_variable;

/// All of them.
pub(super) const RULES: &[Rule] = &[Rule {
    code: "E143",
    title: "a permission that Lambda refuses",
    why: "A statement has an id of letters, digits, `-` and `_`, at most 100; an action such as lambda:InvokeFunction; and a principal that \
          is a service such as s3.amazonaws.com, an account of 12 digits, an ARN or `*`. AddPermission refuses others, when the function \
          is there already.",
    fix: "write what Lambda knows",
    source: "botocore service model, lambda AddPermission",
    run: permissions,
}];

/// Longest id of a statement.
const SID: usize = 100;

fn permissions(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        for (sid, permission) in &function.spec.permissions {
            if let Some(wrong) = wrong(sid, permission) {
                let place = cx.key_place(Function::SECTION, &function.key, &["permissions"], sid);
                out.add(place, &function.address, format!("permissions.{sid}: {wrong}"));
            }
        }
    }
}

fn wrong(sid: &str, permission: &Permission) -> Option<String> {
    let Permission { principal, action, source_arn, source_account, principal_org, url_auth, via_url: _, alias: _, rest: _ } = permission;
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if is_known(sid) && (!is_word(sid) || sid.len() > SID) {
        return Some("the id has other characters than letters, digits, `-` and `_`, or more than 100".to_owned());
    }
    if is_known(action) && !is_action(action) {
        return Some(format!("`{action}` is no action of Lambda's"));
    }
    if is_known(principal) && !is_principal(principal) {
        return Some(format!("`{principal}` is no service, account of 12 digits, ARN or `*`"));
    }
    if let Some(account) = source_account.as_deref().filter(|id| is_known(id) && !account::is_id(id)) {
        return Some(format!("`source_account: {account}` is no account of 12 digits"));
    }
    if let Some(arn) = source_arn.as_deref().filter(|arn| is_known(arn) && !(arn.starts_with("arn:") && arn.matches(':').count() >= 5)) {
        return Some(format!("`source_arn: {arn}` is no ARN"));
    }
    if let Some(org) = principal_org.as_deref().filter(|org| is_known(org) && !is_organisation(org)) {
        return Some(format!("`principal_org: {org}` is no id of an organisation, such as o-a1b2c3d4e5"));
    }
    let is_url = action == "lambda:InvokeFunctionUrl" || action.contains('*');
    let has_auth = url_auth.as_ref().is_some_and(|auth| auth.is(UrlAuthType::None) || auth.is(UrlAuthType::Iam));
    (has_auth && is_known(action) && !is_url).then(|| "`url_auth` goes with lambda:InvokeFunctionUrl alone".to_owned())
}

/// Whether nothing of it is filled in later, the account among it.
fn is_known(text: &str) -> bool {
    !opens_variable(text)
}

fn is_action(action: &str) -> bool {
    let operation = action.strip_prefix("lambda:");
    action == "*" || operation.is_some_and(|name| name == "*" || (!name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic())))
}

fn is_principal(principal: &str) -> bool {
    let is_domain = || principal.contains('.') && !principal.contains(char::is_whitespace);
    principal == "*" || account::is_id(principal) || principal.starts_with("arn:") || is_domain()
}

fn is_organisation(text: &str) -> bool {
    let id = text.strip_prefix("o-");
    id.is_some_and(|id| (10..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}
