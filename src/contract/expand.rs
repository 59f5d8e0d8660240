//! What a kind turns a user's words into specs with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::Kind;
use super::admitted::Admitted;
use crate::model::mark::{self, Guard};
use crate::model::reference::{opens_variable, plain, references_in};
use crate::model::secret::Mask;
use crate::model::{Node, ResourceId, Scope, account};
use crate::source::diagnostic::{Diagnostic, Place, Source, suggest};
use crate::source::loaded::Document;
use crate::source::naming::{Kept, Naming};
use crate::source::node::{Entry, Node as Tree};
use crate::source::scalar::{Flag, OnRemove, Text, texts};
use crate::source::typed::typed_all;
use crate::source::vars::Vars;

/// Name of the folder that holds stack files.
pub const STACK_FOLDER: &str = "desired-state";

/// How a template writes a `${` that is text.
const LITERAL: &str = "$${";

/// A stack file on its way to nodes.
pub struct Expand<'a> {
    source: &'a Arc<Source>,
    pub(super) folder: PathBuf,
    /// Where the stack goes.
    pub scope: &'a Scope,
    tree: &'a Tree,
    tags: &'a BTreeMap<String, Text>,
    naming: &'a Naming,
    /// What keeps a name of before.
    kept: &'a [Kept],
    /// Section and key of what is expanded now.
    pub expanding: Option<(&'static str, String)>,
    /// What the file's variables made sensitive.
    pub secrets: &'a Mask,
    /// Whether the environment is protected.
    pub protected: bool,
    /// What variables are filled in with, in files that resources are read from.
    pub(super) vars: Option<&'a Vars<'a>>,
    /// Files that resources were read from.
    pub documents: BTreeMap<ResourceId, Document>,
    /// Resources so far.
    pub nodes: BTreeMap<ResourceId, Node>,
    /// Statements for policies of other resources than those that need them.
    pub(super) admitted: Vec<Admitted>,
    /// What is wrong so far.
    pub problems: Vec<Diagnostic>,
    /// What does not fit its type.
    pub mistyped: Vec<Diagnostic>,
}

/// What `protect` and `on_remove` say.
pub fn guard(protect: Flag, on_remove: OnRemove) -> Guard {
    let on_remove = match on_remove {
        OnRemove::Delete => mark::OnRemove::Delete,
        OnRemove::Retain => mark::OnRemove::Retain,
    };
    Guard { protect: protect.0, on_remove }
}

