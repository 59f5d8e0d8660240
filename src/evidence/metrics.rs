//! What CloudWatch says of a function (Lambda guide, "Types of metrics for Lambda functions").

use schemars::JsonSchema;
use serde::Serialize;

/// What is asked of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Calls: what is paid for.
    Invocations,
    /// Calls that failed.
    Errors,
    /// Calls that were turned away.
    Throttles,
    /// The longest call.
    DurationMax,
    /// 99 of 100 calls take no longer.
    DurationP99,
    /// 999 of 1,000 calls take no longer.
    DurationP999,
    /// Calls at once.
    ConcurrentExecutions,
    /// Memory that was used, where the extension of Lambda Insights measures it.
    UsedMemory,
}

impl Statistic {
    /// All of them, in the order in which they are asked for.
    pub const ALL: [Self; 8] = [
        Self::Invocations,
        Self::Errors,
        Self::Throttles,
        Self::DurationMax,
        Self::DurationP99,
        Self::DurationP999,
        Self::ConcurrentExecutions,
        Self::UsedMemory,
    ];

    /// Name of the metric, and the statistic of it.
    pub fn asked(self) -> (&'static str, &'static str) {
        match self {
            Self::Invocations => ("Invocations", "Sum"),
            Self::Errors => ("Errors", "Sum"),
            Self::Throttles => ("Throttles", "Sum"),
            Self::DurationMax => ("Duration", "Maximum"),
            Self::DurationP99 => ("Duration", "p99"),
            Self::DurationP999 => ("Duration", "p99.9"),
            Self::ConcurrentExecutions => ("ConcurrentExecutions", "Maximum"),
            Self::UsedMemory => ("used_memory_max", "Maximum"),
        }
    }

    /// The namespace of the metric, and the dimension that names the function (CloudWatch guide, "Metrics
    /// collected by Lambda Insights").
    pub fn place(self) -> (&'static str, &'static str) {
        if self == Self::UsedMemory { ("LambdaInsights", "function_name") } else { ("AWS/Lambda", "FunctionName") }
    }

    /// The one of a metric and a statistic of it.
    pub fn of(metric: &str, statistic: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.asked() == (metric, statistic))
    }

    fn is_sum(self) -> bool {
        matches!(self, Self::Invocations | Self::Errors | Self::Throttles)
    }
}

/// A value at the beginning of its period, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When.
    pub at: i64,
    /// What.
    pub value: f64,
}

/// Figures of one function over the window. None is unknown, and no zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Metrics {
    /// Calls.
    pub invocations: Option<f64>,
    /// Calls that failed.
    pub errors: Option<f64>,
    /// Calls that were turned away.
    pub throttles: Option<f64>,
    /// The longest call in milliseconds.
    pub longest: Option<f64>,
    /// Largest 99th percentile of a period, in milliseconds: those of periods cannot be merged.
    pub p99: Option<f64>,
    /// Largest 99.9th percentile of a period, in milliseconds.
    pub p999: Option<f64>,
    /// Most calls at once.
    pub at_once: Option<f64>,
    /// Largest memory used in MB, as Lambda Insights measured it.
    pub used_memory: Option<f64>,
    /// Hours that they cover.
    pub hours: Option<f64>,
}

impl Metrics {
    /// Takes the points of one statistic in.
    pub fn add(&mut self, statistic: Statistic, points: &[Point]) {
        let values = points.iter().map(|point| point.value).filter(|value| value.is_finite() && *value >= 0.0);
        let figure = if statistic.is_sum() { values.reduce(|one, other| one + other) } else { values.reduce(f64::max) };
        let Some(figure) = figure else { return };
        let known = match statistic {
            Statistic::Invocations => &mut self.invocations,
            Statistic::Errors => &mut self.errors,
            Statistic::Throttles => &mut self.throttles,
            Statistic::DurationMax => &mut self.longest,
            Statistic::DurationP99 => &mut self.p99,
            Statistic::DurationP999 => &mut self.p999,
            Statistic::ConcurrentExecutions => &mut self.at_once,
            Statistic::UsedMemory => &mut self.used_memory,
        };
        let merged = known.map_or(figure, |known| if statistic.is_sum() { known + figure } else { known.max(figure) });
        *known = Some(merged);
    }

    /// The largest memory used in whole MB.
    pub fn most_used(&self) -> Option<u32> {
        self.used_memory.map(f64::ceil).filter(|mb| (1.0..=20_480.0).contains(mb)).map(|mb| mb as u32)
    }

    /// Most calls at once, as a count.
    pub fn most_at_once(&self) -> Option<u32> {
        self.at_once.map(|most| most.ceil() as u32).filter(|most| *most > 0)
    }
}
