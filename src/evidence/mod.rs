//! What ran, and what follows from it: sizes, timeouts and the like from the reports of calls and from
//! metrics. Pure: lines and answers come in, advice goes out; nothing here reads a file, a clock or AWS.
//!
//! `report` reads a line, `samples` gathers the calls of a function, `metrics` holds what CloudWatch
//! says of it, `import` reads both out of files, `model` says how long a call takes at another size,
//! and `advise` decides. [`Advice::proposals`] is what an edit of the files takes; [`Samples`] and
//! [`Metrics`] are what a change of a plan can be held against.

mod advice;
mod advise;
mod argue;
mod choose;
mod import;
mod ladder;
mod metrics;
mod model;
mod note;
mod numbers;
mod report;
mod samples;
mod stream;
mod summary;
mod window;
mod words;

pub use advice::{Advice, Load, Loads, Machine, Proposal, Refusal, Verdict};
pub use advise::{Declared, Evidence, Objective, Tariff, VersionFacts, advise};
pub use argue::{Against, Changes, HIDDEN, Objection, argue};
pub use import::{Imported, Known, Origin, import};
pub use metrics::{Metrics, Point, Statistic};
pub use model::Estimate;
pub use report::{Line, read};
pub use samples::Samples;
pub use stream::stream;
pub use summary::{MOST_ROWS, QUERY, Summary};
pub use window::Window;
pub use words::{Time, grouped};
