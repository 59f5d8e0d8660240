//! What goes wrong between stacks, and between the functions of one.

use std::collections::BTreeMap;

use super::lookup::source_place;
use crate::contract::{Findings, Rule, View};
use crate::kinds;
use crate::kinds::function::Function;
use crate::model::Reach;
use crate::source::Loaded;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E601",
        title: "one physical name in two stacks",
        why: "Names are unique within an account and region, those of roles within an account whatever their case. The second stack would find the first one's resource in its way and refuse to touch it.",
        fix: "give one of the two another `name`, or let `naming` hold ${stack}",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: same_name,
    },
    Rule {
        code: "W607",
        title: "one physical name in two stacks, of one account perhaps",
        why: "Names are unique within an account and region. Where the two stacks are applied with credentials of one account, the second finds the first one's resource in its way and refuses to touch it. `plan` and `apply` of both together are of one account, and refuse it.",
        fix: "give one of the two another `name`, let `naming` hold ${stack}, or name the `account` of each environment",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        run: same_name_perhaps,
    },
    Rule {
        code: "W604",
        title: "one queue that feeds two functions",
        why: "Each message of a queue goes to one reader. Two functions on one queue share its messages by chance; neither sees all of them.",
        fix: "give each function a queue of its own, subscribed to one topic",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html",
        run: shared_queue,
    },
];

/// Whether two stacks lie in one account; none where nobody knows.
fn share_account(cx: &View<'_>, other: &Loaded) -> Option<bool> {
    match (&cx.loaded.account, &other.account) {
        (Some(a), Some(b)) => Some(a == b),
        _ => cx.one_account.then_some(true),
    }
}

fn same_name(cx: &View<'_>, out: &mut Findings<'_>) {
    shared_names(cx, out, Some(true));
}

fn same_name_perhaps(cx: &View<'_>, out: &mut Findings<'_>) {
    shared_names(cx, out, None);
}

fn shared_names(cx: &View<'_>, out: &mut Findings<'_>, one_account: Option<bool>) {
    let others = cx.stacks.iter().filter(|stack| stack.source.path != cx.loaded.source.path);
    let others = others.filter(|stack| share_account(cx, stack) == one_account);
    let mut taken: BTreeMap<(&str, String), &Loaded> = BTreeMap::new();
    for stack in others {
        let same_region = stack.scope.region == cx.loaded.scope.region;
        for node in stack.desired.nodes.values() {
            let Some(driver) = kinds::driver(&node.id.kind) else { continue };
            // Versions of a layer of one name may come from several stacks.
            if !driver.names().is_shared && (same_region || driver.reach() == Reach::Account) {
                taken.insert((driver.name(), driver.names().folded(&node.name)), stack);
            }
        }
    }
    for node in cx.loaded.desired.nodes.values() {
        let Some(driver) = kinds::driver(&node.id.kind) else { continue };
        if let Some(stack) = taken.get(&(driver.name(), driver.names().folded(&node.name))) {
            let place = cx.place(driver.section(), &node.id.name, &["name"]);
            let message = format!("the stack {} has a {} of the name `{}` too", stack.scope.stack, node.id.kind, node.name);
            out.add(place, node.id.to_string(), message);
        }
    }
}

fn shared_queue(cx: &View<'_>, out: &mut Findings<'_>) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for function in cx.all::<Function>() {
        let polled = function.spec.event_sources.iter().filter(|(arn, source)| arn.contains(":sqs:") && source.enabled);
        for (arn, _) in polled {
            if let Some(other) = first.get(arn.as_str()) {
                let place = source_place(cx, function, arn);
                let name = arn.rsplit(':').next().unwrap_or(arn);
                out.add(place, &function.address, format!("`{name}` feeds {other} too"));
            } else {
                first.insert(arn, &function.address);
            }
        }
    }
}
