//! `etlctl validate`: load and expand; no network.

use serde_json::json;

use super::stacks;
use crate::cli::{Format, Global};
use crate::error::{Error, exit};
use crate::report;

pub fn run(global: &Global, format: Format) -> Result<u8, Error> {
    let stacks = match stacks::load(global) {
        Err(Error::Invalid(problems)) if format == Format::Json => {
            let problems: Vec<_> = problems.iter().map(report::diagnostics::to_json).collect();
            report::data(&format!("{:#}\n", json!({"format_version": "1", "valid": false, "problems": problems})));
            return Ok(exit::INVALID);
        }
        stacks => stacks?,
    };
    match format {
        Format::Json => report::data(&format!("{:#}\n", json!({"format_version": "1", "valid": true, "problems": []}))),
        Format::Text => {
            for stack in &stacks.loaded {
                let scope = &stack.scope;
                report::data(&format!("{} ({}): valid, {} resources\n", scope.stack, scope.env, stack.desired.nodes.len()));
            }
        }
    }
    Ok(exit::DONE)
}
