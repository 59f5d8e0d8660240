//! The command line.

mod advise;
mod cost;
mod destroy;
mod eject;
mod elsewhere;
mod evidence;
mod examples;
mod fmt;
mod from_marks;
mod global;
mod import;
mod init;
mod invoke;
mod logs;
mod ls;
mod options;
mod plan_format;
mod policy;
mod redrive;
mod status;
mod validate;
mod watch;

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::Resettable;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::model::ResourceId;
use crate::source::expiry::Renewal;

pub use advise::{AdviseArgs, AdviseFor, AdviseFormat, SchemaOf};
pub use cost::CostArgs;
pub use destroy::DestroyArgs;
pub use eject::EjectArgs;
pub use elsewhere::ours;
pub use evidence::EvidenceArgs;
pub use fmt::FmtArgs;
pub use from_marks::FromMarksArgs;
pub use global::{ColorChoice, Global};
pub use import::ImportArgs;
pub use init::{InitArgs, Language, Trigger};
pub use invoke::InvokeArgs;
pub use logs::LogsArgs;
pub use ls::LsArgs;
pub use options::{asked, instead_of_a_word, our_option};
pub use plan_format::PlanFormat;
pub use policy::{PermissionsArgs, PolicyFor};
pub use redrive::RedriveArgs;
pub use status::StatusArgs;
pub use validate::{CheckFormat, ValidateArgs};
pub use watch::{EventFormat, WatchArgs};

/// Calls in flight at a time of an apply, where nobody says another number.
pub const PARALLELISM: u16 = 32;

/// Says the environment where `--env` does not.
pub const ENV_VARIABLE: &str = "ETLCTL_ENV";

const EXIT_CODES: &str = "\
Exit codes:
  0  done, or no changes          5   the plan is stale
  1  failed, nothing half-done    6   partly applied
  2  changes present              64  usage
     (with --detailed-exitcode)   130 interrupted
  3  the desired state is invalid
  4  credentials or wrong account";

/// Keeps Lambda ETL stacks on AWS in the state that files describe.
#[derive(Debug, Parser)]
#[command(name = "etlctl", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line, and the environment where that says something: a variable without a value says
    /// nothing, as it does to AWS's own tools.
    ///
    /// # Errors
    /// It is wrong, or asks for help.
    pub fn read() -> Result<Self, clap::Error> {
        let mut command = without_empty_variables(Self::command());
        let mut matches = command.try_get_matches_from_mut(std::env::args_os())?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
    }
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &Arg| arg.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()));
    let command = command.mut_args(|arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg });
    command.mut_subcommands(without_empty_variables)
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Begin a project: a stack file, a handler with its test; no network
    #[command(after_help = examples::INIT)]
    Init(InitArgs),
    /// Lay stack files out in one way; comments stay
    #[command(after_help = examples::FMT)]
    Fmt(FmtArgs),
    /// Check the files; no network
    #[command(after_help = examples::VALIDATE)]
    Validate(ValidateArgs),
    /// Tell what a finding's code means, or when a schedule comes next
    #[command(after_help = examples::EXPLAIN)]
    Explain {
        /// Such as E101, or 'cron(0 2 * * ? *)'; all codes where none is said
        code: Option<String>,
        /// Whose clock a schedule goes by
        #[arg(long, value_name = "NAME", default_value = "UTC")]
        time_zone: String,
    },
    /// Show what apply would do; writes nothing
    #[command(visible_aliases = ["preview", "diff"], after_help = examples::PLAN)]
    Plan(PlanArgs),
    /// Bring live AWS to the desired state
    #[command(visible_aliases = ["up", "deploy"], after_help = examples::APPLY)]
    Apply(ApplyArgs),
    /// Delete all that the stack owns
    #[command(visible_alias = "remove", after_help = examples::DESTROY)]
    Destroy(DestroyArgs),
    /// Take the marks off resources and leave them: from then on they are nobody's
    Eject(EjectArgs),
    /// Look again and again for drift, tell it, and with --heal mend it
    Watch(WatchArgs),
    /// Print the outputs of what is deployed
    #[command(after_help = examples::OUTPUTS)]
    Outputs {
        /// Only this one, as it is, sensitive or not
        name: Option<String>,
        /// Form of the answer
        #[arg(long, value_enum, default_value_t)]
        format: OutputFormat,
        /// Show sensitive values too; else they are `(sensitive)`, and left out of dotenv and shell
        #[arg(long)]
        show_sensitive: bool,
    },
    /// Show how what is deployed does: states, calls, errors, queues, alarms, drift
    Status(StatusArgs),
    /// Look at dead letters, and send them back
    Redrive(RedriveArgs),
    /// Invoke a deployed function or state machine; succeeds only where that does
    #[command(after_help = examples::INVOKE)]
    Invoke(InvokeArgs),
    /// List every stack, environment and instance in the account and region, from marks alone
    Ls(LsArgs),
    /// Read what deployed functions and state machines log
    Logs(LogsArgs),
    /// Propose memory, timeout, concurrency and architecture from what ran
    Advise(AdviseArgs),
    /// Write a stack file from what runs, and fetch its code
    #[command(after_help = examples::IMPORT)]
    Import(ImportArgs),
    /// Print the dependency graph
    #[command(after_help = examples::GRAPH)]
    Graph {
        /// Form of the answer
        #[arg(long, value_enum, default_value_t)]
        format: GraphFormat,
    },
    /// Print the least IAM policy that a command needs
    #[command(after_help = examples::PERMISSIONS)]
    Permissions(PermissionsArgs),
    /// Print the JSON Schema of stack files
    #[command(after_help = examples::SCHEMA)]
    Schema {
        /// Of what
        #[arg(long = "for", value_enum, default_value_t, value_name = "DOCUMENT")]
        of: SchemaOf,
    },
    /// Print a completion script
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What is planned, for plan and apply.
#[derive(Debug, Clone, Default, Args)]
pub struct Selection {
    /// Only this resource and what it needs (with --destroy: what needs it), such as function/api-handler; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<ResourceId>,
    /// Take over resources of the right name that nobody has marked
    #[arg(long)]
    pub adopt: bool,
    /// Keep what is ours and no longer in the files
    #[arg(long)]
    pub no_prune: bool,
    /// Let the instance expire after this time from now, such as 3d, or never: `destroy --expired` takes what has
    #[arg(long, value_name = "DURATION")]
    pub expires: Option<Renewal>,
    /// Look at every part of every function, also those that neither the files nor a mark tell of
    #[arg(long)]
    pub deep: bool,
}

