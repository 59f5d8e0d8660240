//! A tree written as YAML, as people write it: what is short on one line, everything else below each other.
//! What is read back is what was written.

use serde_json::{Map, Value};

use super::yaml::{self, flow, is_printable};

/// Columns of a line that holds more than one value.
const WIDTH: usize = 100;
/// Columns by which what is below something is indented.
const INDENT: usize = 2;

/// Writes the entries of a mapping, those at `depth` and above it each on lines of their own.
pub fn write(map: &Map<String, Value>, depth: usize) -> String {
    let mut text = String::new();
    entries(&mut text, map, 0, depth);
    text
}

fn entries(text: &mut String, map: &Map<String, Value>, indent: usize, depth: usize) {
    for (key, value) in map {
        text.push_str(&" ".repeat(indent));
        entry(text, key, value, indent, depth);
    }
}

/// A key and its value; what stands before the key is written.
fn entry(text: &mut String, key: &str, value: &Value, indent: usize, depth: usize) {
    text.push_str(&yaml::text(key));
    text.push(':');
    if let Value::String(lines) = value
        && let Some(block) = block(lines, indent + INDENT)
    {
        text.push_str(&block);
        return;
    }
    let flat = flow(value);
    let fits = indent + key.len() + 2 + flat.len() <= WIDTH;
    match value {
        Value::Object(map) if !map.is_empty() && (depth > 0 || !fits) => {
            text.push('\n');
            entries(text, map, indent + INDENT, depth.saturating_sub(1));
        }
        Value::Array(items) if !items.is_empty() && !fits => {
            text.push('\n');
            list(text, items, indent + INDENT);
        }
        _ => line(text, &flat),
    }
}

fn line(text: &mut String, value: &str) {
    text.push(' ');
    text.push_str(value);
    text.push('\n');
}

fn list(text: &mut String, items: &[Value], indent: usize) {
    for item in items {
        text.push_str(&" ".repeat(indent));
        text.push('-');
        let flat = flow(item);
        match item {
            Value::Object(map) if !map.is_empty() && indent + 2 + flat.len() > WIDTH => {
                for (number, (key, value)) in map.iter().enumerate() {
                    text.push_str(&if number == 0 { " ".to_owned() } else { " ".repeat(indent + INDENT) });
                    entry(text, key, value, indent + INDENT, 0);
                }
            }
            Value::Array(inner) if !inner.is_empty() && indent + 2 + flat.len() > WIDTH => {
                text.push('\n');
                list(text, inner, indent + INDENT);
            }
            _ => line(text, &flat),
        }
    }
}

/// A text of several lines, as lines; none where it would not read as it is.
fn block(text: &str, indent: usize) -> Option<String> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_even = |line: &str| !line.ends_with([' ', '\t']) && !line.starts_with('\t') && line.chars().all(is_printable);
    let begins = body.lines().next().is_some_and(|line| !line.is_empty() && !line.starts_with([' ', '#']));
    if !body.contains('\n') || !begins || body.ends_with('\n') || body.contains('\r') || !body.split('\n').all(is_even) {
        return None;
    }
    let mut out = format!(" |{}\n", if text.ends_with('\n') { "" } else { "-" });
    for line in body.split('\n') {
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
        out.push('\n');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::source::diagnostic::Source;
    use crate::source::node::Node;

    fn read(text: &str) -> Result<Value, String> {
        let source = Arc::new(Source::new(Path::new("stack.yaml"), text.to_owned()));
        Node::parse(&source).map(|node| node.to_json()).map_err(|problem| format!("{}\n{text}", problem.message))
    }

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn it_reads_as_people_write() {
        let tree = map(json!({
            "stack": "orders",
            "tags": {"Team": "data", "Cost": "4711"},
            "functions": {"load": {
                "timeout": "30s",
                "environment": {"NIGHT": "12:30:00", "ON": "true", "QUEUE": "${queues.in.url}"},
                "layers": ["shared"],
                "description": "one\ntwo\n",
                "policy": [{"actions": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "resources": ["arn:aws:s3:::raw/*", "arn:aws:s3:::done/*"]}],
            }},
        }));
        let text = write(&tree, 3);
        assert_eq!(
            text,
            r#"stack: orders
tags:
  Team: data
  Cost: "4711"
functions:
  load:
    timeout: 30s
    environment:
      NIGHT: "12:30:00"
      "ON": "true"
      QUEUE: ${queues.in.url}
    layers: [shared]
    description: |
      one
      two
    policy:
      - actions: [s3:GetObject, s3:PutObject, s3:DeleteObject]
        resources: [arn:aws:s3:::raw/*, arn:aws:s3:::done/*]
"#
        );
        assert_eq!(read(&text), Ok(tree.into()));
    }

    fn text() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "true",
            "No",
            "~",
            "1",
            "0x1F",
            "007",
            "1e3",
            ".5",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#",
            "12:30",
            "2026-01-01",
            "${a.b}",
            "*x",
            "&x",
            "!x",
            "|",
            ">",
            "%",
            "@x",
            "`x`",
            "a\nb",
            "a\n\n",
            " a",
            "a ",
            "",
            "{}",
            "[]",
            "a,b",
            "'",
            "\"",
            "\\",
            "\u{2028}",
            "é",
            "\t",
            "---",
            "...",
            "?",
            "? a",
            "null",
            "a:",
            "key: [1",
            ".inf",
            ".nan",
            "+1",
            "1_000",
            "=",
            "<<",
            "\r\n",
            "a\n b\n",
            "a\n#b",
            "\u{7f}",
            "\u{85}",
        ]);
        prop_oneof![words.prop_map(str::to_owned), "[ -~\n]{0,12}", any::<String>()]
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e6..1e6_f64).prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((text(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_back(pairs in prop::collection::vec((text(), value()), 1..5), depth in 0..4_usize) {
            let tree: Map<String, Value> = pairs.into_iter().collect();
            prop_assert_eq!(read(&write(&tree, depth)), Ok(Value::Object(tree)));
        }
    }
}
