//! Paths in a stack file: keys, and entries of lists by what tells them apart.

use std::fmt;
use std::path::Path as File;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::path::{keys, push};
use crate::source::diagnostic::Source;
use crate::source::node::Node;
use crate::source::yaml;

/// A step of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A key of a mapping.
    Key(String),
    /// The entry of a list of which this is true.
    Item(Map<String, Value>),
}

/// A path below a resource of the file. It is shown as `event_sources[queue: in].batch_size`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path(pub Vec<Part>);

impl Path {
    /// A path of keys.
    pub fn of(keys: &[String]) -> Self {
        Self(keys.iter().cloned().map(Part::Key).collect())
    }

    /// The path that is written so, if it is written as [`fmt::Display`] does.
    pub fn read(text: &str) -> Option<Self> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let end = if rest.starts_with('[') { closing(rest)? + 1 } else { rest.find(['.', '[']).unwrap_or(rest.len()) };
            let (part, behind) = rest.split_at(end);
            parts.extend(match entry(part) {
                Some(head) => vec![Part::Item(head)],
                None => keys(part).into_iter().map(Part::Key).collect(),
            });
            rest = behind.strip_prefix('.').unwrap_or(behind);
        }
        Some(Self(parts)).filter(|path| path.to_string() == text)
    }

    /// The last key.
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last()? {
            Part::Key(key) => Some(key),
            Part::Item(_) => None,
        }
    }

    /// Goes on by words with dots between them; `*` stands for `key`.
    pub(super) fn go(&mut self, words: &str, key: &str) {
        let words = words.split('.').filter(|word| !word.is_empty());
        self.0.extend(words.map(|word| Part::Key(if word == "*" { key.to_owned() } else { word.to_owned() })));
    }

    /// What is behind so many steps.
    pub(super) fn behind(&self, steps: usize) -> Self {
        Self(self.0.get(steps..).unwrap_or_default().to_vec())
    }
}

/// What is true of an entry of a list, from within its brackets.
fn entry(part: &str) -> Option<Map<String, Value>> {
    let inner = part.strip_prefix('[')?.strip_suffix(']')?;
    let source = Arc::new(Source::new(File::new(part), format!("{{ {inner} }}")));
    match Node::parse(&source).ok()?.to_json() {
        // A key in quotes is a mapping of it to nothing.
        Value::Object(head) if !head.values().any(Value::is_null) => Some(head),
        _ => None,
    }
}

/// Where the bracket ends that the text begins with.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    for (at, c) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if is_quoted {
            is_escaped = c == '\\';
            is_quoted = c != '"';
        } else if c == '"' {
            is_quoted = true;
        } else if c == '[' {
            depth += 1;
        } else if c == ']' {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Key(key) => push(&mut text, key),
                Part::Item(head) => text.push_str(&format!("[{}]", yaml::entries(head.iter()))),
            }
        }
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_was_written_and_no_other_way() {
        for text in [
            "redrive.queue",
            "tags[\"y.z\"]",
            "event_sources[queue: in].batch_size",
            "event_sources[arn: arn:aws:mq:r:1:broker:b, queues: [in]].enabled",
            "file_systems[mount: /mnt/x].arn",
        ] {
            assert_eq!(Path::read(text).map(|path| path.to_string()).as_deref(), Some(text));
        }
        let path = Path::read("event_sources[queue: in].batch_size").unwrap();
        assert!(matches!(&path.0[..], [Part::Key(_), Part::Item(_), Part::Key(_)]), "{path:?}");
        for text in ["event_sources[queue:in]", "event_sources[ queue: in ]", "a..b", "a.", "tags[y]", "a[b", "a]"] {
            assert_eq!(Path::read(text), None, "{text}");
        }
    }
}
