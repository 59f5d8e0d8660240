//! Operations of AWS on rules.

use super::members;
use crate::aws::op::{Op, Quota, operations};

/// All operations of EventBridge but PutEvents.
const EVENTS: Quota = Quota::new("events: all but PutEvents together", 50);

operations! {
    DELETE_RULE = Op::writes("events:DeleteRule").repeatable().paced(EVENTS);
    DESCRIBE_RULE = Op::reads("events:DescribeRule").paced(EVENTS);
    LIST_EVENT_BUSES = Op::reads("events:ListEventBuses").anywhere().paced(EVENTS);
    LIST_RULES = Op::reads("events:ListRules").anywhere().paced(EVENTS);
    LIST_TAGS_FOR_RESOURCE = Op::reads("events:ListTagsForResource").paced(EVENTS);
    LIST_TARGETS_BY_RULE = Op::reads("events:ListTargetsByRule").paced(EVENTS);
    PUT_RULE = Op::writes("events:PutRule").repeatable().paced(EVENTS).members(members::PUT_RULE_MEMBERS);
    PUT_TARGETS = Op::writes("events:PutTargets").repeatable().paced(EVENTS).members(members::PUT_TARGETS_MEMBERS);
    REMOVE_TARGETS = Op::writes("events:RemoveTargets").repeatable().paced(EVENTS);
    TAG_RESOURCE = Op::writes("events:TagResource").repeatable().paced(EVENTS);
    UNTAG_RESOURCE = Op::writes("events:UntagResource").repeatable().paced(EVENTS);
}
