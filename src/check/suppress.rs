//! `checks:` in a stack file turns a warning off for an address, with a reason and until a day.

use crate::contract::View;
use crate::source::diagnostic::{Diagnostic, Level};
use crate::source::loaded::CheckFile;

/// Takes out what is turned off, and adds what is wrong with the turning off: a code that nobody
/// knows, an error that cannot be turned off, a day that has passed.
pub fn apply(cx: &View<'_>, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> =
        findings.into_iter().filter(|finding| !cx.loaded.checks.iter().any(|check| covers(cx, check, finding))).collect();
    for (index, check) in cx.loaded.checks.iter().enumerate() {
        if let Some((code, message, fix)) = problem(cx, check) {
            let place = cx.loaded.tree.get("checks").map_or(cx.top_place("checks"), |node| match &node.yaml {
                crate::source::node::Yaml::List(items) => items.get(index).map_or(node.place, |item| item.place),
                _ => node.place,
            });
            let mut diagnostic = Diagnostic::new(&cx.loaded.source, place, message, fix);
            diagnostic.code = code;
            diagnostic.level = if code.starts_with('E') { Level::Error } else { Level::Warning };
            kept.push(diagnostic);
        }
    }
    kept
}

fn covers(cx: &View<'_>, check: &CheckFile, finding: &Diagnostic) -> bool {
    let address = check.address.as_deref().is_none_or(|address| address == finding.address);
    finding.level == Level::Warning && check.code == finding.code && address && check.until >= cx.as_of
}

fn problem(cx: &View<'_>, check: &CheckFile) -> Option<(&'static str, String, String)> {
    let code = &check.code;
    if code.starts_with('E') {
        let fix = "mend what it is about: only warnings can be turned off".to_owned();
        return Some(("E002", format!("`{code}` is an error, and only warnings can be turned off"), fix));
    }
    if !super::all().iter().any(|rule| rule.code == code) {
        let known = super::all();
        let fix = crate::source::diagnostic::suggest(code, known.iter().map(|rule| rule.code));
        return Some(("E002", format!("there is no rule `{code}`"), fix));
    }
    if check.reason.trim().is_empty() {
        return Some(("E002", format!("turning off `{code}` needs a reason"), "say why in `reason`".to_owned()));
    }
    (check.until < cx.as_of).then(|| {
        let message = format!("turning off `{code}` ended on {}", check.until);
        ("W003", message, "mend what it is about, or set a later day in `until` with a reason that still holds".to_owned())
    })
}
