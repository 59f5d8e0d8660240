//! An alarm in the words of a file.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::watched::{LAMBDA, SQS, banded};
use super::{Query, Spec};
use crate::contract::Writing;
use crate::contract::restated::differing;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    let mut watched: Map<String, Value> =
        ["namespace", "dimensions"].iter().filter_map(|field| Some(((*field).to_owned(), file.take(field)?))).collect();
    short(file, &mut watched, spec.namespace.as_deref(), &spec.dimensions, true);
    watched.into_iter().for_each(|(field, value)| file.put(&field, value));
    let queries: Vec<Value> = spec.metrics.iter().map(|(id, one)| query(file, spec, id, one)).collect();
    if !queries.is_empty() {
        file.put("metrics", queries);
    }
    if let Some(wait) = &spec.warm_up {
        let mut words = json!({"duration": wait.minutes * 60});
        if wait.only_start_after_end {
            words["only_start_after_end"] = true.into();
        }
        file.put("warm_up", words);
    }
    for actions in ["alarm_actions", "ok_actions", "insufficient_data_actions"] {
        file.words(actions, "topics");
    }
}

fn query(file: &Writing<'_>, spec: &Spec, id: &str, query: &Query) -> Value {
    let mut fields: Map<String, Value> = [("id".to_owned(), id.into())].into_iter().collect();
    let mut rest = differing(query, &Query { return_data: true, ..Query::default() });
    rest.remove("return_data");
    short(file, &mut rest, query.namespace.as_deref(), &query.dimensions, false);
    let of_band = spec.threshold_metric.as_ref().and_then(|band| spec.metrics.get(band)?.expression.as_deref()).and_then(banded);
    // What a file means that does not say it.
    if query.return_data != (query.expression.is_some() || of_band == Some(id)) {
        rest.insert("return_data".to_owned(), query.return_data.into());
    }
    fields.extend(rest);
    fields.into()
}

/// Writes a metric of a function, or of a queue, of this file by its key.
fn short(
    file: &Writing<'_>,
    fields: &mut Map<String, Value>,
    namespace: Option<&str>,
    dimensions: &BTreeMap<String, String>,
    takes_queues: bool,
) {
    let of = [(LAMBDA, "FunctionName", "functions", "function"), (SQS, "QueueName", "queues", "queue")];
    let known =
        of.into_iter().filter(|(.., field)| takes_queues || *field == "function").find_map(|(service, dimension, section, field)| {
            let named = dimensions.get(dimension).filter(|_| namespace == Some(service))?;
            Some((dimension, field, file.key_named(section, named)?))
        });
    let Some((dimension, field, key)) = known else { return };
    fields.remove("namespace");
    let rest: BTreeMap<&String, &String> = dimensions.iter().filter(|(name, _)| *name != dimension).collect();
    if rest.is_empty() {
        fields.remove("dimensions");
    } else {
        fields.insert("dimensions".to_owned(), json!(rest));
    }
    fields.insert(field.to_owned(), key.into());
}
