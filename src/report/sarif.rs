//! Findings as SARIF 2.1.0, the form that code scanning reads.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value, json};

use super::alike::{self, Alike};
use crate::check::pages;
use crate::source::Diagnostic;
use crate::source::diagnostic::Level;

/// What stands for itself in the path of an address (RFC 3986, `pchar`); a colon would end a scheme.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

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
    let alike = alike::equal(findings);
    let results: Vec<Value> = alike.iter().map(|alike| result(alike, indexes[alike.first.code])).collect();
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

/// Equal findings are one result at all its places.
fn result(alike: &Alike<'_>, index: usize) -> Value {
    let first = alike.first;
    json!({
        "ruleId": first.code,
        "ruleIndex": index,
        "level": if first.level == Level::Error { "error" } else { "warning" },
        "message": {"text": format!("{}. {}", first.shown_message(), first.shown_fix())},
        "locations": alike.all().map(location).collect::<Vec<_>>(),
    })
}

fn location(finding: &Diagnostic) -> Value {
    // Code scanning takes addresses relative to the checkout, with `/`.
    let parts = finding.source.path.components().map(|part| percent_encode(part.as_os_str().as_encoded_bytes(), IN_A_PATH).to_string());
    let uri = parts.collect::<Vec<_>>().join("/").replace("%2F/", "/").replace("//", "/");
    let mut physical = json!({"artifactLocation": {"uri": uri}});
    if let Some(place) = finding.place {
        physical["region"] = json!({
            "startLine": place.line,
            "startColumn": place.column,
            "endColumn": place.column + place.length.max(1),
        });
    }
    json!({"physicalLocation": physical})
}
