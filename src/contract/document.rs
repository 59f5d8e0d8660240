//! Files beside a stack file that a resource is read from: their variables are the stack file's, and what
//! is wrong in them is told at its place there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Expand;
use super::expand::without_detours;
use serde_json::Value;

use crate::model::ResourceId;
use crate::model::reference::{Piece, compose, opens_variable, pieces, plain};
use crate::source::diagnostic::{Diagnostic, Source};
use crate::source::loaded::Document;
use crate::source::node::{Node, Yaml};
use crate::source::stored::{self, Places};

/// Largest of them: what takes the largest (a state machine) takes a megabyte.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What a file holds as `${Name}`, by the name.
#[derive(Default)]
pub struct Substitutes(BTreeMap<String, Substitute>);

struct Substitute {
    /// What a text becomes that is the name alone.
    whole: Value,
    /// What stands in a text; none of lists and mappings.
    text: Option<String>,
}

impl Substitutes {
    /// Of what a stack file says.
    pub fn of(written: &BTreeMap<String, Value>) -> Self {
        let substitute = |value: &Value| {
            let text = match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
            };
            Substitute { whole: value.clone(), text }
        };
        Self(written.iter().map(|(name, value)| (name.clone(), substitute(value))).collect())
    }

    fn in_text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.text.as_deref()
    }
}

/// Fills in what stands under a name, as `${Name}`, and leaves all else.
fn substitute(node: &mut Node, own: &Substitutes) {
    if own.0.is_empty() {
        return;
    }
    match &mut node.yaml {
        Yaml::Text(text) if opens_variable(text) => {
            if let [Piece::Expression(name)] = pieces(text)[..]
                && let Some(value) = own.0.get(name)
            {
                *node = Node::of_json(&value.whole, node.place);
                return;
            }
            let filled = pieces(text).into_iter().flat_map(|piece| match piece {
                Piece::Expression(name) => own.in_text(name).map_or_else(|| vec![piece], pieces),
                Piece::Text(_) | Piece::Stored(_) => vec![piece],
            });
            *text = compose(filled);
        }
        Yaml::List(items) => items.iter_mut().for_each(|item| substitute(item, own)),
        Yaml::Map(entries) => entries.iter_mut().for_each(|entry| substitute(&mut entry.value, own)),
        Yaml::Text(_) | Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) => {}
    }
}

impl Expand<'_> {
    /// The tree of a file that a resource names in a field: with `own` and the variables filled in,
    /// references as they stand. None where it cannot be read, which is told.
    pub fn document(&mut self, id: ResourceId, (section, key, field): (&str, &str, &str), path: &str, own: &Substitutes) -> Option<&Node> {
        let path = without_detours(&self.folder.join(plain(path)));
        let source = match read(&path) {
            Ok(text) => Arc::new(Source::new(&path, text)),
            Err(why) => {
                let place = self.place(section, key, field);
                let message = format!("{section}.{key}: {} {why}", path.display());
                self.problem(place, message, format!("mend `{field}`: it is a file of JSON or YAML, relative to this file"));
                return None;
            }
        };
        let mut tree = match Node::parse(&source) {
            Ok(tree) => tree,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        substitute(&mut tree, own);
        let mut problems: Vec<Diagnostic> = Vec::new();
        if let Some(vars) = self.vars {
            vars.substitute(&mut tree, &mut problems);
        }
        // Also what a variable brings along.
        problems.extend(stored::elsewhere(&source, &tree, &Places::default()));
        problems.iter_mut().for_each(|problem| problem.source = Arc::clone(&source));
        let is_fine = problems.is_empty();
        self.problems.extend(problems);
        let document = self.documents.entry(id).or_insert(Document { source, tree });
        is_fine.then_some(&document.tree)
    }
}

/// The text of such a file; in JSON a tab is a space, as YAML's readers ask, and `${Name}` may stand for a
/// number where SAM takes one: outside of texts, too.
///
/// # Errors
/// Why it cannot be: it is none, too large, or no text.
pub fn read(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if length > LARGEST {
        return Err(format!("has {} MB; it has at most {}", length / 1024 / 1024, LARGEST / 1024 / 1024));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    // No string of JSON holds one, and lines and columns stay.
    Ok(if is_json { quoted(&text.replace('\t', " ")) } else { text })
}

/// JSON with quotes around each `${Name}` that stands for a value.
fn quoted(json: &str) -> String {
    let (mut done, mut is_text, mut is_escaped) = (String::with_capacity(json.len()), false, false);
    let mut rest = json;
    while let Some(next) = rest.chars().next() {
        let bare = if is_text || !rest.starts_with("${") { None } else { rest.find('}').map(|end| &rest[..=end]) };
        if let Some(bare) = bare.filter(|bare| !bare.contains(['"', '\n'])) {
            done.extend(["\"", bare, "\""]);
            rest = &rest[bare.len()..];
            continue;
        }
        is_text ^= next == '"' && !is_escaped;
        is_escaped = is_text && next == '\\' && !is_escaped;
        done.push(next);
        rest = &rest[next.len_utf8()..];
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_name_alone_becomes_its_value() {
        let json = "{\"n\": ${N}, \"t\": \"${N}\", \"in\": \"a \\\" ${N}\", \"l\": [${L}], \"x\": \"${L} ${X}\"}";
        let source = Arc::new(Source::new(Path::new("a.json"), quoted(json)));
        let Ok(mut tree) = Node::parse(&source) else { panic!("it is YAML: {}", source.text) };
        let own = [("N".to_owned(), 30.into()), ("L".to_owned(), serde_json::json!([1])), ("X".to_owned(), true.into())];
        substitute(&mut tree, &Substitutes::of(&own.into()));
        let seen = serde_json::json!({"n": 30, "t": 30, "in": "a \" 30", "l": [[1]], "x": "${L} true"});
        assert_eq!(tree.to_json(), seen);
    }

    #[test]
    fn only_what_has_a_name_is_filled_in() {
        let source = Arc::new(Source::new(Path::new("a.yaml"), "a: x${One}${Two}\nb: [\"${One}\", \"$${One}\"]\n".into()));
        let Ok(mut tree) = Node::parse(&source) else { panic!("it is YAML") };
        substitute(&mut tree, &Substitutes::of(&[("One".to_owned(), "${functions.f.arn}".into())].into()));
        assert_eq!(tree.to_json(), serde_json::json!({"a": "x${functions.f.arn}${Two}", "b": ["${functions.f.arn}", "$${One}"]}));
    }
}
