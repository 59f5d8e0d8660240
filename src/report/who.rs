//! Who changed what a plan changes.

use std::fmt::Write;

use serde_json::{Value, json};

use super::watch::told;
use super::{escape, paint, style, wrap};
use crate::model::secret::redact_message;
use crate::model::who::Changed;

/// Lines below a plan, of no more columns than there are; nothing where nobody asked, or nothing differs.
pub fn text(changed: Option<&Changed>, width: Option<usize>) -> String {
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
    wrap::lines(&text, width)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::ResourceId;
    use crate::model::who::Who;
    use crate::report::{plain, wrap};

    #[test]
    fn its_lines_fit_the_terminal() {
        let who = Who {
            who: "assumed-role/a-role-with-quite-a-long-name/somebody".to_owned(),
            event: "UpdateFunctionConfiguration20150331v2".to_owned(),
            at: "2026-11-29T12:40:24Z".to_owned(),
            from: Some("lambda.amazonaws.com".to_owned()),
        };
        let found = BTreeMap::from([(ResourceId::new("function", "work"), who)]);
        let text = plain(&text(Some(&Changed::Known { found, unknown: vec![ResourceId::new("queue", "dlq")] }), Some(60)));
        assert!(text.lines().all(|line| wrap::columns_of(line) <= 60), "{text}");
        assert!(text.contains("function/work:") && text.contains("queue/dlq: "), "{text}");
    }
}
