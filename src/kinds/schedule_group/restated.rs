//! A group of schedules in the words of a file.

use super::Spec;
use crate::contract::Writing;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
}
