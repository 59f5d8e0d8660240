//! Variables: what they are, and their substitution into the tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Place, Source, suggest};
use super::node::{Entry, Node, Yaml};
use crate::model::reference::{self, Piece, Reference, pieces};

/// Values by name. Texts are templates (`model::reference`), before and after.
pub struct Vars<'a> {
    source: &'a Arc<Source>,
    builtins: BTreeMap<String, String>,
    declared: BTreeMap<String, Node>,
    sections: &'a [&'a str],
}

impl<'a> Vars<'a> {
    /// Variables of a file. Precedence, highest first: `sets` (`--set`), the environment's own
    /// `variables`, the process environment (`from_env`), the declared value or default. What comes
    /// from the command line or the process is text and nothing else: `${` in it opens nothing.
    ///
    /// # Errors
    /// A variable without a value, a cycle, an unknown name.
    pub fn resolve(
        source: &'a Arc<Source>,
        file: &Node,
        environment: Option<&Node>,
        builtins: BTreeMap<String, String>,
        sets: &[(String, String)],
        sections: &'a [&'a str],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut declared: BTreeMap<String, Node> = BTreeMap::new();
        let mut problems = Vec::new();
        for entry in file.get("variables").map(Node::entries).unwrap_or_default() {
            if builtins.contains_key(&entry.key) || !entry.key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
                let fix = "use letters, digits, `_` and `-`, and none of env, stack, name";
                problems.push(Diagnostic::new(source, entry.place, format!("`{}` cannot name a variable", entry.key), fix));
                continue;
            }
            match value_of(source, entry) {
                Ok(value) => drop(declared.insert(entry.key.clone(), value)),
                Err(problem) => problems.push(problem),
            }
        }
        for entry in environment.and_then(|environment| environment.get("variables")).map(Node::entries).unwrap_or_default() {
            if !declared.contains_key(&entry.key) {
                let known = suggest(&entry.key, declared.keys().map(String::as_str));
                problems.push(Diagnostic::new(
                    source,
                    entry.place,
                    format!("the environment sets `{}`, which is no variable", entry.key),
                    known,
                ));
                continue;
            }
            declared.insert(entry.key.clone(), entry.value.clone());
        }
        for (name, text) in sets {
            if let Some(node) = declared.get_mut(name) {
                node.yaml = Yaml::Text(reference::template(text));
            }
        }
        // A variable that failed is left out, so that what uses it does not fail a second time.
        let mut vars = Self { source, builtins, declared, sections };
        let names: Vec<String> = vars.declared.keys().cloned().collect();
        for name in names {
            match vars.flatten(&name, &mut Vec::new()) {
                Ok(node) => drop(vars.declared.insert(name, node)),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(vars) } else { Err(problems) }
    }

    fn flatten(&self, name: &str, open: &mut Vec<String>) -> Result<Node, Diagnostic> {
        let node = &self.declared[name];
        if open.iter().any(|seen| seen == name) {
            open.push(name.to_owned());
            let fix = "let one of them stand for itself";
            return Err(Diagnostic::new(self.source, node.place, format!("variables refer to each other: {}", open.join(" → ")), fix));
        }
        open.push(name.to_owned());
        let mut flat = node.clone();
        let mut problem = None;
        let mut uses = Vec::new();
        node.each_text(&mut |text, place| uses.extend(expressions(text).into_iter().map(|expression| (expression.to_owned(), place))));
        let mut values = BTreeMap::new();
        for (used, _) in &uses {
            if self.declared.contains_key(used) {
                match self.flatten(used, open) {
                    Ok(value) => drop(values.insert(used.clone(), value)),
                    Err(found) => problem = problem.or(Some(found)),
                }
            }
        }
        open.pop();
        if let Some(problem) = problem {
            return Err(problem);
        }
        let inner = Self { source: self.source, builtins: self.builtins.clone(), declared: values, sections: self.sections };
        let mut problems = Vec::new();
        inner.substitute(&mut flat, &mut problems);
        problems.into_iter().next().map_or(Ok(flat), Err)
    }

    /// Whether a variable of this name is declared.
    pub fn declares(&self, name: &str) -> bool {
        self.declared.contains_key(name)
    }

    /// Replaces variables in every text below `node`. A text that is one variable and nothing else
    /// becomes that variable's value, whatever its type; references to resources stay.
    pub fn substitute(&self, node: &mut Node, problems: &mut Vec<Diagnostic>) {
        match &mut node.yaml {
            Yaml::Text(text) if text.contains("${") => {
                let place = node.place;
                if let [Piece::Expression(name)] = pieces(text)[..]
                    && let Some(value) = self.declared.get(name)
                {
                    node.yaml = value.yaml.clone();
                    return;
                }
                match self.interpolate(text, place) {
                    Ok(new) => *text = new,
                    Err(problem) => problems.push(problem),
                }
            }
            Yaml::List(items) => items.iter_mut().for_each(|item| self.substitute(item, problems)),
            Yaml::Map(entries) => entries.iter_mut().for_each(|entry| {
                problems.extend(self.in_key(entry).err());
                self.substitute(&mut entry.value, problems);
            }),
            _ => {}
        }
    }

    /// Keys are templates too, in which nothing is looked up.
    fn in_key(&self, entry: &mut Entry) -> Result<(), Diagnostic> {
        let Some(expression) = expressions(&entry.key).into_iter().next() else {
            entry.key = reference::compose(pieces(&entry.key));
            return Ok(());
        };
        let message = format!("a key holds no variable, and this one holds `${{{expression}}}`");
        let fix = format!("write the key out; `$${{{expression}}}` is the text itself");
        Err(Diagnostic::new(self.source, entry.place, message, fix))
    }

    fn interpolate(&self, template: &str, place: Place) -> Result<String, Diagnostic> {
        let pieces = pieces(template);
        let values: Vec<Option<String>> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(_) => Ok(None),
                Piece::Expression(name) => self.value(name, place),
                Piece::Stored(name) => self.interpolate(name, place).map(|name| Some(format!("${{{name}}}"))),
            })
            .collect::<Result<_, _>>()?;
        // A value's own references go on as such, and its literals as literals.
        let filled = pieces.into_iter().zip(&values).flat_map(|(piece, value)| match value {
            Some(value) => reference::pieces(value),
            None => vec![piece],
        });
        Ok(reference::compose(filled))
    }

    /// The template that an expression stands for; none where it is a reference, which stays.
    fn value(&self, name: &str, place: Place) -> Result<Option<String>, Diagnostic> {
        if let Some(value) = self.builtins.get(name) {
            return Ok(Some(value.clone()));
        }
        if let Some(node) = self.declared.get(name) {
            return scalar(node).map(Some).ok_or_else(|| {
                let message = format!("`{name}` is a list or a mapping and stands inside a text");
                Diagnostic::new(self.source, place, message, format!("let the value be `${{{name}}}` alone"))
            });
        }
        if let Some(reference) = Reference::parse(name) {
            if self.sections.contains(&reference.section.as_str()) {
                return Ok(None);
            }
            let fix = suggest(&reference.section, self.sections.iter().copied());
            let message = format!("unknown reference `{name}`: there is no section `{}`", reference.section);
            return Err(Diagnostic::new(self.source, place, message, fix));
        }
        let known = self.declared.keys().chain(self.builtins.keys()).map(String::as_str);
        Err(Diagnostic::new(self.source, place, format!("unknown variable `{name}`"), suggest(name, known)))
    }
}

