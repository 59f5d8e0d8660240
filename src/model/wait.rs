//! A wait, as it is told.

use std::fmt;
use std::time::Duration;

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Why, in words that stand after a colon.
    pub why: String,
    /// What waits: a resource's physical name, or a call.
    pub what: String,
    /// How long it has been waited for.
    pub so_far: Duration,
    /// When it ends in an error.
    pub bound: Option<Duration>,
    /// Whether something went wrong before, and not only takes its time.
    pub is_retry: bool,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} s", self.why, self.so_far.as_secs())?;
        match self.bound {
            Some(bound) => write!(f, " of {} s", bound.as_secs_f64().ceil()),
            None => Ok(()),
        }
    }
}
