//! What a policy is printed for.

use clap::ValueEnum;

/// What a policy is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum PolicyFor {
    /// Reading what is there
    Plan,
    /// Reading, creating, changing, and deleting what was taken out of the files
    #[default]
    Apply,
    /// Reading and deleting
    Destroy,
    /// What advise reads, and nothing else
    Advise,
    /// Reading traffic for what a month costs, beside a plan
    Cost,
}
