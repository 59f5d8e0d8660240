//! The list of prices: each figure with where it is from and as of which day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::source::diagnostic::suggest;

/// The list that comes with etlctl.
const SHIPPED: &str = include_str!("prices.json");
/// The currency of all sums.
const CURRENCY: &str = "USD";
/// A figure older than this is said to be.
const OLD_MONTHS: i32 = 12;

/// As of which day a figure is; undated ones come before all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age(pub Option<Date>);

impl Age {
    /// Whether it is more than a year old on a day.
    pub fn is_old(self, on: Date) -> bool {
        let year = jiff::Span::new().months(OLD_MONTHS);
        self.0.is_none_or(|day| day.checked_add(year).is_ok_and(|end| end < on))
    }
}

impl std::fmt::Display for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(day) => write!(f, "{day}"),
            None => f.write_str("no known day"),
        }
    }
}

/// Where figures are from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What was read.
    pub what: String,
    /// The day of what was read, where it has one.
    pub as_of: Option<Date>,
}

/// What a quantity costs: tiers, each with the quantity that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Quantity of the tier, without end in the last one, and dollars for one.
    pub tiers: Vec<(Quantity, Money)>,
    /// Name of its source.
    pub source: String,
}

impl Price {
    /// Dollars for a quantity, from the first tier on.
    pub fn of(&self, quantity: Decimal) -> Decimal {
        let (mut left, mut sum) = (quantity.max(Decimal::ZERO), Decimal::ZERO);
        for (size, money) in &self.tiers {
            let here = size.0.map_or(left, |size| size.min(left));
            sum = sum.saturating_add(here.saturating_mul(money.0));
            left -= here;
        }
        sum
    }

    /// Dollars for the first one.
    pub fn first(&self) -> Decimal {
        self.tiers.first().map(|(_, money)| money.0).unwrap_or_default()
    }
}

/// Quantity of a tier; none has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity(pub Option<Decimal>);

/// Dollars, in the file a text, so that no reader makes a binary fraction of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money(pub Decimal);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self(None)),
            Value::Number(number) => decimal(&number.to_string()).map(|number| Self(Some(number))).map_err(serde::de::Error::custom),
            Value::String(text) => decimal(&text).map(|number| Self(Some(number))).map_err(serde::de::Error::custom),
            _ => Err(serde::de::Error::custom("the quantity of a tier is a number, or null in the last one")),
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => decimal(&text).map(Self).map_err(serde::de::Error::custom),
            _ => Err(serde::de::Error::custom("a price is a text, such as \"0.0000166667\"")),
        }
    }
}

fn decimal(text: &str) -> Result<Decimal, String> {
    let read = text.parse().or_else(|_| Decimal::from_scientific(text));
    read.ok().filter(|number| !number.is_sign_negative()).ok_or_else(|| format!("`{text}` is no amount"))
}

/// What an account has free a month of some keys together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Free {
    /// The keys, the one that it is taken from first in front.
    pub of: Vec<String>,
    /// How much.
    pub quantity: Quantity,
    /// Name of its source.
    pub source: String,
}

/// Why a list of prices cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PriceError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    currency: Option<String>,
    sources: BTreeMap<String, Source>,
    regions: BTreeMap<String, BTreeMap<String, Price>>,
    free: BTreeMap<String, Free>,
}

/// All prices that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    sources: BTreeMap<String, Source>,
    regions: BTreeMap<String, BTreeMap<String, Price>>,
    free: BTreeMap<String, Free>,
}

impl Prices {
    /// The prices that come with etlctl.
    ///
    /// # Errors
    /// The data in this binary cannot be read.
    pub fn shipped() -> Result<Self, PriceError> {
        let File { currency: _, sources, regions, free } = read(SHIPPED)?;
        let prices = Self { sources, regions, free };
        prices.sourced()?;
        Ok(prices)
    }

    /// The same with the figures of a file of the same form instead, key by key.
    ///
    /// # Errors
    /// It is not of the form, or names a key, a source or a currency that there is not.
    pub fn with_file(mut self, text: &str) -> Result<Self, PriceError> {
        let File { currency, sources, regions, free } = read(text)?;
        if let Some(other) = currency.filter(|currency| currency != CURRENCY) {
            let hint = format!("all sums are in {CURRENCY}: give the prices in it");
            return Err(PriceError { message: format!("the prices are in {other}"), hint });
        }
        // Sources of the file are its own: a name that the shipped list has too means another thing.
        let own = |source: String| if sources.contains_key(&source) { format!("{source} (--price-file)") } else { source };
        for (region, prices) in regions {
            for (key, Price { tiers, source }) in prices {
                self.known(&format!("regions.{region}"), &key, self.keys())?;
                let price = Price { tiers, source: own(source) };
                self.regions.entry(region.clone()).or_default().insert(key, price);
            }
        }
        for (name, Free { of, quantity, source }) in free {
            self.known("free", &name, self.free.keys().map(String::as_str).collect())?;
            of.iter().try_for_each(|key| self.known(&format!("free.{name}.of"), key, self.keys()))?;
            self.free.insert(name, Free { of, quantity, source: own(source) });
        }
        self.sources.extend(sources.iter().map(|(name, source)| (format!("{name} (--price-file)"), source.clone())));
        self.sourced()?;
        Ok(self)
    }

    fn known(&self, place: &str, key: &str, keys: BTreeSet<&str>) -> Result<(), PriceError> {
        if keys.contains(key) {
            return Ok(());
        }
        Err(PriceError { message: format!("{place}: there is no price `{key}`"), hint: suggest(key, keys) })
    }

