//! When an instance expires. Its resources carry the time, and what the file asked for when it was set: so
//! a plan of the same file keeps the time, whenever it is made.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::duration::{parse_seconds, show_seconds};
use crate::model::inventory::Standing;

/// What a tag says: `2026-12-02T12:00:00Z 3d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// When.
    pub at: Timestamp,
    /// Seconds that the file asked for when it was set; none where the file asked for nothing.
    pub wish: Option<u32>,
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        self.wish.map_or(Ok(()), |wish| write!(f, " {}", show_seconds(wish.into())))
    }
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, wish) = text.split_once(' ').map_or((text, None), |(at, wish)| (at, Some(wish)));
        let at = at.parse().map_err(|error| format!("`{at}`: {error}"))?;
        Ok(Self { at, wish: wish.map(parse_seconds).transpose()? })
    }
}

/// What the command line asks for beside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// So many seconds from now.
    In(u32),
    /// No expiry.
    Never,
}

impl FromStr for Renewal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "never" => Ok(Self::Never),
            _ => match parse_seconds(text)? {
                0 => Err("an instance that expires at once is not made; write such as 3d, or never".to_owned()),
                seconds => Ok(Self::In(seconds)),
            },
        }
    }
}

impl fmt::Display for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(seconds) => f.write_str(&show_seconds((*seconds).into())),
            Self::Never => f.write_str("never"),
        }
    }
}

impl Serialize for Renewal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Renewal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The expiry that an instance is to have: what is asked for now; else the latest that its resources carry and
/// that was set for the same file; else what the file says, from now.
pub fn wanted<'a>(file: Option<u32>, asked: Option<Renewal>, live: impl Iterator<Item = &'a str>, now: Timestamp) -> Option<Expiry> {
    let later = |seconds: u32| {
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Expiry { at: now.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MAX), wish: file }
    };
    match asked {
        Some(Renewal::In(seconds)) => Some(later(seconds)),
        Some(Renewal::Never) => None,
        None => {
            let kept = live.filter_map(|text| text.parse::<Expiry>().ok()).filter(|expiry| expiry.wish == file);
            kept.max_by_key(|expiry| expiry.at).or_else(|| file.map(later))
        }
    }
}

/// How long an instance stands, as the tags of its resources say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lifespan {
    /// Nothing of it says that it ends.
    Endless,
    /// Until the latest time that its resources carry.
    Until(Timestamp),
    /// Some of it carries a time, and some that could carries none: nobody knows whether it is to go.
    Partly(Timestamp),
    /// Such a tag of it is no time.
    Unreadable(String),
}

impl Lifespan {
    /// That of what stands.
    pub fn of(standing: &Standing) -> Self {
        let mut latest = None;
        for text in &standing.expires {
            match text.parse::<Expiry>() {
                Ok(expiry) => latest = latest.max(Some(expiry.at)),
                Err(_) => return Self::Unreadable(text.clone()),
            }
        }
        match latest {
            None => Self::Endless,
            Some(at) if standing.lasting.is_empty() => Self::Until(at),
            Some(at) => Self::Partly(at),
        }
    }

    /// Whether it is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        matches!(self, Self::Until(at) if *at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ResourceId;

    const DAY: u32 = 86_400;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_tag_is_read_as_it_was_written() {
        for text in ["2026-12-02T12:00:00Z 3d", "2026-12-02T12:00:00Z", "2026-12-02T12:00:00Z 90s"] {
            assert_eq!(text.parse::<Expiry>().unwrap().to_string(), text);
        }
        for text in ["", "3d", "soon 3d", "2026-12-02T12:00:00Z soon", "2026-12-02T12:00:00Z 3d 4d"] {
            assert!(text.parse::<Expiry>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_live_time_is_kept_while_the_file_asks_for_the_same() {
        let now = at("2026-12-01T00:00:00.75Z");
        let wanted = |file, asked, live: &[&str]| wanted(file, asked, live.iter().copied(), now).map(|expiry| expiry.to_string());
        let text = |text: &str| Some(text.to_owned());
        let of_file = ["2026-12-02T00:00:00Z 3d", "2026-11-30T00:00:00Z 3d", "2027-01-01T00:00:00Z 9d", "nonsense"];
        assert_eq!(wanted(Some(3 * DAY), None, &[]), text("2026-12-04T00:00:00Z 3d"), "whole seconds");
        assert_eq!(wanted(Some(3 * DAY), None, &of_file), text("2026-12-02T00:00:00Z 3d"), "the latest of the same wish");
        assert_eq!(wanted(Some(2 * DAY), None, &of_file), text("2026-12-03T00:00:00Z 2d"), "the file asks for something else");
        assert_eq!(wanted(None, None, &of_file), None, "the file asks for nothing any more");
        // What the command line set outlives plans without the option, with a file that asks and without.
        let by_hand = ["2026-12-20T00:00:00Z"];
        assert_eq!(wanted(None, None, &by_hand), text("2026-12-20T00:00:00Z"));
        assert_eq!(wanted(Some(3 * DAY), Some(Renewal::In(DAY)), &of_file), text("2026-12-02T00:00:00Z 3d"));
        assert_eq!(wanted(None, Some(Renewal::In(DAY)), &by_hand), text("2026-12-02T00:00:00Z"));
        assert_eq!(wanted(None, Some(Renewal::Never), &by_hand), None);
    }

    #[test]
    fn an_instance_is_over_once_all_that_could_say_so_says_so() {
        let standing = |expires: &[&str], lasting: &[&str]| Standing {
            expires: expires.iter().map(|text| (*text).to_owned()).collect(),
            lasting: lasting.iter().map(|name| ResourceId::new("queue", *name)).collect(),
            ..Standing::default()
        };
        let (early, late) = ("2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z 3d");
        assert_eq!(Lifespan::of(&standing(&[], &["a"])), Lifespan::Endless);
        let both = Lifespan::of(&standing(&[early, late], &[]));
        assert_eq!(both, Lifespan::Until(at("2026-12-03T00:00:00Z")));
        assert!(!both.is_over(at("2026-12-02T23:59:59Z")) && both.is_over(at("2026-12-03T00:00:00Z")));
        let partly = Lifespan::of(&standing(&[early], &["a"]));
        assert_eq!(partly, Lifespan::Partly(at(early)));
        assert!(!partly.is_over(at("2030-01-01T00:00:00Z")));
        assert_eq!(Lifespan::of(&standing(&[early, "soon"], &[])), Lifespan::Unreadable("soon".into()));
    }
}
