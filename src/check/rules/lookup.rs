//! Finding roles and queues by ARN. Names are compared before ARNs are written out: a stack may have
//! a thousand of each.

use crate::contract::Resource;
use crate::contract::View;
use crate::kinds::function::Function;
use crate::kinds::queue::Queue;
use crate::kinds::role::Role;
use crate::source::diagnostic::Place;

/// The role of a function, if it is of this stack.
pub(super) fn role_of<'a>(cx: &'a View<'_>, function: &Resource<Function>) -> Option<&'a Resource<Role>> {
    let arn = &function.spec.config.role;
    cx.all::<Role>().iter().find(|role| arn.ends_with(&role.name) && cx.loaded.scope.role_arn(&role.spec.path, &role.name) == *arn)
}

/// The queue of this ARN, if it is of this stack.
pub(super) fn queue_of<'a>(cx: &'a View<'_>, arn: &str) -> Option<&'a Resource<Queue>> {
    cx.all::<Queue>().iter().find(|queue| arn.ends_with(&queue.name) && cx.loaded.scope.arn("sqs", &queue.name) == arn)
}

/// Where a key of a role is written: in `roles`, or in the function that describes its own role.
pub(super) fn role_key(cx: &View<'_>, key: &str, last: &str) -> Place {
    let shared = cx.loaded.tree.get("roles").is_some_and(|roles| roles.get(key).is_some());
    if shared { cx.key_place("roles", key, &[], last) } else { cx.key_place("functions", key, &["role"], last) }
}
