//! Event sources that are streams: of tables, and of Kinesis.

use std::collections::BTreeSet;

use super::event_sources::{SourceKind, each};
use super::lookup::{is_of_a_table, source_place, table_of};
use crate::contract::{Findings, Rule, View};
use crate::kinds::function::Function;
use crate::model::reference::references;
use crate::source::diagnostic::Place;

/// Rules about them.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E734",
        title: "a function that is fed by a table without a stream",
        why: "A table tells of its changes through its stream, and this one has none. There would be no ARN to read from, and \
              CreateEventSourceMapping would not be called.",
        fix: "add `stream: NEW_AND_OLD_IMAGES` to the table",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html",
        run: without_a_stream,
    },
    Rule {
        code: "W735",
        title: "a stream that one record can hold up",
        why: "Without a bound, Lambda tries a batch that fails until its records expire, and reads nothing of its shard after them: one \
              record that the function cannot take stops the shard for a day, or for as long as the stream keeps records.",
        fix: "set `max_retries` or `max_age`, and `bisect: true` and `on_failure` to find what failed",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html",
        run: without_an_end,
    },
];

fn without_a_stream(cx: &View<'_>, out: &mut Findings<'_>) {
    for function in cx.all::<Function>() {
        for source in function.spec.event_sources.keys() {
            if let Some(table) = table_of(cx, source).filter(|table| table.spec.stream.is_none()) {
                let message = format!("{} has no `stream`", table.address);
                out.add(source_place(cx, function, source), &function.address, message);
            }
        }
    }
    // Whoever else asks for the ARN of a stream.
    for node in cx.loaded.desired.nodes.values() {
        let mut named = Vec::new();
        references(&node.spec, &mut named);
        let streams: BTreeSet<String> =
            named.iter().map(|reference| format!("${{{reference}}}")).filter(|text| is_of_a_table(text)).collect();
        let of_function = cx.all::<Function>().iter().find(|function| function.address == node.id.to_string());
        for source in streams.iter().filter(|source| !of_function.is_some_and(|function| function.spec.event_sources.contains_key(*source)))
        {
            if let Some(table) = table_of(cx, source).filter(|table| table.spec.stream.is_none()) {
                let home: Vec<&str> = node.home.iter().map(String::as_str).collect();
                let place = cx.loaded.tree.place_along(&home).unwrap_or(Place::START);
                out.add(place, node.id.to_string(), format!("`{source}` has no value: {} has no `stream`", table.address));
            }
        }
    }
}

fn without_an_end(cx: &View<'_>, out: &mut Findings<'_>) {
    for mapping in each(cx).filter(|mapping| matches!(mapping.kind, SourceKind::Stream)) {
        let source = mapping.source;
        if source.enabled && source.max_retries.is_none() && source.max_age.is_none() {
            let message = "a batch that fails is tried until its records expire, and holds up its shard";
            out.add(mapping.place(""), &mapping.function.address, message);
        }
    }
}
