//! Finding roles and queues by ARN. Names are compared before ARNs are written out: a stack may have
//! a thousand of each.

use std::collections::BTreeSet;

use super::iam_documents::texts;
use crate::contract::{Kind, Resource, View};
use crate::kinds::function::{Function, mapping};
use crate::kinds::queue::Queue;
pub(super) use crate::kinds::queue::queue_of;
use crate::kinds::role::Role;
use crate::kinds::stream::Stream;
use crate::kinds::table::Table;
use crate::model::reference::references_in;
use crate::source::diagnostic::Place;
use crate::source::node::{Node, Yaml};

/// The role of a function, if it is of this stack.
pub(super) fn role_of<'a>(cx: &'a View<'_>, function: &Resource<Function>) -> Option<&'a Resource<Role>> {
    role_at(cx, &function.spec.config.role)
}

/// The role of an ARN, if it is of this stack.
pub(super) fn role_at<'a>(cx: &'a View<'_>, arn: &str) -> Option<&'a Resource<Role>> {
    cx.all::<Role>().iter().find(|role| arn.ends_with(&role.name) && cx.loaded.scope.role_arn(&role.spec.path, &role.name) == arn)
}

/// The table whose stream a key of event sources names, or an ARN does.
pub(super) fn table_of<'a>(cx: &'a View<'_>, source: &str) -> Option<&'a Resource<Table>> {
    let named = references_in(source).find(|reference| reference.section == Table::SECTION).map(|reference| reference.key);
    cx.all::<Table>().iter().find(|table| {
        let begins = |rest: &str| rest.is_empty() || rest.starts_with("/stream/");
        let by_arn = || source.strip_prefix(&cx.loaded.scope.arn("dynamodb", &format!("table/{}", table.name))).is_some_and(begins);
        named.as_ref().map_or_else(by_arn, |key| *key == table.key)
    })
}

/// Whether a key of event sources names the stream of a table, whose ARN only AWS can tell.
pub(super) fn is_of_a_table(source: &str) -> bool {
    references_in(source).any(|reference| reference.section == Table::SECTION && reference.attribute == "stream_arn")
}

/// The stream of Kinesis that a key of event sources names.
fn stream_of<'a>(cx: &'a View<'_>, source: &str) -> Option<&'a Resource<Stream>> {
    cx.all::<Stream>().iter().find(|stream| cx.loaded.scope.arn("kinesis", &format!("stream/{}", stream.name)) == source)
}

/// Which item of a function's `event_sources`, or of its `triggers`, an ARN stands for: the spec has them
/// in another order.
pub(super) fn source_item(cx: &View<'_>, key: &str, arn: &str) -> Option<(&'static str, usize)> {
    let function = cx.loaded.tree.get(Function::SECTION)?.get(key)?;
    let queue = queue_of(cx, arn).map(|queue| (Queue::SECTION, queue.key.as_str()));
    let table = || table_of(cx, arn).map(|table| (Table::SECTION, table.key.as_str()));
    let stream = || stream_of(cx, arn).map(|stream| (Stream::SECTION, stream.key.as_str()));
    let ours = queue.or_else(table).or_else(stream);
    let names_it = |item: &Node| {
        let by_key =
            |(section, key): (&str, &str)| source_key(item).is_some_and(|word| word == key || word == format!("${{{section}.{key}.arn}}"));
        source_key(item).is_some_and(|word| word == arn) || ours.is_some_and(by_key)
    };
    ["event_sources", "triggers"].into_iter().find_map(|list| match &function.get(list)?.yaml {
        Yaml::List(items) => items.iter().position(names_it).map(|index| (list, index)),
        _ => None,
    })
}

/// What an item of `event_sources` is known by, as it is written.
pub(super) fn source_key(item: &Node) -> Option<String> {
    let list = |field: &str| item.get(field).map(texts).unwrap_or_default().into_iter().map(|(text, _)| text.to_owned());
    let source = ["queue", "table", "stream", "arn"].iter().find_map(|field| item.get(field).and_then(Node::text));
    let servers: BTreeSet<String> = list("bootstrap_servers").collect();
    let (topics, queues): (Vec<String>, Vec<String>) = (list("topics").collect(), list("queues").collect());
    (source.is_some() || !servers.is_empty()).then(|| mapping::key(source, &servers, &topics, &queues))
}

/// Where an event source of a function is written.
pub(super) fn source_place(cx: &View<'_>, function: &Resource<Function>, arn: &str) -> Place {
    match source_item(cx, &function.key, arn) {
        Some((list, index)) => cx.place(Function::SECTION, &function.key, &[list, &index.to_string()]),
        None => cx.place(Function::SECTION, &function.key, &[]),
    }
}
