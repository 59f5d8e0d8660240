//! A field of `cron(…)`: which numbers it means.

use std::collections::BTreeSet;

use super::Malformed;
use crate::source::diagnostic::suggest;

/// What a field may hold.
pub(super) struct Field {
    /// What it is, `minutes` for one.
    pub name: &'static str,
    /// Least number.
    pub min: i16,
    /// Largest number.
    pub max: i16,
    /// Names that stand for numbers from `min` on.
    pub names: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// In their order.
pub(super) const MINUTES: Field = Field { name: "minutes", min: 0, max: 59, names: &[] };
pub(super) const HOURS: Field = Field { name: "hours", min: 0, max: 23, names: &[] };
pub(super) const DAYS: Field = Field { name: "day of month", min: 1, max: 31, names: &[] };
pub(super) const MONTH: Field = Field { name: "month", min: 1, max: 12, names: &MONTHS };
/// Sunday is 1.
pub(super) const WEEKDAY: Field = Field { name: "day of week", min: 1, max: 7, names: &WEEKDAYS };
pub(super) const YEAR: Field = Field { name: "year", min: 1970, max: 2199, names: &[] };

impl Field {
    /// What is wrong with the field.
    pub fn wrong(&self, text: &str, why: &str, fix: impl Into<String>) -> Malformed {
        Malformed::new(format!("the {} `{text}` {why}", self.name), fix)
    }

    /// Numbers of a field that is a list of numbers, names, ranges and steps.
    pub fn numbers(&self, text: &str) -> Result<BTreeSet<i16>, Malformed> {
        let mut numbers = BTreeSet::new();
        for part in text.split(',') {
            if part.is_empty() {
                return Err(self.wrong(text, "has an empty place in its list", "take the `,` out, or write what is missing"));
            }
            self.part(text, part, &mut numbers)?;
        }
        Ok(numbers)
    }

    fn part(&self, text: &str, part: &str, numbers: &mut BTreeSet<i16>) -> Result<(), Malformed> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(self.step(text, step)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.min, self.max),
            Some((from, to)) => (self.number(text, from)?, self.number(text, to)?),
            // `1/10` goes on to the end.
            None => {
                let from = self.number(text, range)?;
                (from, if step.is_some() { self.max } else { from })
            }
        };
        // FRI-MON goes over the end of the week, 20-2 over midnight.
        let span = if from <= to { to - from } else { to - from + (self.max - self.min + 1) };
        if from > to && self.min == YEAR.min {
            return Err(self.wrong(text, "has a range that ends before it begins", format!("write `{to}-{from}`, or two ranges")));
        }
        let wrapped = |at: i16| if at > self.max { at - (self.max - self.min + 1) } else { at };
        numbers.extend((0..=span).step_by(step.unwrap_or(1)).map(|at| wrapped(from + at)));
        Ok(())
    }

    fn step(&self, text: &str, step: &str) -> Result<usize, Malformed> {
        let is_plain = step.bytes().all(|digit| digit.is_ascii_digit());
        let number = step.parse::<usize>().ok().filter(|step| is_plain && *step > 0 && *step <= usize::from(self.max.unsigned_abs()));
        number.ok_or_else(|| self.wrong(text, &format!("goes in steps of `{step}`"), format!("write a step from 1 to {}", self.max)))
    }

    /// A number or a name.
    pub fn number(&self, text: &str, word: &str) -> Result<i16, Malformed> {
        let named = self.names.iter().zip(self.min..).find(|(name, _)| name.eq_ignore_ascii_case(word));
        if let Some((_, number)) = named {
            return Ok(number);
        }
        let is_plain = !word.is_empty() && word.bytes().all(|digit| digit.is_ascii_digit());
        match word.parse::<i16>().ok().filter(|_| is_plain) {
            Some(number) if (self.min..=self.max).contains(&number) => Ok(number),
            Some(_) => Err(self.wrong(text, &format!("holds {word}"), format!("AWS takes {} to {}", self.min, self.max))),
            None if word.is_empty() => Err(self.wrong(text, "lacks a number", format!("AWS takes {} to {}", self.min, self.max))),
            None if self.names.is_empty() => {
                Err(self.wrong(text, &format!("holds `{word}`, which is no number"), format!("AWS takes {} to {}", self.min, self.max)))
            }
            None => {
                let fix = suggest(&word.to_ascii_uppercase(), self.names.iter().copied());
                Err(self.wrong(text, &format!("holds `{word}`"), fix))
            }
        }
    }
}
