//! Finding roles and queues by ARN. Names are compared before ARNs are written out: a stack may have
//! a thousand of each.

use std::collections::BTreeSet;

use super::iam_documents::texts;
use crate::contract::{Kind, Resource, View};
use crate::kinds::function::{Function, mapping};
pub(super) use crate::kinds::queue::queue_of;
use crate::kinds::role::Role;
use crate::source::diagnostic::Place;
use crate::source::node::{Node, Yaml};

/// The role of a function, if it is of this stack.
pub(super) fn role_of<'a>(cx: &'a View<'_>, function: &Resource<Function>) -> Option<&'a Resource<Role>> {
    let arn = &function.spec.config.role;
    cx.all::<Role>().iter().find(|role| arn.ends_with(&role.name) && cx.loaded.scope.role_arn(&role.spec.path, &role.name) == *arn)
}

/// Which item of a function's `event_sources` an ARN stands for: the spec has them in another order.
pub(super) fn source_index(cx: &View<'_>, key: &str, arn: &str) -> Option<usize> {
    let list = cx.loaded.tree.get(Function::SECTION)?.get(key)?.get("event_sources")?;
    let Yaml::List(items) = &list.yaml else { return None };
    let queue = queue_of(cx, arn).map(|queue| queue.key.as_str());
    let names_it = |word: &str| word == arn || queue.is_some_and(|key| word == key || word == format!("${{queues.{key}.arn}}"));
    items.iter().position(|item| source_key(item).is_some_and(|key| names_it(&key)))
}

/// What an item of `event_sources` is known by, as it is written.
pub(super) fn source_key(item: &Node) -> Option<String> {
    let list = |field: &str| item.get(field).map(texts).unwrap_or_default().into_iter().map(|(text, _)| text.to_owned());
    let source = ["queue", "arn"].iter().find_map(|field| item.get(field).and_then(Node::text));
    let servers: BTreeSet<String> = list("bootstrap_servers").collect();
    let (topics, queues): (Vec<String>, Vec<String>) = (list("topics").collect(), list("queues").collect());
    (source.is_some() || !servers.is_empty()).then(|| mapping::key(source, &servers, &topics, &queues))
}

/// Where an event source of a function is written.
pub(super) fn source_place(cx: &View<'_>, function: &Resource<Function>, arn: &str) -> Place {
    match source_index(cx, &function.key, arn) {
        Some(index) => cx.place(Function::SECTION, &function.key, &["event_sources", &index.to_string()]),
        None => cx.place(Function::SECTION, &function.key, &[]),
    }
}
