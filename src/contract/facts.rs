//! Ranges that AWS states.

use serde::Deserialize;

/// What a number, or the length of a text, may be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Least.
    pub min: i64,
    /// Most.
    #[serde(default = "without_end")]
    pub max: i64,
    /// Where AWS says so.
    pub source: String,
}

impl Default for Range {
    fn default() -> Self {
        Self { min: i64::MIN, max: i64::MAX, source: String::new() }
    }
}

impl Range {
    /// Whether the number is allowed.
    pub fn holds(&self, number: i64) -> bool {
        (self.min..=self.max).contains(&number)
    }

    /// The allowed number that lies nearest.
    pub fn nearest(&self, number: i64) -> i64 {
        number.clamp(self.min, self.max)
    }
}

fn without_end() -> i64 {
    i64::MAX
}
