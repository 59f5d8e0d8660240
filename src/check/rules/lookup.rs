//! Finding roles and queues by ARN. Names are compared before ARNs are written out: a stack may have
//! a thousand of each.

use crate::contract::Resource;
use crate::contract::View;
use crate::kinds::function::Function;
pub(super) use crate::kinds::queue::queue_of;
use crate::kinds::role::Role;

/// The role of a function, if it is of this stack.
pub(super) fn role_of<'a>(cx: &'a View<'_>, function: &Resource<Function>) -> Option<&'a Resource<Role>> {
    let arn = &function.spec.config.role;
    cx.all::<Role>().iter().find(|role| arn.ends_with(&role.name) && cx.loaded.scope.role_arn(&role.spec.path, &role.name) == *arn)
}
