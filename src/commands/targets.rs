//! What `--target` names.

use super::planned::PlannedStack;
use crate::error::Error;
use crate::model::plan::Options;
use crate::model::{Desired, ResourceId};
use crate::source::diagnostic::suggest;

/// A target that no plan has a step for is a mistake: told once all stacks are planned, since orphans
/// are addresses too.
pub fn check(options: &Options, planned: &[PlannedStack], destroy: bool) -> Result<(), Error> {
    // What the files name and a destroy does not find is gone already.
    let has = |id: &ResourceId| {
        planned.iter().any(|stack| {
            stack.planned.plan.steps.iter().any(|step| step.id == *id) || (destroy && stack.loaded.desired.nodes.contains_key(id))
        })
    };
    let unknown = options.targets.iter().find(|id| !has(id));
    unknown.map_or(Ok(()), |id| Err(wrong(id, planned.iter().map(|stack| &stack.loaded.desired))))
}

/// A `--target` that names nothing of these stacks.
pub fn wrong<'a>(id: &ResourceId, stacks: impl Iterator<Item = &'a Desired>) -> Error {
    let known: Vec<String> = stacks.flat_map(|desired| desired.nodes.keys().map(ToString::to_string)).collect();
    let hint = suggest(&id.to_string(), known.iter().map(String::as_str));
    Error::Usage { message: format!("--target {id}: no selected stack has such a resource"), hint }
}
