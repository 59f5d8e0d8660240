//! Files beside a stack file that a resource is read from: their variables are the stack file's, and what
//! is wrong in them is told at its place there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Expand;
use super::expand::without_detours;
use crate::model::ResourceId;
use crate::model::reference::{Piece, compose, opens_variable, pieces, plain};
use crate::source::diagnostic::{Diagnostic, Source};
use crate::source::loaded::Document;
use crate::source::node::{Node, Yaml};
use crate::source::stored::{self, Places};

/// Largest of them: what takes the largest (a state machine) takes a megabyte.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Fills in what stands under a name, as `${Name}`, and leaves all else.
fn substitute(node: &mut Node, own: &BTreeMap<String, String>) {
    if own.is_empty() {
        return;
    }
    match &mut node.yaml {
        Yaml::Text(text) if opens_variable(text) => {
            let filled = pieces(text).into_iter().flat_map(|piece| match piece {
                Piece::Expression(name) => own.get(name).map_or_else(|| vec![piece], |value| pieces(value)),
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
    pub fn document(
        &mut self,
        id: ResourceId,
        (section, key, field): (&str, &str, &str),
        path: &str,
        own: &BTreeMap<String, String>,
    ) -> Option<&Node> {
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

/// The text of such a file; in JSON a tab is a space, as YAML's readers ask.
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
    Ok(if is_json { text.replace('\t', " ") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_name_is_filled_in() {
        let source = Arc::new(Source::new(Path::new("a.yaml"), "a: x${One}${Two}\nb: [\"${One}\", \"$${One}\"]\n".into()));
        let Ok(mut tree) = Node::parse(&source) else { panic!("it is YAML") };
        substitute(&mut tree, &[("One".to_owned(), "${functions.f.arn}".to_owned())].into());
        assert_eq!(tree.to_json(), serde_json::json!({"a": "x${functions.f.arn}${Two}", "b": ["${functions.f.arn}", "$${One}"]}));
    }
}
