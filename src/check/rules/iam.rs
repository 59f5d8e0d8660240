//! The grammar of IAM documents: what IAM and the services whose resources have policies refuse as malformed.

use std::collections::BTreeSet;

use super::iam_documents::{Document, DocumentKind, KEYS, Statement, documents};
use crate::contract::{Findings, Kind, Rule, View};
use crate::kinds::bucket::Bucket;
use crate::kinds::topic::Topic;
use crate::model::reference::opens_variable;
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::Yaml;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E301",
        title: "an effect that is neither Allow nor Deny",
        why: "A statement either allows or denies. IAM answers any other word with MalformedPolicyDocument, and the role is left without the policy.",
        fix: "write `effect: Allow` or `effect: Deny`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_effect.html",
        run: effect,
    },
    Rule {
        code: "E302",
        title: "an action that is not of the form service:Action",
        why: "An action names its service and its operation with a colon between, such as `s3:GetObject`; wildcards may stand in the operation only. `*` alone stands for every action. IAM refuses the whole document otherwise.",
        fix: "write it as `service:Action`, `s3:GetObject` for one",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html",
        run: action,
    },
    Rule {
        code: "E304",
        title: "a principal in a policy of a role",
        why: "A policy attached to a role is about that role: it has no principal, and IAM refuses one that has. Who may assume the role stands in its trust policy.",
        fix: "take the principal out, or move the statement to `trust_policy`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        run: identity_principal,
    },
    Rule {
        code: "E305",
        title: "a trust or resource policy without a principal",
        why: "The policy of a queue, a topic, a bucket, a table, a bus or a role's trust says who may do something, so each of its statements needs a principal. Without one it is malformed.",
        fix: "add `principals: { Service: [lambda.amazonaws.com] }`, or whom else it is about",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        run: missing_principal,
    },
    Rule {
        code: "E306",
        title: "an element together with its opposite",
        why: "A statement holds Action or NotAction, Resource or NotResource, Principal or NotPrincipal. With both of a pair it has no meaning, and IAM refuses it.",
        fix: "keep one of the two",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
        run: opposites,
    },
    Rule {
        code: "E307",
        title: "a policy or statement without what it needs",
        why: "A policy has at least one statement; each names at least one action, and in the policy of a role, a bucket or a topic at least one resource. A list that a variable left empty counts as nothing.",
        fix: "add what is missing, or take the statement out",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
        run: empty,
    },
    Rule {
        code: "E308",
        title: "a policy version that IAM does not know",
        why: "`Version` is the version of the policy language, not a date of yours. There are two: 2012-10-17, and 2008-10-17 which knows no variables.",
        fix: "write `Version: \"2012-10-17\"`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
        run: version,
    },
    Rule {
        code: "E309",
        title: "a character that IAM does not take in a policy",
        why: "A policy document consists of tab, line feed, carriage return and the characters from space to U+00FF. Typographic quotes and dashes, which text processors put in, are outside of it.",
        fix: "replace the character with a plain one",
        source: "botocore service model, iam PutRolePolicy, PolicyDocument",
        run: characters,
    },
    Rule {
        code: "E315",
        title: "an element that statements do not have",
        why: "The grammar of policies is closed: with a key that it does not know, a misspelt `Resources` for one, the whole document is refused. A trust policy moreover has no Resource: it is about the role it is attached to.",
        fix: "correct the key, or take it out",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
        run: unknown_element,
    },
    Rule {
        code: "E316",
        title: "a statement id twice, or one that is not letters and digits",
        why: "Within one document each statement id is there once, in policies of resources too. In policies of roles it consists of letters and digits alone; a hyphen or a space makes the document malformed.",
        fix: "give each statement an id of its own, of letters and digits, or none",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html",
        run: sid,
    },
    Rule {
        code: "E319",
        title: "an action in a trust policy that is not of STS",
        why: "A trust policy is about assuming the role, so its actions are STS's for that, spelt out: sts:AssumeRole for services. IAM answers any other, a wildcard among them, with \"AssumeRole policy may only specify STS AssumeRole actions\".",
        fix: "write `actions: [sts:AssumeRole]`; what the role may do goes under `policies`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html",
        run: trust_action,
    },
    Rule {
        code: "W319",
        title: "an action of STS in a trust policy that is not known here",
        why: "IAM takes sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity, sts:TagSession, sts:SetSourceIdentity and sts:SetContext in a trust policy, in this spelling. It refuses other words of STS, and AWS may have added one.",
        fix: "write one of the six actions",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-custom.html",
        run: unknown_trust_action,
    },
    Rule {
        code: "E320",
        title: "a kind of principal that there is not",
        why: "A principal is told by its kind: Service, AWS, Federated or CanonicalUser. The words are sensitive to case.",
        fix: "use Service, AWS, Federated or CanonicalUser",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        run: principal_kind,
    },
    Rule {
        code: "E321",
        title: "a condition operator that there is not",
        why: "A condition begins with an operator of IAM's, such as StringEquals or ArnLike, perhaps with ForAnyValue: before it or IfExists behind it. IAM refuses others.",
        fix: "use one of IAM's operators",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
        run: operator,
    },
];

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

