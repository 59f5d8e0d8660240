//! What `etlctl redrive` does with the dead-letter queues of the files, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Stack;
use crate::aws::api;
use crate::contract::{Fails, Grants, Kind};
use crate::kinds::failing;
use crate::kinds::function::{self, Function};
use crate::kinds::queue::{self, Queue};
use crate::model::plan::NotNormal;
use crate::model::{Node, ResourceId, path};

/// One policy for all of these stacks. What `--to` names beside is not in it.
///
/// # Errors
/// A resource is none of its kind: without it the policy would be too small.
pub fn policy<'a>(stacks: impl Iterator<Item = Stack<'a>>) -> Result<Value, (ResourceId, NotNormal)> {
    let mut grants = Grants::default();
    for Stack { scope, desired, lock: _, empties: _ } in stacks {
        grants.calls(&[&api::GET_CALLER_IDENTITY], &[]);
        // Who sends where, by the queue.
        let mut senders: BTreeMap<String, BTreeSet<(Fails, &ResourceId, &str)>> = BTreeMap::new();
        for (node, to) in failing(desired)? {
            senders.entry(to.arn).or_default().insert((to.by, &node.id, node.name.as_str()));
        }
        let mut shows = false;
        for node in desired.nodes.values().filter(|node| node.id.kind == Queue::NAME) {
            let own = scope.arn("sqs", &node.name);
            let Some(senders) = senders.get(&own) else { continue };
            shows = true;
            let looks =
                [&queue::api::GET_QUEUE_URL, &queue::api::GET_QUEUE_ATTRIBUTES, &queue::api::LIST_QUEUE_TAGS, &queue::api::RECEIVE_MESSAGE];
            grants.calls(&looks, std::slice::from_ref(&own));
            grants.calls(&[&queue::api::CHANGE_MESSAGE_VISIBILITY, &queue::api::DELETE_MESSAGE], std::slice::from_ref(&own));
            for (by, id, name) in senders {
                if *by == Fails::Receives {
                    grants.calls(&[&queue::api::START_MESSAGE_MOVE_TASK, &queue::api::LIST_MESSAGE_MOVE_TASKS], std::slice::from_ref(&own));
                    grants.calls(
                        &[&queue::api::GET_QUEUE_URL, &queue::api::LIST_QUEUE_TAGS, &queue::api::SEND_MESSAGE],
                        &[scope.arn("sqs", name)],
                    );
                } else if id.kind == Function::NAME {
                    let arn = scope.arn("lambda", &format!("function:{name}"));
                    // Whose it is, its tags say.
                    let calls = [&function::api::INVOKE_FUNCTION, &function::api::GET_FUNCTION, &function::api::LIST_TAGS];
                    grants.calls(&calls, &[format!("{arn}:*"), arn]);
                }
            }
        }
        // What letters may tell of what functions hold is hidden, and the functions alone know it.
        for node in desired.nodes.values().filter(|node| shows && node.id.kind == Function::NAME && holds_secrets(node)) {
            let arn = scope.arn("lambda", &format!("function:{}", node.name));
            grants.calls(&[&function::api::GET_FUNCTION], &[format!("{arn}:*"), arn]);
        }
    }
    Ok(grants.policy())
}

/// Whether its environment holds what nobody may see.
fn holds_secrets(function: &Node) -> bool {
    function.sensitive.iter().any(|path| path::keys(path).first().is_some_and(|field| field == "environment"))
}