/// Options of plan.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// What is planned.
    #[command(flatten)]
    pub selection: Selection,
    /// Save the plan for apply
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 where there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: PlanFormat,
    /// Judge dated facts as of this day, such as 2027-02-01; today where nothing is said
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub as_of: Option<jiff::civil::Date>,
    /// Plan the destruction of all that the stack owns
    #[arg(long)]
    pub destroy: bool,
    /// Of what is destroyed.
    #[command(flatten)]
    pub from_marks: FromMarksArgs,
    /// Show instead where the files ask for something else in this environment; no network
    #[arg(long, value_name = "ENV", conflicts_with_all = ["out", "destroy", "from_marks", "explain", "expires", "adopt", "no_prune", "deep", "cost", "strict_evidence", "who", "as_of"])]
    pub against: Option<String>,
    /// Foretell where the time of its apply would go
    #[arg(long)]
    pub explain: bool,
    /// Ask CloudTrail who last changed what differs; text and JSON tell it
    #[arg(long)]
    pub who: bool,
    /// Whether it is held against what ran.
    #[command(flatten)]
    pub evidence: EvidenceArgs,
    /// What it says of costs.
    #[command(flatten)]
    pub cost: CostArgs,
}

/// Options of apply.
#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    /// A plan that `etlctl plan --out` saved; other options have to agree with it
    #[arg(value_name = "PLANFILE")]
    pub plan_file: Option<PathBuf>,
    /// Name of the environment, asked for where it is protected and all that stands would be deleted
    #[arg(long, value_name = "ENV")]
    pub confirm: Option<String>,
    /// What is planned.
    #[command(flatten)]
    pub selection: Selection,
    /// Whether its plan is held against what ran.
    #[command(flatten)]
    pub evidence: EvidenceArgs,
    /// How it is carried out.
    #[command(flatten)]
    pub carry: Carry,
}

/// Data that may be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowLoss {
    /// Whatever the plan shows.
    All,
    /// What this resource holds.
    Of(ResourceId),
}

impl FromStr for AllowLoss {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" { Ok(Self::All) } else { text.parse().map(Self::Of).map_err(|error| format!("{error}; or write `all`")) }
    }
}

/// How a plan is carried out.
#[derive(Debug, Clone, Args)]
pub struct Carry {
    /// Do not ask
    #[arg(long, short = 'y', visible_alias = "auto-approve")]
    pub yes: bool,
    /// Delete or replace this resource although it holds data; can be repeated, `all` for whatever the plan shows
    #[arg(long, value_name = "ADDRESS")]
    pub allow_loss: Vec<AllowLoss>,
    /// Delete what the buckets hold that go, all versions too; what is not agreed to be lost stays (see --allow-loss)
    #[arg(long)]
    pub empty: bool,
    /// Hold the stack's lease while it runs, and wait for whoever holds it; `lock: true` in the file does the same
    #[arg(long)]
    pub lock: bool,
    /// What its plan says of costs.
    #[command(flatten)]
    pub cost: CostArgs,
    /// Calls in flight at a time
    #[arg(long, default_value_t = PARALLELISM, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub parallelism: u16,
    /// Tell where the time went: the critical path, what each step on it waited for, and what the quotas allow
    #[arg(long)]
    pub explain: bool,
    /// Form of the answer; json tells each event on a line, and all of it in the last one, whatever happens
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Reads a day.
fn parse_day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "write a day such as 2027-02-01".to_owned())
}

/// Text for people, JSON for programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Forms of outputs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// One flat object for one stack
    Json,
    /// NAME=value lines
    Dotenv,
    /// export NAME='value' lines
    Shell,
    /// Lines for the file at $GITHUB_OUTPUT
    Github,
}

/// Forms of the graph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Graphviz
    #[default]
    Dot,
    /// Mermaid, as Markdown viewers draw it
    Mermaid,
}
