//! How far advice can be trusted, and what its reader should know beside.

use schemars::JsonSchema;
use serde::Serialize;

/// How far advice can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Try it.
    Low,
    /// Likely.
    Medium,
    /// Two sizes ran for two weeks, and the model holds for both.
    High,
}

/// What the reader should know beside.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// A part of the window was read.
    Sampled {
        /// Hours of it.
        hours: f64,
    },
    /// Reading was ended before its end.
    Partial {
        /// Hours that were read.
        hours: f64,
    },
    /// Versions ran with other code, and are not compared.
    CodeChanged {
        /// Which.
        versions: Vec<String>,
    },
    /// Whether these versions have the same code is not known.
    CodeUnknown {
        /// Which.
        versions: Vec<String>,
    },
    /// Code that fills all cores takes longer than the range says.
    AllCores {
        /// The size that ran.
        size: u32,
    },
    /// With the memory proposed, the present timeout may be too short: both go together.
    TimeoutGoesWith {
        /// Milliseconds of the 99th percentile at worst.
        p99: f64,
    },
    /// With the timeout proposed, a queue that it reads shows messages again too early.
    Visibility {
        /// Seconds of the queue.
        seconds: u32,
        /// Six times the timeout.
        needed: u32,
    },
    /// A file that runs on no Linux is in the code: nobody can tell what it is for.
    ForeignCode {
        /// Where it is.
        file: String,
        /// Its format.
        format: String,
    },
    /// Calls were counted where they lie, and not read one by one.
    Counted,
    /// How long a call takes on arm64 is not measured: as long as on x86_64, it is assumed.
    TimeOnArm,
    /// The present size did not run often enough; the numbers are of this one.
    Ran {
        /// MB.
        size: u32,
    },
    /// No line tells when it was logged: confidence is low, and a month is not known.
    NoWindow,
}
