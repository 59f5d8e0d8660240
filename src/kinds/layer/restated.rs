//! A layer in the words of a file.

use super::Spec;
use crate::contract::Writing;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    // What it holds are files, which whoever fetched them names.
    file.take("code");
}
