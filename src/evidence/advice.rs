//! What is advised, and why. What cannot be proposed says so as a word of an enum, and `words` says it
//! to people.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::Model;
use super::note::{Confidence, Note};
use super::samples::Used;

/// What is advised for one function, with all that it follows from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Advice {
    /// Calls whose reports were read.
    pub calls: usize,
    /// Sizes that ran.
    pub sizes: Vec<SizeSeen>,
    /// Versions that ran, the newest last.
    pub versions: Vec<String>,
    /// The largest memory that a call's environment used.
    pub used: Option<Used>,
    /// Milliseconds: mean, 99th and 99.9th percentile, longest.
    pub times: Times,
    /// Calls that ran into the timeout.
    pub timed_out: usize,
    /// Environments that were killed or filled their memory.
    pub killed: usize,
    /// Most calls at once.
    pub at_once: Option<AtOnce>,
    /// Calls that were turned away, as metrics say.
    pub throttles: Option<f64>,
    /// Days on which there were calls.
    pub days: Option<usize>,
    /// Calls of a month of 730 hours.
    pub calls_a_month: Option<f64>,
    /// Memory in MB.
    pub memory: Verdict<u32>,
    /// Timeout in seconds.
    pub timeout: Verdict<u32>,
    /// Reserved concurrency.
    pub concurrency: Verdict<u32>,
    /// Instructions of the machine.
    pub architecture: Verdict<String>,
    /// How many times as long a call takes with the memory proposed: at best, expected, at worst.
    pub slower: Option<super::Estimate>,
    /// The same for code that fills all cores, where more than one was there.
    pub slower_on_all_cores: Option<f64>,
    /// What times at other sizes follow from.
    pub model: Option<Model>,
    /// What a month is paid for, before and after.
    pub loads: Option<Loads>,
    /// How far it can be trusted; none where nothing is proposed for want of evidence.
    pub confidence: Option<Confidence>,
    /// What the reader should know beside.
    pub notes: Vec<Note>,
}

/// A value of the files that evidence speaks against: what an edit takes.
///
/// `field` is the key of the function in the stack file, `value` the scalar as the file would hold it:
/// `512`, `240s`, `11`, `arm64`. Experiments are not among the proposals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proposal {
    /// `memory`, `timeout`, `reserved_concurrency` or `architecture`.
    pub field: &'static str,
    /// What the file should say.
    pub value: String,
}

impl Advice {
    /// What the files should say, in the order of the columns. Empty where they say it already.
    pub fn proposals(&self) -> Vec<Proposal> {
        let of = |field, value: Option<String>| value.map(|value| Proposal { field, value });
        let all = [
            of("memory", self.memory.proposed().map(u32::to_string)),
            of("timeout", self.timeout.proposed().map(|seconds| format!("{seconds}s"))),
            of("reserved_concurrency", self.concurrency.proposed().map(u32::to_string)),
            of("architecture", self.architecture.proposed().cloned()),
        ];
        all.into_iter().flatten().collect()
    }
}

/// A size that ran.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SizeSeen {
    /// Version.
    pub version: String,
    /// MB.
    pub memory: u32,
    /// Calls.
    pub calls: usize,
    /// Mean of the time in milliseconds, without a fifth at both ends.
    pub time: f64,
    /// Mean of what is paid for, in milliseconds.
    pub billed: f64,
    /// Largest memory used in MB.
    pub used: Option<u32>,
    /// Whether the model takes it.
    pub taken: bool,
}

/// Times of all calls in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema)]
pub struct Times {
    /// Mean.
    pub mean: Option<f64>,
    /// 99th percentile, from 100 calls on or as metrics say.
    pub p99: Option<f64>,
    /// 99.9th percentile, from 1,000 calls on or as metrics say.
    pub p999: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
}

/// Calls at once, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AtOnce {
    /// How many at most.
    pub most: u32,
    /// Whether CloudWatch says it; else it is counted from the reports of calls.
    pub by_metric: bool,
}

/// What is decided about one field.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict<T> {
    /// The files should say something else.
    Propose {
        /// What they say.
        from: Option<T>,
        /// What they should say.
        to: T,
        /// Why.
        why: Why,
    },
    /// Worth a try: evidence does not tell whether it is better.
    Experiment {
        /// What the files say.
        from: Option<T>,
        /// What may be better.
        to: T,
        /// Why.
        why: Why,
    },
    /// As it is.
    Keep {
        /// What the files say.
        at: Option<T>,
        /// Why.
        why: Why,
    },
    /// Nothing can be said.
    Silent {
        /// What is missing.
        because: Refusal,
    },
}

