//! What AWS would refuse, found before the first call: rules over loaded stacks, each with a stable
//! code, a reason, a fix and the source of its fact.
//!
//! A rule is one function and one line in the list of its file under `rules/`. Codes that begin with
//! `E` refuse, with `W` warn. Facts that AWS changes are dated data in `data/`, not code.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use crate::source::Loaded;
use crate::source::diagnostic::{Diagnostic, Level, Place, Source};

pub mod context;
pub mod data;
pub mod pages;
pub mod rules;
mod suppress;

pub use context::Context;
pub(crate) use rules::environment;

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
    pub run: fn(&Context<'_>, &mut Findings<'_>),
}

impl Rule {
    /// Whether it refuses or warns: the code says so.
    pub fn level(&self) -> Level {
        if self.code.starts_with('E') { Level::Error } else { Level::Warning }
    }
}

/// Takes what a rule finds.
pub struct Findings<'a> {
    rule: &'a Rule,
    cx: &'a Context<'a>,
    found: Vec<Diagnostic>,
}

impl Findings<'_> {
    /// A finding at a place, about a resource (`function/api-handler`) or the whole stack (empty).
    pub fn add(&mut self, place: Place, address: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) {
        let fix: String = fix.into();
        let fix = if fix.is_empty() { self.rule.fix.to_owned() } else { fix };
        let mut diagnostic = Diagnostic::new(&self.cx.loaded.source, place, message, fix);
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

/// Every rule, in the order of codes.
pub fn all() -> Vec<&'static Rule> {
    let mut all: Vec<&Rule> = rules::groups().iter().flat_map(|group| group.iter()).collect();
    all.sort_by_key(|rule| (rule.code[1..].to_owned(), rule.code));
    all
}

/// Runs every rule over every stack. What a stack's `checks:` turns off is left out; findings are in
/// the order of files and places, without repeats.
pub fn check(stacks: &[Loaded], as_of: Date) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for loaded in stacks {
        let cx = Context::new(loaded, stacks, as_of);
        let mut found = Vec::new();
        for rule in all() {
            let mut of_rule = Findings { rule, cx: &cx, found: Vec::new() };
            (rule.run)(&cx, &mut of_rule);
            found.extend(of_rule.found);
        }
        found = suppress::apply(&cx, found);
        found.sort_by(|a, b| (a.place, a.code, &a.message).cmp(&(b.place, b.code, &b.message)));
        // A default is wrong once; but which of its functions are new, only a plan can say.
        let same_place = |a: &Diagnostic, b: &Diagnostic| a.place == b.place && a.source.path == b.source.path;
        found.dedup_by(|a, b| same_place(a, b) && a.code == b.code && a.message == b.message && !a.only_new);
        findings.extend(found);
    }
    findings
}

/// Folder of a stack file: paths in it are relative to this.
pub(crate) fn folder(loaded: &Loaded) -> PathBuf {
    loaded.source.path.parent().map(std::path::Path::to_owned).unwrap_or_default()
}
