//! How an event bus is written in its file.

use crate::contract::written::{Form, Row};

pub(super) const WRITTEN: &[Row] = &[Row::new("dead_letter", "dead_letter_queue", Form::Key("queues"))];
