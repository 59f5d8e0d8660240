//! A file's text as it may be shown: secrets are stars, by their place in the tree.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::diagnostic::{Place, Source};
use super::node::{Node, Yaml};
use super::taint::Taint;
use super::unparsed;
use crate::model::secret::{Secrets, looks_secret, name_in_list, name_in_map, name_of_pair, starred, stars};

/// What may be shown of a file.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The text with stars; lines and columns are those of the file.
    pub text: String,
    /// What was hidden.
    pub secrets: Secrets,
    /// Where what was hidden stands, and what it is.
    places: Vec<(Place, String)>,
}

impl Shown {
    /// Hides `known`, and what is a secret where it stands.
    pub fn of(text: &str, known: &Secrets) -> Self {
        // The tree of the file as it is, without anything filled in: its own places are what counts.
        let source = Arc::new(Source::new(Path::new(""), text.to_owned()));
        let Ok(tree) = Node::as_written(&source) else {
            let (text, secrets) = unparsed::hide(text);
            let mut all = known.clone();
            all.extend(&secrets);
            return Self { text: all.mask().starred(&text), secrets, places: Vec::new() };
        };
        let mut found = Found { offsets: Offsets::of(text), text, secret: Vec::new(), scalars: Vec::new(), places: Vec::new() };
        let mut secrets = Secrets::default();
        let variables = Taint::of(&tree, &[], &mut secrets).names();
        for entry in tree.entries() {
            match entry.key.as_str() {
                "variables" => found.variables(&entry.value, |name| variables.contains(name)),
                "environments" => {
                    for environment in entry.value.entries() {
                        found.visit("", &environment.value);
                        if let Some(own) = environment.value.get("variables") {
                            found.variables(own, |name| variables.contains(name));
                        }
                    }
                }
                key => found.visit(key, &entry.value),
            }
        }
        for (_, value) in &found.places {
            secrets.add_guessed(value);
        }
        secrets.extend(known);
        let starred = secrets.mask().starred(&found.without_secrets());
        Self { text: starred, secrets, places: found.places }
    }

    /// What is hidden at a place.
    pub fn hidden_at(&self, place: Place) -> Vec<&str> {
        let at = |secret: &Place| place.line == secret.line && place.column <= secret.column + secret.length;
        self.places.iter().filter(|(secret, _)| at(secret)).map(|(_, value)| value.as_str()).collect()
    }
}

struct Found<'a> {
    text: &'a str,
    offsets: Offsets,
    secret: Vec<Range<usize>>,
    scalars: Vec<Range<usize>>,
    places: Vec<(Place, String)>,
}

impl Found<'_> {
    fn variables(&mut self, section: &Node, sensitive: impl Fn(&str) -> bool) {
        for entry in section.entries() {
            let secret = sensitive(&entry.key);
            let long = super::vars::is_long_form(&entry.value);
            let value = if long { entry.value.get("default") } else { Some(&entry.value) };
            match value {
                Some(value) if secret => self.hide_all(value),
                Some(value) => self.visit(&entry.key, value),
                None => {}
            }
            if long {
                let others = entry.value.entries().iter().filter(|inner| inner.key != "default");
                others.for_each(|inner| self.visit("", &inner.value));
            }
        }
    }

    fn visit(&mut self, name: &str, node: &Node) {
        match &node.yaml {
            Yaml::Null => {}
            Yaml::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let before = index.checked_sub(1).and_then(|before| items[before].text());
                    self.visit(name_in_list(name, before, item.text()), item);
                }
            }
            Yaml::Map(entries) => {
                let named = name_of_pair(|key| node.get(key)?.text());
                entries.iter().for_each(|entry| self.visit(name_in_map(&entry.key, named), &entry.value));
            }
            _ => {
                let text = text_of(node);
                self.scalar(node, looks_secret(name, &text), text);
            }
        }
    }

    fn hide_all(&mut self, node: &Node) {
        match &node.yaml {
            Yaml::Null => {}
            Yaml::List(items) => items.iter().for_each(|item| self.hide_all(item)),
            Yaml::Map(entries) => entries.iter().for_each(|entry| self.hide_all(&entry.value)),
            _ => self.scalar(node, true, text_of(node)),
        }
    }

    fn scalar(&mut self, node: &Node, secret: bool, value: String) {
        let Some(range) = self.offsets.range(node.place) else { return };
        if secret {
            self.secret.push(range.clone());
            self.anchored(&self.text[range.clone()]);
            self.places.push((node.place, value));
        }
        self.scalars.push(range);
    }

    /// An alias is a secret where it is used; the value stands at its anchor.
    fn anchored(&mut self, written: &str) {
        let Some(name) = written.strip_prefix('*') else { return };
        let anchor = format!("&{name}");
        for (at, _) in self.text.match_indices(&anchor) {
            let start = at + anchor.len();
            let rest = &self.text[start..];
            if rest.starts_with([' ', '\t']) {
                let end = rest.find('\n').unwrap_or(rest.len());
                self.secret.push(start..start + end);
            }
        }
    }

    /// The text with stars for the secret scalars, and for secrets in comments.
    fn without_secrets(&mut self) -> String {
        self.secret.sort_by_key(|range| range.start);
        self.scalars.sort_by_key(|range| range.start);
        let mut shown = String::new();
        let mut from = 0;
        let mut hide = |range: &Range<usize>, by: String| {
            if range.start >= from {
                shown.push_str(&self.text[from..range.start]);
                shown.push_str(&by);
                from = range.end;
            } else if range.end > from {
                shown.push_str(&stars(&self.text[from..range.end]));
                from = range.end;
            }
        };
        let comments = self.comments();
        let mut all: Vec<(&Range<usize>, String)> = self.secret.iter().map(|range| (range, stars(&self.text[range.clone()]))).collect();
        all.extend(comments.iter().map(|range| (range, starred(&self.text[range.clone()]))));
        all.sort_by_key(|(range, _)| range.start);
        all.into_iter().for_each(|(range, by)| hide(range, by));
        shown + &self.text[from..]
    }

    /// Comments: from a `#` that is in no scalar to the end of its line.
    fn comments(&self) -> Vec<Range<usize>> {
        let begins = |at: usize| at == 0 || self.text.as_bytes()[at - 1].is_ascii_whitespace();
        let inside = |at: usize| {
            let before = self.scalars.partition_point(|range| range.start <= at);
            before.checked_sub(1).is_some_and(|index| self.scalars[index].contains(&at))
        };
        let starts = self.text.match_indices('#').map(|(at, _)| at).filter(|at| begins(*at) && !inside(*at));
        let mut comments: Vec<Range<usize>> = Vec::new();
        for at in starts {
            if comments.last().is_none_or(|last| at >= last.end) {
                comments.push(at + 1..self.text[at..].find('\n').map_or(self.text.len(), |end| at + end));
            }
        }
        comments
    }
}

