//! What a month of a stack costs, as it is and as a plan would make it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::bill::{Bill, Line, NoPrice};
use super::prices::{Age, Prices};
use crate::contract::TwoSides;
use crate::contract::cost::{Costs, Item, Traffic, Usage, a_month};
use crate::kinds;
use crate::model::desired::Workload;
use crate::model::plan::{NotNormal, Planned, Sides};
use crate::model::{Action, Desired, ResourceId, Step};

/// What traffic is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Metrics of the last days.
    Metrics,
    /// What the file assumes.
    Assumed,
}

/// What was counted of one resource, as a month of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The sums.
    pub traffic: Traffic,
    /// Whether there was any point: without one nobody may have called, or it is too new.
    pub has_points: bool,
}

/// What a plan is priced with.
pub struct Pricing<'a> {
    /// The prices.
    pub prices: &'a Prices,
    /// Where the stack goes.
    pub region: &'a str,
    /// What the files ask for, also where nothing is desired: the traffic that they assume, and what they
    /// keep of what is about to go.
    pub files: &'a Desired,
    /// What metrics told, where they were asked for.
    pub counted: &'a BTreeMap<ResourceId, Counted>,
}

/// A part of what a resource costs, priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What and how much.
    pub item: Item,
    /// What it costs, where there is a price.
    pub line: Option<Line>,
}

/// What a month of one resource costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Month {
    /// Without traffic.
    pub fixed: Vec<Entry>,
    /// By traffic.
    pub traffic: Vec<Entry>,
}

impl Month {
    /// The sum of what has a price.
    pub fn amount(&self) -> Decimal {
        self.fixed.iter().chain(&self.traffic).filter_map(|entry| entry.line.as_ref()).map(|line| line.amount).sum()
    }
}

/// One resource before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceCost {
    /// Address.
    pub id: ResourceId,
    /// What its traffic is known from.
    pub basis: Option<Basis>,
    /// As it is.
    pub before: Month,
    /// As the plan makes it.
    pub after: Month,
    /// The same where each call computes on one thread, so that another size gives it another duration.
    pub bound: Option<Month>,
    /// What a million calls of a second each cost, where nothing tells how many there are.
    pub per_million: Option<Bill>,
}

/// Sums of a stack. Quantities are summed before they are priced, so that tiers are the stack's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total {
    /// Without traffic.
    pub fixed: Bill,
    /// By traffic.
    pub traffic: Bill,
    /// Both without what an account has free.
    pub beyond_free: Decimal,
}

impl Total {
    fn of<'a>(pricing: &Pricing<'_>, months: impl Iterator<Item = &'a Month> + Clone) -> Self {
        let usage = |part: fn(&Month) -> &Vec<Entry>| {
            let mut usage = Usage::default();
            months.clone().flat_map(part).for_each(|entry| usage.add(entry.item.key, entry.item.quantity));
            usage
        };
        let (fixed, traffic) = (usage(|month| &month.fixed), usage(|month| &month.traffic));
        let mut both = fixed.clone();
        both.extend(&traffic);
        let bill = |usage: &Usage| pricing.prices.bill(pricing.region, usage);
        let beyond_free = bill(&pricing.prices.beyond_free(&both)).amount();
        Self { fixed: bill(&fixed), traffic: bill(&traffic), beyond_free }
    }

    /// The sum, before any free tier.
    pub fn amount(&self) -> Decimal {
        self.fixed.amount().saturating_add(self.traffic.amount())
    }

    fn missing(&self) -> impl Iterator<Item = &NoPrice> {
        self.fixed.missing.iter().chain(&self.traffic.missing)
    }
}

/// What a stack costs before and after a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackCost {
    /// Each resource that costs something on either side, by address.
    pub resources: Vec<ResourceCost>,
    /// As it is.
    pub before: Total,
    /// As the plan makes it, where each call lasts as long as today.
    pub after: Total,
    /// The same where calls compute on one thread; only where a size changes.
    pub bound: Option<Total>,
    /// Why traffic is not known, where it was asked for in vain.
    pub unread: Option<String>,
    /// Metrics that were asked for.
    pub metrics_read: usize,
    /// What CloudWatch charges for that.
    pub reading: Decimal,
}

impl StackCost {
    /// Prices a plan.
    ///
    /// # Errors
    /// A side is no spec of its kind.
    pub fn of(pricing: &Pricing<'_>, planned: &Planned) -> Result<Self, NotNormal> {
        let mut resources = Vec::new();
        for step in &planned.plan.steps {
            if let Some(sides) = planned.sides.get(&step.id) {
                resources.extend(resource(pricing, step, sides)?);
            }
        }
        let befores = resources.iter().map(|resource| &resource.before);
        let afters = resources.iter().map(|resource| &resource.after);
        let bounds = resources.iter().map(|resource| resource.bound.as_ref().unwrap_or(&resource.after));
        let bound = resources.iter().any(|resource| resource.bound.is_some()).then(|| Total::of(pricing, bounds));
        let (before, after) = (Total::of(pricing, befores), Total::of(pricing, afters));
        Ok(Self { before, after, bound, resources, unread: None, metrics_read: 0, reading: Decimal::ZERO })
    }

