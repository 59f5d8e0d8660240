//! Arguments → command → exit code; nothing else.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

fn main() -> ExitCode {
    let cli = match etlctl::cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            etlctl::commands::mistaken(&error);
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { etlctl::error::exit::DONE } else { etlctl::error::exit::USAGE });
        }
    };
    ExitCode::from(etlctl::commands::run(cli))
}
