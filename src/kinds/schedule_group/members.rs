//! What carries the members of AWS's requests on groups of schedules.

use crate::aws::Member;

pub(super) const CREATE_SCHEDULE_GROUP_MEMBERS: &[Member] = &[
    Member::made("ClientToken", "a token of the SDK's, new with each call"),
    Member::name("Name").length(1, 64).refused("E670"),
    Member::made("Tags", "the stack's tags and the mark"),
];
