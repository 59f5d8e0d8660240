//! Values as YAML that a stack file takes: on one line, or over several.

use serde_json::Value;

use crate::model::unseen::acts;

/// Where a text stands: in braces and brackets more characters mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    Line,
    Braces,
}

/// A value on one line.
pub fn flow(value: &Value) -> String {
    one(value, Around::Line)
}

/// A key, or a text, as it may stand behind a key or a dash, with nothing else on its line.
pub fn text(text: &str) -> String {
    scalar(text, Around::Line)
}

/// A value over as many lines as it has entries, down to scalars. No line of it has an indent of its own
/// at the top.
pub fn block(value: &Value) -> String {
    let mut lines = Vec::new();
    put(value, &mut lines);
    lines.join("\n")
}

fn put(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let key = text(key);
                if is_scalar(value) {
                    lines.push(format!("{key}: {}", flow(value)));
                } else {
                    lines.push(format!("{key}:"));
                    let mut below = Vec::new();
                    put(value, &mut below);
                    lines.extend(below.into_iter().map(|line| format!("  {line}")));
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut below = Vec::new();
                put(item, &mut below);
                let marks = std::iter::once("- ").chain(std::iter::repeat("  "));
                lines.extend(marks.zip(below).map(|(mark, line)| format!("{mark}{line}")));
            }
        }
        scalar => lines.push(flow(scalar)),
    }
}

fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => true,
    }
}

fn one(value: &Value, around: Around) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::String(text) => scalar(text, around),
        Value::Array(items) => format!("[{}]", items.iter().map(|item| one(item, Around::Braces)).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => format!("{{ {} }}", entries(map.iter())),
    }
}

/// The entries of a mapping as they stand between its braces.
pub fn entries<'a>(entries: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
    let entry = |(key, value): (&String, &Value)| format!("{}: {}", scalar(key, Around::Braces), one(value, Around::Braces));
    entries.map(entry).collect::<Vec<_>>().join(", ")
}

fn scalar(text: &str, around: Around) -> String {
    if is_plain(text, around) { text.to_owned() } else { quoted(text) }
}

/// A text in quotes. JSON's are YAML's, but that YAML prints less, and that nobody sees what acts on the line that
/// it stands in.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if !breaks(c) && is_printable(c) && !acts(c) => out.push(c),
            c => {
                let number = u32::from(c);
                out.push_str(&match number {
                    0..=0xff => format!("\\x{number:02x}"),
                    0x100..=0xffff => format!("\\u{number:04x}"),
                    _ => format!("\\U{number:08x}"),
                });
            }
        }
    }
    out.push('"');
    out
}

/// Whether the character ends a line for one or another reader of YAML, or is none at the begin of a text.
fn breaks(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Whether YAML lets the character stand as it is (YAML 1.2.2, 5.1), but for tabs and ends of lines.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Whether YAML reads the text as it stands, and as a text.
fn is_plain(text: &str, around: Around) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let begins = first.is_alphanumeric() || matches!(first, '_' | '/' | '$' | '(' | '.' | '+' | '^');
    let splits = |c: char| breaks(c) || !is_printable(c) || acts(c) || matches!(c, '"' | '\\');
    let means = |c: char| around == Around::Braces && matches!(c, ',' | '[' | ']' | '{' | '}');
    begins
        && !text.contains(|c| splits(c) || means(c))
        && !text.contains(": ")
        // A line that ends within them would be read as one blank.
        && !text.contains("  ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && !is_other(text)
}

/// Whether one or another reader of YAML takes the word for a number, a date, a truth value or nothing.
fn is_other(text: &str) -> bool {
    let small = text.to_lowercase();
    let is_word =
        matches!(small.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "nil" | ".nan" | ".inf" | "+.inf");
    let digits = small.trim_start_matches(['+', '.']);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && (digits.replace('_', "").parse::<f64>().is_ok()
            || ["0x", "0o", "0b"].iter().any(|begin| digits.starts_with(begin))
            || digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | '_' | ',')));
    is_word || is_number || is_date(&small) || small.parse::<f64>().is_ok()
}

