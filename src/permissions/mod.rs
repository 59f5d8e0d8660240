//! The least IAM policy that the deployer of a stack needs, calculated from what the stack asks for.
//!
//! What its calls need, each kind says (`kinds/*/needs.rs`). Nothing here asks AWS: the account is
//! part of the scope.

use serde_json::Value;

use crate::aws::api;
use crate::contract::{Grants, Needs, Purpose};
use crate::kinds::log_group::lease;
use crate::kinds::registry;
use crate::model::plan::NotNormal;
use crate::model::{Desired, ResourceId, Scope};

pub mod advise;
pub mod members;
pub mod operations;
pub mod redrive;
pub mod sensitive;

/// Largest managed policy in characters, white space not counted (IAM and STS quotas).
pub const LARGEST_MANAGED_POLICY: usize = 6_144;
/// The same of all inline policies of a role together.
pub const LARGEST_INLINE_POLICY: usize = 10_240;

/// A stack that a policy is for.
#[derive(Debug, Clone, Copy)]
pub struct Stack<'a> {
    /// Where it goes.
    pub scope: &'a Scope,
    /// What it asks for.
    pub desired: &'a Desired,
    /// Whether it is applied and destroyed under a lease.
    pub lock: bool,
    /// Whether what its resources hold is deleted with them.
    pub empties: bool,
}

/// One policy for all of these stacks. `lists_everything` is how a local AWS is read, `measures` whether
/// metrics are read beside.
///
/// # Errors
/// A resource is none of its kind: without it the policy would be too small.
pub fn policy<'a>(
    stacks: impl Iterator<Item = Stack<'a>>,
    purpose: Purpose,
    lists_everything: bool,
    measures: bool,
) -> Result<Value, (ResourceId, NotNormal)> {
    let mut grants = Grants::default();
    for Stack { scope, desired, lock, empties } in stacks {
        // Each run says who it is, and looks for what carries the stack's mark. The account's name in
        // the heading of a plan can be taken out: a plan does without it.
        grants.calls(&[&api::GET_CALLER_IDENTITY, &api::GET_RESOURCES, &api::LIST_ACCOUNT_ALIASES], &[]);
        if measures {
            grants.calls(&[&api::GET_METRIC_DATA], &[]);
        }
        let cx = Needs { scope, desired, purpose, lists_everything, empties };
        for driver in registry() {
            driver.needs(&cx, &mut grants)?;
        }
        if lock {
            lease::needs(scope, purpose, &mut grants);
        }
    }
    Ok(grants.policy())
}

/// What `ls` reads: the searches of all kinds for everybody's marks, and nothing of what they find.
///
/// # Errors
/// None: there is no resource that could be none of its kind.
pub fn of_survey(scope: &Scope, lists_everything: bool) -> Result<Value, (ResourceId, NotNormal)> {
    let mut grants = Grants::default();
    survey(scope, lists_everything, &mut grants)?;
    Ok(grants.policy())
}

fn survey(scope: &Scope, lists_everything: bool, grants: &mut Grants) -> Result<(), (ResourceId, NotNormal)> {
    grants.calls(&[&api::GET_CALLER_IDENTITY, &api::GET_RESOURCES, &api::LIST_ACCOUNT_ALIASES], &[]);
    let cx = Needs { scope, desired: &Desired::default(), purpose: Purpose::Plan, lists_everything, empties: false };
    for driver in registry() {
        driver.needs(&cx, grants)?;
        grants.calls(driver.survey(), &[]);
    }
    Ok(())
}

/// What a plan says of traffic takes beside it: see `commands/cost.rs`.
pub fn of_cost() -> Value {
    let mut grants = Grants::default();
    grants.calls(&[&api::GET_METRIC_DATA], &[]);
    grants.policy()
}

/// What `watch` and `plan --who` read beside a plan: who changed it; and, in the scopes of stacks that let what
/// has expired go, what has.
///
/// # Errors
/// None: see [`of_survey`].
pub fn of_watch<'a>(takes: impl Iterator<Item = &'a Scope>, lists_everything: bool) -> Result<Value, (ResourceId, NotNormal)> {
    let mut grants = Grants::default();
    grants.calls(&[&api::LOOKUP_EVENTS], &[]);
    for scope in takes {
        survey(scope, lists_everything, &mut grants)?;
    }
    Ok(grants.policy())
}

/// Characters that AWS counts of a policy.
pub fn size(policy: &Value) -> usize {
    // The shortest JSON text has no white space but what stands in strings.
    policy.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::aws::api;
    use crate::kinds::{function, log_group, queue, registry, state_machine};

    /// An operation that is added to a kind and not to its needs would be refused to everybody who
    /// deploys with the printed policy.
    #[test]
    fn every_operation_is_in_the_needs_of_its_kind() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let read = |path: String| std::fs::read_to_string(folder.join(path)).unwrap();
        // `invoke` and `logs` are neither plan nor apply nor destroy.
        let others = [
            function::api::INVOKE_FUNCTION.iam,
            log_group::api::FILTER_LOG_EVENTS.iam,
            state_machine::api::DESCRIBE_EXECUTION.iam,
            state_machine::api::GET_EXECUTION_HISTORY.iam,
            state_machine::api::START_EXECUTION.iam,
            state_machine::api::START_SYNC_EXECUTION.iam,
            // `advise --insights` has them in `permissions/advise.rs`.
            log_group::api::START_QUERY.iam,
            log_group::api::GET_QUERY_RESULTS.iam,
            log_group::api::STOP_QUERY.iam,
            // `redrive` has them in `permissions/redrive.rs`.
            queue::api::CHANGE_MESSAGE_VISIBILITY.iam,
            queue::api::DELETE_MESSAGE.iam,
            queue::api::LIST_MESSAGE_MOVE_TASKS.iam,
            queue::api::RECEIVE_MESSAGE.iam,
            queue::api::SEND_MESSAGE.iam,
            queue::api::START_MESSAGE_MOVE_TASK.iam,
        ];
        let shared = read("contract/notifications/mod.rs".into());
        let mut missing = Vec::new();
        for driver in registry() {
            let needs = read(format!("kinds/{}/needs.rs", driver.name()));
            let needs = if needs.contains("notifications::needs(") { needs + &shared } else { needs };
            let names = |iam: &str| needs.contains(&format!("&api::{}", constant(iam)));
            missing.extend(driver.api().iter().map(|op| op.iam).filter(|iam| !others.contains(iam) && !names(iam)));
        }
        let all: String = registry().iter().map(|driver| read(format!("kinds/{}/needs.rs", driver.name()))).collect();
        let all =
            all + &read("permissions/mod.rs".into()) + &read("contract/needs.rs".into()) + &read("permissions/advise.rs".into()) + &shared;
        missing.extend(
            api::ALL
                .iter()
                .map(|op| op.iam)
                // The topic that `watch` tells is in no file.
                .filter(|iam| *iam != api::PUBLISH.iam)
                .filter(|iam| !all.contains(&format!("&{}", constant(iam))) && !all.contains(&format!("&api::{}", constant(iam)))),
        );
        assert!(missing.is_empty(), "in no needs.rs: {missing:?}");
    }

    /// `CREATE_TOPIC` of `sns:CreateTopic`.
    fn constant(iam: &str) -> String {
        let name = iam.split(':').next_back().unwrap_or_default();
        let mut text = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && !text.is_empty() {
                text.push('_');
            }
            text.push(c.to_ascii_uppercase());
        }
        text
    }
}