pub(super) fn each(cx: &View<'_>, mut look: impl FnMut(&Document<'_>, &Statement<'_>)) {
    for document in documents(cx) {
        for statement in document.statements().iter().filter(|statement| matches!(statement.node.yaml, Yaml::Map(_))) {
            look(&document, statement);
        }
    }
}

fn effect(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |document, statement| {
        // Loading corrects the case of the two words.
        if let Some(node) = statement.get("Effect")
            && !node.text().is_some_and(|text| text.eq_ignore_ascii_case("allow") || text.eq_ignore_ascii_case("deny"))
        {
            let shown = node.text().unwrap_or("this");
            out.add(node.place, &document.address, format!("`{shown}` is no effect"));
        } else if statement.get("Effect").is_none() && matches!(document.node.yaml, Yaml::Map(_)) {
            out.add(statement.place, &document.address, "the statement has no effect");
        }
    });
}

fn action(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |document, statement| {
        for (text, place) in ["Action", "NotAction"].into_iter().flat_map(|word| statement.texts(word)) {
            if text != "*" && !opens_variable(text) && !is_action(text) {
                out.add(place, &document.address, format!("`{text}` is no action"));
            }
        }
    });
}

fn is_action(text: &str) -> bool {
    let plain = |part: &str, also: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c));
    text.split_once(':').is_some_and(|(service, operation)| plain(service, "-") && plain(operation, "*?"))
}

fn identity_principal(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |document, statement| {
        if let Some(node) = statement.get("Principal").or_else(|| statement.get("NotPrincipal"))
            && document.kind == DocumentKind::Identity
        {
            out.add(node.place, &document.address, format!("the policy `{}` of a role names a principal", document.name));
        }
    });
}

fn missing_principal(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |document, statement| {
        let has = ["Principal", "NotPrincipal"].into_iter().filter_map(|word| statement.get(word)).any(|node| !is_nothing(&node.yaml));
        if document.kind != DocumentKind::Identity && !has {
            out.add(statement.place, &document.address, "the statement does not say whom it is about");
        }
    });
}

fn is_nothing(yaml: &Yaml) -> bool {
    match yaml {
        Yaml::Null => true,
        Yaml::Text(text) => text.is_empty(),
        Yaml::List(items) => items.is_empty(),
        Yaml::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

fn opposites(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |document, statement| {
        for (word, not) in [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")] {
            if let (Some(_), Some(node)) = (statement.get(word), statement.get(not)) {
                out.add(node.place, &document.address, format!("the statement has both {word} and {not}"));
            }
        }
    });
}

fn empty(cx: &View<'_>, out: &mut Findings<'_>) {
    for document in documents(cx) {
        let statements = document.statements();
        if statements.is_empty() {
            out.add(document.place, &document.address, "the policy has no statement");
        }
        for statement in statements {
            if !matches!(statement.node.yaml, Yaml::Map(_)) {
                out.add(statement.place, &document.address, "a statement is a mapping");
                continue;
            }
            let lacks =
                |word: &str, not: &str| [word, not].into_iter().filter_map(|word| statement.get(word)).all(|node| is_nothing(&node.yaml));
            if lacks("Action", "NotAction") {
                out.add(statement.place, &document.address, "the statement names no action");
            } else if names_resources(&document) && lacks("Resource", "NotResource") {
                out.add(statement.place, &document.address, "the statement names no resource");
            }
        }
    }
}

/// Of other policies of resources nobody says that they have to.
fn names_resources(document: &Document<'_>) -> bool {
    let is_of = |kind: &str| document.address.split('/').next() == Some(kind);
    document.kind == DocumentKind::Identity || is_of(Bucket::NAME) || is_of(Topic::NAME)
}

fn version(cx: &View<'_>, out: &mut Findings<'_>) {
    for document in documents(cx) {
        if let Some(node) = document.node.get("Version")
            && let Some(text) = node.text()
            && !["2012-10-17", "2008-10-17"].contains(&text)
        {
            out.add(node.place, &document.address, format!("there is no version `{text}` of the policy language"));
        }
    }
}

fn characters(cx: &View<'_>, out: &mut Findings<'_>) {
    // The pattern is IAM's; other services have none for their policies.
    for document in documents(cx).into_iter().filter(|document| document.kind != DocumentKind::Resource) {
        document.node.each_text(&mut |text, place| {
            let taken = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
            if let Some(wrong) = text.chars().find(|c| !taken(*c)) {
                let message = format!("U+{:04X} cannot stand in a policy", wrong as u32);
                out.add(place, &document.address, message);
            }
        });
    }
}

fn unknown_element(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |document, statement| {
        for entry in statement.node.entries() {
            // The short form is closed already: only the keys of IAM's own form can be wrong.
            let whole = matches!(document.node.yaml, Yaml::Map(_));
            if whole && !KEYS.iter().any(|(word, _)| *word == entry.key) {
                let fix = suggest(&entry.key, KEYS.iter().map(|(word, _)| *word));
                out.add_with(entry.place, &document.address, format!("a statement has no `{}`", entry.key), fix);
            } else if document.kind == DocumentKind::Trust
                && ["Resource", "NotResource", "resources", "not_resources"].contains(&entry.key.as_str())
            {
                out.add_with(entry.place, &document.address, "a trust policy names no resource", "take it out");
            }
        }
    });
}