/// Whether the word begins as a date of YAML 1.1 does, with or without a time behind it
/// (<https://yaml.org/type/timestamp.html>).
fn is_date(small: &str) -> bool {
    let (date, time) = small.find(['t', ' ', '\t']).map_or((small, ""), |at| small.split_at(at));
    let parts: Vec<&str> = date.split('-').collect();
    let is_part = |(part, most): (&&str, usize)| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |c: char| c.is_ascii_digit() || matches!(c, 't' | ' ' | '\t' | ':' | '.' | '+' | '-' | 'z');
    parts.len() == 3 && parts[0].len() == 4 && parts.iter().zip([4, 2, 2]).all(is_part) && time.chars().all(is_time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::diagnostic::Source;
    use super::super::node::Node;
    use super::*;

    fn read(yaml: &str) -> Value {
        let source = std::sync::Arc::new(Source::new(std::path::Path::new("x.yaml"), yaml.to_owned()));
        Node::parse(&source).map(|node| node.to_json()).unwrap_or_else(|problem| panic!("{yaml}: {problem:?}"))
    }

    #[test]
    fn what_reads_as_something_else_is_quoted() {
        for (value, shown) in [
            (json!("5m"), "5m"),
            (json!("4711"), "\"4711\""),
            (json!("1.0"), "\"1.0\""),
            (json!("2026-12-01"), "\"2026-12-01\""),
            (json!("2026-12-01T02:00:00Z"), "\"2026-12-01T02:00:00Z\""),
            (json!("2026-12-01 2:00:00 +1"), "\"2026-12-01 2:00:00 +1\""),
            (json!("2026-12-01-run"), "2026-12-01-run"),
            (json!("a\u{7f}\u{85}\u{2028}b"), "\"a\\x7f\\x85\\u2028b\""),
            (json!("abc\u{202e}def"), "\"abc\\u202edef\""),
            (json!("\u{200b}"), "\"\\u200b\""),
            (json!("tag\u{e0041}"), "\"tag\\U000e0041\""),
            (json!({"\u{feff}k": "\u{2066}"}), "{ \"\\ufeffk\": \"\\u2066\" }"),
            (json!("👩\u{200d}🚀"), "\"👩\u{200d}🚀\""),
            (json!("no"), "\"no\""),
            (json!("arn:aws:sqs:us-east-1:1:dlq"), "arn:aws:sqs:us-east-1:1:dlq"),
            (json!("${queues.in.url}"), "${queues.in.url}"),
            (json!(["${queues.in.url}"]), "[\"${queues.in.url}\"]"),
            (json!({"a": [1, true, null], "b c": "x, y"}), "{ a: [1, true, null], b c: \"x, y\" }"),
            (json!("(sensitive)"), "(sensitive)"),
            (json!(""), "\"\""),
            (json!("*"), "\"*\""),
            (json!(5.0), "5"),
        ] {
            assert_eq!(flow(&value), shown);
        }
        assert_eq!(block(&json!({"a": [{"b": 1, "c": []}, "d"], "e": {"f": "g"}})), "a:\n  - b: 1\n    c: []\n  - d\ne:\n  f: g");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = "[\u{200b}\u{202e}a-c0-9.:, #{}\\[\\]\"'$*&!|>%@`~?=_+/\\\\-]{0,6}";
        let leaf = prop_oneof![any::<bool>().prop_map(Value::from), any::<i32>().prop_map(Value::from), text.prop_map(Value::from)];
        leaf.prop_recursive(3, 16, 3, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map(text, inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(value in any_json()) {
            let value = json!({"k": value});
            prop_assert_eq!(read(&block(&value)), value.clone());
            prop_assert_eq!(read(&format!("k: {}", flow(&value["k"]))), value);
        }
    }
}
