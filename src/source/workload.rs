//! Workloads in files: `1M/month`, `800ms`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// The longest that Lambda lets a call take: 15 minutes.
const LONGEST_MS: u64 = 900_000;

/// Calls in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls.
    pub calls: u64,
    /// The hours that they come in.
    pub hours: u32,
}

/// Whole milliseconds of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Millis(pub u64);

/// Reads `1M/month`, `50k/day`, `1200/hour`, `1.5M/month`.
///
/// # Errors
/// What a rate looks like.
pub fn parse_rate(text: &str) -> Result<Rate, String> {
    let refuse = || format!("`{text}` is no number of calls in a time; write one such as 1M/month, 50k/day or 1200/hour");
    let (calls, span) = text.trim().split_once('/').ok_or_else(refuse)?;
    let hours = match span.trim() {
        "month" => 730,
        "day" => 24,
        "hour" => 1,
        _ => return Err(refuse()),
    };
    let calls = calls.trim();
    let (number, factor) = match calls.chars().last() {
        Some('k') => (&calls[..calls.len() - 1], 1_000),
        Some('M') => (&calls[..calls.len() - 1], 1_000_000),
        Some('B') => (&calls[..calls.len() - 1], 1_000_000_000),
        _ => (calls, 1),
    };
    count(number, factor).map(|calls| Rate { calls, hours }).ok_or_else(refuse)
}

/// `1.5` of a million, where that is a whole number.
fn count(number: &str, factor: u64) -> Option<u64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    if !digits(whole) || part.is_some_and(|part| !digits(part)) {
        return None;
    }
    let part = part.unwrap_or_default().trim_end_matches('0');
    let scale = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let rest = if part.is_empty() { 0 } else { part.parse::<u64>().ok()?.checked_mul(factor)? };
    if !rest.is_multiple_of(scale) {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(rest / scale)
}

/// Reads `800ms`, `12s`, `2m`.
///
/// # Errors
/// What a duration of a call looks like.
pub fn parse_millis(text: &str) -> Result<u64, String> {
    let refuse = || format!("`{text}` is no duration of a call; write a whole number with a unit, such as 800ms, 12s or 2m");
    let text_of = |unit: &str| text.trim().strip_suffix(unit);
    let (number, factor) = match (text_of("ms"), text_of("s"), text_of("m")) {
        (Some(number), _, _) => (number, 1),
        (None, Some(number), _) => (number, 1_000),
        (None, None, Some(number)) => (number, 60_000),
        (None, None, None) => return Err(refuse()),
    };
    let number = Some(number).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let ms = number.and_then(|number| number.parse::<u64>().ok()?.checked_mul(factor)).ok_or_else(refuse)?;
    if ms == 0 || ms > LONGEST_MS {
        return Err(format!("`{text}`: a call takes from 1ms to 15m"));
    }
    Ok(ms)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Number(serde_json::Number),
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer) {
            Ok(Written::Text(text)) => parse_rate(&text).map_err(serde::de::Error::custom),
            Ok(Written::Number(number)) => Err(serde::de::Error::custom(format!("calls need a time: write `{number}/month`"))),
            Err(_) => Err(serde::de::Error::custom("expected calls in a time, such as 1M/month")),
        }
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer) {
            Ok(Written::Text(text)) => parse_millis(&text).map(Self).map_err(serde::de::Error::custom),
            Ok(Written::Number(number)) => Err(serde::de::Error::custom(format!("a duration needs a unit: write `{number}ms`"))),
            Err(_) => Err(serde::de::Error::custom("expected a duration of a call, such as 800ms")),
        }
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Calls".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = r"^([0-9]+(\.[0-9]+)?[kMB]?/(month|day|hour)|.*\$\{.+\}.*)$";
        json_schema!({"type": "string", "pattern": pattern, "description": "Calls in a time: 1M/month, 50k/day, 1200/hour"})
    }
}

impl JsonSchema for Millis {
    fn schema_name() -> Cow<'static, str> {
        "CallDuration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = r"^([0-9]+(ms|s|m)|.*\$\{.+\}.*)$";
        json_schema!({"type": "string", "pattern": pattern, "description": "How long a call takes: 800ms, 12s, 2m"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_come_in_a_time() {
        let rate = |calls, hours| Ok(Rate { calls, hours });
        assert_eq!(parse_rate("1M/month"), rate(1_000_000, 730));
        assert_eq!(parse_rate("1.5M/month"), rate(1_500_000, 730));
        assert_eq!(parse_rate("50k/day"), rate(50_000, 24));
        assert_eq!(parse_rate(" 1200 / hour "), rate(1_200, 1));
        assert_eq!(parse_rate("0/month"), rate(0, 730));
        let wrong = ["1M", "1M/week", "M/month", "-1/day", "1.5/day", "1e6/month", "1..5M/day", "1.M/day", "/day", "99999999999B/day"];
        for text in wrong {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_call_takes_milliseconds() {
        assert_eq!(parse_millis("800ms"), Ok(800));
        assert_eq!(parse_millis("12s"), Ok(12_000));
        assert_eq!(parse_millis("15m"), Ok(900_000));
        for text in ["800", "16m", "0ms", "-1s", "1.5s", "ms", "s", "1h"] {
            assert!(parse_millis(text).is_err(), "{text}");
        }
    }
}
