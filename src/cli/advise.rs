//! Options of advise, and of the schema of what it prints.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::ResourceId;

const ADVISE_HELP: &str = "\
Files for --from are answers of FilterLogEvents, GetLogEvents, GetMetricData and ListVersionsByFunction \
as the AWS CLI prints them, records of a log subscription, or raw lines, one or more of them a file.
Nothing is called then, and no credentials are needed.

Whose a line is: what --from says before `=`; the log stream of a group that functions share, or the \
log group, where the file tells them; the file's name, where it is or holds that of a function; \
--function; the one function of the stack. Names may be keys of the stack file or physical names.
Its version: the log stream (2026/11/12/[3]0123abcd), or the START line of the request.
Before a raw line may stand a time, a log stream and a log group, as `aws logs tail` prints them.
Whose a metric is: the query, where the file holds MetricDataQueries too, else its Label or Id, such \
as `data-ingestion Duration p99`. Metrics are Invocations, Errors, Throttles, Duration with Maximum, \
p99 or p99.9, and ConcurrentExecutions.

Example:
  etlctl advise --env prod --since 14d";

/// Options of advise.
#[derive(Debug, Clone, Args)]
#[command(after_help = ADVISE_HELP)]
pub struct AdviseArgs {
    /// How far back; the log retention may end before
    #[arg(long, value_name = "DURATION", value_parser = crate::source::duration::parse_seconds)]
    pub since: Option<u32>,
    /// Evidence from a file instead of AWS; can be repeated
    #[arg(long, value_name = "[FUNCTION=]FILE")]
    pub from: Vec<String>,
    /// Whose lines are of which nothing else tells it
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
    /// Only this function, such as function/api-handler; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<ResourceId>,
    /// What is wanted
    #[arg(long, value_enum, default_value_t)]
    pub objective: AdviseFor,
    /// Read all lines instead of 20,000 of each function
    #[arg(long, conflicts_with = "from")]
    pub deep: bool,
    /// Count all calls by Logs Insights, which costs by the byte: the price is told first
    #[arg(long, conflicts_with_all = ["from", "deep"])]
    pub insights: bool,
    /// Agree to the price of --insights without being asked
    #[arg(long, requires = "insights")]
    pub yes: bool,
    /// Prices that are other than those that come with etlctl
    #[arg(long, value_name = "FILE")]
    pub price_file: Option<PathBuf>,
    /// Write what is proposed into the stack files, and nothing else of them
    #[arg(long)]
    pub write: bool,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: AdviseFormat,
}

/// What sizes are to be good for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum AdviseFor {
    /// The least cost
    #[default]
    Cost,
    /// Cost and time alike
    Balanced,
    /// The least time, among sizes that ran
    Speed,
}

/// Forms of advice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum AdviseFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For a comment
    Markdown,
}

/// What a schema is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Stack files
    #[default]
    Stack,
    /// The answer of `advise --format json`
    Advise,
}
