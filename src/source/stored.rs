//! Where `${ssm:…}` and `${secret:…}` may stand: in the maps that a kind says, which a plan fills in and
//! hides, and nowhere else.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Place, Source};
use super::node::{Node, Yaml};
use crate::model::Scope;
use crate::model::stored::{self, FORMS, Stored};

/// Code of a stored value that stands elsewhere.
pub const ELSEWHERE: &str = "E163";
/// Code of a stored value whose name has another form.
pub const MALFORMED: &str = "E164";
/// Where the format of both is written.
pub const PAGE: &str = "docs/file-format.md";

/// Where stored values may stand: in the values of these maps of these kinds.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<(&'static str, &'static str, &'static str)>);

impl Places {
    /// Adds a map: the kind's name, its section, and the map's key.
    pub fn add(&mut self, kind: &'static str, section: &'static str, map: &'static str) {
        self.0.push((kind, section, map));
    }

    /// Whether this is the value of an entry of such a map, in a resource or among the defaults.
    fn has(&self, path: &[&str]) -> bool {
        self.0.iter().any(|(kind, section, map)| match path {
            [first, _, third, _] if first == section => third == map,
            ["defaults", second, third, _] => second == kind && third == map,
            _ => false,
        })
    }
}

/// Stored values that a file names where none may stand. The tree is the file as it was written, or
/// with variables filled in: what a variable brings along is found in the second alone.
pub fn elsewhere(source: &Arc<Source>, tree: &Node, places: &Places) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    each(tree, &mut Vec::new(), &mut |path, text, place| {
        if places.has(path) || is_declaration(path) {
            return;
        }
        for expression in stored::expressions(text) {
            let message = format!("`${{{expression}}}` stands where AWS and etlctl show what stands there");
            let mut fix = "take it out: only the values of a function's `environment` are filled in from a store, and hidden".to_owned();
            if path.iter().any(|part| matches!(*part, "policies" | "own_policies" | "policy" | "trust")) {
                fix.push_str(&format!("; for a policy variable of IAM's write `$${{{expression}}}`"));
            }
            problems.push(finding(source, place, ELSEWHERE, message, fix));
        }
    });
    problems
}

/// Stored values in environments whose names have no form that a store takes, or that lie where the
/// stack's region does not reach.
pub fn malformed(source: &Arc<Source>, tree: &Node, scope: &Scope, places: &Places) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    each(tree, &mut Vec::new(), &mut |path, text, place| {
        if !places.has(path) {
            return;
        }
        for expression in stored::expressions(text) {
            match Stored::parse(expression) {
                Err(wrong) => problems.push(finding(source, place, MALFORMED, format!("`${{{expression}}}`: {wrong}"), FORMS.to_owned())),
                Ok(stored) => {
                    if let Some(why) = stored.out_of_reach(scope) {
                        let fix = format!(
                            "keep a copy in the stack's region, and name it without its ARN: {} answers for its own region",
                            stored.store()
                        );
                        problems.push(finding(source, place, MALFORMED, format!("`${{{expression}}}` cannot be read: {why}"), fix));
                    }
                }
            }
        }
        if let Some(slip) = stored::slip(text) {
            problems.push(finding(source, place, MALFORMED, format!("`{slip}` is no reference to a stored value"), FORMS.to_owned()));
        }
    });
    problems
}

/// Every text and every key with the keys above it.
fn each<'a>(node: &'a Node, path: &mut Vec<&'a str>, visit: &mut dyn FnMut(&[&str], &str, Place)) {
    match &node.yaml {
        Yaml::Text(text) => visit(path, text, node.place),
        Yaml::List(items) => {
            path.push("[]");
            items.iter().for_each(|item| each(item, path, visit));
            path.pop();
        }
        Yaml::Map(entries) => {
            for entry in entries {
                visit(path, &entry.key, entry.place);
                path.push(&entry.key);
                each(&entry.value, path, visit);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Whether this only says what a variable of the file is.
fn is_declaration(path: &[&str]) -> bool {
    matches!(path, ["variables", ..] | ["environments", _, "variables", ..])
}

fn finding(source: &Arc<Source>, place: Place, code: &'static str, message: String, fix: String) -> Diagnostic {
    let mut finding = Diagnostic::new(source, place, message, fix);
    (finding.code, finding.fact) = (code, PAGE);
    finding
}
