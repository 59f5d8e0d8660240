//! `etlctl graph`: what needs what; no network.

use super::stacks;
use crate::cli::{Global, GraphFormat};
use crate::error::{Error, exit};
use crate::report;

pub fn run(global: &Global, format: GraphFormat) -> Result<u8, Error> {
    let stacks = stacks::load(global)?;
    let all: Vec<_> = stacks.loaded.iter().map(|stack| (stack.scope.stack.clone(), &stack.desired)).collect();
    report::data(&report::graph::render(&all, format));
    Ok(exit::DONE)
}
