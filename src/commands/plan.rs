//! `etlctl plan`: what apply would do.

use super::against;
use super::cost::Costing;
use super::expiry;
use super::marks;
use super::planfile;
use super::preflight;
use super::session::Session;
use super::stacks;
use super::who;
use crate::apply::{Explained, forecast};
use crate::cli::{Global, PARALLELISM, PlanArgs, PlanFormat, Selection};
use crate::error::{Error, exit};
use crate::model::plan::Options;
use crate::report;
use crate::report::plan::View;

pub async fn run(global: &Global, args: &PlanArgs) -> Result<u8, Error> {
    if let Some(other) = &args.against {
        return against::run(global, args, other);
    }
    if args.destroy && args.selection.expires.is_some() {
        let hint = "leave one of the two out".to_owned();
        return Err(Error::Usage { message: "--expires: what is destroyed does not expire".to_owned(), hint });
    }
    if args.who && !matches!(args.format, PlanFormat::Text | PlanFormat::Json) {
        let message = "--who is told in text and JSON alone".to_owned();
        return Err(Error::Usage { message, hint: "leave it out here, or ask with --format text or json".to_owned() });
    }
    args.out.as_deref().map_or(Ok(()), |path| planfile::check(global, path))?;
    let stacks = if args.from_marks.from_marks {
        destroys_without_file(args)?;
        marks::named(global, &args.from_marks).await?
    } else if args.destroy {
        stacks::load(global)?
    } else {
        stacks::checked_for_plan(global, args.as_of)?
    };
    report::diagnostics::counted(&stacks.warnings, global.env.as_deref(), global.quiet);
    let costing = Costing::new(global, &args.cost, args.as_of)?;
    expiry::check(&stacks.loaded, args.selection.expires)?;
    let mut session = Session::open(global, stacks).await?.priced(costing).arguing(args.evidence);
    session.expiring.asked = args.selection.expires;
    let planned = session.plan(&options(&args.selection), args.destroy).await?;
    session.tell_prices(&planned, global.quiet);
    marks::tell_absent(&planned);
    preflight::check(&session, &planned).await?;
    let explained: Vec<Option<Explained>> =
        planned.iter().map(|stack| args.explain.then(|| forecast(&stack.planned, PARALLELISM.into()))).collect();
    let views = planned
        .iter()
        .map(|stack| stack.view(global.verbose > 0))
        .zip(&explained)
        .map(|(view, explained)| View { explained: explained.as_ref(), ..view });
    let changed = if args.who { who::of_plans(&planned).await } else { Vec::new() };
    // Nothing where nobody asked.
    let changed = changed.iter().map(Some).chain(std::iter::repeat(None));
    match args.format {
        PlanFormat::Json => {
            let stacks = views.zip(changed).map(|(view, who)| report::who::add(report::json::stack(&view), who));
            report::data(&report::json::document(stacks.collect()));
        }
        PlanFormat::Markdown => {
            report::data(&report::markdown::text(&views.collect::<Vec<_>>()));
        }
        PlanFormat::Html => report::data(&report::html::page(&views.collect::<Vec<_>>())),
        PlanFormat::Text => {
            let told = |(view, who): (View<'_>, _)| report::plan::text(&view) + &report::who::text(who, view.width);
            let texts: Vec<String> = views.zip(changed).map(told).collect();
            report::data(&texts.join("\n"));
        }
    }
    session.heed(&planned)?;
    if let Some(path) = &args.out {
        let saved = planfile::saved(global, &args.selection, args.destroy, (session.endpoint(), session.expiring.at), &planned);
        let saved = saved.map_err(|message| Error::File { path: path.display().to_string(), message })?;
        planfile::write(path, saved)?;
        report::tell(&format!("Saved. To carry it out: etlctl apply {}", path.display()));
    }
    let changes = planned.iter().any(|stack| stack.planned.plan.has_changes());
    Ok(if changes && args.detailed_exitcode { exit::CHANGES } else { exit::DONE })
}

/// Marks say what is there, and not what is wanted; and a saved plan is held against the files.
fn destroys_without_file(args: &PlanArgs) -> Result<(), Error> {
    let refuse = |message: &str, hint: &str| Err(Error::Usage { message: message.to_owned(), hint: hint.to_owned() });
    if !args.destroy {
        return refuse("--from-marks is about a destroy", "pass --destroy too: marks do not say what is wanted");
    }
    if args.out.is_some() {
        return refuse("--out: a plan from marks is not saved", "look at it here, and run `etlctl destroy` with the same options");
    }
    Ok(())
}

/// The planner's options.
pub fn options(selection: &Selection) -> Options {
    // When it expires stands in the tags.
    let Selection { target, adopt, no_prune, expires: _, deep } = selection;
    Options { adopt: *adopt, keep_orphans: *no_prune, targets: target.iter().cloned().collect(), deep: *deep, ..Options::default() }
}
