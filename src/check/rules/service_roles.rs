//! Roles of the stack that a resource hands to a service: one table, a row a field. Those of functions,
//! schedules and state machines have rules of their own, since AWS answers each in its own words.

use super::arns::collect;
use super::iam_limits::trusts;
use super::lookup::role_at;
use crate::contract::{Driver, Findings, Kind, Resource, Rule, Untyped, View};
use crate::kinds;
use crate::kinds::log_group::LogGroup;
use crate::kinds::role::Role;
use crate::kinds::rule::EventRule;
use crate::kinds::topic::Topic;
use crate::source::diagnostic::Place;
use crate::source::node::Node;

/// All of them.
pub const RULES: &[Rule] = &[Rule {
    code: "E325",
    title: "a role that the service it is handed to may not assume",
    why: "EventBridge sends to a target, CloudWatch Logs to a stream, and SNS to a delivery stream or to its logs as the role that is named there. \
          The role's trust policy lets the service in, or nothing arrives: PutTargets and PutSubscriptionFilter refuse such a role, SNS takes it and fails \
          at each delivery.",
    fix: "let the service assume the role in its `trust_policy`: `[{ actions: [sts:AssumeRole], principals: { Service: [events.amazonaws.com] } }]`",
    source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html; \
             https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html; \
             https://docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html",
    run: handed,
}];

/// Where a spec names a role: the kind, the path, the word of the file, and the service by its first label.
const HANDED: [(&str, &[&str], &str, &str); 6] = [
    (EventRule::NAME, &["role"], "role", "events"),
    (EventRule::NAME, &["targets", "*", "role"], "role", "events"),
    (LogGroup::NAME, &["subscription_filters", "*", "role"], "role", "logs"),
    (Topic::NAME, &["subscriptions", "*", "role"], "role", "sns"),
    (Topic::NAME, &["delivery_logs", "*", "success_role"], "success_role", "sns"),
    (Topic::NAME, &["delivery_logs", "*", "failure_role"], "failure_role", "sns"),
];

fn handed(cx: &View<'_>, out: &mut Findings<'_>) {
    for driver in kinds::registry() {
        for (_, path, word, service) in HANDED.iter().filter(|(kind, ..)| *kind == driver.name()) {
            let principals = [format!("{service}.amazonaws.com"), format!("{service}.{}.amazonaws.com", cx.loaded.scope.region)];
            for Untyped { key, address, json } in driver.specs(cx) {
                let mut arns = Vec::new();
                collect(json, path, &mut arns);
                arns.sort_unstable();
                arns.dedup();
                for role in arns.into_iter().filter_map(|arn| role_at(cx, arn)) {
                    if !trusts(&role.spec.trust_policy, &[&principals[0], &principals[1]]) {
                        let message = format!("{} does not let {} assume it", role.address, principals[0]);
                        let fix = format!(
                            "name Service: [{}] as principal in the `trust_policy` of roles.{}, or another role here",
                            principals[0], role.key
                        );
                        out.add_with(place(cx, *driver, key, word, role), address, message, fix);
                    }
                }
            }
        }
    }
}

/// Where the resource names the role.
fn place(cx: &View<'_>, driver: &dyn Driver, key: &str, word: &str, role: &Resource<Role>) -> Place {
    let arn = cx.loaded.scope.role_arn(&role.spec.path, &role.name);
    let reference = format!("${{{}.{}.arn}}", Role::SECTION, role.key);
    let mut found = None;
    if let Some(home) = cx.loaded.tree.at(&cx.home(driver.section(), key)) {
        home.each_under(word, &mut Vec::new(), &mut |_, node: &Node| {
            let is_it = node.text().is_some_and(|text| text == role.key || text == reference || text == arn);
            found = found.or(is_it.then_some(node.place));
        });
    }
    found.unwrap_or_else(|| cx.place(driver.section(), key, &[word]))
}
