//! Why a command failed, the exit code that says so, and what to do about it.

use crate::aws::{AwsError, ConnectError, ProfileError};
use crate::model::inventory::Unsearched;
use crate::model::plan::{Conflict, Impossible, NotNormal, Protected, Refusal, Unreadable};
use crate::model::{ResourceId, Scope};
use crate::package::PackageError;
use crate::source::Diagnostic;

mod hints;

/// Exit codes. They are printed in `--help` and kept.
pub mod exit {
    /// Done, or nothing to do.
    pub const DONE: u8 = 0;
    /// Failed, nothing half-done.
    pub const FAILED: u8 = 1;
    /// Changes are present, with `--detailed-exitcode`.
    pub const CHANGES: u8 = 2;
    /// The desired state is invalid.
    pub const INVALID: u8 = 3;
    /// No credentials, or those of another account.
    pub const CREDENTIALS: u8 = 4;
    /// The plan is stale.
    pub const STALE: u8 = 5;
    /// Partly applied.
    pub const PARTLY: u8 = 6;
    /// The command line is wrong.
    pub const USAGE: u8 = 64;
    /// Interrupted.
    pub const INTERRUPTED: u8 = 130;
}

/// A failed command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Stack files are wrong.
    #[error("the desired state is invalid")]
    Invalid(Vec<Diagnostic>),
    /// The account, as it is, would refuse what is planned.
    #[error("the account would refuse this plan")]
    Preflight(Vec<Diagnostic>),
    /// Values that the files name in Systems Manager or Secrets Manager cannot be had.
    #[error("{} cannot be filled in", if problems.len() == 1 { "a stored value" } else { "stored values" })]
    Stored {
        /// Each value, at its place.
        problems: Vec<Diagnostic>,
        /// The call that failed, where one did.
        #[source]
        cause: Option<Box<AwsError>>,
    },
    /// There is nothing to work on.
    #[error("{message}")]
    NoStack {
        /// What was looked for.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Sources cannot be packaged.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The command line asks for what cannot be.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to write instead.
        hint: String,
    },
    /// An AWS call failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The credentials are another account's.
    #[error("{stack} ({env}) belongs to account {wanted}, and the credentials are of account {found}")]
    WrongAccount {
        /// The stack.
        stack: String,
        /// The environment.
        env: String,
        /// Account that the file names.
        wanted: String,
        /// Account of the credentials.
        found: String,
    },
    /// A profile that is named cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A saved plan is for another place than the files and the credentials say.
    #[error("{}", other_scope(planned, found))]
    OtherScope {
        /// Where it was planned.
        planned: Box<Scope>,
        /// Where it would be carried out.
        found: Box<Scope>,
    },
    /// A plan file is not carried out.
    #[error("{path}: {reason}")]
    PlanFile {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        reason: PlanFileError,
    },
    /// Resources are in the way that are not ours.
    #[error("{} not made by this stack, environment and instance", if .0.len() == 1 { "a resource is in the way that was" } else { "resources are in the way that were" })]
    Conflicts(Vec<Conflict>),
    /// What a command would work on is somebody else's.
    #[error("{} not this stack's", if .0.len() == 1 { "what is there under a name of the files is" } else { "what is there under names of the files is" })]
    NotOurs(Vec<Conflict>),
    /// An answer was lost of what is done anew each time that it is asked for.
    #[error("{cause}; it may have run all the same")]
    MayHaveRun {
        /// The call that failed.
        #[source]
        cause: Box<AwsError>,
        /// The command that shows what ran.
        logs: String,
    },
    /// Protected resources would go.
    #[error("the plan would delete or replace what is protected")]
    Protected(Vec<Protected>),
    /// AWS could not tell parts of what is compared.
    #[error("a part of what is live cannot be read, and what cannot be read cannot be compared")]
    Unreadable(Vec<Unreadable>),
    /// What the plan asks for cannot be: AWS refuses it, or it would take what is not ours.
    #[error("the plan would ask for what cannot be")]
    Impossible(Vec<(ResourceId, Impossible)>),
    /// A resource cannot be compared.
    #[error("{id}: {reason}")]
    NotNormal {
        /// Address.
        id: ResourceId,
        /// Why.
        #[source]
        reason: NotNormal,
    },
    /// Data would be lost that nobody has agreed to lose.
    #[error("{} data that would be lost", if .0.len() == 1 { "a resource holds" } else { "resources hold" })]
    Loss(Vec<String>),
    /// AWS deletes only what is empty, and nobody asked to have it emptied.
    #[error("AWS deletes only what is empty: {}", all.iter().map(|(id, holds)| format!("{id} holds {holds}")).collect::<Vec<_>>().join("; "))]
    Full {
        /// Addresses, with what each holds.
        all: Vec<(String, String)>,
        /// Addresses whose loss nobody has agreed to either.
        allow: Vec<String>,
    },
    /// What ran speaks against what is planned, and that is asked to fail.
    #[error("what ran speaks against what is planned")]
    Evidence(Vec<String>),
    /// A saved plan no longer fits.
    #[error("the plan is stale: live AWS or the files have changed since it was made")]
    Stale(Vec<String>),
    /// An instance that had expired has more time, since it was found.
    #[error("{0} was renewed after it was found, and has not expired")]
    Renewed(String),
    /// Not all could be searched, and what was not found may be what keeps the rest.
    #[error("not all could be searched, and what could not may say that an instance is protected, or that it stays")]
    Unsearched(Unsearched),
    /// Somebody else holds a lease for longer than one waits.
    #[error("{what} is held by {holder}, and was renewed all the {seconds} s that it was waited for")]
    Leased {
        /// What is held.
        what: String,
        /// Who holds it.
        holder: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Something that the files name is not there yet.
    #[error("{what} is not deployed")]
    NotDeployed {
        /// Its physical name.
        what: String,
    },
    /// An invoked function failed.
    #[error("{name} failed ({kind}): {reason}")]
    FunctionFailed {
        /// Physical name.
        name: String,
        /// Where its log is.
        log: String,
        /// `Unhandled` or `Handled`.
        kind: String,
        /// What the function said.
        reason: String,
    },
    /// An execution that was started did not succeed.
    #[error("{name} {}: {reason}", ended(status))]
    ExecutionFailed {
        /// Physical name of the state machine.
        name: String,
        /// Its key.
        key: String,
        /// In Step Functions' words.
        status: String,
        /// Error and cause.
        reason: String,
    },
    /// The time that the command was given is up.
    #[error("not finished within {seconds} s, the time that --timeout gives")]
    TimeIsUp {
        /// The time.
        seconds: u64,
        /// What had become of it by then.
        before: Before,
    },
    /// A part of this program ended unexpectedly.
    #[error("{what} ended unexpectedly")]
    Broken {
        /// Which part.
        what: &'static str,
        /// How.
        #[source]
        source: tokio::task::JoinError,
    },
    /// What was to be told on stdout did not get there.
    #[error("stdout cannot be written: {0}")]
    Unwritten(&'static str),
    /// A file of etlctl's own cannot be read or written.
    #[error("{path}: {message}")]
    File {
        /// The file.
        path: String,
        /// What went wrong.
        message: String,
    },
}

/// What had become of a command when its time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Nothing: it has only read.
    Nothing,
    /// Something was written.
    Written,
    /// Something was asked for that runs whether its answer is waited for or not.
    Sent,
}