fn expressions(text: &str) -> Vec<&str> {
    let of = |piece| match piece {
        Piece::Expression(expression) => vec![expression],
        Piece::Stored(expression) => expressions(expression),
        Piece::Text(_) => Vec::new(),
    };
    pieces(text).into_iter().flat_map(of).collect()
}

/// A scalar as text.
fn scalar(node: &Node) -> Option<String> {
    match &node.yaml {
        Yaml::Text(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A declaration's value: itself, or what `from_env`/`default` say.
fn value_of(source: &Arc<Source>, entry: &Entry) -> Result<Node, Diagnostic> {
    let node = &entry.value;
    let from_env = node.get("from_env");
    if from_env.is_none() && node.get("default").is_none() {
        return Ok(node.clone());
    }
    if let Some(other) = node.entries().iter().find(|entry| !["from_env", "default", "description"].contains(&entry.key.as_str())) {
        let fix = suggest(&other.key, ["from_env", "default", "description"]);
        return Err(Diagnostic::new(source, other.place, format!("unknown key `{}`", other.key), fix));
    }
    let name = from_env.and_then(Node::text).unwrap_or_default();
    if from_env.is_some() && name.is_empty() {
        return Err(Diagnostic::new(source, node.place, "`from_env` names an environment variable", "write from_env: NAME"));
    }
    match std::env::var(name) {
        Ok(text) if !name.is_empty() && !text.is_empty() => Ok(Node { place: node.place, yaml: Yaml::Text(reference::template(&text)) }),
        _ => node.get("default").cloned().ok_or_else(|| {
            let message = format!("variable `{}` has no value: {name} is not set", entry.key);
            Diagnostic::new(source, node.place, message, format!("set {name}, give a default, or pass --set {}=…", entry.key))
        }),
    }
}
