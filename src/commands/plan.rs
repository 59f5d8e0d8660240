//! `etlctl plan`: what apply would do.

use super::cost::Costing;
use super::planfile;
use super::preflight;
use super::session::Session;
use super::stacks;
use crate::cli::{Global, PlanArgs, PlanFormat, Selection};
use crate::error::{Error, exit};
use crate::model::plan::Options;
use crate::report;

pub async fn run(global: &Global, args: &PlanArgs) -> Result<u8, Error> {
    let stacks = if args.destroy { stacks::load(global)? } else { stacks::checked_for_plan(global, args.as_of)? };
    report::diagnostics::counted(&stacks.warnings, global.env.as_deref(), global.quiet);
    let costing = Costing::new(global, &args.cost, args.as_of)?;
    let session = Session::open(global, stacks).await?.priced(costing).arguing(args.evidence);
    let planned = session.plan(&options(&args.selection), args.destroy).await?;
    session.tell_prices(&planned, global.quiet);
    preflight::check(&session, &planned).await?;
    match args.format {
        PlanFormat::Json => {
            let stacks = planned.iter().map(|stack| report::json::stack(&stack.view()));
            report::data(&report::json::document(stacks.collect()));
        }
        PlanFormat::Markdown => {
            let texts: Vec<String> = planned.iter().map(|stack| report::markdown::text(&stack.view())).collect();
            report::data(&texts.join("\n"));
        }
        PlanFormat::Text => {
            let texts: Vec<String> = planned.iter().map(|stack| report::plan::text(&stack.view())).collect();
            report::data(&texts.join("\n"));
        }
    }
    session.heed(&planned)?;
    if let Some(path) = &args.out {
        let saved = planfile::saved(global, &args.selection, args.destroy, session.endpoint(), &planned);
        let saved = saved.map_err(|message| Error::File { path: path.display().to_string(), message })?;
        planfile::write(path, saved)?;
        report::note(&format!("Saved. To carry it out: etlctl apply {}", path.display()));
    }
    let changes = planned.iter().any(|stack| stack.planned.plan.has_changes());
    Ok(if changes && args.detailed_exitcode { exit::CHANGES } else { exit::DONE })
}

/// The planner's options.
pub fn options(selection: &Selection) -> Options {
    let Selection { target, adopt, no_prune, deep } = selection;
    Options { adopt: *adopt, keep_orphans: *no_prune, targets: target.iter().cloned().collect(), deep: *deep }
}
