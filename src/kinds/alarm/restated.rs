//! What no row says of an alarm that is written to a file: which namespace the file means by itself.

use std::collections::BTreeMap;

use super::Spec;
use super::watched::{LAMBDA, SQS};
use crate::contract::Writing;

/// Service, dimension and section of what an alarm can name by its key. A query can name a function alone.
const OF: [(&str, &str, &str); 2] = [(LAMBDA, "FunctionName", "functions"), (SQS, "QueueName", "queues")];

pub(super) fn restated(file: &mut Writing<'_>, spec: &mut Spec) {
    imply(file, &OF, &mut spec.namespace, &spec.dimensions);
    for query in spec.metrics.values_mut() {
        imply(file, &OF[..1], &mut query.namespace, &query.dimensions);
    }
}

/// Leaves a namespace out where the one thing that is named by its key brings it along.
fn imply(file: &Writing<'_>, of: &[(&str, &str, &str)], namespace: &mut Option<String>, dimensions: &BTreeMap<String, String>) {
    let is_key = |(_, dimension, section): &&(&str, &str, &str)| {
        dimensions.get(*dimension).is_some_and(|name| file.key_named(section, name).is_some())
    };
    let mut keys = of.iter().filter(is_key);
    if let (Some((service, ..)), None) = (keys.next(), keys.next()) {
        namespace.take_if(|namespace| namespace == service);
    }
}
