//! Options of eject.

use clap::Args;

use super::FromMarksArgs;
use crate::model::ResourceId;

const EJECT_HELP: &str = "\
Nothing of the resources changes but their etlctl: tags. Take them out of the file too.
Example: etlctl eject queue/dlq --env dev";

/// Options of eject.
#[derive(Debug, Clone, Args)]
#[command(after_help = EJECT_HELP)]
pub struct EjectArgs {
    /// Resource such as queue/dlq; of what no file names, kind and physical name
    #[arg(value_name = "ADDRESS", required = true)]
    pub addresses: Vec<ResourceId>,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Hold the stack's lease while it runs
    #[arg(long)]
    pub lock: bool,
    /// Whose they are.
    #[command(flatten)]
    pub from_marks: FromMarksArgs,
}
