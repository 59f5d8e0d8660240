//! Findings as SARIF 2.1.0, the form that code scanning reads.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::check::pages;
use crate::source::Diagnostic;
use crate::source::diagnostic::Level;

/// The log of one run.
pub fn render(findings: &[Diagnostic]) -> String {
    let pages = pages::all();
    let mut indexes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rules: Vec<Value> = Vec::new();
    for finding in findings {
        if !indexes.contains_key(finding.code) {
            indexes.insert(finding.code, rules.len());
            let title = pages.iter().find(|page| page.code == finding.code).map_or("", |page| page.title);
            let help = format!("etlctl explain {}", finding.code);
            rules.push(json!({"id": finding.code, "shortDescription": {"text": title}, "help": {"text": help}}));
        }
    }
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, indexes[finding.code])).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "etlctl", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn result(finding: &Diagnostic, index: usize) -> Value {
    // Code scanning takes addresses relative to the checkout, with `/`.
    let uri =
        finding.source.path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/").replace("//", "/");
    let mut physical = json!({"artifactLocation": {"uri": uri}});
    if let Some(place) = finding.place {
        physical["region"] = json!({
            "startLine": place.line,
            "startColumn": place.column,
            "endColumn": place.column + place.length.max(1),
        });
    }
    json!({
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": if finding.level == Level::Error { "error" } else { "warning" },
        "message": {"text": format!("{}. {}", finding.shown_message(), finding.shown_fix())},
        "locations": [{"physicalLocation": physical}],
    })
}
