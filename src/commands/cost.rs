//! What a month costs, beside a plan: which prices count, whether traffic is asked for, and what is said
//! where it cannot be had. Nothing here ends a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Zoned;
use jiff::civil::Date;

use super::measured::{self, Answer, Measured, Unmeasured};
use super::planned::PlannedStack;
use super::traffic::Asked;
use crate::cli::{CostArgs, Global};
use crate::contract::cost::{Usage, key};
use crate::contract::{Kind, ReadCx};
use crate::cost::{Age, PriceError, Prices, Pricing, StackCost};
use crate::error::Error;
use crate::kinds;
use crate::kinds::function::Function;
use crate::model::plan::Planned;
use crate::model::{Desired, EndpointKind, ResourceId};
use crate::report;

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

    /// Metrics of what the files name, where costs are asked for whatever the plan says: they need not wait
    /// for the plan. `is_argued` says whether the plan will be held against what ran: then one request
    /// tells both.
    pub async fn early(&self, read: &ReadCx, files: &Desired, is_argued: bool) -> Option<Answer> {
        if !self.always {
            return None;
        }
        let functions = files.nodes.values().filter(|node| is_argued && node.id.kind == Function::NAME);
        let functions: Vec<&str> = functions.map(|node| node.name.as_str()).collect();
        Some(measured::read(read, &functions, &asked(files.nodes.values().map(|node| (&node.id, node.name.as_str())))).await)
    }

    /// Metrics that are asked for once the plan is known: none where nothing changes and nobody asked. A local
    /// AWS bills nothing, so its traffic is read only where somebody asks.
    pub fn asks(&self, kind: EndpointKind, planned: &Planned, early: Option<&Answer>) -> Vec<Asked> {
        if early.is_some_and(Result::is_err) || !(self.always || (planned.plan.has_changes() && kind == EndpointKind::Aws)) {
            return Vec::new();
        }
        let known = early.and_then(|early| early.as_ref().ok());
        let mut asked = asked(live(planned));
        asked.retain(|asked| known.is_none_or(|known| !known.counted.contains_key(&asked.id)));
        asked
    }

    /// What the plan of one stack costs; none where nothing changes and nobody asked.
    pub fn of(&self, region: &str, planned: &Planned, files: &Desired, answer: Answer) -> Option<StackCost> {
        if !self.always && !planned.plan.has_changes() {
            return None;
        }
        let (mut counted, metrics_read, unread) = match answer {
            Ok(Measured { counted, metrics, .. }) => (counted, metrics, None),
            Err(why) => (BTreeMap::new(), 0, Some(told(&why))),
        };
        let reading = self.prices.bill(region, &Usage::default().with(key::METRIC_READ, metrics_read.into())).amount();
        // What is only desired has no traffic, whatever once bore its name.
        let live: BTreeSet<&ResourceId> = live(planned).map(|(id, _)| id).collect();
        counted.retain(|id, _| live.contains(id));
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
        report::tell(&format!("warning: the oldest price in these sums is of {oldest}{since}; --price-file gives newer ones"));
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

/// What is live, by address and physical name.
fn live(planned: &Planned) -> impl Iterator<Item = (&ResourceId, &str)> {
    planned.sides.iter().filter_map(|(id, sides)| Some((id, sides.have.as_ref()?.name.as_str())))
}

/// The metrics of these resources.
fn asked<'a>(resources: impl Iterator<Item = (&'a ResourceId, &'a str)>) -> Vec<Asked> {
    let of_kinds = resources.filter_map(|(id, name)| Some((id, name, kinds::driver(&id.kind)?.metrics())));
    let each = |(id, name, metrics): (&ResourceId, &str, &'static [_])| {
        let (id, name) = (id.clone(), name.to_owned());
        metrics.iter().map(move |metric| Asked { id: id.clone(), name: name.clone(), metric })
    };
    of_kinds.flat_map(each).collect()
}

fn told(why: &Unmeasured) -> String {
    match why {
        Unmeasured::Failed(error) if error.is_denied() => {
            "traffic is not known: cloudwatch:GetMetricData is denied (`etlctl permissions --for cost` prints the right)".to_owned()
        }
        Unmeasured::Failed(error) => format!("traffic is not known: {error}"),
        Unmeasured::Late(seconds) => format!("CloudWatch did not tell the traffic within {seconds} s"),
    }
}
