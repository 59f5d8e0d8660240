//! What `etlctl advise` reads, apart from what a plan reads.

use serde_json::Value;

use super::Stack;
use crate::aws::api;
use crate::contract::{Grants, Kind};
use crate::kinds::function::{self, Function};
use crate::kinds::log_group;

/// One policy for all of these stacks.
pub fn policy<'a>(stacks: impl Iterator<Item = Stack<'a>>) -> Value {
    let mut grants = Grants::default();
    for Stack { scope, desired, lock: _, empties: _ } in stacks {
        grants.calls(&[&api::GET_CALLER_IDENTITY, &api::GET_METRIC_DATA], &[]);
        grants.calls(&[&log_group::api::DESCRIBE_LOG_GROUPS], &[scope.arn("logs", "log-group:*")]);
        grants.calls(&[&log_group::api::GET_QUERY_RESULTS, &log_group::api::STOP_QUERY], &[]);
        for node in desired.nodes.values().filter(|node| node.id.kind == Function::NAME) {
            let own = format!("/aws/lambda/{}", node.name);
            let group = node.spec["logging"]["log_group"].as_str().unwrap_or(&own);
            let arn = scope.arn("logs", &format!("log-group:{group}"));
            grants.calls(&[&log_group::api::FILTER_LOG_EVENTS], &[arn.clone(), format!("{arn}:*")]);
            // For --insights alone.
            grants.calls(&[&log_group::api::START_QUERY], &[arn.clone(), format!("{arn}:*")]);
            grants.calls(&[&function::api::LIST_VERSIONS_BY_FUNCTION], &[scope.arn("lambda", &format!("function:{}", node.name))]);
        }
    }
    grants.policy()
}
