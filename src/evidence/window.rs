//! How long evidence reaches.

use schemars::JsonSchema;
use serde::Serialize;

use super::metrics::Metrics;
use super::samples::Samples;

/// How long evidence reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema)]
pub struct Window {
    /// Hours between its ends, where that is known.
    pub hours: Option<f64>,
    /// Hours of it of which all lines were read.
    pub covered: Option<f64>,
    /// Whether not all lines were read, for want of a budget.
    pub sampled: bool,
    /// Whether reading was ended early.
    pub partial: bool,
}

const HOUR: i64 = 3_600_000;
const DAY: f64 = 24.0;

impl Window {
    /// The window of lines that lie in files, which say no window of their own: from the first call to the
    /// last by the whole hour, or what was asked for where less than a day is missing. Lines that tell
    /// no time cover what `said` says; else nobody knows.
    pub fn of_lines(samples: &Samples, metrics: &Metrics, asked: f64, said: Option<f64>) -> Self {
        let span = samples.span().map(|(from, to)| ((to - from) as f64 / HOUR as f64).ceil().max(1.0));
        let lines = span.map(|hours| if hours <= asked && asked - hours < DAY { asked } else { hours });
        let lines = lines.or_else(|| said.filter(|_| samples.calls() > 0));
        let hours = lines.into_iter().chain(metrics.hours).reduce(f64::max);
        Self { hours, covered: lines, sampled: false, partial: false }
    }
}
