//! What a month costs, beside a plan: which prices count, whether traffic is asked for, and what is said
//! where it cannot be had. Nothing here ends a plan.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Zoned;
use jiff::civil::Date;

use super::session::PlannedStack;
use super::traffic::{self, Asked};
use crate::aws::AwsError;
use crate::cli::{CostArgs, Global};
use crate::contract::ReadCx;
use crate::contract::cost::{Usage, key};
use crate::cost::{Age, Counted, PriceError, Prices, Pricing, StackCost};
use crate::error::Error;
use crate::kinds;
use crate::model::plan::Planned;
use crate::model::{Desired, EndpointKind, ResourceId};
use crate::report;

/// A plan waits no longer than this for its traffic.
const PATIENCE: Duration = Duration::from_secs(10);

/// How plans are priced.
pub struct Costing {
    prices: Prices,
    always: bool,
    as_of: Date,
    /// Whether each resource is told.
    pub details: bool,
}

impl Costing {
    /// What the command line asks for; none where it wants no costs. `as_of` is the day that dated facts
    /// are judged on.
    ///
    /// # Errors
    /// The price file cannot be used.
    pub fn new(global: &Global, args: &CostArgs, as_of: Option<Date>) -> Result<Option<Self>, Error> {
        let CostArgs { cost, no_cost, price_file } = args;
        if *no_cost {
            return Ok(None);
        }
        let prices = prices(price_file.as_deref())?;
        Ok(Some(Self { prices, always: *cost, as_of: as_of.unwrap_or_else(|| Zoned::now().date()), details: global.verbose > 0 }))
    }

    /// What the plan of one stack costs; none where nothing changes and nobody asked. A local AWS bills
    /// nothing, so its traffic is read only where somebody asks.
    pub async fn of(&self, read: &ReadCx, kind: EndpointKind, planned: &Planned, files: &Desired) -> Option<StackCost> {
        if !self.always && !planned.plan.has_changes() {
            return None;
        }
        let asked = if self.always || kind == EndpointKind::Aws { asked(planned) } else { Vec::new() };
        let metrics_read = asked.len();
        let reading = self.prices.bill(&read.scope.region, &Usage::default().with(key::METRIC_READ, metrics_read.into())).amount();
        let (counted, unread) = match counted(read, &asked).await {
            Ok(counted) => (counted, None),
            Err(why) => (BTreeMap::new(), Some(why)),
        };
        let region = &read.scope.region;
        let pricing = Pricing { prices: &self.prices, region, files, counted: &counted };
        // A side that is no spec of its kind has ended the plan before.
        let cost = StackCost::of(&pricing, planned).ok()?;
        Some(StackCost { unread, metrics_read, reading, ..cost })
    }

    /// Tells, once a run, where the oldest figure of these plans is more than a year old.
    pub fn tell_age(&self, planned: &[PlannedStack], quiet: bool) {
        tell_age(planned.iter().filter_map(|stack| stack.cost.as_ref()?.oldest()).min(), self.as_of, quiet);
    }
}

/// Tells where the oldest figure that took part is more than a year old.
pub fn tell_age(oldest: Option<Age>, as_of: Date, quiet: bool) {
    if let Some(oldest) = oldest.filter(|oldest| !quiet && oldest.is_old(as_of)) {
        let since = if oldest.0.is_some() { ", more than 12 months ago" } else { "" };
        report::note(&format!("warning: the oldest price in these sums is of {oldest}{since}; --price-file gives newer ones"));
    }
}

/// The prices that come with etlctl, under those of a file.
///
/// # Errors
/// The file cannot be used.
pub fn prices(file: Option<&Path>) -> Result<Prices, Error> {
    let broken = |error: PriceError| Error::File { path: "prices of this etlctl".to_owned(), message: error.to_string() };
    let shipped = Prices::shipped().map_err(broken)?;
    let Some(path) = file else { return Ok(shipped) };
    let path = path.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|error| Error::File { path: path.clone(), message: error.to_string() })?;
    let wrong = |PriceError { message, hint }| Error::Usage { message: format!("--price-file {path}: {message}"), hint };
    shipped.with_file(&text).map_err(wrong)
}

/// Metrics of what is live: what is only desired has none.
fn asked(planned: &Planned) -> Vec<Asked> {
    let live = planned.sides.iter().filter_map(|(id, sides)| Some((id, sides.have.as_ref()?)));
    let of_kinds = live.filter_map(|(id, have)| Some((id, have, kinds::driver(&id.kind)?.metrics())));
    let each = |(id, have, metrics): (&ResourceId, &crate::model::Seen, &'static [_])| {
        let (id, name) = (id.clone(), have.name.clone());
        metrics.iter().map(move |metric| Asked { id: id.clone(), name: name.clone(), metric })
    };
    of_kinds.flat_map(each).collect()
}

async fn counted(read: &ReadCx, asked: &[Asked]) -> Result<BTreeMap<ResourceId, Counted>, String> {
    match tokio::time::timeout(PATIENCE, traffic::counted(read, asked)).await {
        Ok(Ok(counted)) => Ok(counted),
        Ok(Err(error)) => Err(why(&error)),
        Err(_) => Err(format!("CloudWatch did not tell the traffic within {} s", PATIENCE.as_secs())),
    }
}

fn why(error: &AwsError) -> String {
    if error.is_denied() {
        return "traffic is not known: cloudwatch:GetMetricData is denied (`etlctl permissions --for cost` prints the right)".to_owned();
    }
    format!("traffic is not known: {error}")
}
