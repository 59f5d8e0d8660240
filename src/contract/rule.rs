//! A rule: what AWS would refuse or what is unwise, found in files alone.

use std::sync::Arc;

use super::View;
use crate::source::diagnostic::{Diagnostic, Level, Place, Source};

/// A rule: what it looks for, why, and the function that looks.
pub struct Rule {
    /// Stable code, `E101` for one.
    pub code: &'static str,
    /// What is wrong where it finds something.
    pub title: &'static str,
    /// Why it matters, and what AWS does about it.
    pub why: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    /// Where the fact comes from: a page of AWS's, or a member of its service model.
    pub source: &'static str,
    /// Looks at one stack.
    pub run: fn(&View<'_>, &mut Findings<'_>),
}

impl Rule {
    /// What it finds in one stack.
    pub fn look(&self, cx: &View<'_>) -> Vec<Diagnostic> {
        let mut findings = Findings { rule: self, source: &cx.loaded.source, found: Vec::new() };
        (self.run)(cx, &mut findings);
        findings.found
    }

    /// Whether it refuses or warns: the code says so.
    pub fn level(&self) -> Level {
        if self.code.starts_with('E') { Level::Error } else { Level::Warning }
    }
}

/// Takes what a rule finds.
pub struct Findings<'a> {
    rule: &'a Rule,
    source: &'a Arc<Source>,
    found: Vec<Diagnostic>,
}

impl Findings<'_> {
    /// A finding at a place, about a resource (`function/api-handler`) or the whole stack (empty).
    pub fn add(&mut self, place: Place, address: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) {
        let fix: String = fix.into();
        let fix = if fix.is_empty() { self.rule.fix.to_owned() } else { fix };
        let mut diagnostic = Diagnostic::new(self.source, place, message, fix);
        diagnostic.code = self.rule.code;
        diagnostic.level = self.rule.level();
        diagnostic.fact = self.rule.source;
        diagnostic.address = address.into();
        self.found.push(diagnostic);
    }

    /// A finding in another file than the stack's: one of its sources.
    pub fn add_in(&mut self, source: &Arc<Source>, place: Place, address: &str, message: String, fix: String) {
        self.add(place, address, message, fix);
        self.found.iter_mut().next_back().into_iter().for_each(|finding| finding.source = Arc::clone(source));
    }

    /// The same for what AWS refuses to make and still lets be changed.
    pub fn add_for_new(&mut self, place: Place, address: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) {
        self.add(place, address, message, fix);
        self.found.iter_mut().next_back().into_iter().for_each(|finding| finding.only_new = true);
    }
}
