//! What `validate` refuses of a file that was written: not all that runs is what a file may say.

use std::path::Path;

use jiff::Zoned;

use super::secrets::Told;
use crate::check;
use crate::commands::stacks;
use crate::contract::Asked;
use crate::model::Scope;
use crate::source::Diagnostic;
use crate::source::diagnostic::Level;
use crate::stack::Choice;

/// Where something is refused, and why, with what mends it. The secrets that were taken out are filled in.
pub fn refused(file: &Path, scope: &Scope, secrets: &[Told]) -> Vec<(String, String)> {
    let sets = secrets.iter().map(|told| (told.variable.clone(), told.value.text().to_owned())).collect();
    let choice = Choice { env: Some(scope.env.clone()), sets, ..Choice::default() };
    let findings = match stacks::load_one(file, &choice) {
        Ok(loaded) => {
            let asked = Asked { as_of: Zoned::now().date(), is_chosen: false, one_account: true };
            check::check(std::slice::from_ref(&loaded), asked)
        }
        Err(findings) => findings,
    };
    findings.iter().filter(|finding| finding.level == Level::Error && !finding.only_new).map(told).collect()
}

fn told(finding: &Diagnostic) -> (String, String) {
    let line = finding.place.map(|place| format!("line {}", place.line)).unwrap_or_default();
    let what = if finding.address.is_empty() { line } else { finding.address.clone() };
    (format!("{} {what}", finding.code).trim_end().to_owned(), format!("{}; {}", finding.shown_message(), finding.shown_fix()))
}
