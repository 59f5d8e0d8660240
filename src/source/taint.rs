//! Which variables are sensitive, and what was built from them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::node::{Entry, Node, Yaml};
use super::vars::{Vars, expressions, is_long_form};
use crate::model::reference::{Piece, pieces, plain, template};
use crate::model::secret::{Secrets, looks_secret, names_secret};

/// Characters of literal text beside a variable that are worth hiding by themselves.
const LEAST: usize = 6;
/// Sections that declare variables, or give them values.
const DECLARING: [&str; 2] = ["variables", "environments"];

/// Why a variable is sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// Its name or its value looks like it.
    Guessed,
    /// The file says so, of it or of one that it is built from.
    Declared,
}

/// The sensitive variables of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taint {
    variables: BTreeMap<String, Why>,
    /// Values that were not declared sensitive.
    guesses: BTreeSet<String>,
}

impl Taint {
    /// Reads which variables are sensitive, and tells `secrets` every value that one could have: from
    /// the command line, the process, an environment or its declaration.
    pub fn of(tree: &Node, sets: &[(String, String)], secrets: &mut Secrets) -> Self {
        let entries = tree.get("variables").map(Node::entries).unwrap_or_default();
        let values: Vec<(&Entry, Vec<Node>)> = entries.iter().map(|entry| (entry, candidates(tree, entry, sets))).collect();
        let mut taint = Self::default();
        for (entry, values) in &values {
            let why = match said(&entry.value) {
                Some(true) => Some(Why::Declared),
                Some(false) => None,
                None => is_guessed(entry, values).then_some(Why::Guessed),
            };
            let Some(why) = why else { continue };
            taint.variables.insert(entry.key.clone(), why);
            for text in values.iter().flat_map(|value| leaves(&value.to_json())) {
                for literal in literals(&text) {
                    taint.tell(why, literal, secrets);
                }
            }
        }
        taint.pass_on(&values);
        if let Some(why) = tree.get("instance").and_then(|node| leaves(&node.to_json()).iter().filter_map(|text| taint.why(text)).max()) {
            taint.variables.insert("instance".to_owned(), why);
        }
        taint
    }

    /// From each sensitive variable to those that are built from it, each asked again only where one
    /// that it names became more sensitive.
    fn pass_on(&mut self, values: &[(&Entry, Vec<Node>)]) {
        let mut users: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut open_declared: BTreeSet<&str> = BTreeSet::new();
        for (entry, values) in values {
            if said(&entry.value) == Some(false) {
                open_declared.insert(&entry.key);
            }
            for text in values.iter().flat_map(|value| leaves(&value.to_json())) {
                for used in expressions(&text) {
                    users.entry(used.to_owned()).or_default().insert(&entry.key);
                }
            }
        }
        let mut changed: Vec<(String, Why)> = self.variables.iter().map(|(name, why)| (name.clone(), *why)).collect();
        while let Some((name, why)) = changed.pop() {
            for user in users.get(&name).into_iter().flatten() {
                let refused = why == Why::Guessed && open_declared.contains(user);
                if !refused && self.variables.get(*user) < Some(&why) {
                    self.variables.insert((*user).to_owned(), why);
                    changed.push(((*user).to_owned(), why));
                }
            }
        }
    }

    /// Names of the sensitive variables.
    pub fn names(&self) -> BTreeSet<String> {
        self.variables.keys().cloned().collect()
    }

    /// Tells `secrets` what `filled` holds where `written` names a sensitive variable.
    pub fn spread(&mut self, written: &Node, filled: &Node, secrets: &mut Secrets) {
        match (&written.yaml, &filled.yaml) {
            (Yaml::Text(text), _) => {
                let Some(why) = self.why(text) else { return };
                leaves(&filled.to_json()).iter().for_each(|text| self.tell(why, text, secrets));
            }
            (Yaml::List(written), Yaml::List(filled)) => {
                written.iter().zip(filled).for_each(|(written, filled)| self.spread(written, filled, secrets));
            }
            (Yaml::Map(written), Yaml::Map(filled)) => {
                written.iter().zip(filled).for_each(|(written, filled)| self.spread(&written.value, &filled.value, secrets));
            }
            _ => {}
        }
    }

