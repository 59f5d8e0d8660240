//! `etlctl validate`: load, expand, check; no network.

use std::collections::BTreeSet;

use serde_json::json;

use super::stacks::{self, Stacks};
use crate::cli::{CheckFormat, Global, ValidateArgs};
use crate::error::{Error, exit};
use crate::report;
use crate::source::Diagnostic;

pub fn run(global: &Global, args: &ValidateArgs) -> Result<u8, Error> {
    let runs: Vec<Result<Stacks, Error>> = if args.all_environments {
        stacks::environments(global)?.iter().map(|env| stacks::checked_in(global, env, args.as_of)).collect()
    } else {
        vec![stacks::checked(global, args.as_of)]
    };
    let (mut findings, mut checked, mut valid) = (Vec::new(), Vec::new(), true);
    for run in runs {
        match run {
            Ok(Stacks { loaded, warnings, .. }) => {
                add(&mut findings, warnings);
                checked.extend(loaded);
            }
            Err(Error::Invalid(found)) => {
                add(&mut findings, found);
                valid = false;
            }
            Err(error) => return Err(error),
        }
    }
    match args.format {
        CheckFormat::Text => {
            if !valid {
                return Err(Error::Invalid(findings));
            }
            report::diagnostics::warnings(&findings, global.quiet);
            for stack in &checked {
                let scope = &stack.scope;
                report::data(&format!("{} ({}): valid, {} resources\n", scope.stack, scope.env, stack.desired.nodes.len()));
            }
            let environments: BTreeSet<&str> = checked.iter().flat_map(|stack| stack.environments()).collect();
            let left_out: Vec<&str> = environments.into_iter().filter(|env| !checked.iter().any(|stack| stack.scope.env == *env)).collect();
            if !left_out.is_empty() && !global.quiet {
                report::note(&format!("not checked: {}; --all-environments checks every one", left_out.join(", ")));
            }
        }
        CheckFormat::Json => {
            let problems: Vec<_> = findings.iter().map(report::diagnostics::to_json).collect();
            report::data(&format!("{:#}\n", json!({"format_version": "1", "valid": valid, "problems": problems})));
        }
        CheckFormat::Sarif => report::data(&report::sarif::render(&findings)),
        CheckFormat::Github => report::data(&report::diagnostics::github(&findings)),
    }
    Ok(if valid { exit::DONE } else { exit::INVALID })
}

/// What several environments have in common is told once.
fn add(findings: &mut Vec<Diagnostic>, more: Vec<Diagnostic>) {
    for finding in more {
        let is_same = |other: &Diagnostic| {
            (other.code, other.place, &other.message) == (finding.code, finding.place, &finding.message)
                && other.source.path == finding.source.path
        };
        if !findings.iter().any(is_same) {
            findings.push(finding);
        }
    }
}
