//! Sizes of the policies of resources: one table, a row a kind. Buckets have a rule of their own.

use crate::contract::{Findings, Kind, Rule, Untyped, View};
use crate::kinds;
use crate::kinds::queue::Queue;
use crate::kinds::table::Table;
use crate::kinds::topic::Topic;
use crate::model::counted;
use crate::model::policy::compact;
use crate::model::reference::least_length;

/// All of them.
pub const RULES: &[Rule] = &[Rule {
    code: "E326",
    title: "a policy of a resource that its service does not take whole",
    why: "The policy of a queue has at most 8,192 bytes and 20 statements, that of a topic 30 KB and 100 statements, that of a table 20 KB. What \
          `triggers` add counts, too. The service refuses a larger one.",
    fix: "join statements that differ in one thing alone, or use wildcards in their conditions",
    source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html; \
             https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html; \
             https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html",
    run: sizes,
}];

/// Bytes and statements that the policy of a kind has at most.
const LARGEST: [(&str, i64, usize); 3] = [(Queue::NAME, 8_192, 20), (Topic::NAME, 30 * 1_024, 100), (Table::NAME, 20 * 1_024, usize::MAX)];

fn sizes(cx: &View<'_>, out: &mut Findings<'_>) {
    for driver in kinds::registry() {
        let Some((_, bytes, statements)) = LARGEST.iter().find(|(kind, ..)| *kind == driver.name()) else { continue };
        for Untyped { key, address, json } in driver.specs(cx) {
            let Some(policy) = json.get("policy").filter(|policy| policy.is_object()) else { continue };
            let place = || cx.place(driver.section(), key, &["policy"]);
            let size = least_length(&compact(policy));
            if size > *bytes {
                out.add(place(), address, format!("the policy has {size} bytes; a {} takes {bytes}", driver.name()));
            }
            let count = policy["Statement"].as_array().map_or(0, Vec::len);
            if count > *statements {
                let message = format!("the policy has {}; a {} takes {statements}", counted(count, "statement"), driver.name());
                out.add(place(), address, message);
            }
        }
    }
}
