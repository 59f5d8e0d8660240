//! Ranges that AWS states.

use super::Kind;
use crate::aws::member::{Bound, Carried};

/// What a number, or the length of a text, may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Least.
    pub min: i64,
    /// Most.
    pub max: i64,
}

impl Range {
    /// Whether the number is allowed.
    pub fn holds(&self, number: i64) -> bool {
        (self.min..=self.max).contains(&number)
    }

    /// The allowed number that lies nearest.
    pub fn nearest(&self, number: i64) -> i64 {
        number.clamp(self.min, self.max)
    }
}

/// What the rows of a kind say of the number in a field; everything where they say nothing.
pub fn number_limit<K: Kind>(field: &str) -> Range {
    of_rows::<K>(Carried::Field(field), |bound| if let Bound::Range(min, max) = bound { Some(Range { min, max }) } else { None })
}

/// The same of the length of the text, or of each text, in a field.
pub fn length_limit<K: Kind>(field: &str) -> Range {
    of_rows::<K>(Carried::Field(field), length)
}

/// The same of the items in a field.
pub fn count_limit<K: Kind>(field: &str) -> Range {
    of_rows::<K>(Carried::Field(field), |bound| if let Bound::Count(min, max) = bound { Some(Range { min, max }) } else { None })
}

/// The same of the length of a name.
pub(super) fn name_limit<K: Kind>() -> Range {
    of_rows::<K>(Carried::Name, length)
}

fn length(bound: Bound) -> Option<Range> {
    if let Bound::Length(min, max) = bound { Some(Range { min, max }) } else { None }
}

fn of_rows<K: Kind>(carried: Carried<'_>, wanted: fn(Bound) -> Option<Range>) -> Range {
    let members = K::API.iter().flat_map(|op| op.members).filter(|member| member.carried == carried);
    let said = members.flat_map(|member| member.limits.iter().flatten()).find_map(|limit| wanted(limit.bound));
    said.unwrap_or(Range { min: i64::MIN, max: i64::MAX })
}
