//! Whom a role trusts and what a topic's policy allows: what IAM and SNS refuse of the words in them.

use super::iam::each;
use super::iam_documents::DocumentKind;
use crate::contract::{Findings, Rule, View};
use crate::model::account;
use crate::model::reference::opens_variable;
use crate::source::diagnostic::suggest;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E324",
        title: "a principal that a trust policy does not take",
        why: "A trust policy names services by their domain (lambda.amazonaws.com), and AWS principals by an account or the whole ARN of a root, user or role. `*` stands for all only as `AWS: [\"*\"]`, and no principal holds a wildcard. IAM answers others with \"Invalid principal in policy\".",
        fix: "write `Service: [lambda.amazonaws.com]`, or `AWS: [\"arn:aws:iam::111122223333:root\"]`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        run: trusted,
    },
    Rule {
        code: "E444",
        title: "an action that a topic's policy does not take",
        why: "The policy of a topic allows actions of SNS on that topic, each spelt out. SNS answers wildcards for all actions, those of other services, and those that are about no topic with \"Policy statement action out of service scope!\".",
        fix: "name the actions, such as `sns:Publish` and `sns:Subscribe`",
        source: "https://github.com/cdklabs/cdk-nag/issues/676; https://github.com/hashicorp/terraform/issues/12740; https://github.com/aws/aws-cli/issues/3143",
        run: topic_actions,
    },
    Rule {
        code: "W444",
        title: "an action in a topic's policy that SNS does not list",
        why: "SNS has a list of the actions that the policy of a topic may name, and refuses some that are not on it. This one is not.",
        fix: "name one of the listed actions",
        source: "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html",
        run: unlisted_topic_actions,
    },
];

fn trusted(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |document, statement| {
        let Some(node) = statement.get("Principal").filter(|_| document.kind == DocumentKind::Trust) else { return };
        if node.text() == Some("*") {
            out.add_with(node.place, &document.address, "a trust policy does not take `*` as its whole principal", "write `AWS: [\"*\"]`");
        }
        for (kind, is_wrong) in [("Service", is_no_service as fn(&str) -> bool), ("AWS", is_no_principal)] {
            for (text, place) in node.get(kind).map(super::iam_documents::texts).unwrap_or_default() {
                if !opens_variable(text) && is_wrong(text) {
                    out.add(place, &document.address, format!("`{text}` is no principal of the kind {kind}"));
                }
            }
        }
    });
}

/// Each partition has a domain of its own; what has none of them is certainly no service.
fn is_no_service(text: &str) -> bool {
    let has_domain = ["amazon", "aws", ".gov", ".cloud"].iter().any(|part| text.to_ascii_lowercase().contains(part));
    text.contains('*') || !text.contains('.') || !has_domain
}

/// Ids of users and roles, and sessions, are left to IAM.
fn is_no_principal(text: &str) -> bool {
    if text == "*" {
        return false;
    }
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '-');
    (is_number && !account::is_id(&text.replace('-', ""))) || text.contains('*') || text.contains('?') || text.trim() != text
}

/// Actions that a topic's policy may name, as SNS lists them, and the one that its default policy has.
const TOPIC_ACTIONS: [&str; 12] = [
    "sns:AddPermission",
    "sns:DeleteTopic",
    "sns:GetDataProtectionPolicy",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sns:Publish",
    "sns:PutDataProtectionPolicy",
    "sns:Receive",
    "sns:RemovePermission",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
];

/// What SNS was seen to refuse.
const NOT_OF_A_TOPIC: [&str; 4] = ["sns:*", "sns:createtopic", "sns:getsubscriptionattributes", "sns:setsubscriptionattributes"];

fn is_refused(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text == "*" || NOT_OF_A_TOPIC.contains(&lower.as_str()) || lower.split_once(':').is_some_and(|(service, _)| service != "sns")
}

fn each_topic_action(cx: &View<'_>, out: &mut Findings<'_>, refused: bool, what: &str) {
    each(cx, |document, statement| {
        if !document.address.starts_with("topic/") {
            return;
        }
        for (text, place) in statement.texts("Action") {
            let is_listed = TOPIC_ACTIONS.iter().any(|action| action.eq_ignore_ascii_case(text));
            // What is no action at all has a rule of its own.
            let is_action = text == "*" || text.contains(':');
            if !is_listed && is_action && !opens_variable(text) && is_refused(text) == refused {
                let fix = (!text.contains('*')).then(|| suggest(text, TOPIC_ACTIONS));
                out.add_with(place, &document.address, format!("`{text}` {what}"), fix);
            }
        }
    });
}

fn topic_actions(cx: &View<'_>, out: &mut Findings<'_>) {
    each_topic_action(cx, out, true, "is no action that a topic's policy takes");
}

fn unlisted_topic_actions(cx: &View<'_>, out: &mut Findings<'_>) {
    each_topic_action(cx, out, false, "is not on SNS's list of actions of a topic's policy");
}
