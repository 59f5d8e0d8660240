//! Options of ls.

use clap::Args;

use super::Format;

const LS_HELP: &str = "\
Needs no stack file. The region is that of --region, AWS_REGION or the profile; run it once for each.
Example: etlctl ls --region eu-west-1 --stack jobs";

/// Options of ls.
#[derive(Debug, Clone, Args)]
#[command(after_help = LS_HELP)]
pub struct LsArgs {
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
