//! How an alarm is written in its file.

use serde_json::{Value, json};

use super::watched::banded;
use super::{Query, Spec};
use crate::contract::written::{Cx, Form, Head, MINUTES, Names, Row, SECONDS};

pub(super) const WRITTEN: &[Row] = &[
    Row::new("period", "period", SECONDS),
    Row::new("dimensions", "", Form::Below),
    Row::new("dimensions.FunctionName", "", Form::Split(function)),
    Row::new("dimensions.QueueName", "", Form::Split(queue)),
    Row::new("dimensions.*", "dimensions.*", Form::Below),
    Row::new("metrics.*", "", Form::Item(query)),
    Row::new("metrics.*.period", "period", SECONDS),
    Row::new("metrics.*.dimensions", "", Form::Below),
    Row::new("metrics.*.dimensions.FunctionName", "", Form::Split(function)),
    Row::new("metrics.*.dimensions.*", "dimensions.*", Form::Below),
    Row::new("warm_up.minutes", "duration", MINUTES),
    Row::new("alarm_actions", "alarm_actions", Form::Key("topics")),
    Row::new("ok_actions", "ok_actions", Form::Key("topics")),
    Row::new("insufficient_data_actions", "insufficient_data_actions", Form::Key("topics")),
];

fn query(_: &Names, id: &str) -> Head {
    vec![("id", json!(id))]
}

fn function(cx: &Cx<'_>, name: &Value) -> Vec<(&'static str, Value)> {
    of_file(cx, name, "functions", "function").unwrap_or_else(|| vec![("dimensions.*", cx.names.mentions(name))])
}

fn queue(cx: &Cx<'_>, name: &Value) -> Vec<(&'static str, Value)> {
    of_file(cx, name, "queues", "queue").unwrap_or_else(|| vec![("dimensions.*", cx.names.mentions(name))])
}

/// The key of what is looked at; none where it is nothing of the file.
fn of_file(cx: &Cx<'_>, name: &Value, section: &str, word: &'static str) -> Option<Vec<(&'static str, Value)>> {
    Some(vec![(word, json!(cx.names.named(section, name.as_str()?)?))])
}

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    let band = want.threshold_metric.as_ref().and_then(|band| want.metrics.get(band)?.expression.as_deref()).and_then(banded);
    // A file says of metrics that they are no result where nothing is said, AWS that they are.
    let is_result = |id: &str, query: &Query| query.expression.is_some() || band == Some(id);
    let query = |id: &str, query: &Query| Query { return_data: is_result(id, query), ..Query::default() };
    Spec {
        metrics: want.metrics.iter().map(|(id, wanted)| (id.clone(), query(id, wanted))).collect(),
        wall_clock_window: want.wall_clock_window.as_ref().map(|_| super::spec::WallClockWindow { timezone: String::new() }),
        warm_up: want.warm_up.as_ref().map(|_| super::spec::WarmUp::default()),
        ..Spec::default()
    }
}
