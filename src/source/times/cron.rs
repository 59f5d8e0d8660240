//! `cron(…)` of AWS's dialect: minutes, hours, day of month, month, day of week, year
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based>).

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Weekday};

use super::Malformed;
use super::field::{DAYS, HOURS, MINUTES, MONTH, WEEKDAY, YEAR};
use crate::model::counted;

/// Times by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: BTreeSet<i16>,
    hours: BTreeSet<i16>,
    days: Days,
    months: BTreeSet<i16>,
    years: BTreeSet<i16>,
}

/// Which days of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    /// These, where the month has them.
    OfMonth(BTreeSet<i16>),
    /// So many before the last one.
    BeforeLast(i8),
    /// The weekday that is nearest to this day, in the same month.
    NearestWeekday(i16),
    /// The last one from Monday to Friday.
    LastWeekday,
    /// These days of the week; Sunday is 1.
    OfWeek(BTreeSet<i16>),
    /// The last of one of these.
    LastOfWeek(i16),
    /// The so-and-so-many-th of one of these.
    NthOfWeek(i16, i8),
}

const FIELDS: &str = "minutes, hours, day of month, month, day of week and year, such as `cron(0 2 * * ? *)`";

impl Cron {
    /// Reads what stands between the brackets.
    pub(super) fn parse(text: &str) -> Result<Self, Malformed> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, day, month, weekday, year] = fields[..] else {
            let fix = match fields.len() {
                5 => format!("AWS's has a sixth field for the year, and `?` for one of the two days: {FIELDS}"),
                _ => format!("write {FIELDS}"),
            };
            return Err(Malformed::new(format!("`cron({text})` has {}, and AWS takes 6", counted(fields.len(), "field")), fix));
        };
        Ok(Self {
            minutes: MINUTES.numbers(minutes)?,
            hours: HOURS.numbers(hours)?,
            days: Days::parse(day, weekday)?,
            months: MONTH.numbers(month)?,
            years: YEAR.numbers(year)?,
        })
    }

    /// The first time after `clock`, none where the years are over.
    pub(super) fn after(&self, clock: DateTime) -> Option<DateTime> {
        let today = clock.date();
        let (hour, minute) = (i16::from(clock.hour()), i16::from(clock.minute()));
        for date in self.dates(today) {
            for at in &self.hours {
                for to in &self.minutes {
                    if date > today || (*at, *to) > (hour, minute) {
                        return Some(date.at(i8::try_from(*at).ok()?, i8::try_from(*to).ok()?, 0, 0));
                    }
                }
            }
        }
        None
    }

    /// The days from `today` on.
    fn dates(&self, today: Date) -> impl Iterator<Item = Date> {
        let years = self.years.range(today.year()..);
        let firsts = years.flat_map(|year| {
            let months = self.months.iter().filter_map(|month| i8::try_from(*month).ok());
            months.filter_map(|month| Date::new(*year, month, 1).ok())
        });
        firsts.filter(move |first| first.last_of_month() >= today).flat_map(|first| self.days.of(first)).filter(move |date| *date >= today)
    }
}

impl Days {
    fn parse(day: &str, weekday: &str) -> Result<Self, Malformed> {
        match (day, weekday) {
            ("?", "?") => Err(WEEKDAY.wrong(weekday, "and the day of month are both `?`", "say the days in one of the two")),
            (_, "?") => Self::of_month(day),
            ("?", _) => Self::of_week(weekday),
            _ => {
                let what = format!("the day of month is `{day}` and the day of week `{weekday}`, and AWS takes only one of the two");
                let (day, weekday) = if weekday == "*" {
                    (day, "?")
                } else if day == "*" {
                    ("?", weekday)
                } else {
                    (day, "?")
                };
                let fix = format!("write `?` for the one that is not to count, here `{day}` and `{weekday}`");
                Err(Malformed::new(what, fix))
            }
        }
    }

    fn of_month(text: &str) -> Result<Self, Malformed> {
        let upper = text.to_ascii_uppercase();
        match upper.as_str() {
            "L" => return Ok(Self::BeforeLast(0)),
            "LW" => return Ok(Self::LastWeekday),
            _ => {}
        }
        if let Some(before) = upper.strip_prefix("L-") {
            let days = before.parse::<i8>().ok().filter(|days| (1..=30).contains(days));
            let wrong = || DAYS.wrong(text, "counts from the last day", "write `L-1` to `L-30`");
            return days.map(Self::BeforeLast).ok_or_else(wrong);
        }
        if let Some(day) = upper.strip_suffix('W') {
            if day.contains([',', '-', '/', '*']) {
                return Err(DAYS.wrong(text, "has `W` behind more than one day", "write one day, such as `15W`"));
            }
            return Ok(Self::NearestWeekday(DAYS.number(text, day)?));
        }
        if upper.contains(['L', 'W']) {
            return Err(DAYS.wrong(text, "has `L` or `W` in a list", "write it alone, in a schedule of its own"));
        }
        if upper.contains('#') {
            return Err(DAYS.wrong(text, "has `#`", "write it as day of week, with `?` as day of month"));
        }
        Ok(Self::OfMonth(DAYS.numbers(text)?))
    }

