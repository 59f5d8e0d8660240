//! Why a kind could not do what it was asked.

use crate::aws::AwsError;
use crate::model::plan::NotNormal;
use crate::model::{Stop, one_or_many};

/// Why a kind could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum KindError {
    /// An AWS call failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// What it is to hold, or what is there, is no spec of its kind.
    #[error(transparent)]
    NotNormal(#[from] NotNormal),
    /// A value that the resource is to hold is not known when it is written.
    #[error("`{what}` has no value even now; nothing was written to {name}")]
    Unknown {
        /// The reference, or the stored value.
        what: String,
        /// Physical name of the resource.
        name: String,
    },
    /// The run ended while AWS was waited for. What was asked for may still come to be.
    #[error("{why} while waiting: {wait}")]
    Stopped {
        /// Why it ended.
        why: Stop,
        /// What was waited for.
        wait: String,
    },
    /// Somebody else changed the resource after it was planned, to what is not desired here.
    #[error("another apply was faster: {} not what was planned from", is(fields))]
    Overtaken {
        /// Paths of the fields that it changed.
        fields: Vec<String>,
    },
    /// The code could not be packaged.
    #[error(transparent)]
    Unpackaged(#[from] Unpackaged),
}

/// Why a packager made no zip.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpackaged {
    /// The user stopped it: nothing is wrong.
    #[error("interrupted")]
    Interrupted,
    /// It failed.
    #[error("{message}")]
    Failed {
        /// What went wrong.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl KindError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Aws(error) => error.hint(),
            Self::NotNormal(error) => error.hint(),
            Self::Unknown { .. } | Self::Stopped { .. } | Self::Unpackaged(Unpackaged::Interrupted) => "run the command again".to_owned(),
            Self::Overtaken { .. } => "plan again, and look at what the other one made before you apply over it".to_owned(),
            Self::Unpackaged(Unpackaged::Failed { hint, .. }) => hint.clone(),
        }
    }

    /// What of it is the same where the same befalls others: which resource it is, and how long it took, is not.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Aws(error) => error.cause(),
            Self::Stopped { why, .. } => why.to_string(),
            other => other.to_string(),
        }
    }

    /// The same with its message passed through `hide`.
    pub(crate) fn without(self, hide: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Aws(error) => Self::Aws(AwsError { message: hide(&error.message), ..error }),
            Self::NotNormal(NotNormal { kind, reason }) => Self::NotNormal(NotNormal { kind, reason: hide(&reason) }),
            Self::Unknown { .. } | Self::Stopped { .. } | Self::Overtaken { .. } => self,
            Self::Unpackaged(Unpackaged::Failed { message, hint }) => {
                Self::Unpackaged(Unpackaged::Failed { message: hide(&message), hint })
            }
            Self::Unpackaged(Unpackaged::Interrupted) => self,
        }
    }
}

fn is(fields: &[String]) -> String {
    format!("{} {}", fields.join(", "), one_or_many(&fields.len(), "is", "are"))
}
