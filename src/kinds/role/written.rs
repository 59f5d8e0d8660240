//! How a role is written in its file.

use serde_json::{Value, json};

use super::{Spec, managed};
use crate::contract::written::{Cx, Form, Row, SECONDS};
use crate::model::Scope;

pub(super) const WRITTEN: &[Row] =
    &[Row::new("max_session", "max_session", SECONDS), Row::new("managed_policies", "managed_policies", Form::With(of_aws))];

/// Policies of AWS's own are written by path and name.
fn of_aws(cx: &Cx<'_>, arns: &Value) -> Value {
    let word = |arn: &Value| arn.as_str().and_then(managed::word).map_or_else(|| cx.names.mentions(arn), |word| json!(word));
    arns.as_array().map_or_else(|| arns.clone(), |arns| arns.iter().map(word).collect())
}

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(scope: &Scope) -> Spec {
    Spec { path: scope.role_path(), ..Spec::default() }
}