    /// The values that the variables came to.
    pub fn values(&mut self, vars: &Vars<'_>, secrets: &mut Secrets) {
        for (name, why) in self.variables.clone() {
            let Some(value) = vars.get(&name) else { continue };
            leaves(&value.to_json()).iter().for_each(|text| self.tell(why, text, secrets));
        }
    }

    /// Whether a part of the file is built from a sensitive variable.
    pub fn is_in(&self, node: &Node) -> bool {
        leaves(&node.to_json()).iter().any(|text| self.why(text).is_some())
    }

    /// Whether it is built from a variable that the file says is sensitive.
    pub fn is_declared_in(&self, node: &Node) -> bool {
        leaves(&node.to_json()).iter().any(|text| self.why(text) == Some(Why::Declared))
    }

    /// Tells `secrets` what looks like one: of the variables, and of the rest of the file as it is
    /// written and, where it came to that, filled in.
    pub fn detect(&self, written: &Node, filled: Option<&Node>, secrets: &mut Secrets) {
        let rest = |tree: &Node| -> Value {
            let entries = tree.entries().iter().filter(|entry| !DECLARING.contains(&entry.key.as_str()));
            Value::Object(entries.map(|entry| (entry.key.clone(), entry.value.to_json())).collect())
        };
        secrets.detect(&rest(written), filled.map(rest).as_ref(), &self.guesses);
    }

    /// Texts of the tree are templates; AWS and users know what they stand for.
    fn tell(&mut self, why: Why, text: &str, secrets: &mut Secrets) {
        match why {
            Why::Declared => [text, &plain(text)].iter().for_each(|text| secrets.add(text)),
            Why::Guessed => self.guesses.extend([text.to_owned(), plain(text)]),
        }
    }

    fn why(&self, text: &str) -> Option<Why> {
        expressions(text).into_iter().filter_map(|name| self.variables.get(name)).max().copied()
    }
}

/// What the declaration says of itself.
fn said(declaration: &Node) -> Option<bool> {
    match declaration.get("sensitive").filter(|_| is_long_form(declaration)).map(|node| &node.yaml) {
        Some(Yaml::Bool(said)) => Some(*said),
        // It is refused later; until then nothing of it is shown.
        Some(_) => Some(true),
        None => None,
    }
}

fn is_guessed(entry: &Entry, values: &[Node]) -> bool {
    let from_env = entry.value.get("from_env").and_then(Node::text).filter(|_| is_long_form(&entry.value));
    let looks = |text: &String| looks_secret(&entry.key, text);
    names_secret(&entry.key) || from_env.is_some_and(names_secret) || values.iter().any(|value| leaves(&value.to_json()).iter().any(looks))
}

/// Every value that the variable could have.
fn candidates(tree: &Node, entry: &Entry, sets: &[(String, String)]) -> Vec<Node> {
    let text = |text: String| Node { place: entry.value.place, yaml: Yaml::Text(template(&text)) };
    let long = is_long_form(&entry.value);
    let written = if long { entry.value.get("default") } else { Some(&entry.value) };
    let environments = tree.get("environments").map(Node::entries).unwrap_or_default();
    let overridden = environments.iter().filter_map(|environment| environment.value.get("variables")?.get(&entry.key));
    let name = entry.value.get("from_env").and_then(Node::text).filter(|_| long);
    let process = name.and_then(|name| std::env::var(name).ok());
    let set = sets.iter().filter(|(name, _)| *name == entry.key).map(|(_, value)| value.clone());
    written.into_iter().chain(overridden).cloned().chain(process.into_iter().chain(set).map(text)).collect()
}

/// A text without variables as it is, of another one the longer pieces between them.
fn literals(text: &str) -> Vec<&str> {
    if expressions(text).is_empty() {
        return vec![text];
    }
    let long = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Text(text) if text.len() >= LEAST => Some(text),
        _ => None,
    });
    long.collect()
}

/// Every scalar as text.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(map) => map.values().flat_map(leaves).collect(),
        scalar => vec![scalar.to_string()],
    }
}
