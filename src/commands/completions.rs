//! `etlctl completions`: a completion script.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::error::{Error, exit};
use crate::report;

pub fn run(shell: clap_complete::Shell) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "etlctl", &mut script);
    report::asked_for(&String::from_utf8_lossy(&script));
    Ok(exit::DONE)
}
