//! Advice, as text, Markdown and JSON. All three are of the same document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::evidence::{Advice, Declared, Metrics, Objective, Proposal, VersionFacts, Window};

mod cells;
mod text;
mod written;

pub use text::{markdown, text};
pub use written::diff;

/// All advice of a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Document {
    /// Version of this form.
    pub format_version: &'static str,
    /// A stack each.
    pub stacks: Vec<StackAdvice>,
}

/// Advice for a stack.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StackAdvice {
    /// Its name.
    pub stack: String,
    /// Environment.
    pub env: String,
    /// Region.
    pub region: String,
    /// Files that evidence is from; empty where AWS was asked.
    pub from: Vec<String>,
    /// Hours that were asked for.
    pub asked_hours: f64,
    /// What is wanted.
    pub objective: Objective,
    /// The day of the oldest price that took part.
    pub prices_as_of: Option<String>,
    /// Prices that took part, each with its day and source.
    pub prices: Vec<PriceUsed>,
    /// Functions, by their key.
    pub functions: Vec<FunctionAdvice>,
    /// What a month of all of them costs, where calls are known.
    pub cost: Option<Costs>,
    /// What evidence was not understood or not had.
    pub notes: Vec<String>,
}

/// A price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct PriceUsed {
    /// Of what.
    pub key: String,
    /// Dollars of the first one.
    pub price: String,
    /// Where it is from.
    pub source: String,
    /// As of which day.
    pub as_of: Option<String>,
}

/// Advice for a function, and what it is made from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FunctionAdvice {
    /// `function/<key>`.
    pub address: String,
    /// Its key in the stack file.
    pub key: String,
    /// Physical name.
    pub name: String,
    /// What the files say.
    pub declared: Declared,
    /// How long evidence reaches.
    pub window: Window,
    /// What metrics say.
    pub metrics: Metrics,
    /// What is known of versions.
    pub version_facts: BTreeMap<String, VersionFacts>,
    /// What is advised.
    pub advice: Advice,
    /// What the files should say instead.
    pub proposals: Vec<Proposal>,
    /// What a month costs.
    pub cost: Option<Costs>,
}

/// Dollars a month, before free tiers, as exact decimal numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Costs {
    /// As it ran.
    pub before: String,
    /// At best.
    pub low: String,
    /// Expected.
    pub expected: String,
    /// At worst in one thread.
    pub high: String,
    /// At worst where code fills all cores.
    pub all_cores: Option<String>,
    /// All of it rounded to cents, as people read it.
    pub shown: String,
    /// What has no price: the sums are without it.
    pub missing: Vec<String>,
}

/// The document as JSON.
pub fn json(document: &Document) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema of it.
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document>();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
