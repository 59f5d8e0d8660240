//! A protected environment is destroyed only where its name is said, whatever the plan comes from.

use super::planned::PlannedStack;
use crate::error::Error;
use crate::model::{Action, Plan};
use crate::source::Loaded;
use crate::source::loaded::Protection;

/// Checks `--confirm` against the environments of stacks that are to be destroyed.
///
/// # Errors
/// One is protected and not named, or another one is named.
pub fn of_destroyed(stacks: &[Loaded], confirm: Option<&str>) -> Result<(), Error> {
    for stack in stacks {
        let env = &stack.scope.env;
        let why = match stack.protection {
            Protection::Open => None,
            Protection::Protected => Some(format!("{} in {env} is protected", stack.scope.stack)),
            Protection::Unknown => Some(format!("whether {} in {env} is protected, its file would say", stack.scope.stack)),
        };
        if let Some(message) = why.filter(|_| confirm != Some(env)) {
            return Err(Error::Usage { message, hint: format!("nothing was changed; to destroy it, pass --confirm {env}") });
        }
        named(stack, confirm)?;
    }
    Ok(())
}

/// The same for plans, of which some may come to a destroy without being asked for as one.
///
/// # Errors
/// See [`of_destroyed`].
pub fn of_plans(planned: &[PlannedStack], confirm: Option<&str>) -> Result<(), Error> {
    for stack in planned {
        if destroys(&stack.planned.plan) {
            of_destroyed(std::slice::from_ref(&stack.loaded), confirm)?;
        }
        named(&stack.loaded, confirm)?;
    }
    Ok(())
}

/// Whether nothing would be left of what stands.
fn destroys(plan: &Plan) -> bool {
    !plan.steps.is_empty() && plan.steps.iter().all(|step| matches!(step.action, Action::Delete | Action::Release))
}

fn named(stack: &Loaded, confirm: Option<&str>) -> Result<(), Error> {
    let env = &stack.scope.env;
    let Some(confirmed) = confirm.filter(|confirmed| confirmed != env) else { return Ok(()) };
    let message = format!("--confirm {confirmed} does not name the environment, which is {env}");
    Err(Error::Usage { message, hint: format!("nothing was changed; pass --confirm {env}, or choose with --env") })
}
