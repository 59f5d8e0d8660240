//! What holds data goes only by its address or by a typed yes.

use std::collections::{BTreeMap, BTreeSet};

use super::carry::ApplyRequest;
use super::planned::PlannedStack;
use super::targets;
use crate::cli::AllowLoss;
use crate::error::Error;
use crate::model::ResourceId;
use crate::model::stake::{self, Listed, losses};
use crate::report;
use crate::source::loaded::Protection;

/// A resource whose data would be lost, with the stack's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss {
    stack: String,
    id: ResourceId,
}

/// Losses that nothing on the command line agrees to: neither `--allow-loss`, nor the `--yes` of a
/// destroy in environments that are not protected.
pub fn open(planned: &[PlannedStack], request: &ApplyRequest<'_>) -> Vec<Loss> {
    let allowed = &request.carry.allow_loss;
    let mut open = Vec::new();
    for stack in planned {
        if request.destroy && request.carry.yes && stack.loaded.protection == Protection::Open {
            continue;
        }
        let of_stack = losses(&stack.stakes).filter(|id| !allowed.iter().any(|allowed| agrees(allowed, id)));
        open.extend(of_stack.map(|id| Loss { stack: stack.loaded.scope.stack.clone(), id: id.clone() }));
    }
    open
}

/// What AWS deletes only once it is empty, that is not, and that nobody asked to have emptied.
pub fn full(planned: &[PlannedStack], request: &ApplyRequest<'_>) -> Result<(), Error> {
    if request.carry.empty {
        return Ok(());
    }
    let all = barred(planned);
    if all.is_empty() {
        Ok(())
    } else {
        Err(Error::Full { all, allow: open(planned, request).iter().map(|loss| loss.id.to_string()).collect() })
    }
}

/// What AWS deletes only once it is empty, and that is not: address, and what it holds.
pub fn barred(planned: &[PlannedStack]) -> Vec<(String, String)> {
    let held = |stack: &PlannedStack| -> Vec<(String, String)> {
        let text = |id: &ResourceId| stack.stakes.get(id).map(|holdings| report::stakes::text(holdings)).unwrap_or_default();
        stake::full(&stack.stakes).map(|id| (id.to_string(), text(id))).collect()
    };
    planned.iter().flat_map(held).collect()
}

/// What is emptied before it is deleted, by its name: what holds something by the plan that was agreed to, and no more
/// than was there then.
pub fn emptied(stack: &PlannedStack, request: &ApplyRequest<'_>) -> BTreeMap<String, Listed> {
    let full: BTreeSet<&ResourceId> = stake::full(&stack.stakes).filter(|_| request.carry.empty).collect();
    let steps = stack.planned.plan.steps.iter().filter(|step| full.contains(&step.id));
    steps.filter_map(|step| Some((step.name.clone(), stake::listed(stack.stakes.get(&step.id)?)?.clone()))).collect()
}

/// Tells of addresses for which data may be lost, and that lose none.
pub fn tell_idle(planned: &[PlannedStack], allowed: &[AllowLoss]) {
    for allowed in allowed {
        if let AllowLoss::Of(id) = allowed
            && !planned.iter().any(|stack| losses(&stack.stakes).any(|lost| lost == id))
        {
            let lost: Vec<&ResourceId> = planned.iter().flat_map(|stack| losses(&stack.stakes)).collect();
            let near = if lost.is_empty() { String::new() } else { format!("; {}", targets::nearest(id, lost.into_iter())) };
            report::tell(&format!("--allow-loss {id}: this plan loses no data of it{near}"));
        }
    }
}

fn agrees(allowed: &AllowLoss, id: &ResourceId) -> bool {
    match allowed {
        AllowLoss::All => true,
        AllowLoss::Of(allowed) => allowed == id,
    }
}

/// Why nothing is done.
pub fn refusal(open: &[Loss]) -> Error {
    Error::Loss(open.iter().map(|loss| loss.id.to_string()).collect())
}

/// The losses as lines of a question.
pub fn listed(planned: &[PlannedStack], open: &[Loss]) -> String {
    let lines = open.iter().map(|Loss { stack, id }| {
        let holdings = planned.iter().find(|planned| planned.loaded.scope.stack == *stack).and_then(|planned| planned.stakes.get(id));
        format!("  {id}: {}\n", holdings.map(|holdings| report::stakes::text(holdings)).unwrap_or_default())
    });
    lines.collect()
}
