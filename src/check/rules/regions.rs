//! What environments of one file have in common: names, in several regions of an account or in one.

use crate::contract::{Findings, Rule, View};
use crate::kinds;
use crate::model::Node;
use crate::source::diagnostic::Place;
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
    Rule {
        code: "E608",
        title: "one name in two environments of an account and region",
        why: "Names are unique within an account and region. The environment that is applied first holds them; the other one's plan stops at what is not its own, and touches nothing.",
        fix: SAME_FIX,
        source: "docs/instances.md",
        run: in_one_place,
    },
    Rule {
        code: "W609",
        title: "one name in two environments of a region, of one account perhaps",
        why: "Names are unique within an account and region. Where these environments are of one account, the one that is applied first holds them, and the other one's plan stops at what is not its own.",
        fix: "let the names hold ${env} or ${instance}, or name the `account` of each environment",
        source: "docs/instances.md",
        run: in_one_place_perhaps,
    },
];

const SAME_FIX: &str = "let the names hold ${env} or ${instance}: under `name`, or for all with `naming: \"${stack}-${name}-${instance}\"`";

fn is_one(cx: &View<'_>, sibling: &Sibling) -> bool {
    sibling.account.is_some() && sibling.account == cx.loaded.account
}

fn is_one_perhaps(cx: &View<'_>, sibling: &Sibling) -> bool {
    sibling.account.is_none() || cx.loaded.account.is_none()
}

fn in_one_account(cx: &View<'_>, out: &mut Findings<'_>) {
    elsewhere(cx, out, is_one);
}

fn in_one_account_perhaps(cx: &View<'_>, out: &mut Findings<'_>) {
    elsewhere(cx, out, is_one_perhaps);
}

fn in_one_place(cx: &View<'_>, out: &mut Findings<'_>) {
    here(cx, out, is_one);
}

fn in_one_place_perhaps(cx: &View<'_>, out: &mut Findings<'_>) {
    here(cx, out, is_one_perhaps);
}

type Applies = fn(&View<'_>, &Sibling) -> bool;

fn elsewhere(cx: &View<'_>, out: &mut Findings<'_>, applies: Applies) {
    let siblings = cx.loaded.siblings.iter().filter(|sibling| sibling.region != cx.loaded.scope.region);
    for sibling in siblings.filter(|sibling| applies(cx, sibling)) {
        for node in shared(cx, sibling) {
            let message = format!("the environment {} in {} names its {} `{}` too", sibling.env, sibling.region, node.id.kind, node.name);
            out.add(name_of(cx, node), node.id.to_string(), message);
        }
    }
}

/// One pattern of names makes all of them the same, so they are told at once.
fn here(cx: &View<'_>, out: &mut Findings<'_>, applies: Applies) {
    let siblings = cx.loaded.siblings.iter().filter(|sibling| sibling.region == cx.loaded.scope.region);
    for sibling in siblings.filter(|sibling| applies(cx, sibling)) {
        let nodes: Vec<&Node> = shared(cx, sibling).collect();
        let Some(first) = nodes.first() else { continue };
        let more = if nodes.len() > 1 { format!(", and {} more", nodes.len() - 1) } else { String::new() };
        let message = format!("the environment {} names its {} `{}` too{more}", sibling.env, first.id.kind, first.name);
        let pattern = ["naming", "instance"].iter().find_map(|key| cx.loaded.tree.get(key)).filter(|_| nodes.len() > 1);
        out.add(pattern.map_or_else(|| name_of(cx, first), |node| node.place), first.id.to_string(), message);
    }
}

fn shared<'a>(cx: &View<'a>, sibling: &Sibling) -> impl Iterator<Item = &'a Node> {
    let is_there = move |node: &&Node| {
        let folded = kinds::driver(&node.id.kind).map(|driver| driver.names().folded(&node.name));
        folded.is_some_and(|name| sibling.names.contains(&(node.id.kind.clone(), name)))
    };
    cx.loaded.desired.nodes.values().filter(is_there)
}

fn name_of(cx: &View<'_>, node: &Node) -> Place {
    let section = kinds::driver(&node.id.kind).map_or("", |driver| driver.section());
    cx.place(section, &node.id.name, &["name"])
}