    fn of_week(text: &str) -> Result<Self, Malformed> {
        let upper = text.to_ascii_uppercase();
        if let Some((day, nth)) = upper.split_once('#') {
            let nth = nth.parse::<i8>().ok().filter(|nth| (1..=5).contains(nth) && !day.contains([',', '-']));
            let wrong = || WEEKDAY.wrong(text, "is no one day with `#1` to `#5` behind it", "write `3#2` for the second Tuesday");
            return Ok(Self::NthOfWeek(WEEKDAY.number(text, day)?, nth.ok_or_else(wrong)?));
        }
        if upper == "L" {
            return Ok(Self::OfWeek([WEEKDAY.max].into()));
        }
        if let Some(day) = upper.strip_suffix('L') {
            if day.contains([',', '-', '/', '*']) {
                return Err(WEEKDAY.wrong(text, "has `L` behind more than one day", "write one day, such as `6L`"));
            }
            return Ok(Self::LastOfWeek(WEEKDAY.number(text, day)?));
        }
        Ok(Self::OfWeek(WEEKDAY.numbers(text)?))
    }

    /// The days of the month that begins with `first`, in their order.
    fn of(&self, first: Date) -> Vec<Date> {
        let last = first.last_of_month();
        let on = |day: i8| Date::new(first.year(), first.month(), day).ok();
        let all = || (1..=last.day()).filter_map(on);
        let one = |day: Option<Date>| day.into_iter().collect();
        match self {
            Self::OfMonth(days) => all().filter(|date| days.contains(&i16::from(date.day()))).collect(),
            Self::BeforeLast(days) => one(on(last.day() - days)),
            Self::NearestWeekday(day) => one(i8::try_from(*day).ok().and_then(on).map(nearest_weekday)),
            Self::LastWeekday => one(all().rfind(|date| !is_weekend(*date))),
            Self::OfWeek(days) => all().filter(|date| days.contains(&number(*date))).collect(),
            Self::LastOfWeek(day) => one(all().rfind(|date| number(*date) == *day)),
            Self::NthOfWeek(day, nth) => one(all().filter(|date| number(*date) == *day).nth(usize::from(nth.unsigned_abs()) - 1)),
        }
    }
}

