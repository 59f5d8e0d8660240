//! Arguments → command → exit code; nothing else.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

fn main() -> ExitCode {
    let cli = match etlctl::cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Whether stderr takes the message changes nothing about the exit code.
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { etlctl::error::exit::DONE } else { etlctl::error::exit::USAGE });
        }
    };
    ExitCode::from(etlctl::commands::run(cli))
}
