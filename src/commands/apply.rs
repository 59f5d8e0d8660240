//! `etlctl apply`: plan, show, ask, carry out, read back.

use super::carry::{self, Deed};
use super::plan::options;
use super::planfile::{self, PlanFile};
use super::preflight;
use super::session::{PlannedStack, Session};
use super::stacks;
use crate::cli::{ApplyArgs, Carry, Global};
use crate::error::Error;
use crate::model::Plan;
use crate::model::secret::{HIDDEN, looks_secret};
use crate::report;

pub async fn run(global: &Global, args: &ApplyArgs) -> Result<u8, Error> {
    let Some(path) = &args.plan_file else {
        let stacks = stacks::checked_for_plan(global, None)?;
        report::diagnostics::warnings(&stacks.warnings, global.quiet);
        carry::check(&args.carry)?;
        let session = Session::open(global, stacks).await?;
        let again = again();
        return carry::out(
            &session,
            &Deed { options: options(&args.selection), destroy: false, carry: &args.carry, again, quiet: global.quiet },
        )
        .await;
    };
    let selection = &args.selection;
    if !selection.target.is_empty() || selection.adopt || selection.no_prune {
        let hint = "leave them out: the plan file says what is done".into();
        return Err(Error::Usage { message: "a plan file goes without --target, --adopt and --no-prune".into(), hint });
    }
    let saved = planfile::read(path)?;
    let global = saved.global(global)?;
    let session =
        Session::open(&global, if saved.destroy { stacks::load(&global)? } else { stacks::checked_for_plan(&global, None)? }).await?;
    let planned = session.plan(&options(&saved.selection()), saved.destroy).await?;
    preflight::check(&session, &planned).await?;
    let stale = stale(&saved.plans, &planned);
    if !stale.is_empty() {
        return Err(Error::Stale(stale));
    }
    // The plan was looked at when it was saved: carrying it out needs no second yes.
    let carry = Carry { yes: true, ..args.carry.clone() };
    let again = again_after_plan(&saved, &global);
    let deed = Deed { options: options(&saved.selection()), destroy: saved.destroy, carry: &carry, again, quiet: global.quiet };
    carry::reviewed(&session, planned, &deed).await
}

/// Addresses at which the saved plan and the new one differ.
fn stale(saved: &[Plan], planned: &[PlannedStack]) -> Vec<String> {
    let mut addresses = Vec::new();
    for plan in saved {
        let Some(now) = planned.iter().map(|stack| &stack.planned.plan).find(|now| now.scope.stack == plan.scope.stack) else {
            addresses.push(plan.scope.stack.clone());
            continue;
        };
        if now.scope != plan.scope {
            addresses.push(format!("{} (account or region)", plan.scope.stack));
        }
        let differs = |step: &&crate::model::Step| !now.steps.contains(step);
        addresses.extend(plan.steps.iter().filter(differs).map(|step| step.id.to_string()));
        let new = now.steps.iter().filter(|step| plan.steps.iter().all(|old| old.id != step.id));
        addresses.extend(new.map(|step| step.id.to_string()));
    }
    addresses
}

/// The command that goes on where this one stopped: the same again, secrets left out.
pub fn again() -> String {
    let shown = std::env::args().skip(1).map(|argument| match argument.strip_prefix("--set=").unwrap_or(&argument).split_once('=') {
        Some((name, value)) if looks_secret(name, value) => format!("{}={HIDDEN}", &argument[..argument.len() - value.len() - 1]),
        _ if argument.contains([' ', '\'', '"', '$']) => format!("'{}'", argument.replace('\'', r"'\''")),
        _ => argument,
    });
    format!("etlctl {}", shown.collect::<Vec<_>>().join(" "))
}

/// The command that goes on where a saved plan stopped: the plan itself is stale by then.
fn again_after_plan(saved: &PlanFile, global: &Global) -> String {
    let mut command = format!("etlctl {}", if saved.destroy { "destroy" } else { "apply" });
    if let Some(env) = &global.env {
        command.push_str(&format!(" --env {env}"));
    }
    for stack in &global.stack {
        command.push_str(&format!(" --stack {stack}"));
    }
    command
}
