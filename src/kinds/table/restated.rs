//! What no row says of a table that is written to a file.

use super::Spec;
use crate::contract::Writing;

pub(super) fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
    // In a protected environment a file that does not say it means true.
    file.put(&["deletion_protection"], spec.deletion_protection);
}
