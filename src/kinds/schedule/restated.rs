//! What no row says of a schedule that is written to a file.

use super::Spec;
use crate::contract::{Kind, Writing};
use crate::kinds::schedule_group::{self, ScheduleGroup};

pub(super) fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
    for member in std::mem::take(&mut spec.others) {
        file.untold(format!("its {member}: an apply takes them away"));
    }
    // A file that names no group means the stack's own.
    if file.key_named(ScheduleGroup::SECTION, &spec.group).as_deref() == Some(schedule_group::OWN) {
        spec.group = Spec::default().group;
    }
}
