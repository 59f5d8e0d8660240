//! Operations of AWS on alarms.

use super::members;
use crate::aws::op::{Op, Quota, operations};

/// Setting and removing tags.
const TAGGING: Quota = Quota::new("cloudwatch: tagging together", 20);

operations! {
    DELETE_ALARMS = Op::writes("cloudwatch:DeleteAlarms").repeatable().rated(3);
    DESCRIBE_ALARMS = Op::reads("cloudwatch:DescribeAlarms").rated(9);
    LIST_TAGS_FOR_RESOURCE = Op::reads("cloudwatch:ListTagsForResource").rated(10);
    PUT_METRIC_ALARM = Op::writes("cloudwatch:PutMetricAlarm").repeatable().rated(3).members(members::PUT_METRIC_ALARM_MEMBERS);
    TAG_RESOURCE = Op::writes("cloudwatch:TagResource").repeatable().paced(TAGGING);
    UNTAG_RESOURCE = Op::writes("cloudwatch:UntagResource").repeatable().paced(TAGGING);
}