fn text_of(node: &Node) -> String {
    match node.to_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Where the characters of a text stand. Looked up, since a file may be one line of a megabyte.
struct Offsets {
    /// Of each character, and of the end.
    characters: Vec<usize>,
    /// Number of the first character of each line.
    lines: Vec<usize>,
}

impl Offsets {
    fn of(text: &str) -> Self {
        let after_breaks = text.chars().enumerate().filter(|(_, character)| *character == '\n').map(|(number, _)| number + 1);
        Self {
            characters: text.char_indices().map(|(at, _)| at).chain([text.len()]).collect(),
            lines: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    fn range(&self, place: Place) -> Option<Range<usize>> {
        let first = *self.lines.get(place.line.checked_sub(1)?)? + place.column.saturating_sub(1);
        let end = *self.characters.last()?;
        let offset = |number: usize| self.characters.get(number).copied().unwrap_or(end);
        Some(offset(first)..offset(first + place.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_stars_by_their_place_and_columns_stay() {
        for (text, gone) in [
            ("a:\n  DB_PASSWORD: hunter2 # old\n", "hunter2"),
            ("a: { API_TOKEN: \"x, y\", LOG_LEVEL: INFO }\n", "x, y"),
            (
                "a:\n  KEY: |\n    -----BEGIN RSA PRIVATE KEY-----\n    MIIEpA\n    -----END RSA PRIVATE KEY-----\n  LOG_LEVEL: INFO\n",
                "MIIEpA",
            ),
            ("a:\n  DB_PASSWORD: >-\n    folded\n    more\n  LOG_LEVEL: INFO\n", "folded"),
            ("a:\n  \"DB_PASSWORD\": 'it''s'\n", "it''s"),
            ("a:\n  DB_PASSWORD:\n    next-line\n", "next-line"),
            ("a:\n  - { name: DB_PASSWORD, value: listed }\n", "listed"),
            ("a:\n  DB_PASSWORD: plain that\n    goes on\n", "goes on"),
            ("b: &pw zq\na: { DB_PASSWORD: *pw }\n", "zq"),
            ("# DB_PASSWORD: commented1\na: b\n", "commented1"),
            ("a: b # was password=before\n", "before"),
            ("a: [--password, flagged]\n", "flagged"),
            ("a: {DB_PASSWORD: true}\n", "true"),
            ("variables:\n  x: { sensitive: true, default: dflt1 }\n", "dflt1"),
            ("variables:\n  x: { sensitive: true }\nenvironments:\n  dev: { variables: { x: over1 } }\n", "over1"),
            ("a: ünï\nDB_PASSWORD: wörd # c\n", "wörd"),
            ("DB_PASSWORD: twice1\nb: { c: twice1 }\n", "twice1"),
        ] {
            let shown = Shown::of(text, &Secrets::default()).text;
            assert!(!shown.contains(gone), "{shown}");
            let columns = |text: &str| text.lines().map(|line| line.chars().count()).collect::<Vec<_>>();
            assert_eq!(columns(&shown), columns(text), "{shown}");
        }
        let text =
            "stack: a\nenvironments: {dev: {}}\nc: { DB_SECRET_ARN: arn:aws:secretsmanager:x:1:secret:y, MAX_TOKENS: 1000 } # keep\n";
        assert_eq!(Shown::of(text, &Secrets::default()).text, text);
    }
}