/// Why a plan file is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(std::io::Error),
    /// It is not of the form.
    #[error("this is no plan file: {0}")]
    NoPlan(serde_json::Error),
    /// It is of another form.
    #[error("a plan file of version {found}; this etlctl reads {reads}")]
    OtherVersion {
        /// Version of the file.
        found: String,
        /// Version that is read.
        reads: &'static str,
    },
    /// It is not as it was saved.
    #[error("the plan file was changed or cut since it was saved: its checksum does not fit")]
    Changed,
    /// It holds nothing.
    #[error("the plan file names no stack")]
    Empty,
    /// A stack or an address stands in it twice.
    #[error("the plan file names {0} twice")]
    Twice(String),
}

/// How an execution ended, in words.
fn ended(status: &str) -> &'static str {
    match status {
        "TIMED_OUT" => "timed out",
        "ABORTED" => "was stopped",
        _ => "failed",
    }
}

fn other_scope(planned: &Scope, found: &Scope) -> String {
    let parts = [
        ("account", &planned.account.to_string(), &found.account.to_string()),
        ("partition", &planned.partition, &found.partition),
        ("region", &planned.region, &found.region),
        ("environment", &planned.env, &found.env),
        ("instance", &planned.instance, &found.instance),
    ];
    let differ = parts.iter().filter(|(_, planned, found)| planned != found);
    let differ: Vec<String> = differ.map(|(what, planned, found)| format!("{what} {planned}, and here it is {found}")).collect();
    format!("the plan of {} is for {}", planned.stack, differ.join("; for "))
}

impl Error {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Invalid(_) | Self::Preflight(_) | Self::NoStack { .. } => exit::INVALID,
            Self::Package(PackageError::Interrupted) => exit::INTERRUPTED,
            // The files are right: the machine is not.
            Self::Package(PackageError::Killed { .. }) => exit::FAILED,
            Self::Package(_) => exit::INVALID,
            Self::Usage { .. } => exit::USAGE,
            Self::Stored { cause: None, .. } => exit::INVALID,
            Self::Stored { cause: Some(_), .. } => exit::FAILED,
            Self::MayHaveRun { .. } | Self::NotOurs(_) => exit::FAILED,
            Self::Aws(error) if error.is_credentials() => exit::CREDENTIALS,
            Self::WrongAccount { .. } | Self::Profile(_) => exit::CREDENTIALS,
            Self::OtherScope { planned, found } if planned.account != found.account => exit::CREDENTIALS,
            Self::OtherScope { .. } => exit::STALE,
            Self::Stale(_) | Self::Renewed(_) => exit::STALE,
            Self::TimeIsUp { before: Before::Written, .. } => exit::PARTLY,
            Self::Aws(_)
            | Self::Conflicts(_)
            | Self::Protected(_)
            | Self::Unreadable(_)
            | Self::Impossible(_)
            | Self::NotNormal { .. }
            | Self::Loss(_)
            | Self::Full { .. }
            | Self::Evidence(_)
            | Self::Unsearched(_)
            | Self::Leased { .. }
            | Self::NotDeployed { .. }
            | Self::FunctionFailed { .. }
            | Self::ExecutionFailed { .. }
            | Self::TimeIsUp { .. }
            | Self::Broken { .. }
            | Self::Unwritten(_)
            | Self::File { .. }
            | Self::PlanFile { .. } => exit::FAILED,
        }
    }
}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        let (message, hint) = (error.to_string(), error.hint());
        if let ConnectError::Profile(error) = error { Self::Profile(error) } else { Self::Usage { message, hint: hint.to_owned() } }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Conflicts(conflicts) => Self::Conflicts(conflicts),
            Refusal::Protected(protected) => Self::Protected(protected),
            Refusal::Unreadable(unreadable) => Self::Unreadable(unreadable),
            Refusal::Impossible(all) => Self::Impossible(all),
            Refusal::NotNormal(id, reason) => Self::NotNormal { id, reason },
        }
    }
}
