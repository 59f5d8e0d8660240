//! The IAM documents of a stack as its file writes them, with the places of their parts.
//!
//! Specs hold documents in normal form, whose statements are sorted: what points into a file has to
//! look at the file.

use crate::contract::View;
use crate::source::diagnostic::Place;
use crate::source::node::{Node, Yaml};

/// What a document is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentKind {
    /// Inline policy of a role.
    Identity,
    /// Who may assume a role.
    Trust,
    /// Policy of a queue or topic.
    Resource,
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

/// Every document of the stack.
pub(super) fn documents<'a>(cx: &'a View<'_>) -> Vec<Document<'a>> {
    let mut all = Vec::new();
    for (address, role) in roles(cx) {
        let of = |field: &str| role.get(field).map(Node::entries).unwrap_or_default();
        for entry in of("policies").iter().chain(of("own_policies")) {
            let kind = DocumentKind::Identity;
            all.push(Document { kind, address: address.clone(), name: &entry.key, node: &entry.value, place: entry.place });
        }
        if let Some(node) = role.get("trust_policy") {
            all.push(Document { kind: DocumentKind::Trust, address, name: "", node, place: node.place });
        }
    }
    for (section, kind) in [("queues", "queue"), ("topics", "topic")] {
        for entry in cx.loaded.tree.get(section).map(Node::entries).unwrap_or_default() {
            if let Some(node) = entry.value.get("policy") {
                let address = format!("{kind}/{}", entry.key);
                all.push(Document { kind: DocumentKind::Resource, address, name: "", node, place: node.place });
            }
        }
    }
    all
}

/// Roles as they are written: those of `roles`, and those that functions describe themselves.
pub(super) fn roles<'a>(cx: &'a View<'_>) -> Vec<(String, &'a Node)> {
    let entries = |section: &str| cx.loaded.tree.get(section).map(Node::entries).unwrap_or_default();
    let own = entries("functions").iter().filter_map(|entry| Some((entry, entry.value.get("role")?)));
    let own = own.filter(|(_, role)| matches!(role.yaml, Yaml::Map(_))).map(|(entry, role)| (format!("role/{}", entry.key), role));
    entries("roles").iter().map(|entry| (format!("role/{}", entry.key), &entry.value)).chain(own).collect()
}
