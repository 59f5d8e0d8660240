//! How a stream is written in its file.

use super::spec::Spec;
use crate::contract::written::{Form, HOURS, Row};

pub(super) const WRITTEN: &[Row] = &[
    Row::new("mode", "mode", Form::Words(&[("ON_DEMAND", "on_demand"), ("PROVISIONED", "provisioned")])),
    Row::new("retention", "retention", HOURS),
];

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    // Who says how many shards there are has said the mode.
    let aws = Spec::default();
    Spec { mode: if want.shards.is_some() { want.mode.clone() } else { aws.mode }, ..aws }
}
