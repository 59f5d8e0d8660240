//! What a watcher tells: an event a line of JSON, or a few lines for people.

use crate::contract::written::Line;
use crate::model::secret::redact_message;
use crate::model::watch::{Left, WHOLE};
use crate::model::who::Who;
use crate::model::{Action, Change, ResourceId, Scope};

mod json;
mod left;
mod text;

pub use json::json;
pub use text::{text, told};

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// When, in UTC.
    pub at: String,
    /// In which stack; none where it is about all.
    pub scope: Option<Scope>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// The watcher began.
    Started {
        /// Stacks that it looks at.
        stacks: Vec<String>,
        /// Seconds between two looks.
        every: u32,
        /// Whether it heals.
        heals: bool,
    },
    /// A resource is no longer as desired.
    Drift(Box<Drift>),
    /// It is again, and not by this watcher.
    Ended(ResourceId),
    /// It is again, by this watcher.
    Healed {
        /// The resource.
        id: ResourceId,
        /// What was done.
        action: Action,
        /// Fields that were set; none where it was made, replaced or deleted.
        fields: Vec<String>,
    },
    /// A heal failed.
    HealFailed {
        /// The resource; none where nothing was begun.
        id: Option<ResourceId>,
        /// What went wrong.
        error: String,
        /// What to do.
        hint: String,
    },
    /// Somebody keeps changing a field back, so it is left alone for a time.
    LeftAlone {
        /// The resource.
        id: ResourceId,
        /// The field.
        field: String,
        /// Seconds.
        seconds: u64,
    },
    /// The files changed what they want of these.
    FilesChanged {
        /// Resources.
        ids: Vec<ResourceId>,
        /// Whether that is carried out.
        heals: bool,
    },
    /// Somebody else holds the lease: no heal now.
    PutOff {
        /// Who.
        holder: String,
    },
    /// An instance has expired, or is not there since it had.
    Expired(Fate),
    /// A look failed.
    Failed {
        /// What went wrong.
        error: String,
        /// What to do.
        hint: String,
        /// What is wrong with the files, where it is that.
        findings: Vec<String>,
        /// Seconds until the next look.
        next: u64,
    },
    /// Looks go well again.
    Recovered,
    /// AWS's record has who changed a resource.
    Who {
        /// The resource.
        id: ResourceId,
        /// Who did.
        who: Who,
    },
    /// AWS's record cannot be asked.
    NobodyKnows {
        /// Why.
        why: String,
    },
    /// A notification was not taken. It is sent again at the next look.
    Undelivered {
        /// To whom, without what is secret of it.
        to: String,
        /// Why.
        why: String,
        /// How many wait.
        waiting: usize,
        /// How many were given up, since too many wait.
        lost: u64,
    },
    /// The watcher ended.
    Stopped {
        /// Why.
        why: End,
        /// Looks that it took.
        looks: u64,
        /// Resources that are not as desired; none where the last look failed, or there was none.
        drift: Option<u64>,
        /// Resources that wait for an apply since their files changed; none as there.
        pending: Option<usize>,
    },
}

/// What became of an instance that has expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was destroyed.
    Taken,
    /// It stays for a reason.
    Left {
        /// Which.
        why: String,
    },
    /// All or some of it stays, since something went wrong.
    Failed {
        /// What.
        error: String,
        /// What to do.
        hint: String,
    },
    /// Nothing of it stands, and a watcher makes no instance that it would take away.
    Absent,
}

/// Why a watcher ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody said so.
    Told,
    /// It looked as often as it was to.
    Looked,
}

impl End {
    fn text(self) -> &'static str {
        match self {
            Self::Told => "it was told to end",
            Self::Looked => "it has looked as often as it was told to",
        }
    }
}

/// A resource that is not as desired.
#[derive(Debug, Clone)]
pub struct Drift {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// What an apply would do.
    pub action: Action,
    /// Fields that differ, as the JSON of a plan has them.
    pub fields: Vec<Change>,
    /// The same as its text has them.
    pub lines: Vec<Line>,
    /// What would go with it.
    pub holds: Option<String>,
    /// What is not healed, by field, and why.
    pub left: Vec<(String, Left)>,
    /// Whether anything of it is healed.
    pub heals: bool,
    /// Who changed it, where AWS's record has it already.
    pub who: Option<Who>,
}

impl What {
    /// Name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Drift(_) => "drift",
            Self::Ended(_) => "ended",
            Self::Healed { .. } => "healed",
            Self::HealFailed { .. } => "heal_failed",
            Self::LeftAlone { .. } => "left_alone",
            Self::FilesChanged { .. } => "files_changed",
            Self::PutOff { .. } => "put_off",
            Self::Expired(_) => "expired",
            Self::Failed { .. } => "look_failed",
            Self::Recovered => "recovered",
            Self::Who { .. } => "who",
            Self::NobodyKnows { .. } => "who_unknown",
            Self::Undelivered { .. } => "undelivered",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// Whether others are told of it, beside who reads the output.
    pub fn is_news(&self) -> bool {
        match self {
            Self::Drift(_)
            | Self::Ended(_)
            | Self::Healed { .. }
            | Self::HealFailed { .. }
            | Self::LeftAlone { .. }
            | Self::FilesChanged { .. }
            | Self::Expired(_)
            | Self::Failed { .. }
            | Self::Recovered
            | Self::Who { .. } => true,
            Self::Started { .. } | Self::PutOff { .. } | Self::NobodyKnows { .. } | Self::Undelivered { .. } | Self::Stopped { .. } => {
                false
            }
        }
    }

    fn id(&self) -> Option<&ResourceId> {
        match self {
            Self::Drift(drift) => Some(&drift.id),
            Self::Ended(id) | Self::Healed { id, .. } | Self::LeftAlone { id, .. } | Self::Who { id, .. } => Some(id),
            Self::HealFailed { id, .. } => id.as_ref(),
            _ => None,
        }
    }
}

/// What stands for a field; all of the resource has none.
fn field(path: &str) -> Option<String> {
    (path != WHOLE).then(|| redact_message(path))
}

/// An event in so few words that they stand in the subject of a mail: ASCII, at most 100 characters.
pub fn subject(event: &Event) -> String {
    let about = event.what.id().map(|id| format!(" {id}")).unwrap_or_default();
    let place = event.scope.as_ref().map(|scope| format!(" in {}/{}", scope.stack, scope.env)).unwrap_or_default();
    let text = format!("etlctl: {}{about}{place}", event.what.name());
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(100).collect()
}
