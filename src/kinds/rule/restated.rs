//! What no row says of a rule that is written to a file.

use super::Spec;
use crate::contract::Writing;

pub(super) fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
    for (id, target) in &mut spec.targets {
        for member in std::mem::take(&mut target.others) {
            file.untold(format!("the {member} of the target {id}: an apply takes them away"));
        }
    }
}
