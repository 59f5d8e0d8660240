//! A rule: what AWS would refuse or what is unwise, found in files alone.

use std::sync::Arc;

use super::View;
use super::facts::Range;
use crate::model::counted;
use crate::model::reference::{is_known, least_length};
use crate::source::diagnostic::{Diagnostic, Level, Place, Source, suggest};
use crate::source::word::{Word, Words};

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

    /// A finding of it in a file, about a resource or the whole stack (empty).
    pub fn finding(
        &self,
        source: &Arc<Source>,
        place: Place,
        address: impl Into<String>,
        message: impl Into<String>,
        fix: impl Into<Fix>,
    ) -> Diagnostic {
        let Fix(fix) = fix.into();
        let fix = fix.unwrap_or_else(|| self.fix.to_owned());
        let found = Diagnostic::new(source, place, message, fix);
        Diagnostic { code: self.code, level: self.level(), fact: self.source, address: address.into(), ..found }
    }

    /// Whether it refuses or warns: the code says so.
    pub fn level(&self) -> Level {
        if self.code.starts_with('E') { Level::Error } else { Level::Warning }
    }
}

/// A way to mend a finding; none where the rule's own fits.
pub struct Fix(Option<String>);

impl From<String> for Fix {
    fn from(fix: String) -> Self {
        Self(Some(fix))
    }
}

impl From<&str> for Fix {
    fn from(fix: &str) -> Self {
        Self(Some(fix.to_owned()))
    }
}

impl From<Option<String>> for Fix {
    fn from(fix: Option<String>) -> Self {
        Self(fix)
    }
}

/// Takes what a rule finds.
pub struct Findings<'a> {
    rule: &'a Rule,
    source: &'a Arc<Source>,
    found: Vec<Diagnostic>,
}

impl Findings<'_> {
    /// Code of the rule that looks.
    pub fn code(&self) -> &'static str {
        self.rule.code
    }

    /// A finding at a place, about a resource (`function/api-handler`) or the whole stack (empty), which
    /// is mended as the rule says.
    pub fn add(&mut self, place: Place, address: impl Into<String>, message: impl Into<String>) {
        self.add_with(place, address, message, None);
    }

    /// The same with a way to mend it that fits this place; none stands for the rule's own.
    pub fn add_with(&mut self, place: Place, address: impl Into<String>, message: impl Into<String>, fix: impl Into<Fix>) {
        self.found.push(self.rule.finding(self.source, place, address, message, fix));
    }

    /// A finding in another file than the stack's: one of its sources.
    pub fn add_in(&mut self, source: &Arc<Source>, place: Place, address: &str, message: String, fix: impl Into<Fix>) {
        self.add_with(place, address, message, fix);
        self.found.iter_mut().next_back().into_iter().for_each(|finding| finding.source = Arc::clone(source));
    }

    /// Tells of a number that is out of its range.
    pub fn number(&mut self, place: Place, address: &str, (what, number, unit): (&str, i64, &str), range: &Range) {
        if range.holds(number) {
            return;
        }
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let message = match (range.min, range.max) {
            (min, i64::MAX) => format!("{what} is {number}{unit}; AWS takes {min} or more"),
            (min, max) => format!("{what} is {number}{unit}; AWS takes {min} to {max}"),
        };
        self.add_with(place, address, message, format!("write {} or another number in that range", range.nearest(number)));
    }

    /// Tells of a name or description that is too long or empty.
    pub fn length(&mut self, place: Place, address: &str, (what, text): (&str, &str), range: &Range) -> bool {
        let length = least_length(text);
        if length > range.max {
            let fix = format!("take {} away", counted(length - range.max, "character"));
            self.add_with(place, address, format!("{what} has {length} characters; AWS takes at most {}", range.max), fix);
            return true;
        }
        if is_known(text) && length < range.min {
            self.add(place, address, format!("{what} is empty"));
            return true;
        }
        false
    }

    /// Tells of a word that AWS does not have.
    pub fn word<T: Words>(&mut self, place: Place, address: &str, what: &str, word: &Word<T>) {
        if word.known().is_some() || !is_known(word.as_str()) {
            return;
        }
        let near = Word::<T>::all().find(|known| known.eq_ignore_ascii_case(word.as_str()));
        let fix = near.map_or_else(|| suggest(word.as_str(), Word::<T>::all()), |near| format!("did you mean `{near}`?"));
        self.add_with(place, address, format!("`{word}` is no {what}"), fix);
    }

    /// The same for what AWS refuses to make and still lets be changed.
    pub fn add_for_new(&mut self, place: Place, address: impl Into<String>, message: impl Into<String>, fix: impl Into<Fix>) {
        self.add_with(place, address, message, fix);
        self.found.iter_mut().next_back().into_iter().for_each(|finding| finding.only_new = true);
    }
}
