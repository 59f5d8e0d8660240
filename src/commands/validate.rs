//! `etlctl validate`: load, expand, check; no network.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use super::stacks::{self, Stacks};
use crate::cli::{CheckFormat, Global, ValidateArgs};
use crate::error::{Error, exit};
use crate::kinds;
use crate::model::counted;
use crate::report;
use crate::source::Diagnostic;
use crate::source::Loaded;
use crate::source::diagnostic::Place;

pub fn run(global: &Global, args: &ValidateArgs) -> Result<u8, Error> {
    let runs: Vec<Result<Stacks, Error>> = if args.all_environments {
        stacks::environments(global)?.iter().map(|env| stacks::checked_in(global, env, args.as_of)).collect()
    } else if global.envs.len() > 1 {
        let each = global.envs.iter().enumerate().filter(|(index, env)| !global.envs[..*index].contains(env));
        each.map(|(_, env)| stacks::checked(&Global { env: Some(env.clone()), ..global.clone() }, args.as_of)).collect()
    } else {
        vec![stacks::checked(global, args.as_of)]
    };
    let (mut findings, mut checked, mut valid) = (Findings::default(), Vec::new(), true);
    for run in runs {
        match run {
            Ok(Stacks { loaded, warnings, .. }) => {
                findings.add(warnings);
                checked.extend(loaded);
            }
            Err(Error::Invalid(found)) => {
                findings.add(found);
                valid = false;
            }
            Err(error) => return Err(error),
        }
    }
    let findings = findings.all;
    match args.format {
        CheckFormat::Text => {
            if !valid {
                return Err(Error::Invalid(findings));
            }
            report::diagnostics::warnings(&findings, global.quiet);
            for stack in &checked {
                let scope = &stack.scope;
                report::data(&format!("{} ({}): valid, {}\n", scope.stack, scope.env, counted(stack.desired.nodes.len(), "resource")));
                if global.verbose > 0 {
                    report::data(&times(stack, Timestamp::now())?);
                }
            }
            let environments: BTreeSet<&str> = checked.iter().flat_map(|stack| stack.environments()).collect();
            let left_out: Vec<&str> = environments.into_iter().filter(|env| !checked.iter().any(|stack| stack.scope.env == *env)).collect();
            if !left_out.is_empty() && !global.quiet {
                report::tell(&format!("not checked: {}; --all-environments checks every one", left_out.join(", ")));
            }
        }
        CheckFormat::Json => {
            let problems = report::diagnostics::to_json(&findings);
            report::data(&format!("{:#}\n", json!({"format_version": "1", "valid": valid, "problems": problems})));
        }
        CheckFormat::Sarif => report::data(&report::sarif::render(&findings)),
        CheckFormat::Github => report::data(&report::diagnostics::github(&findings)),
    }
    Ok(if valid { exit::DONE } else { exit::INVALID })
}

/// When what acts by the clock does so next.
fn times(stack: &Loaded, now: Timestamp) -> Result<String, Error> {
    let mut lines = String::new();
    for (id, node) in &stack.desired.nodes {
        let Some(driver) = kinds::driver(&id.kind) else { continue };
        let timing = driver.timing(&stack.desired.resolved(node)).map_err(|reason| Error::NotNormal { id: id.clone(), reason })?;
        if let Some(timing) = timing {
            let next = timing.times.next(now, &timing.bounds, report::times::SHOWN);
            lines.push_str(&report::times::line(&id.to_string(), &timing, &next));
        }
    }
    Ok(lines)
}

/// What several environments have in common is told once.
#[derive(Default)]
struct Findings {
    all: Vec<Diagnostic>,
    seen: HashSet<(&'static str, Option<Place>, String, PathBuf)>,
}

impl Findings {
    fn add(&mut self, more: Vec<Diagnostic>) {
        for finding in more {
            if self.seen.insert((finding.code, finding.place, finding.message.clone(), finding.source.path.clone())) {
                self.all.push(finding);
            }
        }
    }
}
