//! How far a read looks: parts of a resource that have calls of their own are read where the files want
//! them or a mark says that they were set, and else they are told as not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::aws::Op;
use crate::aws::op::Quota;

/// Which parts of a resource are read that have calls of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// What a mark says was set: enough to delete.
    Marked,
    /// That, and what the files want.
    Wanted,
    /// Every part of everything.
    All,
}

/// Parts of resources that were not looked at.
#[derive(Debug, Clone, Default)]
pub struct PassedOver {
    /// Kind and physical name of a resource, its part, and the call that would read it.
    parts: Vec<(&'static str, String, &'static str, &'static Op)>,
}

impl PassedOver {
    pub(super) fn add(&mut self, (kind, name): (&'static str, &str), part: &'static str, op: &'static Op) {
        self.parts.push((kind, name.to_owned(), part, op));
    }

    /// Forgets those of resources that nobody asks about.
    pub fn retain(&mut self, is_meant: impl Fn(&str, &str) -> bool) {
        self.parts.retain(|(kind, name, ..)| is_meant(kind, name));
    }

    /// The parts by kind.
    pub fn parts(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (kind, _, part, _) in &self.parts {
            parts.entry(kind).or_default().insert(part);
        }
        parts
    }

    fn ops(&self) -> impl Iterator<Item = &'static Op> {
        self.parts.iter().map(|(.., op)| *op)
    }

    /// How many calls a look would take.
    pub fn calls(&self) -> usize {
        self.parts.len()
    }

    /// Of how many resources something was left out: the most that one call was left out of.
    pub fn resources(&self) -> usize {
        let mut of: BTreeMap<&str, usize> = BTreeMap::new();
        self.ops().for_each(|op| *of.entry(op.iam).or_default() += 1);
        of.into_values().max().unwrap_or_default()
    }

    /// How long AWS's quotas make these calls take, at least.
    pub fn takes(&self) -> Duration {
        let mut of: BTreeMap<&str, (u64, Quota)> = BTreeMap::new();
        for quota in self.ops().filter_map(|op| op.quota) {
            of.entry(quota.name).or_insert((0, quota)).0 += 1;
        }
        of.into_values().map(|(calls, quota)| quota.takes(calls)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::op::LAMBDA;

    const SHARED: Op = Op::reads("lambda:GetPolicy").paced(LAMBDA);
    const ALSO: Op = Op::reads("lambda:ListAliases").paced(LAMBDA);

    #[test]
    fn calls_of_one_quota_wait_for_each_other() {
        let mut over = PassedOver::default();
        for number in 0..30 {
            over.add(("function", &format!("f{number}")), "permissions", &SHARED);
            over.add(("function", &format!("f{number}")), "aliases", &ALSO);
        }
        assert_eq!((over.calls(), over.resources(), over.takes()), (60, 30, Duration::from_secs(4)));
        over.retain(|_, name| name == "f7");
        assert_eq!((over.calls(), over.resources()), (2, 1), "what nobody asks about is not told");
    }
}
