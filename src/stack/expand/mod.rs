//! From the typed file to nodes: names, tags, defaults, the resources that a function brings along,
//! and the edges that references make.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::format::{Flag, OnRemove, StackFile, Text, texts};
use crate::kinds;
use crate::model::mark::{self, Guard, OWN_TAG_PREFIX};
use crate::model::reference::{plain, references_in};
use crate::model::secret::Mask;
use crate::model::{Artifact, Desired, Node, ResourceId, Scope};
use crate::source::diagnostic::{Diagnostic, Place, Source};
use crate::source::naming::Naming;
use crate::source::node::Node as Tree;

mod alarms;
mod finish;
mod function_parts;
mod functions;
mod resources;

/// The parts of an expansion that every resource looks at.
pub struct Expander<'a> {
    source: &'a Arc<Source>,
    folder: PathBuf,
    scope: &'a Scope,
    file: &'a StackFile,
    tree: &'a Tree,
    secrets: &'a Mask,
    naming: Naming,
    nodes: BTreeMap<ResourceId, Node>,
    problems: Vec<Diagnostic>,
}

/// Expands a file whose variables are filled in. `tree` is the same file with its places, `secrets`
/// what its variables made sensitive.
///
/// # Errors
/// Everything that is wrong, in file order.
pub fn expand(
    source: &Arc<Source>,
    scope: &Scope,
    file: &StackFile,
    tree: &Tree,
    naming: &Naming,
    secrets: &Mask,
) -> Result<Desired, Vec<Diagnostic>> {
    let folder = source.path.parent().map(Path::to_owned).unwrap_or_default();
    let mut expander =
        Expander { source, folder, scope, file, tree, secrets, naming: naming.clone(), nodes: BTreeMap::new(), problems: Vec::new() };
    expander.roles();
    expander.queues();
    expander.topics();
    expander.layers();
    expander.log_groups();
    expander.functions();
    expander.alarms();
    expander.check_tags();
    expander.finish()
}

/// What `protect` and `on_remove` say.
fn guard(protect: Flag, on_remove: OnRemove) -> Guard {
    let on_remove = match on_remove {
        OnRemove::Delete => mark::OnRemove::Delete,
        OnRemove::Retain => mark::OnRemove::Retain,
    };
    Guard { protect: protect.0, on_remove }
}

/// `desired-state/../handlers` is `handlers`, as a user would write it.
fn without_detours(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        let last = clean.components().next_back();
        match (part, last) {
            (Component::ParentDir, Some(Component::Normal(_))) => drop(clean.pop()),
            _ => clean.push(part),
        }
    }
    if clean.as_os_str().is_empty() { PathBuf::from(".") } else { clean }
}

impl Expander<'_> {
    /// The place of a resource's key, or of one of its fields where it is written there.
    fn place(&self, section: &str, key: &str, field: &str) -> Place {
        let Some(entry) = self.tree.get(section).and_then(|section| section.entries().iter().find(|entry| entry.key == key)) else {
            return Place::default();
        };
        entry.value.get(field).map_or(entry.place, |node| node.place)
    }

    fn problem(&mut self, place: Place, message: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Diagnostic::new(self.source, place, message, fix));
    }

    /// A resource's physical name: its own, or the pattern's.
    fn physical(&mut self, section: &str, own: Option<&String>, key: &str) -> String {
        let Some(own) = own else { return self.naming.physical(section, key) };
        if let Some(reference) = references_in(own).next() {
            let place = self.place(section, key, "name");
            let message = format!("{section}.{key}: a name is known before anything is made, and `{reference}` is not");
            self.problem(place, message, "build the name from variables");
        }
        plain(own)
    }

    /// The stack's tags under a resource's own, and what guards it.
    fn tags(&self, own: &BTreeMap<String, Text>, guard: Guard) -> BTreeMap<String, String> {
        let mut tags = texts(&self.file.tags);
        tags.extend(texts(own));
        tags.extend(guard.tags());
        tags
    }

    /// Tags that etlctl or AWS keeps for itself, wherever they are written.
    fn check_tags(&mut self) {
        let mut reserved = Vec::new();
        let tops = self.tree.entries().iter().filter(|entry| entry.key == "tags");
        let resources =
            self.tree.entries().iter().flat_map(|section| section.value.entries()).flat_map(|resource| resource.value.entries());
        for tags in tops.chain(resources.filter(|entry| entry.key == "tags")) {
            let is_reserved = |key: &str| key.starts_with(OWN_TAG_PREFIX) || key.to_ascii_lowercase().starts_with("aws:");
            reserved.extend(tags.value.entries().iter().filter(|tag| is_reserved(&tag.key)).map(|tag| (tag.place, tag.key.clone())));
        }
        for (place, key) in reserved {
            self.problem(place, format!("the tag `{key}` is reserved"), "choose a key that begins with neither `etlctl:` nor `aws:`");
        }
    }

    /// The folder of a resource's code.
    fn folder_of(&mut self, section: &str, key: &str, source: &str) -> PathBuf {
        let path = without_detours(&self.folder.join(plain(source)));
        if !path.is_dir() {
            let place = self.place(section, key, "source");
            let fix = "create the folder, or mend `source`: it is relative to this file";
            self.problem(place, format!("{section}.{key}: the source folder {} does not exist", path.display()), fix);
        }
        path
    }

    /// Folder of the project: the one that holds `desired-state`, else that of the stack file. The root
    /// of a machine is no project.
    fn project(&self) -> PathBuf {
        let folder = std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone());
        match folder.parent() {
            Some(parent) if parent.parent().is_some() && folder.file_name().is_some_and(|name| name == super::find::FOLDER) => {
                parent.to_owned()
            }
            _ => folder,
        }
    }

    /// `word` as an ARN: an ARN or reference as it stands, else a key of `section`.
    fn arn_of(&mut self, section: &str, word: &str, place: Place) -> String {
        if word.starts_with("arn:") || references_in(word).next().is_some() {
            return word.to_owned();
        }
        let keys: Vec<String> =
            self.tree.get(section).map(|section| section.entries().iter().map(|entry| entry.key.clone()).collect()).unwrap_or_default();
        if !keys.iter().any(|key| key == word) {
            let fix = crate::source::diagnostic::suggest(word, keys.iter().map(String::as_str));
            self.problem(place, format!("`{word}` is no key of `{section}` and no ARN"), fix);
        }
        format!("${{{section}.{word}.arn}}")
    }

    fn add<S: Serialize>(
        &mut self,
        kind: &str,
        key: &str,
        name: String,
        spec: &S,
        needs: BTreeSet<ResourceId>,
        artifact: Option<Artifact>,
    ) {
        let id = ResourceId::new(kind, key);
        // Specs hold maps with string keys and plain scalars, which JSON always can say.
        let spec = serde_json::to_value(spec).unwrap_or(Value::Null);
        if let Some(taken) = self.nodes.get(&id) {
            let section = kinds::driver(kind).map_or(kind, |driver| driver.section());
            let place = self.place(section, key, "");
            self.problem(
                place,
                format!("`{section}.{key}` is there twice: {} has a {kind} of its own", taken.name),
                "rename one of the two",
            );
            return;
        }
        self.nodes.insert(id.clone(), Node { id, name, spec, needs, artifact, sensitive: BTreeSet::new(), stored: BTreeMap::new() });
    }
}
