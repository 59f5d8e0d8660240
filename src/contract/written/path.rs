//! Paths in a stack file: keys, and entries of lists by what tells them apart.

use std::fmt;

use serde_json::{Map, Value};

use crate::model::path::push;
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
