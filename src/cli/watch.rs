//! Options of watch.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use crate::source::duration::parse_pause;

const EXAMPLES: &str = "\
To tell of drift, every 5 minutes:
  etlctl watch --env prod
To mend it too, and tell a topic:
  etlctl watch --env prod --heal --notify sns:ARN
One look, for cron:
  etlctl watch --looks 1 --detailed-exitcode

SIGTERM or Ctrl-C end it: what a heal has begun is finished. The exit code is that of the last look, \
as for plan.";

/// Where events are told beside stdout, said in the environment too: it may hold a secret.
const NOTIFY_VARIABLE: &str = "ETLCTL_NOTIFY";

/// Forms of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum EventFormat {
    /// For people
    #[default]
    Text,
    /// For programs: a JSON document a line
    Json,
}

/// Options of watch.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct WatchArgs {
    /// Mend drift, as far as `heal:` in the file allows; without it nothing is written
    #[arg(long)]
    pub heal: bool,
    /// Time between two looks, a tenth more or less
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = parse_pause)]
    pub every: u32,
    /// Time between two looks at every part of every function, as with plan --deep
    #[arg(long, default_value = "6h", value_name = "DURATION", value_parser = parse_pause)]
    pub deep_every: u32,
    /// Look as soon as a file or the commit changes; with --heal, apply what the files changed
    #[arg(long)]
    pub on_change: bool,
    /// End after so many looks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub looks: Option<u64>,
    /// Form of the events on stdout
    #[arg(long, value_enum, default_value_t)]
    pub format: EventFormat,
    /// Tell events to an SNS topic, `sns:ARN`, or a webhook, `https://…`; can be repeated
    #[arg(long, value_name = "WHERE", env = NOTIFY_VARIABLE, hide_env_values = true, value_delimiter = ' ')]
    pub notify: Vec<String>,
    /// Answer /healthz and /metrics here, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Let --listen answer other machines too
    #[arg(long, requires = "listen")]
    pub listen_anywhere: bool,
    /// Do not ask CloudTrail who changed it
    #[arg(long)]
    pub no_who: bool,
    /// Exit with 2 where drift stands at the end
    #[arg(long)]
    pub detailed_exitcode: bool,
}
