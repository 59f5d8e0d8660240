//! Evidence of a stack, and what its files say of a function.

use std::collections::BTreeMap;

use super::ByKey;
use crate::aws::{AwsError, Failure};
use crate::evidence::{Declared, Metrics, Refusal, Samples, VersionFacts, Window};
use crate::model::reference::references_in;
use crate::model::{Desired, Node};

/// Evidence of a stack.
#[derive(Debug, Default)]
pub struct Gathered {
    /// By the keys of its functions.
    pub functions: ByKey,
    /// Files that it is from.
    pub from: Vec<String>,
    /// What could not be had or was not understood.
    pub notes: Vec<String>,
    /// Calls that failed.
    pub failures: Vec<AwsError>,
}

impl Gathered {
    /// Notes a call that failed. What AWS does not let one read is a lack of evidence, and no failure.
    pub fn failed(&mut self, error: AwsError) {
        if error.failure != Failure::Denied {
            self.failures.push(error);
        }
    }
}

/// Evidence of a function.
#[derive(Debug, Default)]
pub struct OfFunction {
    /// Calls.
    pub samples: Samples,
    /// Figures.
    pub metrics: Metrics,
    /// How long both reach.
    pub window: Window,
    /// Facts of versions.
    pub versions: BTreeMap<String, VersionFacts>,
    /// Why there are no calls.
    pub unread: Option<Refusal>,
    /// Whether the live function logs only failures.
    pub only_failures: bool,
}

/// What the files say.
pub fn declared(node: &Node, desired: &Desired) -> Declared {
    let spec = &node.spec;
    let number = |field: &str| spec[field].as_u64().and_then(|number| u32::try_from(number).ok());
    let word = |field: &str| spec[field].as_str().map(str::to_owned);
    Declared {
        memory: number("memory").unwrap_or(128),
        timeout: number("timeout").unwrap_or(3),
        concurrency: number("reserved_concurrency"),
        architecture: word("architecture").unwrap_or_else(|| "x86_64".to_owned()),
        only_failures: is_only_failures(spec["logging"]["system_level"].as_str()),
        visibility: visibility(node, desired),
        aliased: spec["aliases"].as_object().is_some_and(|aliases| !aliases.is_empty()),
    }
}

/// The shortest visibility timeout of the stack's queues that a function reads.
fn visibility(node: &Node, desired: &Desired) -> Option<u32> {
    let sources = node.spec["event_sources"].as_object()?;
    let queues = sources.keys().flat_map(|source| references_in(source)).filter_map(|reference| desired.target(&reference).cloned());
    queues.filter_map(|queue| queue.spec["visibility_timeout"].as_u64()).min().and_then(|seconds| u32::try_from(seconds).ok())
}

/// Whether a system log level leaves only the reports of failures: those of calls that succeed are `INFO`
/// (Lambda guide, "System log level event mapping").
pub fn is_only_failures(level: Option<&str>) -> bool {
    level == Some("WARN")
}

/// Size of /tmp in MB.
pub fn ephemeral(node: &Node) -> u32 {
    node.spec["ephemeral_storage"].as_u64().and_then(|size| u32::try_from(size).ok()).unwrap_or(512)
}

/// Its log group.
pub fn log_group(node: &Node) -> String {
    node.spec["logging"]["log_group"].as_str().map_or_else(|| format!("/aws/lambda/{}", node.name), str::to_owned)
}
