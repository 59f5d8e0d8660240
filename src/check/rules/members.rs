//! What AWS's models say of the members of its requests, where no rule of a kind says it in words of its own.

use crate::contract::{Findings, Rule, View};
use crate::kinds;

/// Rules of this subject.
pub const RULES: &[Rule] = &[Rule {
    code: "E273",
    title: "a value that AWS's model does not take",
    why: "AWS describes each member of a request: how long a text may be and of which form, how many items a list has, which numbers and words there are. A request that holds anything else is answered with ValidationException or its like.",
    fix: "write what AWS takes",
    source: "botocore service models; each limit stands in docs/members.md",
    run: unlike_the_model,
}];

fn unlike_the_model(cx: &View<'_>, out: &mut Findings<'_>) {
    kinds::registry().iter().for_each(|kind| kind.unlike_the_model(cx, out));
}
