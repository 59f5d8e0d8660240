//! How what is live does: what is told of each resource, and what of it is wrong.

use serde::Serialize;

use super::{Action, ResourceId, Scope};

/// How bad something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    #[default]
    Fine,
    /// Nothing says that it is wrong, and nothing that it is right.
    Unsure,
    /// Somebody should look at it.
    Wrong,
}

/// A value that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    /// In AWS's words.
    Word(String),
    /// A number of things.
    Count(u64),
    /// A size.
    Bytes(u64),
    /// How long.
    Seconds(u64),
    /// When, in milliseconds since 1970.
    At(i64),
    /// AWS has nothing to tell.
    Nothing,
    /// It could not be read.
    Unread,
}

impl Figure {
    /// A word of AWS, or that it says none: what is not said is not taken for the good case.
    pub fn word(word: Option<&str>) -> Self {
        word.map_or(Self::Nothing, |word| Self::Word(word.to_owned()))
    }
}

/// One thing that is told of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// What it is of it.
    pub what: &'static str,
    /// The part that it is about, such as an event source; none for the whole.
    pub of: Option<String>,
    /// Its value.
    pub figure: Figure,
    /// How bad that is.
    pub level: Level,
    /// What AWS says of it.
    pub why: Option<String>,
}

impl Sign {
    /// A sign of the whole that says nothing bad.
    pub fn new(what: &'static str, figure: Figure) -> Self {
        Self { what, of: None, figure, level: Level::Fine, why: None }
    }

    /// The same, this bad.
    pub fn level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// The same with what AWS says of it, where it says something.
    pub fn because(self, why: Option<&str>) -> Self {
        Self { why: why.filter(|why| !why.is_empty()).map(str::to_owned), ..self }
    }

    /// The same of a part.
    pub fn of(self, part: String) -> Self {
        Self { of: Some(part), ..self }
    }
}

/// How one resource does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// What is told of it, in the order in which it is shown.
    pub signs: Vec<Sign>,
    /// What of it could not be read, and why.
    pub unread: Vec<String>,
}

/// Whether a resource is there, as far as that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    There,
    /// It is not.
    Missing,
    /// That could not be read.
    Unread,
}

/// A resource and how it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// Whether it is there.
    pub presence: Presence,
    /// How it does.
    pub health: Health,
}

impl Row {
    /// The worst of it.
    pub fn level(&self) -> Level {
        let signs = self.health.signs.iter().map(|sign| sign.level).max().unwrap_or_default();
        let is_told = self.presence == Presence::There && self.health.unread.is_empty();
        if is_told { signs } else { signs.max(Level::Unsure) }
    }
}

/// All resources of a section of the stack file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The section.
    pub section: &'static str,
    /// Its resources, in address order.
    pub rows: Vec<Row>,
}

/// Whether live AWS is as the files say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// What a plan would do, and to how many.
    Told(Vec<(Action, usize)>),
    /// There is no plan, and why.
    Unknown(String),
}

/// How a stack does.
#[derive(Debug, Clone)]
pub struct StackHealth {
    /// Where it is.
    pub scope: Scope,
    /// Alias of the account, where it may be read.
    pub alias: Option<String>,
    /// Whether it is as the files say.
    pub drift: Drift,
    /// Its resources.
    pub groups: Vec<Group>,
    /// What could not be read of no one resource, and why.
    pub unread: Vec<String>,
}

impl StackHealth {
    /// Its resources.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.groups.iter().flat_map(|group| &group.rows)
    }

    /// Whether all that was asked for could be read.
    pub fn is_read(&self) -> bool {
        let rows = self.rows().all(|row| row.health.unread.is_empty() && row.presence != Presence::Unread);
        rows && self.unread.is_empty() && !matches!(self.drift, Drift::Unknown(_))
    }

    /// Whether somebody should look: something is wrong, or not as the files say.
    pub fn needs_a_look(&self) -> bool {
        let drifts = matches!(&self.drift, Drift::Told(changes) if !changes.is_empty());
        drifts || self.rows().any(|row| row.level() == Level::Wrong)
    }
}
