//! Where code is put: in a folder that no other stack file names, and that is in none that one names.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;
use crate::source::diagnostic::Source;
use crate::source::node::Node;
use crate::stack::find::{FOLDER, is_named_so};

/// The folder of all code.
const HANDLERS: &str = "handlers";
/// The folder in it of what layers hold.
const LAYERS: &str = "layers";
/// Bytes of the largest file that is looked into.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Folders beside a stack file.
pub struct Folders {
    /// Where the folder of code lies.
    project: PathBuf,
    /// The way there from the stack file.
    up: &'static str,
    stack: String,
    /// What other stack files name, and what was given out, each in small letters: they may be one on a disk.
    taken: BTreeSet<Vec<String>>,
    /// Texts of other files that cannot be read as stack files.
    unread: Vec<String>,
}

impl Folders {
    /// Those beside `out`, the file of a stack of this name.
    ///
    /// # Errors
    /// Another file describes a stack of this name.
    pub fn beside(out: &Path, stack: &str) -> Result<Self, Error> {
        let folder = out.parent().unwrap_or(Path::new(""));
        let is_inside = folder.file_name().is_some_and(|name| name == FOLDER);
        let (project, up) = if is_inside { (folder.parent().unwrap_or(Path::new("")), "../") } else { (folder, "") };
        let mut folders = Self { project: project.to_owned(), up, stack: stack.to_owned(), taken: BTreeSet::new(), unread: Vec::new() };
        let places = BTreeSet::from([folder.to_owned(), project.join(FOLDER)]);
        for path in places.iter().flat_map(|folder| others(folder, out)) {
            let size = std::fs::metadata(&path).map_or(0, |meta| meta.len());
            let Some(text) = std::fs::read_to_string(&path).ok().filter(|_| size < LARGEST) else { continue };
            let Ok(tree) = Node::as_written(&Arc::new(Source::new(&path, text.clone()))) else {
                folders.unread.push(text.to_lowercase());
                continue;
            };
            let tree = tree.to_json();
            if tree["stack"] == stack {
                let message = format!("{} describes the stack {stack} already", path.display());
                return Err(Error::Usage { message, hint: "nothing was written; give this one another --name".to_owned() });
            }
            let from = path.parent().unwrap_or(Path::new("")).to_owned();
            each_source(&tree, &mut |source| _ = folders.taken.insert(words(&from.join(source))));
        }
        Ok(folders)
    }

    /// A folder for the code of this key, and what the file calls it.
    pub fn choose(&mut self, is_layer: bool, key: &str) -> (PathBuf, String) {
        let stack = &self.stack;
        let first = if is_layer { vec![format!("{LAYERS}/{key}"), format!("layer-{key}")] } else { vec![key.to_owned()] };
        let own = if is_layer { format!("{stack}-layer-{key}") } else { format!("{stack}-{key}") };
        let numbers = (2..).map(|n| format!("{own}-{n}"));
        let mut all = first.into_iter().chain([own.clone()]).chain(numbers).map(|name| format!("{HANDLERS}/{name}"));
        // There is always a number more.
        let below = all.find(|below| self.is_free(below, is_layer)).unwrap_or(own);
        let path = self.project.join(&below);
        self.taken.insert(words(&path));
        (path, format!("{}{below}", self.up))
    }

    fn is_free(&self, below: &str, is_layer: bool) -> bool {
        let path = words(&self.project.join(below));
        let within_each_other = |taken: &Vec<String>| {
            // Who packages all of them has them all.
            let all = words(&self.project.join(HANDLERS));
            (path.starts_with(taken) && !all.starts_with(taken)) || taken.starts_with(&path)
        };
        // Layers of any stack may come to lie there.
        let is_of_layers = !is_layer && below.eq_ignore_ascii_case(&format!("{HANDLERS}/{LAYERS}"));
        let word = below.to_lowercase();
        !is_of_layers && !self.taken.iter().any(within_each_other) && !self.unread.iter().any(|text| text.contains(&word))
    }
}

/// Stack files in a folder but this one.
fn others(folder: &Path, but: &Path) -> Vec<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    entries.filter(|path| path.is_file() && is_named_so(path) && words(path) != words(but)).collect()
}

/// Calls `visit` with every `source` below a value.
fn each_source(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            for (key, item) in map {
                if let (true, Some(source)) = (key == "source", item.as_str()) {
                    visit(source);
                }
                each_source(item, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_source(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A path from the root in small letters, without what leads back, nor the end of a zip.
fn words(path: &Path) -> Vec<String> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut words = Vec::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => drop(words.pop()),
            Component::CurDir => {}
            part => words.push(part.as_os_str().to_string_lossy().to_lowercase()),
        }
    }
    if let Some(last) = words.last_mut()
        && let Some(plain) = last.strip_suffix(".zip")
    {
        *last = plain.to_owned();
    }
    words
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn code_lies_beside_the_folder_of_stack_files() {
        let of = |out: &str, is_layer: bool| {
            let place = tempfile::tempdir().unwrap();
            let (path, word) = Folders::beside(&place.path().join(out), "s").unwrap().choose(is_layer, "work");
            (path.strip_prefix(place.path()).unwrap().display().to_string(), word)
        };
        assert_eq!(of("desired-state/x.yaml", false), ("handlers/work".into(), "../handlers/work".into()));
        assert_eq!(of("a/desired-state/x.yaml", true), ("a/handlers/layers/work".into(), "../handlers/layers/work".into()));
        assert_eq!(of("x.yaml", false), ("handlers/work".into(), "handlers/work".into()));
    }

    #[test]
    fn folders_that_another_file_names_are_left_to_it_and_none_is_in_another() {
        let place = tempfile::tempdir().unwrap();
        let state = place.path().join("desired-state");
        fs::create_dir(&state).unwrap();
        let other = "stack: other\nfunctions:\n  a: { source: ../handlers/Work }\n  b: { source: ../handlers/x/deep }\nlayers:\n  l: { source: ../handlers/lib.zip }\n";
        fs::write(state.join("other.yaml"), other).unwrap();
        fs::write(state.join("broken.yaml"), "functions: {a: { source: ../handlers/cut").unwrap();
        let mut folders = Folders::beside(&state.join("new.yaml"), "new").unwrap();
        let mut chosen = |is_layer, key: &str| folders.choose(is_layer, key).1;
        assert_eq!(chosen(false, "work"), "../handlers/new-work");
        assert_eq!(chosen(false, "x"), "../handlers/new-x");
        assert_eq!(chosen(false, "lib"), "../handlers/new-lib");
        assert_eq!(chosen(false, "cut"), "../handlers/new-cut");
        assert_eq!(chosen(false, "layers"), "../handlers/new-layers");
        assert_eq!(chosen(true, "x"), "../handlers/layers/x");
        assert_eq!(chosen(false, "own"), "../handlers/own");
        assert_eq!(chosen(false, "OWN"), "../handlers/new-OWN");
        assert_eq!(chosen(false, "own"), "../handlers/new-own-2");
        let same = Folders::beside(&state.join("new.yaml"), "other");
        assert!(same.is_err_and(|error| error.to_string().contains("other.yaml describes the stack other already")));
        assert!(Folders::beside(&state.join("other.yaml"), "other").is_ok());
    }
}
