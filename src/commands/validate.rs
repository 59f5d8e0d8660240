//! `etlctl validate`: load, expand, check; no network.

use serde_json::json;

use super::stacks;
use crate::cli::{CheckFormat, Global, ValidateArgs};
use crate::error::{Error, exit};
use crate::report;
use crate::source::Diagnostic;

pub fn run(global: &Global, args: &ValidateArgs) -> Result<u8, Error> {
    let checked = stacks::checked(global, args.as_of);
    let (findings, valid): (&[Diagnostic], bool) = match &checked {
        Ok(stacks) => (&stacks.warnings, true),
        Err(Error::Invalid(findings)) => (findings, false),
        Err(_) => return checked.map(|_| exit::DONE),
    };
    match args.format {
        CheckFormat::Text => {
            let stacks = checked?;
            report::diagnostics::warnings(&stacks.warnings, global.quiet);
            for stack in &stacks.loaded {
                let scope = &stack.scope;
                report::data(&format!("{} ({}): valid, {} resources\n", scope.stack, scope.env, stack.desired.nodes.len()));
            }
            return Ok(exit::DONE);
        }
        CheckFormat::Json => {
            let problems: Vec<_> = findings.iter().map(report::diagnostics::to_json).collect();
            report::data(&format!("{:#}\n", json!({"format_version": "1", "valid": valid, "problems": problems})));
        }
        CheckFormat::Sarif => report::data(&report::sarif::render(findings)),
        CheckFormat::Github => report::data(&report::diagnostics::github(findings)),
    }
    Ok(if valid { exit::DONE } else { exit::INVALID })
}
