//! `etlctl eject`: takes the marks off, and nothing else.

use std::collections::BTreeSet;

use super::carry::{self, ApplyRequest, Saved};
use super::lease;
use super::marks;
use super::planned::PlannedStack;
use super::session::Session;
use crate::cli::{Carry, CostArgs, EjectArgs, Format, Global, PARALLELISM};
use crate::error::{Error, exit};
use crate::kinds;
use crate::model::ResourceId;
use crate::model::plan::Options;
use crate::report;

pub async fn run(global: &Global, args: &EjectArgs) -> Result<u8, Error> {
    can_lose_marks(&args.addresses)?;
    let EjectArgs { addresses, yes, lock, from_marks } = args;
    let carry = Carry {
        yes: *yes,
        allow_loss: Vec::new(),
        empty: false,
        lock: *lock,
        cost: CostArgs { no_cost: true, ..CostArgs::default() },
        parallelism: PARALLELISM,
        explain: false,
        format: Format::Text,
    };
    let stacks = if from_marks.from_marks { marks::named(global, from_marks).await? } else { marks::with_file(global)? };
    carry::check(&carry, Saved::Not)?;
    let session = Session::open(global, stacks).await?;
    let again = report::again(&session.sensitive(), std::env::args());
    let targets: BTreeSet<ResourceId> = addresses.iter().cloned().collect();
    let options = Options { targets: targets.clone(), ejects: true, ..Options::default() };
    let request = ApplyRequest {
        options,
        destroy: true,
        expired_by: None,
        confirm: None,
        carry: &carry,
        again,
        quiet: global.quiet,
        all: global.verbose > 0,
    };
    let work = async {
        let planned = session.plan(&request.options, true).await?;
        are_ours(&planned, &targets)?;
        let advice: Vec<String> = planned.iter().flat_map(|stack| advice(stack, &targets)).collect();
        // Before the question: who is asked should know what follows.
        advice.iter().for_each(|line| report::note(line));
        carry::carry_out(&session, planned, &request).await
    };
    let code = lease::hold(&session, *lock, work).await?;
    if code == exit::DONE {
        report::note("From now on nobody owns what was released; `--adopt` takes it back.");
    }
    Ok(code)
}

/// Checks that marks can be taken off resources of these kinds.
fn can_lose_marks(addresses: &[ResourceId]) -> Result<(), Error> {
    for id in addresses {
        let Some(driver) = kinds::driver(&id.kind) else {
            let names = kinds::registry().iter().map(|driver| driver.name());
            let hint = crate::source::diagnostic::suggest(&id.kind, names);
            return Err(Error::Usage { message: format!("{id}: there is no kind `{}`", id.kind), hint });
        };
        if let Some(why) = driver.keeps_mark() {
            let hint = "keep it in the file, or destroy it with --target and make it by other means".to_owned();
            return Err(Error::Usage { message: format!("{id} cannot lose its mark: {why}"), hint });
        }
    }
    Ok(())
}

/// Checks that each of them carries the mark of one instance.
fn are_ours(planned: &[PlannedStack], targets: &BTreeSet<ResourceId>) -> Result<(), Error> {
    let has = |id: &ResourceId| planned.iter().filter(|stack| stack.planned.plan.steps.iter().any(|step| step.id == *id)).count();
    if let Some(twice) = targets.iter().find(|id| has(id) > 1) {
        let hint = "nothing was changed; choose one with --stack".to_owned();
        return Err(Error::Usage { message: format!("more than one stack has {twice}"), hint });
    }
    let missing: Vec<String> = targets.iter().filter(|id| has(id) == 0).map(ToString::to_string).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let hint = "nothing was changed; `etlctl ls --stack NAME` lists what carries a mark".to_owned();
    Err(Error::Usage { message: format!("not there, or without this instance's mark: {}", missing.join(", ")), hint })
}

/// What the file has to lose too, and what stays marked beside it.
fn advice(stack: &PlannedStack, targets: &BTreeSet<ResourceId>) -> Vec<String> {
    let nodes = &stack.loaded.desired.nodes;
    let mut lines = Vec::new();
    for id in targets.iter().filter(|id| nodes.contains_key(*id)) {
        let file = stack.loaded.source.path.display();
        let then = match kinds::driver(&id.kind).is_some_and(|driver| driver.adopts_unmarked()) {
            true => "the next apply takes it over again",
            false => "the next plan stops at it, since it carries no mark",
        };
        lines.push(format!("note: take {id} out of {file} too: with it there, {then}"));
    }
    let homes: Vec<&[String]> = targets.iter().filter_map(|id| nodes.get(id)?.home.get(..2)).collect();
    let is_along = |id: &&ResourceId| !targets.contains(*id) && kinds::driver(&id.kind).is_some_and(|driver| driver.keeps_mark().is_none());
    let along = nodes.values().filter(|node| node.home.get(..2).is_some_and(|home| homes.contains(&home)));
    let along: Vec<String> = along.map(|node| &node.id).filter(is_along).map(ToString::to_string).collect();
    match &along[..] {
        [] => {}
        [one] => lines.push(format!(
            "note: {one} came along with it and is still the stack's: an apply without it deletes that; eject it too where it is needed"
        )),
        several => lines.push(format!(
            "note: {} came along with it and are still the stack's: an apply without it deletes them; eject those too that are needed",
            several.join(", ")
        )),
    }
    lines
}
