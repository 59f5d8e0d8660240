//! From a tree with places to a typed value, with errors at the place they are about.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::diagnostic::{Diagnostic, Place, Source, suggest};
use super::node::{Node, Yaml};

type Error = serde_path_to_error::Error<serde_json::Error>;

/// Reads `node` as a `T`.
///
/// # Errors
/// The first thing that does not fit, at its own place.
pub fn typed<T: DeserializeOwned>(source: &Arc<Source>, node: &Node) -> Result<T, Diagnostic> {
    serde_path_to_error::deserialize(node.to_json()).map_err(|error| {
        let place = find(node, error.path());
        diagnostic(source, node, place, error.path(), &error.inner().to_string())
    })
}

/// Unknown keys of one value that are told at once.
const MOST: usize = 20;

/// Reads `node` as a `T`, and tells of every key that is not known.
///
/// # Errors
/// All unknown keys, and the first other thing that does not fit.
pub fn typed_all<T: DeserializeOwned>(source: &Arc<Source>, node: &Node) -> Result<T, Vec<Diagnostic>> {
    let first = match serde_path_to_error::deserialize(node.to_json()) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let (mut error, mut json, mut problems): (Error, Value, Vec<Diagnostic>) = (first, node.to_json(), Vec::new());
    loop {
        let message = error.inner().to_string();
        // It may be the key that was not known.
        if problems.is_empty() || !message.starts_with("missing field ") {
            problems.push(diagnostic(source, node, find(node, error.path()), error.path(), &message));
        }
        let is_left_out = unknown_key(&message).is_some_and(|(word, _)| left_out(&mut json, error.path(), word));
        if !is_left_out || problems.len() == MOST {
            return Err(problems);
        }
        match serde_path_to_error::deserialize::<_, T>(json.clone()) {
            Ok(_) => return Err(problems),
            Err(next) => error = next,
        }
    }
}

/// Takes a key out that is not known; the path ends at its mapping or at the key itself.
fn left_out(json: &mut Value, path: &Path, word: &str) -> bool {
    ways(path, word).any(|way| {
        let below = way.iter().try_fold(&mut *json, |at, segment| match segment {
            Segment::Map { key } => at.get_mut(key),
            Segment::Seq { index } => at.get_mut(*index),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        below.and_then(Value::as_object_mut).is_some_and(|map| map.remove(word).is_some())
    })
}

/// The ways that may lead to the mapping of a key that is not known: the whole path, and that without its end
/// where it ends at the key. A mapping may itself be called like a key in it, so the longer one comes first.
fn ways<'a>(path: &'a Path, word: &str) -> impl Iterator<Item = Vec<&'a Segment>> {
    let whole: Vec<&Segment> = path.iter().collect();
    let above = match whole.split_last() {
        Some((Segment::Map { key }, above)) if key == word => Some(above.to_vec()),
        _ => None,
    };
    std::iter::once(whole).chain(above)
}

fn diagnostic(source: &Arc<Source>, node: &Node, place: Place, path: &Path, message: &str) -> Diagnostic {
    if let Some((word, known)) = unknown_key(message) {
        let place = key_place(node, path, word).unwrap_or(place);
        return Diagnostic::new(source, place, format!("unknown key `{word}`"), suggest(word, known.iter().copied()));
    }
    if let Some(field) = quoted(message, "missing field ") {
        return Diagnostic::new(source, place, format!("`{field}` is missing"), format!("add `{field}:` here"));
    }
    if let Some((word, known)) = unknown_variant(message) {
        return Diagnostic::new(source, place, format!("`{word}` is not known here"), suggest(word, known.iter().copied()));
    }
    let mut fix = "see docs/file-format.md for the form of this value".to_owned();
    if let Some((found, expected)) = message.split_once(", expected ") {
        fix = format!("write {}", plainly(expected));
        let is_value = found.starts_with("invalid value: ");
        let found = found.strip_prefix("invalid type: ").or_else(|| found.strip_prefix("invalid value: ")).unwrap_or(found);
        let what = if is_value { "wrong value" } else { "wrong type" };
        return Diagnostic::new(source, place, format!("{what}: {}", plainly(found)), fix);
    }
    Diagnostic::new(source, place, message.to_owned(), fix)
}

/// What a value is or has to be, in the words of the documentation and not in those of the parser.
fn plainly(told: &str) -> String {
    for (theirs, ours) in [("string", "the text"), ("integer", "the number"), ("floating point", "the number"), ("boolean", "the flag")] {
        if let Some(value) = told.strip_prefix(theirs).filter(|rest| rest.starts_with(' ')) {
            return format!("{ours}{value}");
        }
    }
    let is_mapping = told == "map" || told.starts_with("struct ");
    let is_whole = told.strip_prefix(['i', 'u']).is_some_and(|bits| bits == "size" || bits.parse::<u8>().is_ok());
    match told {
        _ if is_mapping => "a mapping".to_owned(),
        _ if is_whole => "a whole number".to_owned(),
        "a sequence" | "sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        "a string" | "string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "f64" | "f32" => "a number".to_owned(),
        "null" | "unit value" | "Option value" => "nothing".to_owned(),
        other => other.to_owned(),
    }
}

/// ``unknown field `memroy`, expected one of `memory`, `timeout` ``.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    message.starts_with("unknown field ").then_some(())?;
    let mut words = backquoted(message);
    let word = words.next()?;
    Some((word, words.collect()))
}

fn unknown_variant(message: &str) -> Option<(&str, Vec<&str>)> {
    message.starts_with("unknown variant ").then_some(())?;
    let mut words = backquoted(message);
    let word = words.next()?;
    Some((word, words.collect()))
}

fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    backquoted(message.strip_prefix(prefix)?).next()
}

fn backquoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The deepest node on the path.
fn find(node: &Node, path: &Path) -> Place {
    walk(node, path).place
}

fn walk<'a>(node: &'a Node, path: &Path) -> &'a Node {
    path.iter().try_fold(node, |at, segment| step(at, segment).ok_or(at)).unwrap_or_else(|deepest| deepest)
}

fn step<'a>(at: &'a Node, segment: &Segment) -> Option<&'a Node> {
    match (segment, &at.yaml) {
        (Segment::Map { key }, _) => at.get(key),
        (Segment::Seq { index }, Yaml::List(items)) => items.get(*index),
        _ => None,
    }
}

/// Where an unknown key stands.
fn key_place(node: &Node, path: &Path, word: &str) -> Option<Place> {
    ways(path, word).find_map(|way| {
        // What serde cannot name, such as the choice of an untagged value, is no step in the file.
        let at = way.iter().fold(node, |at, segment| step(at, segment).unwrap_or(at));
        at.entries().iter().find(|entry| entry.key == word).map(|entry| entry.place)
    })
}
