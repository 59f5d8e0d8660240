//! What quantities cost, line by line.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::prices::{Age, Price, Prices, Source};
use crate::contract::cost::{Executions, Key, Usage};

/// A figure that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoPrice {
    /// Of what.
    pub key: Key,
    /// Where.
    pub region: String,
}

impl std::fmt::Display for NoPrice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no price for {} in {}", self.key, self.region)
    }
}

/// One key of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What has the price.
    pub key: Key,
    /// How much of it.
    pub quantity: Decimal,
    /// Dollars for the first one of it.
    pub price: Decimal,
    /// Dollars for all of it.
    pub amount: Decimal,
    /// Where the price is from.
    pub source: Source,
}

/// What quantities cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bill {
    /// What has a price.
    pub lines: Vec<Line>,
    /// What has none: the sum is without it.
    pub missing: BTreeSet<NoPrice>,
}

impl Bill {
    /// The sum, not rounded.
    pub fn amount(&self) -> Decimal {
        self.lines.iter().fold(Decimal::ZERO, |sum, line| sum.saturating_add(line.amount))
    }

    /// Whether a price is missing, so that the true sum is as high or higher.
    pub fn is_partial(&self) -> bool {
        !self.missing.is_empty()
    }

    /// The oldest figure that took part.
    pub fn oldest(&self) -> Option<Age> {
        self.lines.iter().map(|line| Age(line.source.as_of)).min()
    }
}

impl Prices {
    /// What quantities cost in a region, before any free tier. Tiers begin with the first one: AWS counts
    /// them over the account.
    pub fn bill(&self, region: &str, usage: &Usage) -> Bill {
        let mut bill = Bill::default();
        for (key, quantity) in usage.iter() {
            let sourced = self.price(region, key).and_then(|price| Some((price, self.source(&price.source)?)));
            match sourced {
                Some((price, source)) => bill.lines.push(line(key, quantity, price, source)),
                None => drop(bill.missing.insert(NoPrice { key, region: region.to_owned() })),
            }
        }
        bill
    }

    /// What the calls of one function cost in a month: requests, duration, and /tmp above what comes with it.
    pub fn executions(&self, region: &str, executions: &Executions) -> Bill {
        self.bill(region, &executions.usage())
    }

    /// The same quantities without what an account has free a month, as if nothing else used it.
    pub fn beyond_free(&self, usage: &Usage) -> Usage {
        let mut left: Vec<(Key, Decimal)> = usage.iter().collect();
        for free in self.free().values() {
            let mut budget = free.quantity.0.unwrap_or(Decimal::MAX);
            for key in &free.of {
                let Some((_, quantity)) = left.iter_mut().find(|(of, _)| of == key) else { continue };
                let taken = budget.min(*quantity);
                *quantity -= taken;
                budget -= taken;
            }
        }
        left.into_iter().fold(Usage::default(), |usage, (key, quantity)| usage.with(key, quantity))
    }
}

