//! Options of destroy.

use clap::Args;

use super::{Carry, FromMarksArgs};
use crate::model::ResourceId;

/// Options of destroy.
#[derive(Debug, Clone, Args)]
pub struct DestroyArgs {
    /// Name of the environment, asked for where it is protected
    #[arg(long, value_name = "ENV")]
    pub confirm: Option<String>,
    /// Only this resource and what needs it, such as queue/dlq; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<ResourceId>,
    /// Every instance in the account and region that has expired, by its marks alone; --stack and --env narrow
    #[arg(long, conflicts_with_all = ["confirm", "target", "from_marks", "instance"])]
    pub expired: bool,
    /// What is destroyed.
    #[command(flatten)]
    pub from_marks: FromMarksArgs,
    /// How it is carried out.
    #[command(flatten)]
    pub carry: Carry,
}
