//! `etlctl plan --env dev --against prod`: two environments side by side, from the files alone.

use super::stacks;
use super::targets;
use crate::cli::{Global, PlanArgs, PlanFormat};
use crate::contract::written::{Cx, Line, Names, lines};
use crate::error::{Error, exit};
use crate::kinds;
use crate::model::against::{Difference, Side, against};
use crate::report;
use crate::report::against::{Differing, Pair};
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
    let sides =
        [loaded(global)?, loaded(&Global { env: Some(other.to_owned()), ..global.clone() }).map_err(|error| by_its_option(error, other))?];
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
        let names = names([one, other]);
        let worded = differences.into_iter().map(|difference| Differing { lines: worded([one, other], &names, &difference), difference });
        pairs.push(Pair { left: &one.scope, right: &other.scope, differences: worded.collect() });
    }
    report::data(&render(&pairs));
    let differs = pairs.iter().any(|pair| !pair.differences.is_empty());
    Ok(if differs && args.detailed_exitcode { exit::CHANGES } else { exit::DONE })
}

/// The same, with the option that named the environment.
fn by_its_option(mut error: Error, other: &str) -> Error {
    if let Error::Invalid(findings) = &mut error {
        for finding in findings {
            if let Some(rest) = finding.message.strip_prefix(&format!("--env {other}:")) {
                finding.message = format!("--against {other}:{rest}");
            }
        }
    }
    error
}

/// The stacks of an environment, with the account where the files say it.
fn loaded(global: &Global) -> Result<Vec<Loaded>, Error> {
    let mut loaded = stacks::load(global)?.loaded;
    for stack in &mut loaded {
        if let Some(account) = stack.account.clone() {
            stacks::settle_account(stack, &account)?;
        }
    }
    Ok(loaded)
}

/// What the resources of both are called.
fn names(sides: [&Loaded; 2]) -> Names {
    let mut names = Names::default();
    for loaded in sides {
        for ((section, key), id) in &loaded.desired.index {
            let (Some(node), Some(known)) = (loaded.desired.nodes.get(id), loaded.desired.known.get(id)) else { continue };
            names.add(section, key, &node.home, known);
        }
    }
    names
}

/// Where a resource differs, in the words of the file.
fn worded(sides: [&Loaded; 2], names: &Names, difference: &Difference) -> Vec<Line> {
    let Some(driver) = kinds::driver(&difference.id.kind) else { return Vec::new() };
    let nodes = sides.map(|loaded| loaded.desired.nodes.get(&difference.id).map(|node| (loaded, node)));
    let path = nodes[0].map(|(_, node)| &node.home[..]).unwrap_or_default();
    let plain = nodes.map(|of| of.and_then(|(loaded, node)| driver.plain(&loaded.scope, &node.name, &node.spec).ok()));
    let cx = Cx {
        rows: driver.written(),
        documents: driver.documents(),
        names,
        path,
        // What stands there may hang on the environment.
        home: None,
        plain: [plain[0].as_ref(), plain[1].as_ref()],
    };
    lines(&cx, &difference.fields)
}

fn side(stack: &Loaded) -> Side<'_> {
    Side { scope: &stack.scope, desired: &stack.desired }
}
