//! What environments in several regions of one account have in common.

use crate::contract::{Findings, Rule, View};
use crate::kinds;
use crate::source::loaded::Sibling;

const PAGE: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html";
const WHY: &str = "The name of an IAM role is one in all regions of an account, whatever its case, and that of a bucket in all accounts. The environment that is applied first holds \
                   it; the other one's plan stops at it and touches nothing.";
const FIX: &str =
    "let the name hold ${aws.region}: under `name`, or for all roles with `naming: { roles: \"${name}-${instance}-${aws.region}\" }`";

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E605",
        title: "one name of a role or bucket in two regions of an account",
        why: WHY,
        fix: FIX,
        source: PAGE,
        run: in_one_account,
    },
    Rule {
        code: "W606",
        title: "one name of a role or bucket in two regions, of one account perhaps",
        why: "The name of an IAM role is one in all regions of an account, that of a bucket in all accounts. Where these environments are of one account, the one that is \
              applied first holds it, and the other one's plan stops at it.",
        fix: "let the name hold ${aws.region}, or name the `account` of each environment",
        source: PAGE,
        run: in_one_account_perhaps,
    },
];

fn in_one_account(cx: &View<'_>, out: &mut Findings<'_>) {
    shared(cx, out, &|sibling| sibling.account.is_some() && sibling.account == cx.loaded.account);
}

fn in_one_account_perhaps(cx: &View<'_>, out: &mut Findings<'_>) {
    shared(cx, out, &|sibling| sibling.account.is_none() || cx.loaded.account.is_none());
}

fn shared(cx: &View<'_>, out: &mut Findings<'_>, applies: &dyn Fn(&Sibling) -> bool) {
    for sibling in cx.loaded.siblings.iter().filter(|sibling| applies(sibling)) {
        for node in cx.loaded.desired.nodes.values() {
            if !sibling.names.contains(&(node.id.kind.clone(), node.name.to_lowercase())) {
                continue;
            }
            let section = kinds::driver(&node.id.kind).map_or("", |driver| driver.section());
            let place = cx.place(section, &node.id.name, &["name"]);
            let message =
                format!("the environment {} in {} has a {} of the name `{}` too", sibling.env, sibling.region, node.id.kind, node.name);
            out.add(place, node.id.to_string(), message);
        }
    }
}
