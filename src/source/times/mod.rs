//! Times as EventBridge writes them: `rate(…)`, `cron(…)` and `at(…)`
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>). Nothing here reads a
//! clock: who asks for the next times says what time it is.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};

mod cron;
mod field;
mod zone;

pub use cron::Cron;
pub use zone::{near_zone, zone};

/// When something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Times {
    /// Again and again, so many seconds apart.
    Rate(Rate),
    /// Whenever the clock of a time zone says so.
    Cron(Cron),
    /// Once, by the clock of a time zone.
    At(DateTime),
}

/// How far apart the times of a `rate(…)` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// 60 or more.
    pub seconds: i64,
    /// Whether the unit is singular exactly where the number is 1: rules of EventBridge insist on it.
    pub is_in_number: bool,
}

/// What bounds the times, and by whose clock they are.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Whose clock.
    pub zone: TimeZone,
    /// No time before it.
    pub start: Option<Timestamp>,
    /// No time after it.
    pub end: Option<Timestamp>,
}

/// When a resource acts by the clock, as its files say it.
#[derive(Debug, Clone)]
pub struct Timing {
    /// The expression as it is written.
    pub expression: String,
    /// Name of the time zone.
    pub zone: String,
    /// What the expression says.
    pub times: Times,
    /// What bounds it.
    pub bounds: Bounds,
    /// Whether AWS deletes the resource once it has acted for the last time.
    pub vanishes: bool,
    /// Whether it acts at all.
    pub enabled: bool,
}

impl Timing {
    /// Whether AWS has taken it away by itself, or will have in a moment: nothing is to be made anew.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.vanishes && self.times.next(now, &self.bounds, 1).is_empty()
    }
}

/// Why a text says no times, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Malformed {
    /// What is wrong with it.
    pub what: String,
    /// What to write instead.
    pub fix: String,
}

impl Malformed {
    fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into() }
    }
}

/// What an expression looks like, for whoever wrote none.
const FORMS: &str = "write `rate(5 minutes)`, `cron(0 2 * * ? *)` or `at(2026-12-24T08:00:00)`";

impl Times {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is none, with what is wrong in it.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let inside = |word: &str| text.strip_prefix(word)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(rate) = inside("rate") {
            return rate_of(rate).map(Self::Rate);
        }
        if let Some(cron) = inside("cron") {
            return Cron::parse(cron).map(Self::Cron);
        }
        if let Some(at) = inside("at") {
            return at_of(at).map(Self::At);
        }
        let bare = text.split_whitespace().count();
        let fix = if bare == 6 && !text.contains('(') { format!("write `cron({text})`") } else { FORMS.to_owned() };
        Err(Malformed::new(format!("`{text}` is none of `rate(…)`, `cron(…)` and `at(…)`"), fix))
    }

    /// The first `count` times after `now`. A time that the clock skips in spring does not happen, and one
    /// that it shows twice in autumn happens once. A rate counts from its start, and from `now` where it
    /// has none: AWS begins when the schedule is made.
    pub fn next(&self, now: Timestamp, bounds: &Bounds, count: usize) -> Vec<Zoned> {
        let Bounds { zone, start, end } = bounds;
        let is_within = |at: &Timestamp| end.is_none_or(|end| *at <= end);
        let zoned = |at: Timestamp| at.to_zoned(zone.clone());
        match self {
            // StartDate and EndDate are for what recurs.
            Self::At(at) => instant(zone, *at).filter(|at| *at > now).map(zoned).into_iter().take(count).collect(),
            Self::Rate(Rate { seconds, .. }) => {
                let first = match start {
                    Some(start) if *start > now => *start,
                    Some(start) => {
                        let passed = now.as_second().saturating_sub(start.as_second()) / seconds + 1;
                        let Some(first) = later(*start, seconds.saturating_mul(passed)) else { return Vec::new() };
                        first
                    }
                    None => now,
                };
                let all = std::iter::successors(Some(first), |at| later(*at, *seconds));
                all.take_while(is_within).take(count).map(zoned).collect()
            }
            Self::Cron(cron) => {
                let after = start.map_or(now, |start| now.max(start.saturating_sub(1.second()).unwrap_or(start)));
                let mut clock = after.to_zoned(zone.clone()).datetime();
                // Of an hour that the clock shows twice, what was in its first pass is over in the second.
                let mut times = Vec::new();
                while times.len() < count
                    && let Some(at) = cron.after(clock)
                {
                    clock = at;
                    let Some(instant) = instant(zone, at).filter(|instant| *instant > after) else { continue };
                    if !is_within(&instant) {
                        break;
                    }
                    times.push(zoned(instant));
                }
                times
            }
        }
    }
}

fn later(at: Timestamp, seconds: i64) -> Option<Timestamp> {
    at.checked_add(seconds.seconds()).ok()
}

/// When a clock of this zone shows it: never where it skips it, the first time where it does twice.
fn instant(zone: &TimeZone, at: DateTime) -> Option<Timestamp> {
    let told = zone.to_ambiguous_timestamp(at);
    match told.offset() {
        AmbiguousOffset::Gap { .. } => None,
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => told.earlier().ok(),
    }
}

