//! The IAM documents of a stack as its file writes them, with the places of their parts.
//!
//! Specs hold documents in normal form, whose statements are sorted: what points into a file has to
//! look at the file.

use crate::contract::{Kind, Untyped, View};
use crate::kinds;
use crate::kinds::role::Role;
use crate::source::diagnostic::Place;
use crate::source::node::{Entry, Node, Yaml};

/// What a document is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentKind {
    /// Policy of a role.
    Identity,
    /// Who may assume a role.
    Trust,
    /// Policy of a resource: a queue, a bucket.
    Resource,
}

impl DocumentKind {
    /// What the documents at a path of a spec are attached to; none where they are no policies. All kinds
    /// call them alike.
    fn at(path: &str) -> Option<Self> {
        match path {
            "policy" => Some(Self::Resource),
            "trust_policy" => Some(Self::Trust),
            "policies.*" | "own_policies.*" => Some(Self::Identity),
            _ => None,
        }
    }
}

/// A document.
pub(super) struct Document<'a> {
    /// What it is attached to.
    pub kind: DocumentKind,
    /// Resource that has it, `role/etl`.
    pub address: String,
    /// Its name where it is an inline policy.
    pub name: &'a str,
    /// The whole of it.
    pub node: &'a Node,
    /// Where its name or key stands.
    pub place: Place,
}

/// A statement of a document.
pub(super) struct Statement<'a> {
    /// The mapping.
    pub node: &'a Node,
    /// Where it begins.
    pub place: Place,
}

/// Keys of a statement: IAM's word and the short form's.
pub(super) const KEYS: [(&str, &str); 9] = [
    ("Sid", "sid"),
    ("Effect", "effect"),
    ("Action", "actions"),
    ("NotAction", "not_actions"),
    ("Resource", "resources"),
    ("NotResource", "not_resources"),
    ("Principal", "principals"),
    ("NotPrincipal", "not_principals"),
    ("Condition", "conditions"),
];

impl<'a> Statement<'a> {
    /// The value under one of IAM's words, in whichever form it was written.
    pub fn get(&self, word: &str) -> Option<&'a Node> {
        let short = KEYS.iter().find(|(key, _)| *key == word).map_or(word, |(_, short)| short);
        self.node.get(word).or_else(|| self.node.get(short))
    }

    /// The texts under one of IAM's words: one, or a list.
    pub fn texts(&self, word: &str) -> Vec<(&'a str, Place)> {
        self.get(word).map(texts).unwrap_or_default()
    }

    /// Whether it allows, rather than denies.
    pub fn allows(&self) -> bool {
        self.get("Effect").and_then(Node::text).is_none_or(|effect| effect.eq_ignore_ascii_case("allow"))
    }
}

/// The texts of a node: one, or a list.
pub(super) fn texts(node: &Node) -> Vec<(&str, Place)> {
    match &node.yaml {
        Yaml::Text(text) => vec![(text.as_str(), node.place)],
        Yaml::List(items) => items.iter().filter_map(|item| Some((item.text()?, item.place))).collect(),
        _ => Vec::new(),
    }
}

impl<'a> Document<'a> {
    /// Its statements: the list itself in the short form, what stands under `Statement` in IAM's.
    pub fn statements(&self) -> Vec<Statement<'a>> {
        let of = |node: &'a Node| Statement { node, place: node.place };
        match &self.node.yaml {
            Yaml::List(items) => items.iter().map(of).collect(),
            _ => match self.node.get("Statement").map(|node| (node, &node.yaml)) {
                Some((_, Yaml::List(items))) => items.iter().map(of).collect(),
                Some((node, _)) => vec![of(node)],
                None => Vec::new(),
            },
        }
    }
}

/// Every document of the stack, whichever kind it is of.
pub(super) fn documents<'a>(cx: &'a View<'_>) -> Vec<Document<'a>> {
    let mut all = Vec::new();
    for driver in kinds::registry() {
        let paths: Vec<(&str, DocumentKind)> =
            driver.documents().iter().filter_map(|path| Some((*path, DocumentKind::at(path)?))).collect();
        if paths.is_empty() {
            continue;
        }
        for (address, node) in written(cx, driver.section(), driver.specs(cx)) {
            for (path, kind) in &paths {
                let (kind, address) = (*kind, address.to_owned());
                let Some(held) = node.get(path.trim_end_matches(".*")) else { continue };
                if path.ends_with('*') {
                    let of = |entry: &'a Entry| Document {
                        kind,
                        address: address.clone(),
                        name: &entry.key,
                        node: &entry.value,
                        place: entry.place,
                    };
                    all.extend(held.entries().iter().map(of));
                } else {
                    all.push(Document { kind, address, name: "", node: held, place: held.place });
                }
            }
        }
    }
    all
}

/// Resources as they are written where they are mappings: in their section, or in what brings them along.
fn written<'a>(cx: &'a View<'_>, section: &'a str, specs: Vec<Untyped<'a>>) -> impl Iterator<Item = (&'a str, &'a Node)> {
    specs.into_iter().filter_map(move |Untyped { key, address, json: _ }| Some((address, cx.loaded.tree.at(&cx.home(section, key))?)))
}

/// Roles as they are written: those of `roles`, and those that others describe themselves.
pub(super) fn roles<'a>(cx: &'a View<'_>) -> Vec<(&'a str, &'a Node)> {
    cx.all::<Role>()
        .iter()
        .filter_map(|role| Some((role.address.as_str(), cx.loaded.tree.at(&cx.home(Role::SECTION, &role.key))?)))
        .collect()
}
