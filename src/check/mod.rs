//! What AWS would refuse, found before the first call: rules over loaded stacks, each with a stable
//! code, a reason, a fix and the source of its fact.
//!
//! A rule is one function and one line in the list of its file under `rules/`. Codes that begin with
//! `E` refuse, with `W` warn. Facts that AWS changes are dated data in `data/`, not code.

use std::sync::Arc;

use jiff::civil::Date;

use crate::contract::{Asked, Rule, View};
use crate::kinds;
use crate::kinds::function::runtimes;
use crate::model::{Account, account};
use crate::package::Sources;
use crate::source::Diagnostic;
use crate::source::Loaded;

pub mod data;
pub mod fields;
mod given;
pub mod pages;
pub mod rules;
mod suppress;

use given::Given;

/// Every rule, in the order of codes.
pub fn all() -> Vec<&'static Rule> {
    let of_kinds = kinds::registry().iter().flat_map(|kind| kind.rules()).flat_map(|group| group.iter());
    let mut all: Vec<&Rule> = rules::groups().iter().flat_map(|group| group.iter()).chain(of_kinds).collect();
    all.sort_by_key(|rule| (rule.code[1..].to_owned(), rule.code));
    all
}

/// Runs every rule over every stack. What a stack's `checks:` turns off is left out; findings are in
/// the order of files and places, without repeats.
pub fn check(stacks: &[Loaded], asked: Asked) -> Vec<Diagnostic> {
    check_with(stacks, asked, &given::unshared())
}

/// What turns out to be refused only now that the account is known: what rules find that look at one resource alone, or
/// at accounts that ARNs name.
pub fn of_account(loaded: &Loaded, as_of: Date) -> Vec<Diagnostic> {
    let Account::Known(own) = &loaded.scope.account else { return Vec::new() };
    // Without the id of another account nothing can be of one: a plan pays for no rule that finds nothing.
    let names_another = |spec: String| spec.split(|c: char| !c.is_ascii_digit()).any(|part| account::is_id(part) && part != own);
    if !loaded.desired.nodes.values().any(|node| names_another(node.spec.to_string())) {
        return Vec::new();
    }
    let (stacks, sources) = (std::slice::from_ref(loaded), given::unshared());
    let (given, asked) = (Given::of(&sources), Asked { as_of, is_chosen: false, one_account: true });
    // Whatever else is wrong was told before.
    let Ok(cx) = View::new(loaded, stacks, asked, kinds::registry(), &given) else { return Vec::new() };
    let of_kinds = kinds::registry().iter().flat_map(|kind| kind.rules()).flat_map(|group| group.iter());
    let refused = rules::arns::RULES.iter().chain(of_kinds).filter(|rule| rule.code.starts_with('E'));
    let mut found: Vec<Diagnostic> = refused.flat_map(|rule| rule.look(&cx)).filter(|finding| !finding.only_new).collect();
    found.sort_by(|a, b| (a.place, a.code, &a.message).cmp(&(b.place, b.code, &b.message)));
    found
}

/// The same with folders that are walked once for whoever else looks at them.
pub fn check_with(stacks: &[Loaded], asked: Asked, sources: &Arc<Sources>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for loaded in stacks {
        // Without its data a rule would find nothing, and say nothing.
        let broken = [runtimes::unreadable(), rules::unreadable()].into_iter().flatten();
        let fix = "this is a defect of etlctl: report it with the version";
        findings
            .extend(broken.map(|why| Diagnostic::new(&loaded.source, None, format!("facts of this binary cannot be read: {why}"), fix)));
        let given = Given::of(sources);
        let cx = match View::new(loaded, stacks, asked, kinds::registry(), &given) {
            Ok(cx) => cx,
            Err((id, error)) => {
                let mut finding = Diagnostic::new(&loaded.source, None, format!("{id}: {error}"), error.hint());
                finding.address = id.to_string();
                findings.push(finding);
                continue;
            }
        };
        let mut found: Vec<Diagnostic> = all().iter().flat_map(|rule| rule.look(&cx)).collect();
        found = suppress::apply(&cx, found);
        found.sort_by(|a, b| (a.place, a.code, &a.message).cmp(&(b.place, b.code, &b.message)));
        // A default is wrong once; but which of its functions are new, only a plan can say.
        let same_place = |a: &Diagnostic, b: &Diagnostic| a.place == b.place && a.source.path == b.source.path;
        found.dedup_by(|a, b| same_place(a, b) && a.code == b.code && a.message == b.message && !a.only_new);
        findings.extend(found);
    }
    findings
}
