//! What loads cost.

use rust_decimal::Decimal;

use crate::contract::cost::{Executions, Usage};
use crate::cost::{Prices, shown as dollars};
use crate::evidence::{Load, Loads, Tariff};
use crate::report::advise::{Costs, PriceUsed};

/// The prices of a region, for a function with so much of /tmp.
pub struct Region<'a> {
    /// Prices.
    pub prices: &'a Prices,
    /// Region.
    pub region: &'a str,
    /// MB of /tmp.
    pub ephemeral: u32,
}

/// Quantities of a month, before and after.
pub struct Usages {
    before: Usage,
    low: Usage,
    expected: Usage,
    high: Usage,
    all_cores: Option<Usage>,
}

fn decimal(number: f64) -> Decimal {
    // Counts of milliseconds and calls: what a binary fraction adds is no part of them.
    Decimal::from_f64_retain(number).unwrap_or_default().round_dp(3)
}

impl Region<'_> {
    fn usage(&self, load: &Load) -> Usage {
        let Load { architecture, memory, calls, billed_ms } = load;
        let (calls, billed_ms) = (decimal(*calls), decimal(*billed_ms));
        Executions { is_arm: architecture == "arm64", memory_mb: *memory, ephemeral_mb: self.ephemeral, calls, billed_ms }.usage()
    }

    /// The quantities of these loads.
    pub fn bills(&self, loads: &Loads) -> Usages {
        let Loads { before, low, expected, high, all_cores } = loads;
        Usages {
            before: self.usage(before),
            low: self.usage(low),
            expected: self.usage(expected),
            high: self.usage(high),
            all_cores: all_cores.as_ref().map(|load| self.usage(load)),
        }
    }
}

impl Tariff for Region<'_> {
    fn cost(&self, load: &Load) -> f64 {
        let bill = self.prices.bill(self.region, &self.usage(load));
        // Without a price the gigabyte-seconds alone are compared.
        if bill.lines.is_empty() { load.gb_seconds() } else { bill.amount().to_string().parse().unwrap_or_default() }
    }
}

impl Usages {
    /// All of them together: tiers are the stack's.
    pub fn sum(all: &[Self]) -> Option<Self> {
        let of = |part: fn(&Self) -> &Usage| {
            let mut sum = Usage::default();
            all.iter().for_each(|usages| sum.extend(part(usages)));
            sum
        };
        (!all.is_empty()).then(|| Self {
            before: of(|usages| &usages.before),
            low: of(|usages| &usages.low),
            expected: of(|usages| &usages.expected),
            high: of(|usages| &usages.high),
            all_cores: all
                .iter()
                .any(|usages| usages.all_cores.is_some())
                .then(|| of(|usages| usages.all_cores.as_ref().unwrap_or(&usages.high))),
        })
    }
}

/// In dollars.
pub fn shown(prices: &Prices, region: &str, usages: &Usages) -> Costs {
    let bill = |usage: &Usage| prices.bill(region, usage);
    let (before, low, expected, high) = (bill(&usages.before), bill(&usages.low), bill(&usages.expected), bill(&usages.high));
    let exact = |amount: Decimal| amount.normalize().to_string();
    let partial = if before.is_partial() { "≥ " } else { "" };
    let (first, last) = (dollars(low.amount()), dollars(high.amount()));
    let after = if first == last { first } else { format!("{first} … {last}") };
    let now = dollars(before.amount());
    let text = if now == after { format!("{partial}{now}") } else { format!("{partial}{now} → {after}") };
    Costs {
        before: exact(before.amount()),
        low: exact(low.amount()),
        expected: exact(expected.amount()),
        high: exact(high.amount()),
        all_cores: usages.all_cores.as_ref().map(|usage| exact(bill(usage).amount())),
        shown: if before.lines.is_empty() { "no price".to_owned() } else { text },
        missing: before
            .missing
            .iter()
            .chain(&high.missing)
            .map(ToString::to_string)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect(),
    }
}

/// Prices that took part.
pub fn used(prices: &Prices, region: &str, usages: Option<&Usages>) -> Vec<PriceUsed> {
    let Some(Usages { before, low, expected: _, high: _, all_cores: _ }) = usages else { return Vec::new() };
    let lines = [before, low].into_iter().flat_map(|usage| prices.bill(region, usage).lines);
    let of = |line: crate::cost::Line| PriceUsed {
        key: line.key.to_owned(),
        price: line.price.normalize().to_string(),
        source: line.source.what,
        as_of: line.source.as_of.map(|day| day.to_string()),
    };
    lines.map(of).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}
