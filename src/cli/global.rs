//! Options of every command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ENV_VARIABLE;
use crate::model::{EndpointKind, PaceBy, Reads};

const COMMON: &str = "Common options";
const AWS: &str = "AWS options";
const OUTPUT: &str = "Output options";

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Environment; the first one of the file where none is said; validate takes several
    #[arg(long = "env", global = true, env = ENV_VARIABLE, value_name = "NAME", help_heading = COMMON)]
    pub envs: Vec<String>,
    /// The one of them that a command is about.
    #[arg(skip)]
    pub env: Option<String>,
    /// Only this stack; can be repeated
    #[arg(long, global = true, value_name = "NAME", help_heading = COMMON)]
    pub stack: Vec<String>,
    /// Folder of the stack files, or one file
    #[arg(long, global = true, value_name = "PATH", help_heading = COMMON)]
    pub dir: Option<PathBuf>,
    /// Sets a variable; can be repeated
    #[arg(long, global = true, value_name = "NAME=VALUE", value_parser = parse_set, help_heading = COMMON)]
    pub set: Vec<(String, String)>,
    /// AWS region
    #[arg(long, global = true, value_name = "REGION", help_heading = AWS)]
    pub region: Option<String>,
    /// Profile of the AWS configuration; it wins over keys in the environment
    #[arg(long, global = true, value_name = "NAME", help_heading = AWS)]
    pub profile: Option<String>,
    /// Endpoint of every AWS service, such as a local AWS
    #[arg(long, global = true, value_name = "URL", help_heading = AWS)]
    pub endpoint_url: Option<String>,
    /// What answers there: aws, local, or aws-like, which has no quotas; outside amazonaws.com it is
    /// taken for local
    #[arg(long, global = true, env = "ETLCTL_ENDPOINT", value_name = "KIND", hide_env = true, help_heading = AWS)]
    pub endpoint_kind: Option<EndpointKind>,
    /// How resources that carry a mark are found: aws (by the tagging API) or list
    #[arg(long, global = true, env = "ETLCTL_READS", value_name = "HOW", hide = true, help_heading = AWS)]
    pub reads: Option<Reads>,
    /// Which request quotas are kept: aws, off, or those of a file
    #[arg(long, global = true, env = "ETLCTL_PACE", value_name = "QUOTAS", hide = true, help_heading = AWS)]
    pub pace: Option<PaceBy>,
    /// Longest time that the command may take, such as 15m; an apply then ends as by one Ctrl-C
    #[arg(long, global = true, value_name = "DURATION", value_parser = crate::source::duration::parse_seconds, help_heading = COMMON)]
    pub timeout: Option<u32>,
    /// Read all sources again, whatever the cache remembers of them
    #[arg(long, global = true, help_heading = COMMON)]
    pub no_cache: bool,
    /// Write what became of each call in time, as a Chrome trace
    #[arg(long, global = true, value_name = "FILE", help_heading = OUTPUT)]
    pub trace: Option<PathBuf>,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, help_heading = OUTPUT)]
    pub color: ColorChoice,
    /// Tell more: of plans what goes without saying; -vv tells of every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = OUTPUT)]
    pub verbose: u8,
    /// No progress on stderr
    #[arg(short, long, global = true, help_heading = OUTPUT)]
    pub quiet: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Reads `NAME=VALUE`.
pub(super) fn parse_set(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write name=value".to_owned()),
    }
}
