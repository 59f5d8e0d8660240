//! Options about what a month costs.

use std::path::PathBuf;

use clap::Args;

/// Whether a plan says what a month costs, and by which prices.
#[derive(Debug, Clone, Default, Args)]
pub struct CostArgs {
    /// Show what a month costs also where nothing changes, with traffic from metrics of the last 14 days
    #[arg(long, conflicts_with = "no_cost")]
    pub cost: bool,
    /// Do not show what a month costs
    #[arg(long)]
    pub no_cost: bool,
    /// Prices that count instead of those that come with etlctl, in the same form
    #[arg(long, value_name = "FILE")]
    pub price_file: Option<PathBuf>,
}
