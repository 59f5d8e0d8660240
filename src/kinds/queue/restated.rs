//! What no row says of a queue that is written to a file.

use super::Spec;
use crate::contract::Writing;
use crate::kinds::triggers;

pub(super) fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
    triggers::restated(file, &mut spec.notifications, &mut spec.policy);
}