fn line(key: Key, quantity: Decimal, price: &Price, source: &Source) -> Line {
    Line { key, quantity, price: price.first(), amount: price.of(quantity), source: source.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cost::{key, month_seconds, traces};
    use crate::cost::shown;

    const HOME: &str = "us-east-1";

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn executions(is_arm: bool, memory_mb: u32, calls: u64, ms: &str) -> Executions {
        let calls = Decimal::from(calls);
        Executions { is_arm, memory_mb, ephemeral_mb: 512, calls, billed_ms: calls * number(ms) }
    }

    fn bill(executions: &Executions) -> Bill {
        Prices::shipped().unwrap().executions(HOME, executions)
    }

    /// GB-seconds, what they cost, and what the requests cost.
    fn parts(executions: &Executions) -> (Decimal, String, String) {
        let bill = bill(executions);
        let of = |key: Key| bill.lines.iter().find(|line| line.key == key).unwrap();
        let duration = of(key::gb_second(executions.is_arm));
        (duration.quantity.normalize(), shown(duration.amount), shown(of(key::REQUEST).amount))
    }

    fn cost(key: Key, quantity: &str) -> String {
        shown(Prices::shipped().unwrap().bill(HOME, &Usage::default().with(key, number(quantity))).amount())
    }

    fn said(gb_seconds: &str, duration: &str, requests: &str) -> (Decimal, String, String) {
        (number(gb_seconds), duration.to_owned(), requests.to_owned())
    }

    #[test]
    fn rows_8_and_9_duration_and_requests() {
        assert_eq!(parts(&executions(false, 512, 100_000, "350")), said("17500", "$0.29", "$0.02"), "row 8");
        assert_eq!(parts(&executions(true, 512, 100_000, "350")), said("17500", "$0.23", "$0.02"), "row 8, arm64");
        assert_eq!(parts(&executions(false, 128, 100_000, "350")), said("4375", "$0.07", "$0.02"), "row 9");
        assert_eq!(parts(&executions(true, 128, 100_000, "350")), said("4375", "$0.06", "$0.02"), "row 9, arm64");
    }

    #[test]
    fn rows_10_to_13_tiers() {
        let row_10 = parts(&executions(false, 512, 6_000_000_000, "1024"));
        assert_eq!(row_10, said("3072000000", "$51,200.10", "$1,200.00"), "row 10");
        let tiers = |executions: &Executions, sizes: &[&str]| {
            let prices = Prices::shipped().unwrap();
            let price = prices.price(HOME, key::gb_second(executions.is_arm)).unwrap();
            let mut before = (Decimal::ZERO, Decimal::ZERO);
            let all = executions.usage().iter().find(|(key, _)| key.starts_with("lambda.gb_second")).unwrap().1;
            let ends = sizes.iter().map(|size| number(size)).chain([all]);
            let amounts = ends.map(|end| {
                let amount = price.of(end) - before.1;
                before = (end, price.of(end));
                shown(amount)
            });
            amounts.collect::<Vec<_>>()
        };
        let row_11 = executions(false, 1024, 9_000_000_000, "1024");
        assert_eq!(tiers(&row_11, &["6000000000"]), ["$100,000.20", "$48,240.00"], "row 11");
        let row_12 = executions(false, 2048, 15_000_000_000, "2048");
        assert_eq!(tiers(&row_12, &["6000000000", "15000000000"]), ["$100,000.20", "$135,000.00", "$619,203.10"], "row 12");
        let row_13 = executions(true, 2048, 18_250_000_000, "2048");
        assert_eq!(tiers(&row_13, &["7500000000", "18750000000"]), ["$100,000.50", "$135,001.13", "$597,356.53"], "row 13");
    }

    #[test]
    fn row_14_the_operator_guide() {
        let rows = [(128, "11722", "0.024621"), (256, "6678", "0.028025"), (512, "3194", "0.026817"), (1024, "1465", "0.024617")];
        for (memory, ms, said) in rows {
            assert_eq!(bill(&executions(false, memory, 1_000, ms)).amount().round_dp(6), number(said), "row 14, {memory} MB");
        }
    }

    #[test]
    fn row_15_power_tuning_rounds_its_price_up() {
        let list = bill(&executions(false, 1024, 1, "300"));
        let duration = list.lines.iter().find(|line| line.key == key::gb_second(false)).unwrap().amount;
        let file = r#"{"sources": {"pt": {"what": "2.1e-9 dollars a ms and 128 MB", "as_of": "2026-04-01"}}, "regions": {"us-east-1":
            {"lambda.gb_second.x86_64": {"tiers": [[null, "0.0000168"]], "source": "pt"}}}}"#;
        let theirs = Prices::shipped().unwrap().with_file(file).unwrap().executions(HOME, &executions(false, 1024, 1, "300"));
        let theirs = theirs.lines.iter().find(|line| line.key == key::gb_second(false)).unwrap().amount;
        assert_eq!((theirs, duration), (number("0.00000504"), number("0.00000500001")), "row 15");
    }

    #[test]
    fn row_16_the_free_tier_stands_apart() {
        let prices = Prices::shipped().unwrap();
        let usage = executions(false, 512, 3_000_000, "300").usage();
        assert_eq!(shown(prices.bill(HOME, &usage).amount()), "$8.10", "row 16");
        assert_eq!(shown(prices.bill(HOME, &prices.beyond_free(&usage)).amount()), "$1.23", "row 16, after the free tier");
    }

    #[test]
    fn rows_17_to_19_what_is_kept_ready() {
        let month = |factor: u32| (month_seconds() * Decimal::from(factor)).to_string();
        assert_eq!([1, 3].map(|versions| cost(key::SNAP_START_CACHE, &month(versions))), ["$3.95", "$11.86"], "row 17");
        assert_eq!([false, true].map(|is_arm| cost(key::provisioned(is_arm), &month(1))), ["$10.95", "$8.76"], "row 18");
        for memory_mb in [128, 3_008] {
            let with = Executions { memory_mb, ephemeral_mb: 2_048, ..executions(false, memory_mb, 1_000_000, "800") };
            let line = bill(&with).lines.into_iter().find(|line| line.key == key::EPHEMERAL).unwrap();
            assert_eq!(line.amount.round_dp(3), number("0.037"), "row 19");
        }
    }

    #[test]
    fn rows_20_to_22_what_hangs_on_a_function() {
        assert_eq!(["12", "60000"].map(|gb| cost(key::LOG_INGESTION, gb)), ["$6.00", "$12,500.00"], "row 20");
        assert_eq!(cost(key::QUEUE_REQUEST, "2000000"), "$0.80", "row 21");
        let both = Usage::default().with("s3.request.put", 1_000_000.into()).with("s3.request.get", 1_000_000.into());
        assert_eq!(shown(Prices::shipped().unwrap().bill(HOME, &both).amount()), "$5.40", "row 21");
        assert_eq!(cost(key::ALARM_METRIC, "6"), "$0.60", "row 21, three alarms of two metrics");
        let traced = |calls: u64| {
            let prices = Prices::shipped().unwrap();
            let usage = prices.beyond_free(&Usage::default().with(key::TRACE, traces(calls.into())));
            shown(prices.bill(HOME, &usage).amount())
        };
        assert_eq!([2_628_000, 10_000_000].map(traced), ["$12.64", "$14.48"], "row 22");
    }

    #[test]
    fn row_26_the_stack_of_the_title() {
        let prices = Prices::shipped().unwrap();
        // Tiers and rounding are the stack's: its quantities are summed first.
        let stack = |is_arm: bool, sizes: [(u32, &str); 3]| {
            let mut usage = Usage::default();
            sizes.iter().for_each(|(memory, ms)| usage.extend(&executions(is_arm, *memory, 1_000_000, ms).usage()));
            shown(prices.bill(HOME, &usage).amount())
        };
        // One thread: 800 ms at 1,769 MB and above, in proportion below, billed by the whole millisecond.
        let thread = |memory: u32| (number("800") * number("1769") / Decimal::from(memory)).ceil().to_string();
        let (small, large) = (thread(512), thread(1_024));
        for (is_arm, waits, computes) in [(false, "$27.27", "$69.73"), (true, "$21.93", "$55.91")] {
            assert_eq!(stack(is_arm, [(512, "800"), (1_024, "800"), (512, "800")]), waits, "row 26");
            assert_eq!(stack(is_arm, [(512, &small), (1_024, &large), (512, &small)]), computes, "row 26");
        }
        assert_eq!(stack(false, [(3_008, "800"); 3]), "$118.10", "row 26");
        assert_eq!(stack(true, [(3_008, "800"); 3]), "$94.60", "row 26");
    }

    #[test]
    fn what_has_no_price_is_said_to_have_none() {
        let bill = Prices::shipped().unwrap().executions("eu-central-1", &executions(false, 512, 100_000, "350"));
        let missing: Vec<String> = bill.missing.iter().map(ToString::to_string).collect();
        assert_eq!(missing, ["no price for lambda.request in eu-central-1"]);
        assert!(bill.is_partial() && shown(bill.amount()) == "$0.29");
        let nowhere = Prices::shipped().unwrap().executions("mars-north-1", &executions(true, 512, 1, "1"));
        assert_eq!((nowhere.lines.len(), nowhere.missing.len()), (0, 2));
    }

    #[test]
    fn the_oldest_figure_dates_a_sum() {
        let prices = Prices::shipped().unwrap();
        let usage = executions(false, 512, 1, "1").usage().with(key::ALARM_METRIC, Decimal::ONE);
        let oldest = prices.bill(HOME, &usage).oldest().unwrap();
        assert_eq!(oldest.to_string(), "2024-07-01");
        let day = jiff::civil::date;
        assert!(!oldest.is_old(day(2025, 7, 1)) && oldest.is_old(day(2025, 7, 2)));
        let undated = prices.bill("eu-central-1", &usage).oldest().unwrap();
        assert!(undated < oldest && undated.is_old(day(2024, 1, 1)), "a figure without a day is older than any");
    }
}
