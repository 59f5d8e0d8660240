//! Options of every command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ENV_VARIABLE;
use crate::model::{EndpointKind, PaceBy, Reads};

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Environment; the first one of the file where none is said; validate takes several
    #[arg(long = "env", global = true, env = ENV_VARIABLE, value_name = "NAME")]
    pub envs: Vec<String>,
    /// The one of them that a command is about.
    #[arg(skip)]
    pub env: Option<String>,
    /// Only this stack; can be repeated
    #[arg(long, global = true, value_name = "NAME")]
    pub stack: Vec<String>,
    /// Folder of the stack files, or one file
    #[arg(long, global = true, value_name = "PATH")]
    pub dir: Option<PathBuf>,
    /// Sets a variable; can be repeated
    #[arg(long, global = true, value_name = "NAME=VALUE", value_parser = parse_set)]
    pub set: Vec<(String, String)>,
    /// AWS region
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Profile of the AWS configuration; it wins over keys in the environment
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Endpoint of every AWS service, such as a local AWS
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// What answers there: aws, local, or aws-like, which has no quotas; outside amazonaws.com it is
    /// taken for local
    #[arg(long, global = true, env = "ETLCTL_ENDPOINT", value_name = "KIND", hide_env = true)]
    pub endpoint_kind: Option<EndpointKind>,
    /// How resources that carry a mark are found: aws (by the tagging API) or list
    #[arg(long, global = true, env = "ETLCTL_READS", value_name = "HOW", hide = true)]
    pub reads: Option<Reads>,
    /// Which request quotas are kept: aws, off, or those of a file
    #[arg(long, global = true, env = "ETLCTL_PACE", value_name = "QUOTAS", hide = true)]
    pub pace: Option<PaceBy>,
    /// Longest time that the command may take, such as 15m; an apply then ends as by one Ctrl-C
    #[arg(long, global = true, value_name = "DURATION", value_parser = crate::source::duration::parse_seconds)]
    pub timeout: Option<u32>,
    /// Read all sources again, whatever the cache remembers of them
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// Write what became of each call in time, as a Chrome trace
    #[arg(long, global = true, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Tell more on stderr; -vv tells of every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress on stderr
    #[arg(short, long, global = true)]
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
