//! Operations of AWS on event buses.

use super::members;
use crate::aws::op::{Op, Quota, operations};

/// All operations of EventBridge but PutEvents.
const EVENTS: Quota = Quota::new("events: all but PutEvents together", 50);

operations! {
    CREATE_EVENT_BUS = Op::writes("events:CreateEventBus").paced(EVENTS).members(members::CREATE_EVENT_BUS_MEMBERS);
    DELETE_EVENT_BUS = Op::writes("events:DeleteEventBus").repeatable().paced(EVENTS);
    DESCRIBE_EVENT_BUS = Op::reads("events:DescribeEventBus").paced(EVENTS);
    LIST_EVENT_BUSES = Op::reads("events:ListEventBuses").anywhere().paced(EVENTS);
    LIST_TAGS_FOR_RESOURCE = Op::reads("events:ListTagsForResource").paced(EVENTS);
    PUT_PERMISSION = Op::writes("events:PutPermission").repeatable().anywhere().paced(EVENTS).members(members::PUT_PERMISSION_MEMBERS);
    REMOVE_PERMISSION = Op::writes("events:RemovePermission").repeatable().anywhere().paced(EVENTS);
    TAG_RESOURCE = Op::writes("events:TagResource").repeatable().paced(EVENTS);
    UNTAG_RESOURCE = Op::writes("events:UntagResource").repeatable().paced(EVENTS);
    UPDATE_EVENT_BUS = Op::writes("events:UpdateEventBus").repeatable().paced(EVENTS).members(members::UPDATE_EVENT_BUS_MEMBERS);
}