fn sid(cx: &View<'_>, out: &mut Findings<'_>) {
    for document in documents(cx) {
        let mut seen = BTreeSet::new();
        for node in document.statements().iter().filter_map(|statement| statement.get("Sid")) {
            let Some(text) = node.text().filter(|text| !text.is_empty()) else { continue };
            if !seen.insert(text) {
                out.add(node.place, &document.address, format!("the statement id `{text}` is there twice"));
            } else if document.kind != DocumentKind::Resource && !text.chars().all(|c| c.is_ascii_alphanumeric()) {
                let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
                let message = format!("`{text}` has other characters than letters and digits");
                out.add_with(node.place, &document.address, message, format!("write `{plain}`"));
            }
        }
    }
}

/// What a trust policy may allow.
const TRUST_ACTIONS: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:SetContext",
];

/// Actions of STS that IAM was seen to refuse in a trust policy, beside other spellings of the above.
const NOT_FOR_TRUST: [&str; 4] = ["sts:*", "sts:assumeroot", "sts:getcalleridentity", "sts:getsessiontoken"];

fn is_refused_in_trust(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_spelt_otherwise = TRUST_ACTIONS.iter().any(|action| action.eq_ignore_ascii_case(text));
    text == "*" || is_action(text) && (!lower.starts_with("sts:") || NOT_FOR_TRUST.contains(&lower.as_str()) || is_spelt_otherwise)
}

fn each_trust_action(cx: &View<'_>, mut look: impl FnMut(&Document<'_>, &str, Place)) {
    each(cx, |document, statement| {
        for (text, place) in statement.texts("Action").into_iter().filter(|(text, _)| !TRUST_ACTIONS.contains(text)) {
            if document.kind == DocumentKind::Trust && !opens_variable(text) {
                look(document, text, place);
            }
        }
    });
}

fn trust_action(cx: &View<'_>, out: &mut Findings<'_>) {
    each_trust_action(cx, |document, text, place| {
        let fix = TRUST_ACTIONS.iter().find(|action| action.eq_ignore_ascii_case(text)).map(|action| format!("write `{action}`"));
        if is_refused_in_trust(text) {
            out.add_with(place, &document.address, format!("`{text}` is no action that a trust policy takes"), fix);
        }
    });
}

fn unknown_trust_action(cx: &View<'_>, out: &mut Findings<'_>) {
    each_trust_action(cx, |document, text, place| {
        if is_action(text) && !is_refused_in_trust(text) {
            let message = format!("`{text}` is no action of a trust policy that is known");
            out.add_with(place, &document.address, message, suggest(text, TRUST_ACTIONS));
        }
    });
}

fn principal_kind(cx: &View<'_>, out: &mut Findings<'_>) {
    let kinds = ["Service", "AWS", "Federated", "CanonicalUser"];
    each(cx, |document, statement| {
        for node in ["Principal", "NotPrincipal"].into_iter().filter_map(|word| statement.get(word)) {
            for entry in node.entries().iter().filter(|entry| !kinds.contains(&entry.key.as_str())) {
                let near = kinds.iter().find(|kind| kind.eq_ignore_ascii_case(&entry.key));
                let fix = near.map_or_else(|| suggest(&entry.key, kinds), |kind| format!("did you mean `{kind}`?"));
                out.add_with(entry.place, &document.address, format!("`{}` is no kind of principal", entry.key), fix);
            }
        }
    });
}

fn operator(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |document, statement| {
        for entry in statement.get("Condition").map(|node| node.entries()).unwrap_or_default() {
            let name = entry.key.strip_prefix("ForAnyValue:").or_else(|| entry.key.strip_prefix("ForAllValues:")).unwrap_or(&entry.key);
            let name = name.strip_suffix("IfExists").unwrap_or(name);
            if !OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                let fix = suggest(name, OPERATORS);
                out.add_with(entry.place, &document.address, format!("`{}` is no condition operator", entry.key), fix);
            }
        }
    });
}
