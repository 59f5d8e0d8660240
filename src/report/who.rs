//! Who changed what a plan changes.

use std::fmt::Write;

use serde_json::{Value, json};

use super::watch::told;
use super::{escape, paint, style};
use crate::model::secret::redact_message;
use crate::model::who::Changed;

/// Lines below a plan; nothing where nobody asked, or nothing differs.
pub fn text(changed: Option<&Changed>) -> String {
    let head = |head| paint(style::BOLD, head);
    let mut text = String::new();
    // Writing to a String cannot fail.
    match changed {
        None => {}
        Some(Changed::MayNotBeRead(why)) => {
            let _ = writeln!(text, "\n{}", head("Who changed it may not be read"));
            let _ = writeln!(text, "  {}", escape::line(&redact_message(why)));
        }
        Some(Changed::Known { found, unknown }) if !found.is_empty() || !unknown.is_empty() => {
            let _ = writeln!(text, "\n{}", head("Who changed it last, as CloudTrail has it"));
            for (id, who) in found {
                let _ = writeln!(text, "  {}: {}", escape::line(&id.to_string()), told(who));
            }
            for id in unknown {
                let _ = writeln!(text, "  {}: not in the record (it comes minutes late)", escape::line(&id.to_string()));
            }
        }
        Some(Changed::Known { .. }) => {}
    }
    text
}

/// Adds it to the JSON of a stack: `who` of each change, null where nobody is known.
pub fn add(mut stack: Value, changed: Option<&Changed>) -> Value {
    match changed {
        None => {}
        Some(Changed::MayNotBeRead(why)) => stack["who_missing"] = Value::from(redact_message(why)),
        Some(Changed::Known { found, unknown: _ }) => {
            for change in stack["changes"].as_array_mut().into_iter().flatten() {
                let address = change["address"].as_str().unwrap_or_default().parse().ok();
                change["who"] = json!(address.and_then(|address| found.get(&address)));
            }
        }
    }
    stack
}
