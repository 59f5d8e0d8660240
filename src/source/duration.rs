//! Durations in files: `30s`, `5m`, `2h`, `14d`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// Whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Seconds(pub u32);

/// How long an instance stands: at least a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(pub u32);

/// Whole days that logs are kept; none is for ever (`never`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Retention(pub Option<u32>);

impl Retention {
    /// Days; none for ever.
    pub fn days(self) -> Option<i32> {
        self.0.and_then(|days| i32::try_from(days).ok())
    }
}

/// Reads `30s`, `5m`, `2h`, `14d`.
///
/// # Errors
/// What a duration looks like, or how long one is at most.
pub fn parse_seconds(text: &str) -> Result<u32, String> {
    let refuse = || format!("`{text}` is not a duration; write a whole number with a unit, such as 30s, 5m, 2h or 14d");
    let text = text.trim();
    let unit = text.chars().last().ok_or_else(refuse)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(refuse()),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse());
    }
    let too_long = || format!("`{text}` is too long; {}{unit} is the longest that can be said", u32::MAX / seconds);
    let number: u32 = digits.parse().map_err(|_| too_long())?;
    number.checked_mul(seconds).ok_or_else(too_long)
}

/// The same for the time between two looks: a second or more.
///
/// # Errors
/// What such a duration looks like.
pub fn parse_pause(text: &str) -> Result<u32, String> {
    match parse_seconds(text)? {
        0 => Err("it looks once a second at most; write 1s or more".to_owned()),
        seconds => Ok(seconds),
    }
}

/// The shortest way to write seconds.
pub fn show_seconds(seconds: u64) -> String {
    for (size, unit) in [(86_400, "d"), (3_600, "h"), (60, "m")] {
        if seconds > 0 && seconds.is_multiple_of(size) {
            return format!("{}{unit}", seconds / size);
        }
    }
    format!("{seconds}s")
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Number(serde_json::Number),
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer) {
            Ok(Written::Text(text)) => parse_seconds(&text).map(Self).map_err(serde::de::Error::custom),
            Ok(Written::Number(number)) => Err(serde::de::Error::custom(format!("a duration needs a unit: write `{number}s`"))),
            Err(_) => Err(serde::de::Error::custom("expected a duration such as 30s, 5m, 2h or 14d")),
        }
    }
}

impl<'de> Deserialize<'de> for Lifetime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Seconds::deserialize(deserializer)? {
            Seconds(0) => Err(serde::de::Error::custom("an instance that expires at once is not made; write a duration such as 3d")),
            Seconds(seconds) => Ok(Self(seconds)),
        }
    }
}

impl JsonSchema for Lifetime {
    fn schema_name() -> Cow<'static, str> {
        Seconds::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Seconds::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Retention {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = |text: String| serde::de::Error::custom(text);
        match Written::deserialize(deserializer) {
            Ok(Written::Text(text)) if text == "never" => Ok(Self(None)),
            Ok(Written::Text(text)) => {
                let seconds = parse_seconds(&text).map_err(wrong)?;
                if seconds % 86_400 != 0 || seconds == 0 {
                    return Err(wrong(format!("`{text}` is no whole number of days; write one such as 7d, or never")));
                }
                Ok(Self(Some(seconds / 86_400)))
            }
            Ok(Written::Number(number)) => Err(wrong(format!("a retention needs a unit: write `{number}d`"))),
            Err(_) => Err(wrong("expected a retention such as 7d, or never".into())),
        }
    }
}

impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^([0-9]+[smhd]|.*\$\{.+\}.*)$", "description": "A duration: 30s, 5m, 2h, 14d"})
    }
}

impl JsonSchema for Retention {
    fn schema_name() -> Cow<'static, str> {
        "Retention".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^([0-9]+d|never|.*\$\{.+\}.*)$", "description": "Days that logs are kept: 7d, or never"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(parse_seconds("5m"), Ok(300));
        assert_eq!(parse_seconds("14d"), Ok(1_209_600));
        assert!(parse_seconds("5").is_err());
        assert!(parse_seconds("-5m").is_err());
        assert!(parse_seconds("+5m").is_err() && parse_seconds("m").is_err());
        for (text, most) in [("99999d", "49710d"), ("49711d", "49710d"), ("99999999999s", "4294967295s")] {
            assert_eq!(parse_seconds(text), Err(format!("`{text}` is too long; {most} is the longest that can be said")));
        }
        assert_eq!(parse_seconds("49710d"), Ok(4_294_944_000));
        assert_eq!(show_seconds(300), "5m");
        assert_eq!(show_seconds(90), "90s");
    }
}
