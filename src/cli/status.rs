//! Options of `status`.

use clap::Args;

use super::Format;
use crate::source::duration::parse_pause;

const STATUS_HELP: &str = "\
What cannot be read is shown as ?, with why below, and the exit code is 1. Metrics and drift are read \
once a minute at most while it watches: CloudWatch has a point a minute, and charges for each request.

Example:
  etlctl status --env prod --watch";

/// Options of status.
#[derive(Debug, Clone, Args)]
#[command(after_help = STATUS_HELP)]
pub struct StatusArgs {
    /// Only this stack, as with --stack
    #[arg(value_name = "STACK")]
    pub only: Option<String>,
    /// Look again and again, until interrupted
    #[arg(long)]
    pub watch: bool,
    /// How often it looks
    #[arg(long, value_name = "DURATION", requires = "watch", default_value = "5s", value_parser = parse_pause)]
    pub every: u32,
    /// Exit with 2 where something is wrong, or not as the files say
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
