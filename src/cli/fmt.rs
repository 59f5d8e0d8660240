//! Which files are laid out, and what becomes of them.

use std::path::PathBuf;

use clap::Args;

/// Options of fmt.
#[derive(Debug, Clone, Args)]
pub struct FmtArgs {
    /// Stack files; all of the project where none is said
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write nothing, list the files that would change, and exit with 1 where there are any
    #[arg(long)]
    pub check: bool,
    /// Write nothing, and show what would change
    #[arg(long)]
    pub diff: bool,
}
