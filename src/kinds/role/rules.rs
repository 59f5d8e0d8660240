//! What IAM refuses of a role.

use super::{Role, own};
use crate::contract::{Findings, Rule, View, length_limit, names, rows};
use crate::model::policy;
use crate::model::reference::is_known;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E171",
        title: "role name that AWS refuses",
        why: "A role's name has 1 to 64 letters, digits and `+=,.@_-`. A role that a function brings along is named after the function \
              and `-role`, so a long key may be too long for the role alone.",
        fix: "use letters, digits and `+=,.@_-`",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: name,
    },
    Rule {
        code: "E182",
        title: "role description that AWS refuses",
        why: "A role's description has at most 1,000 characters, all of them from Latin-1. IAM refuses typographic quotes, dashes and \
              arrows that slip in when text is copied.",
        fix: "use plain quotes and dashes",
        source: "botocore service model, iam CreateRole, Description",
        run: description,
    },
    Rule {
        code: "E313",
        title: "a longest session that IAM does not take",
        why: "The longest session of a role lies between one hour and twelve hours. CreateRole refuses anything else with ValidationError.",
        fix: "set `max_session` to something from 1h to 12h",
        source: "botocore service model, iam CreateRole, MaxSessionDuration",
        run: rows::<Role>,
    },
    Rule {
        code: "E310",
        title: "inline policies of a role that are too long together",
        why: "All inline policies of a role have 10,240 characters together, white space not counted. The limit cannot be raised: what is over is refused with LimitExceeded when the policy is put.",
        fix: "join statements, use wildcards within one prefix, or move a part to a managed policy of its own",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: inline_size,
    },
    Rule {
        code: "E311",
        title: "a trust policy that is too long",
        why: "A trust policy has at most 8,192 characters, white space not counted, however far AWS has raised the account's quota. CreateRole refuses a longer one.",
        fix: "trust an organisation or an account in place of many roles",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: trust_size,
    },
    Rule {
        code: "E312",
        title: "more managed policies than a role takes",
        why: "25 managed policies at most can be attached to a role, however far AWS has raised the account's quota; the next AttachRolePolicy fails with LimitExceeded, when the role is there already.",
        fix: "put what is needed into one inline policy, or join policies of your own",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: managed_number,
    },
    Rule {
        code: "E350",
        title: "a managed policy that is too long",
        why: "A managed policy has at most 6,144 characters, white space not counted. The limit cannot be raised: CreatePolicy and CreatePolicyVersion refuse a longer one.",
        fix: "split it into two of `own_policies`, join statements, or use wildcards within one prefix",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: own_size,
    },
    Rule {
        code: "E351",
        title: "a key of `own_policies` that makes no name, or a path that no policy has",
        why: "A policy of a role's own is named after the role, `@` and its key. The name has 1 to 128 characters, and the key neither an `@` of its own nor a comma, which tags do not take. It lies under the role's path, and CreatePolicy takes letters, digits and `.,+@=_-` there, where CreateRole takes more.",
        fix: "shorten the key, or use letters, digits and `-`",
        source: "botocore service model, iam CreatePolicy, PolicyName and Path",
        run: own_name,
    },
    Rule {
        code: "W311",
        title: "a trust policy that needs a raised quota",
        why: "A trust policy has at most 2,048 characters where the account's quota is AWS's default, white space not counted. CreateRole refuses a longer one where the quota was not raised.",
        fix: "trust an organisation or an account in place of many roles, or see that the account's quota is raised",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: trust_size_by_quota,
    },
    Rule {
        code: "W312",
        title: "managed policies that need a raised quota",
        why: "Ten managed policies can be attached to a role where the account's quota is AWS's default; the eleventh AttachRolePolicy fails with LimitExceeded where the quota was not raised.",
        fix: "put what is needed into one inline policy, or see that the account's quota is raised",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: managed_number_by_quota,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<Role>(cx, out, "role", |c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c));
}

fn description(cx: &View<'_>, found: &mut Findings<'_>) {
    for role in cx.all::<Role>() {
        let place = cx.place("roles", &role.key, &["description"]);
        let text = role.spec.description.as_str();
        if found.length(place, &role.address, ("the description", text), &length_limit::<Role>("description")) {
            continue;
        }
        // The pattern of IAM: tab, line ends, printable ASCII and the upper half of Latin-1.
        let takes = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
        if let Some(wrong) = text.chars().find(|c| is_known(text) && !takes(*c)) {
            let message = format!("the description holds `{}`, which IAM does not take", wrong.escape_debug());
            found.add(place, &role.address, message);
        }
    }
}

