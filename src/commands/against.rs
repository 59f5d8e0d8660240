//! `etlctl plan --env dev --against prod`: two environments side by side, from the files alone.

use super::stacks;
use super::targets;
use crate::cli::{Global, PlanArgs, PlanFormat};
use crate::error::{Error, exit};
use crate::kinds;
use crate::model::against::{Side, against};
use crate::report;
use crate::report::against::Pair;
use crate::source::Loaded;

pub fn run(global: &Global, args: &PlanArgs, other: &str) -> Result<u8, Error> {
    let render = match args.format {
        PlanFormat::Text => report::against::text,
        PlanFormat::Json => report::against::json,
        PlanFormat::Markdown => report::against::markdown,
        PlanFormat::Html => {
            let hint = "leave it out, or write --format json or markdown".to_owned();
            return Err(Error::Usage { message: "--format html is for plans, and --against makes none".to_owned(), hint });
        }
    };
    let sides = [loaded(global)?, loaded(&Global { env: Some(other.to_owned()), ..global.clone() })?];
    if sides[0].iter().any(|stack| stack.scope.env == other) {
        let message = format!("--against {other}: that is the environment of the plan itself");
        return Err(Error::Usage { message, hint: "name two: --env dev --against prod".into() });
    }
    let [left, right] = &sides;
    let targets = &args.selection.target;
    let of_both = || left.iter().chain(right).map(|stack| &stack.desired);
    if let Some(wrong) = targets.iter().find(|id| of_both().all(|desired| !desired.nodes.contains_key(id))) {
        return Err(targets::wrong(wrong, of_both()));
    }
    let mut pairs = Vec::new();
    for one in left {
        // Both come from the same files.
        let Some(other) = right.iter().find(|other| other.scope.stack == one.scope.stack) else { continue };
        let documents = |kind: &str| kinds::driver(kind).map_or(&[][..], |driver| driver.documents());
        let mut differences = against(side(one), side(other), &documents);
        differences.retain(|difference| targets.is_empty() || targets.contains(&difference.id));
        pairs.push(Pair { left: &one.scope, right: &other.scope, differences });
    }
    report::data(&render(&pairs));
    let differs = pairs.iter().any(|pair| !pair.differences.is_empty());
    Ok(if differs && args.detailed_exitcode { exit::CHANGES } else { exit::DONE })
}

/// The stacks of an environment, with the account where the files say it.
fn loaded(global: &Global) -> Result<Vec<Loaded>, Error> {
    let mut loaded = stacks::load(global)?.loaded;
    for stack in &mut loaded {
        if let Some(account) = stack.account.clone() {
            stacks::settle_account(stack, &account);
        }
    }
    Ok(loaded)
}

fn side(stack: &Loaded) -> Side<'_> {
    Side { scope: &stack.scope, desired: &stack.desired }
}