fn rate_of(text: &str) -> Result<Rate, Malformed> {
    let wrong = |why: &str, fix: &str| Malformed::new(format!("`rate({text})` {why}"), fix);
    let Some((number, unit)) = text.split_once(' ') else {
        return Err(wrong(
            "is no number and unit with one space between them",
            "write `rate(5 minutes)`, `rate(1 hour)` or `rate(2 days)`",
        ));
    };
    let seconds = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        "second" | "seconds" => {
            return Err(wrong("is below a minute, which is the least that AWS takes", "write `rate(1 minute)` or more"));
        }
        _ => return Err(wrong("has no unit that AWS knows", "write minutes, hours or days: `rate(5 minutes)`")),
    };
    let is_plain = number.bytes().all(|digit| digit.is_ascii_digit());
    let Some(number) = number.parse::<u32>().ok().filter(|number| is_plain && *number > 0) else {
        return Err(wrong("has no whole number above 0", "write `rate(5 minutes)`"));
    };
    Ok(Rate { seconds: i64::from(number) * seconds, is_in_number: (number == 1) != unit.ends_with('s') })
}

fn at_of(text: &str) -> Result<DateTime, Malformed> {
    const FIX: &str = "write `at(2026-12-24T08:00:00)`, and the zone in `time_zone`";
    let has_form = text.len() == 19
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    if !has_form {
        let what = format!("`at({text})` is no date and time of the form yyyy-mm-ddThh:mm:ss");
        return Err(Malformed::new(what, FIX));
    }
    text.parse().map_err(|_| Malformed::new(format!("`at({text})` is a date or a time that no calendar has"), FIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(name: &str) -> Bounds {
        Bounds { zone: zone(name).unwrap(), start: None, end: None }
    }

    fn next(text: &str, now: &str, bounds: &Bounds) -> Vec<String> {
        let times = Times::parse(text).unwrap().next(now.parse().unwrap(), bounds, 3);
        times.iter().map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()).collect()
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        // The first six were refused by AWS itself (docs/aws-facts.md §14).
        for text in [
            "at(2026-12-24T08:00:00Z)",
            "at(2026-12-24)",
            "at(2026-12-24 08:00:00)",
            "rate(10 seconds)",
            "cron(0 1 * * * *)",
            "at(2026-12-24T08:00:00.123)",
            "at(2026-02-30T08:00:00)",
            "rate(0 minutes)",
            "rate(5minutes)",
            "rate(5  minutes)",
            "rate(+5 minutes)",
            "rate(1.5 hours)",
            "rate(1 week)",
            "rate(5 minutes",
            "Rate(5 minutes)",
            "0 2 * * ? *",
            "",
        ] {
            assert!(Times::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rate_counts_from_its_start() {
        let utc = bounds("UTC");
        assert_eq!(
            next("rate(5 minutes)", "2026-11-29T10:02:00Z", &utc),
            ["2026-11-29T10:02:00+00:00", "2026-11-29T10:07:00+00:00", "2026-11-29T10:12:00+00:00"]
        );
        let started = Bounds { start: Some("2026-11-29T09:00:00Z".parse().unwrap()), ..utc.clone() };
        assert_eq!(next("rate(1 hour)", "2026-11-29T10:02:00Z", &started)[0], "2026-11-29T11:00:00+00:00");
        let ending = Bounds { end: Some("2026-11-29T12:00:00Z".parse().unwrap()), ..started };
        assert_eq!(next("rate(1 hour)", "2026-11-29T10:02:00Z", &ending).len(), 2);
        assert!(!matches!(Times::parse("rate(1 minutes)").unwrap(), Times::Rate(rate) if rate.is_in_number));
        assert!(matches!(Times::parse("rate(1 minute)").unwrap(), Times::Rate(rate) if rate.is_in_number));
    }

    #[test]
    fn a_time_that_the_clock_skips_does_not_happen() {
        // Berlin goes from 02:00 to 03:00 on 28 March 2027.
        let berlin = bounds("Europe/Berlin");
        assert_eq!(
            next("cron(30 2 * * ? *)", "2027-03-27T00:00:00Z", &berlin),
            ["2027-03-27T02:30:00+01:00", "2027-03-29T02:30:00+02:00", "2027-03-30T02:30:00+02:00"]
        );
        assert!(next("at(2027-03-28T02:30:00)", "2027-03-27T00:00:00Z", &berlin).is_empty());
    }

    #[test]
    fn a_time_that_the_clock_shows_twice_happens_once() {
        // And from 03:00 to 02:00 on 25 October 2026.
        let berlin = bounds("Europe/Berlin");
        assert_eq!(
            next("cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", &berlin),
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "2026-10-27T02:30:00+01:00"]
        );
        // Between the two passes it is over.
        assert_eq!(next("cron(30 2 * * ? *)", "2026-10-25T00:45:00Z", &berlin)[0], "2026-10-26T02:30:00+01:00");
    }

    #[test]
    fn a_time_at_its_start_counts() {
        let from = Bounds { start: Some("2026-12-01T02:00:00Z".parse().unwrap()), ..bounds("UTC") };
        assert_eq!(next("cron(0 2 * * ? *)", "2026-11-29T10:00:00Z", &from)[0], "2026-12-01T02:00:00+00:00");
    }

    #[test]
    fn what_happens_once_is_over_when_it_is() {
        let berlin = bounds("Europe/Berlin");
        assert_eq!(next("at(2026-12-24T08:00:00)", "2026-11-29T10:00:00Z", &berlin), ["2026-12-24T08:00:00+01:00"]);
        assert!(next("at(2026-12-24T08:00:00)", "2026-12-24T07:00:00Z", &berlin).is_empty());
    }
}
