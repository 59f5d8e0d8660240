//! What time went by for: told to who explains a run.

/// What a call or a step waited for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A place under a quota, by its name.
    Quota(&'static str),
    /// A slot: as many calls were in flight as may be.
    Slot,
    /// What was written a moment ago spreads through AWS, in the words in which that is told.
    Propagation(String),
    /// AWS works on what it was asked, in the same words.
    Pending(String),
    /// The same call once more, after what went wrong.
    Retry(String),
    /// A zip was made.
    Packaging,
}
