//! Durable execution.

use crate::contract::{Findings, Rule, View, rows};
use crate::kinds::function::Function;

const PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html";

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E125",
        title: "durable execution out of range",
        why: "A durable execution may take up to 366 days as a whole, and Lambda keeps its history for 1 to 90 days after it was closed.",
        fix: "write a time from 1s to 366d, and a retention from 1d to 90d",
        source: PAGE,
        run: rows::<Function>,
    },
    Rule {
        code: "W125",
        title: "durable function without a version",
        why: "Lambda invokes a durable function by a version or an alias alone: an execution that goes on after months must find the code \
              that it began with. Whoever calls the function by its bare name or ARN is refused.",
        fix: "add `alias: live`, and invoke the alias",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html",
        run: alias,
    },
];

fn alias(cx: &View<'_>, found: &mut Findings<'_>) {
    for function in cx.all::<Function>().iter().filter(|function| function.spec.config.durable.is_some()) {
        if function.spec.keep_versions.is_none() {
            let place = cx.place("functions", &function.key, &["durable"]);
            found.add(place, &function.address, "a durable function is invoked by a version or an alias, and it has neither".to_owned());
        }
    }
}
