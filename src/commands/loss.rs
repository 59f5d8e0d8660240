//! What holds data goes only by its address or by a typed yes.

use super::carry::ApplyRequest;
use super::session::PlannedStack;
use crate::cli::AllowLoss;
use crate::error::Error;
use crate::model::ResourceId;
use crate::model::stake::losses;
use crate::report;

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
        if request.destroy && request.carry.yes && !stack.loaded.protected {
            continue;
        }
        let of_stack = losses(&stack.stakes).filter(|id| !allowed.iter().any(|allowed| agrees(allowed, id)));
        open.extend(of_stack.map(|id| Loss { stack: stack.loaded.scope.stack.clone(), id: id.clone() }));
    }
    open
}

/// Tells of addresses for which data may be lost, and that lose none.
pub fn tell_idle(planned: &[PlannedStack], allowed: &[AllowLoss]) {
    for allowed in allowed {
        if let AllowLoss::Of(id) = allowed
            && !planned.iter().any(|stack| losses(&stack.stakes).any(|lost| lost == id))
        {
            report::note(&format!("--allow-loss {id}: this plan loses no data of it"));
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
