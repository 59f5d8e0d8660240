//! Files beside a stack file that a resource is read from: their variables are the stack file's, and what
//! is wrong in them is told at its place there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Expand;
use super::expand::without_detours;
use crate::model::ResourceId;
use crate::model::reference::plain;
use crate::source::diagnostic::{Diagnostic, Source};
use crate::source::loaded::Document;
use crate::source::node::Node;
use crate::source::stored::{self, Places};

/// Largest of them: what takes the largest (a state machine) takes a megabyte.
const LARGEST: u64 = 4 * 1024 * 1024;

impl Expand<'_> {
    /// The tree of a file that a resource names in a field: with `own` and the variables filled in,
    /// references as they stand. None where it cannot be read, which is told.
    pub fn document(
        &mut self,
        id: ResourceId,
        (section, key, field): (&str, &str, &str),
        path: &str,
        own: BTreeMap<String, Node>,
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
        let mut problems: Vec<Diagnostic> = Vec::new();
        if let Some(vars) = self.vars {
            vars.with(own).substitute(&mut tree, &mut problems);
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
    fn a_name_may_stand_for_a_value_of_json() {
        let json = "{\"n\": ${N}, \"t\": \"${N}\", \"in\": \"a \\\" ${N}\", \"l\": [${L}], \"e\": \"\\\\\", \"x\": ${X}}";
        let told = "{\"n\": \"${N}\", \"t\": \"${N}\", \"in\": \"a \\\" ${N}\", \"l\": [\"${L}\"], \"e\": \"\\\\\", \"x\": \"${X}\"}";
        assert_eq!(quoted(json), told);
        assert_eq!(quoted(told), told);
    }
}
