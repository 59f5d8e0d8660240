//! How a layer is written in its file.

use serde_json::{Value, json};

use crate::contract::written::{Cx, Form, Row};

pub(super) const WRITTEN: &[Row] = &[Row::new("code", "", Form::Split(code))];

/// A digest says nothing to a reader, and the file names its sources.
fn code(cx: &Cx<'_>, code: &Value) -> Vec<(&'static str, Value)> {
    if code.is_null() { Vec::new() } else { cx.said("source").map(|source| ("source", json!(source))).into_iter().collect() }
}
