//! Options of `invoke`.

use std::path::PathBuf;

use clap::Args;

/// Options of invoke.
#[derive(Debug, Clone, Args)]
pub struct InvokeArgs {
    /// Key of the function or state machine in the stack file
    pub function: String,
    /// File with the event, or the input, as JSON, or - for standard input; {} where nothing is said
    #[arg(long, short, value_name = "FILE")]
    pub payload: Option<PathBuf>,
    /// Queue the event, or start the execution, and do not wait for the result
    #[arg(long = "async")]
    pub asynchronous: bool,
    /// Show the end of the invocation's log on stderr; where it fails it is shown anyway
    #[arg(long, conflicts_with = "asynchronous")]
    pub tail: bool,
}
