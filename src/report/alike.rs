//! Findings of which the same is to be said are one, with its places.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::source::Diagnostic;
use crate::source::diagnostic::Level;

/// A finding, and the others that are told with it.
pub struct Alike<'a> {
    /// The one that is shown.
    pub first: &'a Diagnostic,
    /// Those that would say the same, in order.
    pub others: Vec<&'a Diagnostic>,
}

impl<'a> Alike<'a> {
    /// A finding by itself.
    pub fn one(first: &'a Diagnostic) -> Self {
        Self { first, others: Vec::new() }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &'a Diagnostic> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
}

/// Findings with the same advice as one each, whatever else they say of each resource: warnings, that is.
pub fn advised(findings: &[Diagnostic]) -> Vec<Alike<'_>> {
    by(findings, advice)
}

/// What findings of one advice have in common: an error is mended by what it says, a warning by its fix.
pub(super) fn advice(finding: &Diagnostic) -> (&str, Level, Option<&str>, &str) {
    (finding.code, finding.level, (finding.level == Level::Error).then_some(finding.message.as_str()), &finding.fix)
}

/// What a finding says, whichever resource it is said of.
pub(super) fn sense(finding: &Diagnostic) -> String {
    let Diagnostic { address, message, .. } = finding;
    let Some((_, name)) = address.split_once('/').filter(|(_, name)| !name.is_empty()) else { return message.clone() };
    [address.clone(), format!(".{name}"), format!("`{name}`")].iter().fold(message.clone(), |text, word| text.replace(word, "it"))
}

/// Findings that differ in nothing but their place and their resource as one each, in the order of the
/// first ones.
pub fn equal(findings: &[Diagnostic]) -> Vec<Alike<'_>> {
    by(findings, |finding| (finding.code, finding.level, finding.message.as_str(), finding.fix.as_str()))
}

fn by<'a, K: Eq + std::hash::Hash>(findings: &'a [Diagnostic], key: impl Fn(&'a Diagnostic) -> K) -> Vec<Alike<'a>> {
    let mut all: Vec<Alike<'_>> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for finding in findings {
        match known.entry(key(finding)) {
            Entry::Occupied(at) => all[*at.get()].others.push(finding),
            Entry::Vacant(free) => {
                free.insert(all.len());
                all.push(Alike::one(finding));
            }
        }
    }
    all
}
