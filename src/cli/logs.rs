//! Options of `logs`.

use clap::Args;

const LOGS_HELP: &str = "\
Of several, lines are in the order of their times, each with its key before it. --grep looks at each line \
here, as a regular expression, so that none is missed; CloudWatch's own patterns know no part of a word.

Examples:
  etlctl logs import --follow
  etlctl logs --since 1h --grep 'ERROR|timed out'";

/// Options of logs.
#[derive(Debug, Clone, Args)]
#[command(after_help = LOGS_HELP)]
pub struct LogsArgs {
    /// Keys of functions or state machines in the stack file; all of them where none is said
    #[arg(value_name = "KEY")]
    pub of: Vec<String>,
    /// How far back
    #[arg(long, default_value = "10m", value_name = "DURATION", value_parser = crate::source::duration::parse_seconds)]
    pub since: u32,
    /// Only lines in which this regular expression is found
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    pub grep: Option<String>,
    /// Go on with what is logged from now on, until interrupted
    #[arg(long, short)]
    pub follow: bool,
}
