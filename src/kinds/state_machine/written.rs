//! How a state machine is written in its file.

use super::spec::{KEY_REUSE, STREAMS, Spec};
use crate::contract::written::{Form, Row, SECONDS};

pub(super) const WRITTEN: &[Row] = &[
    Row::new("type", "type", Form::Words(&[("STANDARD", "standard"), ("EXPRESS", "express")])),
    Row::new("role", "role", Form::Key("roles")),
    Row::new("logging.level", "level", Form::Words(&[("OFF", "off"), ("FATAL", "fatal"), ("ERROR", "error"), ("ALL", "all")])),
    Row::new("logging.log_group", "log_group", Form::KeyBefore("log_groups", STREAMS)),
    Row::new("kms_data_key_reuse", "kms_data_key_reuse", SECONDS),
];

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    Spec { kms_data_key_reuse: want.kms_key.as_ref().map(|_| KEY_REUSE), ..Spec::default() }
}