    /// What traffic is known from.
    pub fn bases(&self) -> BTreeSet<Basis> {
        let of = |is_meant: fn(&ResourceCost) -> bool| self.resources.iter().filter(move |one| is_meant(one)).filter_map(|one| one.basis);
        let busy: BTreeSet<Basis> = of(|resource| !resource.before.traffic.is_empty() || !resource.after.traffic.is_empty()).collect();
        // Nothing at all is traffic too, where it was counted.
        if busy.is_empty() { of(|_| true).collect() } else { busy }
    }

    /// Resources whose calls cost, and of which nothing tells how many there are.
    pub fn uncounted(&self) -> impl Iterator<Item = &ResourceCost> {
        self.resources.iter().filter(|resource| resource.is_uncounted())
    }

    /// What has no price.
    pub fn missing(&self) -> BTreeSet<&NoPrice> {
        self.before.missing().chain(self.after.missing()).collect()
    }

    /// Whether the true sums are as high as these or higher.
    pub fn is_at_least(&self) -> bool {
        let some_unknown = self.uncounted().next().is_some() && !self.bases().is_empty();
        self.unread.is_some() || some_unknown || !self.missing().is_empty()
    }

    /// The oldest figure that took part.
    pub fn oldest(&self) -> Option<Age> {
        let bills = [&self.before, &self.after].into_iter().flat_map(|total| [&total.fixed, &total.traffic]);
        bills.filter_map(Bill::oldest).min()
    }
}

impl ResourceCost {
    fn is_uncounted(&self) -> bool {
        self.per_million.is_some()
    }
}

fn resource(pricing: &Pricing<'_>, step: &Step, sides: &Sides) -> Result<Option<ResourceCost>, NotNormal> {
    let Some(driver) = kinds::driver(&step.id.kind) else { return Ok(None) };
    let Sides { want, have } = sides;
    let known = traffic(pricing, &step.id);
    let (basis, traffic) = known.map_or((None, None), |(basis, traffic)| (Some(basis), Some(traffic)));
    let meant = want.as_ref().or_else(|| pricing.files.nodes.get(&step.id));
    let two = TwoSides { want: meant.map(|node| &node.spec), have: have.as_ref(), artifact: meant.and_then(|node| node.artifact.as_ref()) };
    let costed = driver.costs(&two, traffic.as_ref())?;
    let after = match step.action {
        // What is only released stays, and is paid for.
        Action::Release => costed.before.clone(),
        Action::Delete => Costs::default(),
        Action::Create | Action::Update | Action::Replace | Action::Adopt | Action::Keep => costed.after,
    };
    let per_million = [&after, &costed.before].into_iter().find_map(|costs| costs.per_million.as_ref());
    let per_million = per_million.map(|usage| pricing.prices.bill(pricing.region, usage));
    let (before, after) = (month(pricing, costed.before), month(pricing, after));
    let bound = costed.bound.filter(|_| want.is_some()).map(|bound| month(pricing, bound));
    let nothing = basis.is_none() && [&before, &after].into_iter().all(|month| month.fixed.is_empty() && month.traffic.is_empty());
    let cost = ResourceCost { id: step.id.clone(), basis, before, after, bound, per_million };
    Ok((!nothing || cost.is_uncounted()).then_some(cost))
}

/// What was counted; else what is assumed; else, of what is there and was asked for, nothing.
fn traffic(pricing: &Pricing<'_>, id: &ResourceId) -> Option<(Basis, Traffic)> {
    let counted = pricing.counted.get(id);
    let assumed = || {
        let Workload { calls, hours, duration_ms } = pricing.files.nodes.get(id)?.assumed?;
        let calls = a_month(calls.into(), hours.into());
        let metrics = kinds::driver(&id.kind)?.metrics();
        let [of_calls, of_duration] = metrics else { return None };
        Some(Traffic::default().with(of_calls.name, calls).with(of_duration.name, calls.saturating_mul(duration_ms.into())))
    };
    match counted {
        Some(counted) if counted.has_points => Some((Basis::Metrics, counted.traffic.clone())),
        counted => {
            let assumed = assumed().map(|traffic| (Basis::Assumed, traffic));
            assumed.or_else(|| counted.map(|counted| (Basis::Metrics, counted.traffic.clone())))
        }
    }
}

fn month(pricing: &Pricing<'_>, costs: Costs) -> Month {
    let Costs { fixed, traffic, per_million: _ } = costs;
    let priced = |items: Vec<Item>| {
        let entry = |item: Item| {
            let usage = Usage::default().with(item.key, item.quantity);
            let line = pricing.prices.bill(pricing.region, &usage).lines.pop();
            Entry { item, line }
        };
        items.into_iter().filter(|item| !item.quantity.is_zero()).map(entry).collect()
    };
    Month { fixed: priced(fixed), traffic: priced(traffic) }
}
