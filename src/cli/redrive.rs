//! Options of `redrive`.

use clap::Args;

const REDRIVE_HELP: &str = "\
It looks first: how many, how old, from where, bodies cut and without secrets. Then it asks, and sends \
them back: to the queue that each came from, or to the function whose asynchronous call failed, with the \
event that it had. A message is deleted only once where it goes has taken it, so none is lost; one may be \
there twice.

Examples:
  etlctl redrive dlq --dry-run
  etlctl redrive dlq --max 100 --yes
  etlctl redrive lost --to function/import";

/// Options of redrive.
#[derive(Debug, Clone, Args)]
#[command(after_help = REDRIVE_HELP)]
pub struct RedriveArgs {
    /// Key of the queue in the stack file
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Only look
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// At most so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max: Option<u64>,
    /// Where they go, such as queue/jobs or function/import, instead of where they came from
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<String>,
    /// How many are shown
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub show: u32,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub yes: bool,
}