/// `desired-state/../handlers` is `handlers`, as a user would write it.
pub(super) fn without_detours(path: &Path) -> PathBuf {
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

impl<'a> Expand<'a> {
    /// An expansion of a file whose variables are filled in. `secrets` is what its variables made
    /// sensitive.
    pub fn new(
        source: &'a Arc<Source>,
        scope: &'a Scope,
        tree: &'a Tree,
        tags: &'a BTreeMap<String, Text>,
        naming: &'a Naming,
        secrets: &'a Mask,
        protected: bool,
    ) -> Self {
        let folder = source.path.parent().map(Path::to_owned).unwrap_or_default();
        Self {
            source,
            folder,
            scope,
            tree,
            tags,
            naming,
            kept: &[],
            expanding: None,
            secrets,
            protected,
            vars: None,
            documents: BTreeMap::new(),
            nodes: BTreeMap::new(),
            admitted: Vec::new(),
            problems: Vec::new(),
            mistyped: Vec::new(),
        }
    }

    /// The same with names of before that are kept.
    pub fn keeping(self, kept: &'a [Kept]) -> Self {
        Self { kept, ..self }
    }

    /// The name that the pattern gives; of what keeps a name, as the key gave it that it had.
    fn patterned(&self, section: &str, key: &str) -> String {
        match self.kept.iter().find(|kept| kept.section == section && kept.to == key) {
            Some(Kept { from, naming, .. }) => naming.as_ref().unwrap_or(self.naming).physical(section, from),
            None => self.naming.physical(section, key),
        }
    }

    /// The same of what is brought along by what is expanded now: its key begins with the other's.
    fn brought(&self, section: &str, key: &str) -> Option<String> {
        let (home, to) = self.expanding.as_ref()?;
        let kept = self.kept.iter().find(|kept| kept.section == *home && kept.to == *to && kept.section != section)?;
        let rest = key.strip_prefix(to.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('-'))?;
        Some(kept.naming.as_ref().unwrap_or(self.naming).physical(section, &format!("{}{rest}", kept.from)))
    }

    /// Where what stands under a key of a section, or is brought along by what is expanded now, was made: in
    /// another stack, where it keeps the name that this one gave it.
    pub fn made_in(&self, section: &str, key: &str) -> Scope {
        let is_it = |kept: &&Kept| {
            let is_home = self.expanding.as_ref().is_some_and(|(home, to)| kept.section == *home && kept.to == *to);
            is_home || (kept.section == section && kept.to == key)
        };
        let stack = self.kept.iter().find(is_it).and_then(|kept| kept.stack.clone());
        Scope { stack: stack.unwrap_or_else(|| self.scope.stack.clone()), ..self.scope.clone() }
    }

    /// The same with what fills variables in where a resource is read from a file of its own.
    pub fn with(self, vars: &'a Vars<'a>) -> Self {
        Self { vars: Some(vars), ..self }
    }

    /// The place of a resource's key, or of one of its fields where it is written there.
    pub fn place(&self, section: &str, key: &str, field: &str) -> Place {
        let Some(entry) = self.tree.get(section).and_then(|section| section.entries().iter().find(|entry| entry.key == key)) else {
            return Place::START;
        };
        entry.value.get(field).map_or(entry.place, |node| node.place)
    }

    /// The same of what stands within a field, by keys and numbers of lists.
    pub fn place_within(&self, section: &str, key: &str, path: &[&str]) -> Place {
        let whole = [&[section, key][..], path].concat();
        self.tree.place_along(&whole).unwrap_or(Place::START)
    }

    /// `node` as a `T`, none where it does not fit.
    pub fn typed<T: DeserializeOwned>(&mut self, node: &Tree) -> Option<T> {
        typed_all(self.source, node).map_err(|problems| self.mistyped.extend(problems)).ok()
    }

    /// Tells what is wrong.
    pub fn problem(&mut self, place: Place, message: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Diagnostic::new(self.source, place, message, fix));
    }

    /// A resource's physical name: its own, or the pattern's.
    pub fn physical(&mut self, section: &str, own: Option<&String>, key: &str) -> String {
        let Some(own) = own else { return self.brought(section, key).unwrap_or_else(|| self.patterned(section, key)) };
        if let Some(reference) = references_in(own).next() {
            let place = self.place(section, key, "name");
            let message = format!("{section}.{key}: a name is known before anything is made, and `{reference}` is not");
            self.problem(place, message, "build the name from variables, or from the `name` of another resource of this file");
        } else if opens_variable(&own.replace(LITERAL, "").replace(account::LATE, "")) {
            let place = self.place(section, key, "name");
            let message = format!("{section}.{key}: nothing fills in the `${{…}}` of this name, and AWS would be sent it as it stands");
            let fix = "write a variable of the file, such as `${name}`, `$${name}` where the name has just that in it, or take it out";
            self.problem(place, message, fix);
        }
        plain(own)
    }

    /// The physical name of what stands, or is brought along, under a key of a section.
    pub fn named(&self, section: &str, key: &str) -> String {
        self.name_of(section, key).unwrap_or_else(|| self.patterned(section, key))
    }

    /// The keys of a section of the file.
    pub fn keys(&self, section: &str) -> Vec<String> {
        self.tree.get(section).map(|section| section.entries().iter().map(|entry| entry.key.clone()).collect()).unwrap_or_default()
    }

    /// The stack's tags under a resource's own, and what guards it.
    pub fn tags(&self, own: &BTreeMap<String, Text>, guard: Guard) -> BTreeMap<String, String> {
        let mut tags = texts(self.tags);
        tags.extend(texts(own));
        tags.extend(guard.tags());
        tags
    }

    /// The folder, or the file, of a resource's code; `takes` says which files may stand for a folder.
    pub fn source_of(&mut self, section: &str, key: &str, source: &str, takes: impl Fn(&Path) -> bool) -> PathBuf {
        let path = without_detours(&self.folder.join(plain(source)));
        let place = self.place(section, key, "source");
        if !path.exists() {
            let fix = "create it, or mend `source`: it is relative to this file";
            self.problem(place, format!("{section}.{key}: the source {} does not exist", path.display()), fix);
        } else if !path.is_dir() && !takes(&path) {
            let fix = "name a folder, a zip or a jar";
            self.problem(place, format!("{section}.{key}: the source {} is neither a folder nor a package", path.display()), fix);
        }
        path
    }

    /// Folder of the project: the one that holds `desired-state`, else that of the stack file. The root
    /// of a machine is no project.
    pub fn project(&self) -> PathBuf {
        let folder = std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone());
        match folder.parent() {
            Some(parent) if parent.parent().is_some() && folder.file_name().is_some_and(|name| name == STACK_FOLDER) => parent.to_owned(),
            _ => folder,
        }
    }

    /// `word` as an ARN: an ARN or reference as it stands, else a key of `section`.
    pub fn arn_of(&mut self, section: &str, word: &str, place: Place) -> String {
        self.known_arn(section, word).unwrap_or_else(|| {
            let fix = suggest(word, self.keys(section).iter().map(String::as_str));
            self.problem(place, format!("`{word}` is no key of `{section}` and no ARN"), fix);
            format!("${{{section}.{word}.arn}}")
        })
    }

    /// The same for who tells nobody of a word that is none.
    pub fn known_arn(&self, section: &str, word: &str) -> Option<String> {
        if word.starts_with("arn:") || references_in(word).next().is_some() {
            return Some(word.to_owned());
        }
        self.has(section, word).then(|| format!("${{{section}.{word}.arn}}"))
    }

    /// The same for what something invokes: by its alias, where it has one, since what is allowed is allowed there.
    pub fn callee_of(&mut self, section: &str, word: &str, place: Place) -> String {
        let arn = self.arn_of(section, word, place);
        let callee = self.tree.get(section).and_then(|section| section.get(word));
        if callee.is_some_and(|callee| callee.get("alias").is_some()) { format!("${{{section}.{word}.alias_arn}}") } else { arn }
    }

    /// A FIFO name ends in `.fifo`: added to a name that the pattern made, asked of one that the file
    /// gives.
    pub fn fifo_name(&mut self, section: &str, key: &str, own: Option<&String>, fifo: bool) -> String {
        let mut name = self.physical(section, own, key);
        if fifo && own.is_none() && !name.ends_with(".fifo") {
            name.push_str(".fifo");
        }
        if fifo != name.ends_with(".fifo") {
            let place = self.place(section, key, "name");
            let fix = if fifo { format!("name it `{name}.fifo`") } else { "set fifo: true, or name it without `.fifo`".to_owned() };
            self.problem(place, format!("{section}.{key}: a name ends in `.fifo` exactly where fifo is true"), fix);
        }
        name
    }

    /// What a field of what stands under a key says, where that is a text.
    pub fn said(&self, section: &str, key: &str, field: &str) -> Option<String> {
        self.tree.get(section)?.get(key)?.get(field)?.text().map(str::to_owned)
    }

    /// Whether the file has this key in this section.
    pub fn has(&self, section: &str, key: &str) -> bool {
        self.tree.get(section).is_some_and(|section| section.get(key).is_some())
    }

    /// The key under which a section of the file has what will be named so.
    pub fn declared(&self, section: &str, name: &str) -> Option<String> {
        self.tree.get(section)?.entries().iter().find(|entry| self.name_of_entry(section, entry) == name).map(|entry| entry.key.clone())
    }

    /// The physical name of what a section of the file has under a key.
    pub fn name_of(&self, section: &str, key: &str) -> Option<String> {
        self.tree.get(section)?.entries().iter().find(|entry| entry.key == key).map(|entry| self.name_of_entry(section, entry))
    }

    fn name_of_entry(&self, section: &str, entry: &Entry) -> String {
        match entry.value.get("name").and_then(Tree::text) {
            Some(own) => plain(own),
            None => self.patterned(section, &entry.key),
        }
    }

    /// Adds a resource that stands in its own section.
    pub fn add<K: Kind>(&mut self, key: &str, name: String, spec: &K::Spec) -> Option<&mut Node> {
        self.bring::<K>(key, name, spec, &[K::SECTION, key].map(str::to_owned))
    }

    /// Adds a resource that what stands at `home` brings along.
    pub fn bring<K: Kind>(&mut self, key: &str, name: String, spec: &K::Spec, home: &[String]) -> Option<&mut Node> {
        let id = ResourceId::new(K::NAME, key);
        // Specs hold maps with string keys and plain scalars, which JSON always can say.
        let spec = match serde_json::to_value(spec) {
            Ok(spec) => spec,
            Err(error) => {
                self.problem(self.place(K::SECTION, key, ""), format!("{id} cannot be written down: {error}"), "report it as a defect");
                return None;
            }
        };
        if let Some(taken) = self.nodes.get(&id) {
            let at = |home: &[String]| home.iter().take(2).cloned().collect::<Vec<_>>().join(".");
            let (own, other, what) = (at(home), at(&taken.home), format!("{}.{key}", K::SECTION));
            let (message, fix) = if own == other {
                (format!("{own}: two entries bring `{what}` along"), "give one of them a `name` of its own, or take it out")
            } else {
                (format!("`{what}` is there twice: once by {other}, once by {own}"), "rename one of the two")
            };
            let path: Vec<&str> = home.iter().map(String::as_str).collect();
            let place = self.tree.place_along(&path).unwrap_or(Place::START);
            self.problem(place, message, fix);
            return None;
        }
        let node = Node {
            id: id.clone(),
            name,
            spec,
            home: home.to_vec(),
            needs: BTreeSet::new(),
            loose: BTreeSet::new(),
            artifact: None,
            sensitive: BTreeSet::new(),
            stored: BTreeMap::new(),
            assumed: None,
        };
        Some(self.nodes.entry(id).or_insert(node))
    }
}
