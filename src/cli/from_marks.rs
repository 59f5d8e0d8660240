//! Options of what is done by marks alone.

use clap::Args;

/// Which instance is meant where its file is not read.
#[derive(Debug, Clone, Default, Args)]
pub struct FromMarksArgs {
    /// Read no stack file: take what carries the marks of --stack, --env and --instance
    #[arg(long)]
    pub from_marks: bool,
    /// Instance of --from-marks; the one of the environment's name where none is said
    #[arg(long, value_name = "NAME", requires = "from_marks")]
    pub instance: Option<String>,
}
