//! Roles: sizes and numbers that IAM limits, managed policies that there are not, and whom a role trusts.

use serde_json::Value;

use super::iam_documents::{documents, roles, texts};
use super::iam_grants::matches;
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::kinds::role::managed::managed;
use crate::model::account;
use crate::model::reference::opens_variable;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E314",
        title: "a function with a role that Lambda may not assume",
        why: "Lambda runs a function with the role's permissions, so the role has to trust lambda.amazonaws.com. CreateFunction is refused otherwise: \"The role defined for the function cannot be assumed by Lambda\".",
        fix: "leave `trust_policy` out, or allow sts:AssumeRole to `Service: [lambda.amazonaws.com]` in it",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        run: trusts_lambda,
    },
    Rule {
        code: "W317",
        title: "a managed policy whose name looks misspelt",
        why: "AWS has no managed policy of this name among those known here, but one whose name is nearly the same. To attach a policy that is not there fails with NoSuchEntity.",
        fix: "correct the name",
        source: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
        run: managed_spelling,
    },
    Rule {
        code: "E318",
        title: "a managed policy of AWS's under the wrong path",
        why: "The path is a part of a managed policy's ARN: execution policies of Lambda lie under service-role/, others directly under policy/. To attach the name under the wrong path fails with NoSuchEntity.",
        fix: "write the path that the policy has",
        source: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
        run: managed_path,
    },
    Rule {
        code: "E322",
        title: "a name of a policy that IAM does not take",
        why: "A policy's name has 1 to 128 characters: letters, digits and + = , . @ - _. PutRolePolicy and CreatePolicy refuse others.",
        fix: "shorten the name, or use letters, digits and `-`",
        source: "botocore service model, iam PutRolePolicy, PolicyName",
        run: policy_name,
    },
    Rule {
        code: "E323",
        title: "what is no ARN of a managed policy",
        why: "An attached policy is named by its ARN, arn:partition:iam::account:policy/path/name, where the account is `aws` for AWS's own. AttachRolePolicy refuses anything else.",
        fix: "write the ARN of a managed policy, or the name of one of AWS's",
        source: "botocore service model, iam AttachRolePolicy, PolicyArn",
        run: managed_arn,
    },
];

fn trusts_lambda(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        let Some(role) = super::lookup::role_of(cx, function) else { continue };
        if !trusts(&role.spec.trust_policy, &["lambda.amazonaws.com"]) {
            let message = format!("{} does not let lambda.amazonaws.com assume it", role.address);
            let place = cx.place("roles", &role.key, &["trust_policy"]);
            out.add(place, &function.address, message);
        }
    }
}

/// Whether a trust policy lets one of these services assume the role. A doubt speaks for it.
pub(super) fn trusts(document: &Value, services: &[&str]) -> bool {
    let statements = document["Statement"].as_array().map(Vec::as_slice).unwrap_or_default();
    let has = |statement: &Value, field: &str, wanted: &str| {
        let texts = statement[field].as_array().map(Vec::as_slice).unwrap_or_default();
        texts.iter().filter_map(Value::as_str).any(|text| matches(&text.to_ascii_lowercase(), wanted) || opens_variable(text))
    };
    statements.iter().any(|statement| {
        let principal = &statement["Principal"];
        let named = services.iter().any(|service| has(principal, "Service", service)) || has(principal, "AWS", "*");
        let assumes = has(statement, "Action", "sts:assumerole") || statement["NotAction"].is_array();
        statement["Effect"] == "Allow" && (named || statement["NotPrincipal"].is_object()) && assumes
    })
}

/// Every managed policy that a role names, as it is written, and its name within AWS's own.
fn each_managed(cx: &View<'_>, mut look: impl FnMut(&str, crate::source::diagnostic::Place, &str)) {
    for (address, role) in roles(cx) {
        for (text, place) in role.get("managed_policies").map(texts).unwrap_or_default() {
            look(text, place, address);
        }
    }
}

/// Path and name of one of AWS's own policies.
fn of_aws(text: &str) -> Option<&str> {
    if text.starts_with("arn:") { text.split_once(":iam::aws:policy/").map(|(_, name)| name) } else { Some(text) }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn managed_spelling(cx: &View<'_>, out: &mut Findings<'_>) {
    each_managed(cx, |text, place, address| {
        let Some(name) = of_aws(text).filter(|name| !opens_variable(name)) else { return };
        let real = |known: &&String| last(known) == last(name);
        if managed().policies.keys().chain(&managed().also_named).any(|known| real(&known)) {
            return;
        }
        let near = managed().policies.keys().map(|known| (strsim::damerau_levenshtein(last(known), last(name)), known)).min();
        if let Some((1..=2, known)) = near {
            out.add_with(place, address, format!("`{text}` is no managed policy that is known"), format!("did you mean `{known}`?"));
        }
    });
}

fn managed_path(cx: &View<'_>, out: &mut Findings<'_>) {
    each_managed(cx, |text, place, address| {
        // A name alone finds its path by itself.
        let Some(name) = of_aws(text).filter(|_| text.contains('/')) else { return };
        if let Some(known) = managed().policies.keys().find(|known| last(known) == last(name))
            && known != name
        {
            out.add_with(place, address, format!("AWS has no managed policy `{name}`"), format!("write `{known}`"));
        }
    });
}

fn policy_name(cx: &View<'_>, out: &mut Findings<'_>) {
    for document in documents(cx).iter().filter(|document| document.kind == super::iam_documents::DocumentKind::Identity) {
        let plain = document.name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c));
        if !plain || document.name.is_empty() || document.name.len() > 128 {
            out.add(document.place, &document.address, format!("`{}` cannot name a policy", document.name));
        }
    }
}

fn managed_arn(cx: &View<'_>, out: &mut Findings<'_>) {
    each_managed(cx, |text, place, address| {
        if opens_variable(text) || !text.starts_with("arn:") {
            return;
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let is_account = |account: &str| account == "aws" || account::is_id(account);
        let fits = matches!(parts[..], [_, _, "iam", "", account, name] if is_account(account) && name.starts_with("policy/"));
        if !fits {
            out.add(place, address, format!("`{text}` is no ARN of a managed policy"));
        }
    });
}
