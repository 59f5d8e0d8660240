//! A role in the words of a file.

use super::{Spec, managed};
use crate::contract::Writing;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    file.take("path");
    // The stack's own is what a file means that says none.
    if spec.path != file.scope.role_path() {
        file.put("path", spec.path.as_str());
    }
    let policies: Vec<String> = spec.managed_policies.iter().map(|arn| managed::word(file.scope, arn)).collect();
    if !policies.is_empty() {
        file.put("managed_policies", policies);
    }
}
