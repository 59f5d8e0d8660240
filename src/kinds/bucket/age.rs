//! When a lifecycle rule acts: so many days after an object came, or from a day on.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::source::duration::parse_seconds;
use crate::source::scalar::Text;

/// When a rule acts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum When {
    /// So many days after the object came.
    Days(i32),
    /// From this day on: `2027-01-01`, midnight UTC.
    Date(String),
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days}d"),
            Self::Date(date) => f.write_str(date),
        }
    }
}

/// `90d`, or a day such as `2027-01-01`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Age(pub When);

/// `90d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(pub i32);

const DAY: u32 = 86_400;

fn days(text: &str) -> Option<i32> {
    let seconds = parse_seconds(text).ok()?;
    (seconds % DAY == 0).then(|| i32::try_from(seconds / DAY).ok()).flatten()
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        if let Some(days) = days(&text) {
            return Ok(Self(When::Days(days)));
        }
        match text.parse::<jiff::civil::Date>() {
            Ok(date) => Ok(Self(When::Date(date.to_string()))),
            Err(_) => {
                Err(serde::de::Error::custom(format!("`{text}` is no number of days and no day; write one such as 30d or 2027-01-01")))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        let wrong = || serde::de::Error::custom(format!("`{text}` is no whole number of days; write one such as 30d"));
        days(&text).map(Self).ok_or_else(wrong)
    }
}

impl JsonSchema for Age {
    fn schema_name() -> Cow<'static, str> {
        "Age".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = r"^([0-9]+d|[0-9]{4}-[0-9]{2}-[0-9]{2}|.*\$\{.+\}.*)$";
        json_schema!({"type": "string", "pattern": pattern, "description": "Days after the object came, or a day: 30d, 2027-01-01"})
    }
}

impl JsonSchema for Days {
    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^([0-9]+d|.*\$\{.+\}.*)$", "description": "Days: 30d"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_days_or_a_day() {
        let read = |text: &str| serde_json::from_value::<Age>(text.into()).map(|age| age.0).map_err(|error| error.to_string());
        assert_eq!(read("30d"), Ok(When::Days(30)));
        assert_eq!(read("0d"), Ok(When::Days(0)));
        assert_eq!(read("48h"), Ok(When::Days(2)));
        assert_eq!(read("2027-01-31"), Ok(When::Date("2027-01-31".into())));
        for wrong in ["30", "5h", "2027-02-30", "soon"] {
            assert!(read(wrong).is_err_and(|told| told.contains("30d or 2027-01-01")), "{wrong}");
        }
    }
}
