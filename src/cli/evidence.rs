//! What a plan is held against.

use clap::Args;

/// Whether a plan is held against what ran.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct EvidenceArgs {
    /// Do not look whether what ran speaks against what changes
    #[arg(long)]
    pub no_evidence: bool,
    /// Fail, before anything is written, where what ran speaks against what changes
    #[arg(long, conflicts_with = "no_evidence")]
    pub strict_evidence: bool,
}