const INLINE: usize = 10_240;

const OWN: usize = 6_144;

/// Quotas: AWS's default, and the most that it is raised to.
const TRUST: (usize, usize) = (2_048, 8_192);
/// See [`TRUST`].
const ATTACHED: (usize, usize) = (10, 25);

/// Characters that count against a quota.
fn size(document: &serde_json::Value) -> usize {
    policy::compact(document).chars().filter(|c| !c.is_whitespace()).count()
}

fn inline_size(cx: &View<'_>, out: &mut Findings<'_>) {
    for role in cx.all::<Role>() {
        let total: usize = role.spec.policies.values().map(size).sum();
        if total > INLINE {
            let message = format!("the inline policies have {total} characters together, {} too many", total - INLINE);
            out.add(cx.key_place("roles", &role.key, &[], "policies"), &role.address, message);
        }
    }
}

fn own_size(cx: &View<'_>, out: &mut Findings<'_>) {
    for role in cx.all::<Role>() {
        for (key, document) in &role.spec.own_policies {
            let size = size(document);
            if size > OWN {
                let message = format!("the policy `{key}` has {size} characters, {} too many", size - OWN);
                out.add(cx.key_place("roles", &role.key, &["own_policies"], key), &role.address, message);
            }
        }
    }
}

fn own_name(cx: &View<'_>, out: &mut Findings<'_>) {
    for role in cx.all::<Role>() {
        for key in role.spec.own_policies.keys() {
            let name = own::name(&role.name, key);
            let wrong = if key.contains([own::BEHIND_ROLE, ',']) {
                format!("`{key}` holds an `@` or a comma")
            } else if is_known(&name) && name.len() > 128 {
                format!("the policy's name `{name}` has {} characters; IAM takes 128", name.len())
            } else {
                continue;
            };
            out.add(cx.key_place("roles", &role.key, &["own_policies"], key), &role.address, wrong);
        }
        // CreateRole takes more in a path than CreatePolicy, and the policies lie under the role's.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/.,+@=_-".contains(c);
        let path = &role.spec.path;
        if !role.spec.own_policies.is_empty() && is_known(path) && !path.chars().all(is_plain) {
            let message = format!("the path `{path}` holds a character that the path of a policy does not take");
            out.add(cx.place("roles", &role.key, &["path"]), &role.address, message);
        }
    }
}

fn trust_size(cx: &View<'_>, out: &mut Findings<'_>) {
    trust_above(cx, out, TRUST.1, usize::MAX);
}

fn trust_size_by_quota(cx: &View<'_>, out: &mut Findings<'_>) {
    trust_above(cx, out, TRUST.0, TRUST.1);
}

fn trust_above(cx: &View<'_>, out: &mut Findings<'_>, most: usize, below: usize) {
    for role in cx.all::<Role>() {
        let size = size(&role.spec.trust_policy);
        if size > most && size <= below {
            let message = format!("the trust policy has {size} characters, {} too many", size - most);
            out.add(cx.key_place("roles", &role.key, &[], "trust_policy"), &role.address, message);
        }
    }
}

fn managed_number(cx: &View<'_>, out: &mut Findings<'_>) {
    managed_above(cx, out, ATTACHED.1, usize::MAX);
}

fn managed_number_by_quota(cx: &View<'_>, out: &mut Findings<'_>) {
    managed_above(cx, out, ATTACHED.0, ATTACHED.1);
}

fn managed_above(cx: &View<'_>, out: &mut Findings<'_>, most: usize, below: usize) {
    for role in cx.all::<Role>() {
        let number = role.spec.managed_policies.len() + role.spec.own_policies.len();
        if number > most && number <= below {
            let message = format!("{number} managed policies are attached; a role takes {most}");
            let field = if role.spec.managed_policies.is_empty() { "own_policies" } else { "managed_policies" };
            out.add(cx.key_place("roles", &role.key, &[], field), &role.address, message);
        }
    }
}
