//! The binary: all of it is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    etlctl::run()
}
