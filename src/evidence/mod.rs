//! What ran, and what follows from it: sizes, timeouts and the like from the reports of calls and from
//! metrics. Pure: lines and answers come in, advice goes out; nothing here reads a file, a clock or AWS.
//!
//! `report` reads a line, `samples` gathers the calls of a function, `metrics` holds what CloudWatch
//! says of it, `import` reads both out of files, `model` says how long a call takes at another size,
//! and `advise` decides. [`Advice::proposals`] is what an edit of the files takes; [`Samples`] and
//! [`Metrics`] are what a change of a plan can be held against.

mod advice;
mod advise;
mod choose;
mod import;
mod ladder;
mod metrics;
mod model;
mod numbers;
mod report;
mod samples;
mod words;

pub use advice::{Advice, AtOnce, Confidence, Load, Loads, Machine, Note, Proposal, Refusal, SizeSeen, Verdict, Why};
pub use advise::{Declared, Evidence, MONTH, Objective, Tariff, VersionFacts, Window, advise};
pub use import::{Imported, Known, Origin, Unreadable, import};
pub use ladder::{floor, least_for};
pub use metrics::{Metrics, Point, Statistic};
pub use model::{Estimate, Model};
pub use numbers::{most_at_once, percentile};
pub use report::{Line, read, stream};
pub use samples::{Group, LEAST, Samples, Used};