    /// That each figure says where it is from, and has a price for every quantity.
    fn sourced(&self) -> Result<(), PriceError> {
        let prices = self.regions.values().flatten().map(|(key, price)| (key, &price.source));
        let all = prices.chain(self.free.iter().map(|(name, free)| (name, &free.source)));
        if let Some((key, source)) = all.into_iter().find(|(_, source)| !self.sources.contains_key(*source)) {
            let hint = suggest(source, self.sources.keys().map(String::as_str));
            return Err(PriceError { message: format!("`{key}` names the source `{source}`, and there is none"), hint });
        }
        let ends = |price: &Price| price.tiers.iter().map(|(size, _)| size.0.is_none()).collect::<Vec<_>>();
        let open = |price: &Price| ends(price).split_last().is_some_and(|(last, others)| *last && !others.contains(&true));
        match self.regions.values().flatten().find(|(_, price)| !open(price)) {
            None => Ok(()),
            Some((key, _)) => {
                let hint = "give each tier as [quantity, \"price\"], and the last one as [null, \"price\"]".to_owned();
                Err(PriceError { message: format!("`{key}` has tiers that do not end with one without an end"), hint })
            }
        }
    }

    /// Every key that some region has a price for.
    pub fn keys(&self) -> BTreeSet<&str> {
        self.regions.values().flat_map(BTreeMap::keys).map(String::as_str).collect()
    }

    /// The price of a key in a region, where it is known.
    pub fn price(&self, region: &str, key: &str) -> Option<&Price> {
        self.regions.get(region)?.get(key)
    }

    /// Where a figure is from, by the name of its source.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(name)
    }

    /// What an account has free a month, by name.
    pub fn free(&self) -> &BTreeMap<String, Free> {
        &self.free
    }
}

fn read(text: &str) -> Result<File, PriceError> {
    let hint = "the form is that of the list that comes with etlctl: docs/cost.md".to_owned();
    serde_json::from_str(text).map_err(|error| PriceError { message: format!("this is no list of prices: {error}"), hint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cost::key;

    #[test]
    fn every_key_that_kinds_use_has_a_price_at_home() {
        let prices = Prices::shipped().unwrap();
        let arms = [false, true].map(|is_arm| [key::gb_second(is_arm), key::provisioned(is_arm)]);
        let single = [key::REQUEST, key::EPHEMERAL, key::SNAP_START_CACHE, key::LOG_INGESTION, key::LOG_STORAGE];
        let others = [key::ALARM_METRIC, key::HIGH_RESOLUTION_ALARM_METRIC, key::METRIC_READ, key::QUEUE_REQUEST, key::FIFO_REQUEST];
        let tables = [key::TABLE_STORAGE, key::TABLE_RECOVERY, key::TABLE_READ, key::TABLE_WRITE];
        let streams = [key::STREAM_HOUR, key::STREAM_IN, key::STREAM_OUT, key::SHARD_HOUR, key::PUBLISH, key::TRACE];
        for key in arms.into_iter().flatten().chain(single).chain(others).chain(tables).chain(streams) {
            assert!(prices.price("us-east-1", key).is_some(), "{key}");
        }
        for free in prices.free().values() {
            assert!(free.of.iter().all(|key| prices.keys().contains(key.as_str())), "{free:?}");
        }
    }

    #[test]
    fn a_file_overrides_by_key_and_names_no_other() {
        let file = |body: &str| Prices::shipped().unwrap().with_file(body);
        let good = r#"{"sources": {"ic-2024-07": {"what": "our contract", "as_of": "2026-11-01"}},
            "regions": {"eu-west-1": {"lambda.request": {"tiers": [[1e6, "0.0000002"], [null, "0.0000001"]], "source": "ic-2024-07"}}}}"#;
        let prices = file(good).unwrap();
        let price = prices.price("eu-west-1", "lambda.request").unwrap();
        assert_eq!(price.of(3_000_000.into()), "0.4".parse().unwrap());
        assert_eq!(prices.source(&price.source).unwrap().what, "our contract");
        let kept = prices.price("us-east-1", "cloudwatch.alarm_metric").unwrap();
        assert_ne!(prices.source(&kept.source).unwrap().what, "our contract", "a source of the file is its own");
        let wrong = [
            (r#"{"regions": {"eu-west-1": {"lambda.requests": {"tiers": [[null, "1"]], "source": "free-tier"}}}}"#, "there is no price"),
            (r#"{"free": {"lambda.request": {"of": [], "quantity": 1, "source": "free-tier"}}}"#, "there is no price"),
            (r#"{"regions": {"eu-west-1": {"lambda.request": {"tiers": [[null, "1"]], "source": "mine"}}}}"#, "names the source `mine`"),
            (r#"{"regions": {"eu-west-1": {"lambda.request": {"tiers": [[5, "1"]], "source": "free-tier"}}}}"#, "do not end"),
            (r#"{"regions": {"eu-west-1": {"lambda.request": {"tiers": [], "source": "free-tier"}}}}"#, "do not end"),
            (r#"{"regions": {"eu-west-1": {"lambda.request": {"tiers": [[null, 0.1]], "source": "free-tier"}}}}"#, "a price is a text"),
            (r#"{"regions": {"eu-west-1": {"lambda.request": {"tiers": [[null, "-1"]], "source": "free-tier"}}}}"#, "is no amount"),
            (r#"{"currency": "EUR"}"#, "in EUR"),
            (r#"{"prices": {}}"#, "no list of prices"),
        ];
        for (body, says) in wrong {
            let error = file(body).unwrap_err();
            assert!(error.message.contains(says), "{body}: {error}");
        }
        assert_eq!(file(wrong[0].0).unwrap_err().hint, "did you mean `lambda.request`?");
    }
}
