//! What a policy is printed for.

use clap::{Args, ValueEnum};

use super::Format;
use crate::model::account;

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
    /// What ls reads: everybody's marks; needs no stack file
    Ls,
    /// What advise reads, and nothing else
    Advise,
    /// Reading traffic for what a month costs, beside a plan
    Cost,
    /// What status reads: a plan, and metrics
    Status,
    /// What redrive does with the dead-letter queues of the files
    Redrive,
    /// Asking CloudTrail who changed what, beside a plan
    Watch,
}

/// Options of permissions.
#[derive(Debug, Clone, Args)]
pub struct PermissionsArgs {
    /// What the policy is for
    #[arg(long = "for", value_enum, default_value_t, value_name = "COMMAND")]
    pub purpose: PolicyFor,
    /// Account that the ARNs name; AWS is asked where neither this nor the file says it
    #[arg(long, value_name = "ID", value_parser = parse_account)]
    pub account: Option<String>,
    /// With what --empty needs: deleting all that the buckets hold
    #[arg(long)]
    pub empty: bool,
    /// Form of the answer; both are the policy document
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

fn parse_account(text: &str) -> Result<String, String> {
    if account::is_id(text) { Ok(text.to_owned()) } else { Err("an account has twelve digits".to_owned()) }
}