impl<T> Verdict<T> {
    /// What the files should say, where that is something else.
    pub fn proposed(&self) -> Option<&T> {
        match self {
            Self::Propose { to, .. } => Some(to),
            Self::Experiment { .. } | Self::Keep { .. } | Self::Silent { .. } => None,
        }
    }
}

/// Why a value is proposed, or kept.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Why {
    /// The best for the objective among the sizes from the floor on.
    Best {
        /// The smallest size that is ever proposed.
        floor: u32,
    },
    /// What the files say is less than a call used and a fifth.
    UnderFloor {
        /// MB used.
        used: u32,
    },
    /// Environments were killed, or filled their memory.
    Killed {
        /// The largest size at which that was.
        size: u32,
        /// How often.
        calls: usize,
    },
    /// In one thread it costs the same, and less where it waits: at most a halving.
    OneThread,
    /// Nothing from the floor on is surely cheaper.
    NothingBetter,
    /// The longest call and half again, or twice the 99th percentile.
    Longest {
        /// Milliseconds of the longest.
        max: f64,
        /// Milliseconds of the 99th percentile.
        p99: Option<f64>,
        /// How many times as long calls may take with the memory that goes with it.
        slower: f64,
    },
    /// Calls ran into the timeout, so that nobody knows how long they take.
    CutOff {
        /// Seconds of that timeout.
        timeout: u32,
        /// How many.
        calls: usize,
    },
    /// The most calls at once and half again.
    AtOnce {
        /// How many.
        most: u32,
    },
    /// Calls were turned away.
    Throttled {
        /// Most calls at once.
        most: u32,
        /// How many were turned away.
        calls: f64,
    },
    /// Nothing in the code is made for one kind of machine, or all of it runs on arm64.
    RunsOnArm,
    /// The files say it already.
    Already,
}

/// Why nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    /// No report of a call was found.
    NoCalls,
    /// The log group is not there.
    NoLogGroup {
        /// Its name.
        group: String,
    },
    /// AWS does not let these credentials read it.
    Denied {
        /// The right that is missing.
        right: String,
    },
    /// It could not be read.
    Unread {
        /// Why.
        why: String,
    },
    /// Too few calls.
    TooFew {
        /// How many.
        calls: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Calls enough, and too few at each of the sizes.
    TooFewAtEachSize {
        /// How many.
        calls: usize,
        /// How many are needed at one.
        needed: usize,
    },
    /// The system log level leaves only the reports of failures.
    OnlyFailures,
    /// No line tells how much memory was used.
    MemoryUnknown,
    /// Not all lines were read, so that a larger one may be among the others.
    Sampled,
    /// Calls ran into the timeout, so that nobody knows how long they take.
    TimedOut {
        /// How many.
        calls: usize,
    },
    /// Nothing tells how many calls ran at once.
    OverlapUnknown,
    /// Nothing tells how long calls take.
    TimesUnknown,
    /// 0 stops the function on purpose.
    Stopped,
    /// Machine code of another machine.
    MachineCode {
        /// Where it is.
        file: String,
        /// What it is for.
        machine: String,
    },
    /// A layer that does not list arm64.
    Layer {
        /// Which.
        layer: String,
    },
    /// A layer whose content is not here.
    ForeignLayer {
        /// Which.
        layer: String,
    },
    /// Packages are installed for the machine that the files name.
    Installed {
        /// Where.
        what: String,
    },
    /// An archive within the code was not looked into.
    Unseen {
        /// Where it is.
        file: String,
    },
    /// The code is an image, or lies elsewhere.
    NoSources,
    /// The code could not be read.
    Unreadable {
        /// Why.
        why: String,
    },
}

/// What the code is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Machine {
    /// Nothing stands against arm64.
    Any,
    /// Nothing but a file that runs on no Linux: it is told.
    AnyBut {
        /// Where it is.
        file: String,
        /// `Mach-O` or `PE`.
        format: String,
    },
    /// It does not run there as it is, or nobody knows.
    Not(Refusal),
}

/// What a month is paid for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Loads {
    /// As it ran.
    pub before: Load,
    /// At best with what is proposed.
    pub low: Load,
    /// Expected.
    pub expected: Load,
    /// At worst in one thread.
    pub high: Load,
    /// At worst where it fills all cores.
    pub all_cores: Option<Load>,
}

/// Calls of a month at one size.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Load {
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// MB.
    pub memory: u32,
    /// Calls.
    pub calls: f64,
    /// Milliseconds that are paid for, of all calls together.
    pub billed_ms: f64,
}

impl Load {
    /// Gigabytes times seconds.
    pub fn gb_seconds(&self) -> f64 {
        self.billed_ms * f64::from(self.memory) / 1024.0 / 1000.0
    }
}