/// Day of the week as AWS counts them.
fn number(date: Date) -> i16 {
    i16::from(date.weekday().to_sunday_one_offset())
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Saturdays go to the Friday before and Sundays to the Monday after, but into no other month.
fn nearest_weekday(date: Date) -> Date {
    let beside = |days: &[i8]| {
        let moved = days.iter().filter_map(|days| Date::new(date.year(), date.month(), date.day() + days).ok());
        moved.into_iter().next().unwrap_or(date)
    };
    match date.weekday() {
        Weekday::Saturday => beside(&[-1, 2]),
        Weekday::Sunday => beside(&[1, -2]),
        _ => date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str, from: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let first: DateTime = from.parse().unwrap();
        let times = std::iter::successors(cron.after(first), |at| cron.after(*at));
        times.take(count).map(|at| at.strftime("%a %Y-%m-%d %H:%M").to_string()).collect()
    }

    #[test]
    fn examples_of_aws_mean_what_aws_says() {
        // Expressions and meanings of the tables in the guides of EventBridge and of its Scheduler.
        for (text, times) in [
            ("0 10 * * ? *", ["Mon 2026-11-30 10:00", "Tue 2026-12-01 10:00"]),
            ("15 12 * * ? *", ["Sun 2026-11-29 12:15", "Mon 2026-11-30 12:15"]),
            ("0 18 ? * MON-FRI *", ["Mon 2026-11-30 18:00", "Tue 2026-12-01 18:00"]),
            ("0 8 1 * ? *", ["Tue 2026-12-01 08:00", "Fri 2027-01-01 08:00"]),
            ("0/15 * * * ? *", ["Sun 2026-11-29 12:15", "Sun 2026-11-29 12:30"]),
            ("0/10 * ? * MON-FRI *", ["Mon 2026-11-30 00:00", "Mon 2026-11-30 00:10"]),
            ("0/5 8-17 ? * MON-FRI *", ["Mon 2026-11-30 08:00", "Mon 2026-11-30 08:05"]),
            // Over midnight, on the same day of the week.
            ("0/30 20-2 ? * MON-FRI *", ["Mon 2026-11-30 00:00", "Mon 2026-11-30 00:30"]),
            ("15 10 ? * 6L 2026-2027", ["Fri 2026-12-25 10:15", "Fri 2027-01-29 10:15"]),
            ("30 9 ? * 3#2 *", ["Tue 2026-12-08 09:30", "Tue 2027-01-12 09:30"]),
            ("0 12 3W * ? *", ["Thu 2026-12-03 12:00", "Mon 2027-01-04 12:00"]),
            ("1/10 * * * ? *", ["Sun 2026-11-29 12:01", "Sun 2026-11-29 12:11"]),
            ("0 0 L * ? *", ["Mon 2026-11-30 00:00", "Thu 2026-12-31 00:00"]),
            ("0 0 ? * L *", ["Sat 2026-12-05 00:00", "Sat 2026-12-12 00:00"]),
            ("0 0 1 JAN,FEB,MAR ? *", ["Fri 2027-01-01 00:00", "Mon 2027-02-01 00:00"]),
        ] {
            assert_eq!(next(text, "2026-11-29T12:00:00", 2), times, "{text}");
        }
    }

    #[test]
    fn corners_of_the_dialect() {
        for (text, from, times) in [
            // A Saturday that is the first goes forward, not into the month before.
            ("0 0 1W * ? *", "2027-04-30T00:00:00", vec!["Mon 2027-05-03 00:00"]),
            // A Sunday that is the last goes back.
            ("0 0 31W * ? *", "2027-01-02T00:00:00", vec!["Fri 2027-01-29 00:00", "Wed 2027-03-31 00:00"]),
            ("0 0 LW * ? *", "2027-01-02T00:00:00", vec!["Fri 2027-01-29 00:00", "Fri 2027-02-26 00:00"]),
            ("0 0 L-2 * ? *", "2027-01-02T00:00:00", vec!["Fri 2027-01-29 00:00", "Fri 2027-02-26 00:00"]),
            // Months without a 31st, and years without a 29 February, are left out.
            ("0 0 31 * ? *", "2027-01-31T00:00:00", vec!["Wed 2027-03-31 00:00", "Mon 2027-05-31 00:00"]),
            ("0 0 29 2 ? *", "2027-01-01T00:00:00", vec!["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
            ("0 0 ? * 2#5 *", "2026-12-01T00:00:00", vec!["Mon 2027-03-29 00:00"]),
            ("0 0 ? * FRI-MON *", "2026-12-01T00:00:00", vec!["Fri 2026-12-04 00:00", "Sat 2026-12-05 00:00", "Sun 2026-12-06 00:00"]),
            ("0 0 ? * fri *", "2026-12-01T00:00:00", vec!["Fri 2026-12-04 00:00"]),
            ("59 23 31 12 ? 2026", "2026-12-01T00:00:00", vec!["Thu 2026-12-31 23:59"]),
            ("0 0 1 1 ? 2027-2199/2", "2026-12-01T00:00:00", vec!["Fri 2027-01-01 00:00", "Mon 2029-01-01 00:00"]),
        ] {
            assert_eq!(next(text, from, times.len()), times, "{text}");
        }
        assert!(next("59 23 31 12 ? 2026", "2026-12-31T23:59:00", 1).is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        for (text, said) in [
            ("0 2 * * *", "5 fields"),
            ("0 2 * * * *", "only one of the two"),
            ("0 2 1 * 2 *", "only one of the two"),
            ("0 2 ? * ? *", "both `?`"),
            ("60 2 * * ? *", "the minutes `60` holds 60"),
            ("0 24 * * ? *", "the hours `24` holds 24"),
            ("0 2 0 * ? *", "the day of month `0` holds 0"),
            ("0 2 * 13 ? *", "the month `13` holds 13"),
            ("0 2 * JANUARY ? *", "the month `JANUARY` holds `JANUARY`"),
            ("0 2 ? * 0 *", "the day of week `0` holds 0"),
            ("0 2 ? * 8 *", "the day of week `8` holds 8"),
            ("0 2 * * ? 1969", "the year `1969` holds 1969"),
            ("0 2 * * ? 2200", "the year `2200` holds 2200"),
            ("0/0 2 * * ? *", "steps of `0`"),
            ("0/60 2 * * ? *", "steps of `60`"),
            ("5, 2 * * ? *", "empty place"),
            ("- 2 * * ? *", "lacks a number"),
            ("0 2 * * ? 2030-2027", "ends before it begins"),
            ("? 2 * * ? *", "holds `?`"),
            ("0 2 1-3W * ? *", "more than one day"),
            ("0 2 L,15 * ? *", "in a list"),
            ("0 2 3#2 * ? *", "has `#`"),
            ("0 2 ? * 3#1,6#3 *", "is no one day"),
            ("0 2 ? * 3#6 *", "is no one day"),
            ("0 2 ? * MON-FRIL *", "more than one day"),
            ("0 2 * * ? * *", "7 fields"),
        ] {
            let wrong = Cron::parse(text).unwrap_err();
            assert!(wrong.what.contains(said) && !wrong.fix.is_empty(), "{text}: {} ({})", wrong.what, wrong.fix);
        }
    }
}
