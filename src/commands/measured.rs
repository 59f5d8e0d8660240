//! Metrics that a plan is asked for beside its reads: what ran of functions that get less, and the traffic
//! of what costs. Both look at the same days, so that one request tells both.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::advise::metrics as ran;
use super::metric_data::{self, Query};
use super::traffic::{self, Asked};
use crate::aws::AwsError;
use crate::contract::ReadCx;
use crate::contract::cost::TRAFFIC_DAYS;
use crate::cost::Counted;
use crate::evidence::Metrics;
use crate::model::ResourceId;

/// A plan waits no longer than this for its metrics.
const PATIENCE: Duration = Duration::from_secs(10);
const DAY: i64 = 86_400;
const MINUTE: i64 = 60;

/// What metrics said.
#[derive(Debug, Default)]
pub struct Measured {
    /// Figures of functions, by physical name.
    pub ran: BTreeMap<String, Metrics>,
    /// Traffic of what is live.
    pub counted: BTreeMap<ResourceId, Counted>,
    /// Metrics that were read for that traffic.
    pub metrics: usize,
}

/// What metrics said, or why they said nothing.
pub type Answer = Result<Measured, Unmeasured>;

/// What was asked for before the plan was known, and what was asked for then, together.
pub fn joined(early: Option<Answer>, later: Answer) -> Answer {
    let Some(early) = early else { return later };
    let (mut early, later) = (early?, later?);
    early.ran.extend(later.ran);
    early.counted.extend(later.counted);
    early.metrics += later.metrics;
    Ok(early)
}

/// Why they said nothing.
#[derive(Debug, Clone)]
pub enum Unmeasured {
    /// The call failed.
    Failed(AwsError),
    /// No answer came in so many seconds.
    Late(u64),
}

/// Asks for both in one request, for as many metrics as fit into one. Nothing is sent where nothing is asked.
///
/// # Errors
/// A call failed, or took too long.
pub async fn read(cx: &ReadCx, functions: &[&str], traffic: &[Asked]) -> Answer {
    if functions.is_empty() && traffic.is_empty() {
        return Ok(Measured::default());
    }
    let now = Timestamp::now().as_second();
    // Whole minutes, the one that runs included.
    let end = (now.div_euclid(MINUTE) + 1) * MINUTE;
    let start = end - i64::from(TRAFFIC_DAYS) * DAY;
    let queries: Vec<Query<'_>> = ran::queries(functions).into_iter().chain(traffic.iter().map(traffic::query)).collect();
    let about = if functions.is_empty() { "traffic" } else { "metrics" };
    let asked = metric_data::read(cx, about, &queries, start, end);
    let points = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(points) => points.map_err(Unmeasured::Failed)?,
        Err(_) => return Err(Unmeasured::Late(PATIENCE.as_secs())),
    };
    let of_functions = queries.len() - traffic.len();
    let (first, last) = points.split_at(of_functions.min(points.len()));
    let hours = (end - start) as f64 / 3600.0;
    Ok(Measured { ran: ran::of(functions, first, hours), counted: traffic::of(traffic, last), metrics: traffic.len() })
}
