//! What AWS's models say of the members of its requests, where no rule of a kind says it in words of its own.

use crate::contract::{Findings, Rule, View, rows_without_a_rule};
use crate::kinds::alarm::Alarm;
use crate::kinds::bus::Bus;
use crate::kinds::function::Function;
use crate::kinds::layer::Layer;
use crate::kinds::log_group::LogGroup;
use crate::kinds::queue::Queue;
use crate::kinds::role::Role;
use crate::kinds::rule::EventRule;
use crate::kinds::state_machine::StateMachine;
use crate::kinds::topic::Topic;

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
    rows_without_a_rule::<Alarm>(cx, out);
    rows_without_a_rule::<Bus>(cx, out);
    rows_without_a_rule::<Function>(cx, out);
    rows_without_a_rule::<Layer>(cx, out);
    rows_without_a_rule::<LogGroup>(cx, out);
    rows_without_a_rule::<Queue>(cx, out);
    rows_without_a_rule::<Role>(cx, out);
    rows_without_a_rule::<EventRule>(cx, out);
    rows_without_a_rule::<StateMachine>(cx, out);
    rows_without_a_rule::<Topic>(cx, out);
}
