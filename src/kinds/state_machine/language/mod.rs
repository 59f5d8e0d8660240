//! A check of definitions against the Amazon States Language: what Step Functions refuses when a machine
//! is made, and what cannot work once it runs. Texts that `${…}` still fills in are left alone.
//!
//! Rules: <https://states-language.net/spec.html>; what Step Functions adds to it:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html>.

use std::collections::BTreeMap;

use crate::model::reference::is_known;
use crate::source::diagnostic::Place;
use crate::source::node::{Node, Yaml};

mod choice;
mod errors;
mod fields;
mod flow;
mod nested;
mod paths;
mod resource;
mod state;

/// Something that is wrong, or unwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Code of the rule that tells it.
    pub code: &'static str,
    /// Where in the definition.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What mends it, where that is not what the rule says.
    pub fix: Option<String>,
}

/// Codes of the faults that this check finds.
pub(super) mod code {
    pub const FORM: &str = "E751";
    pub const FIELD: &str = "E752";
    pub const TARGET: &str = "E753";
    pub const UNREACHED: &str = "E754";
    pub const TRANSITION: &str = "E755";
    pub const CHOICE: &str = "E756";
    pub const ERRORS: &str = "E757";
    pub const NAMES: &str = "E758";
    pub const EXPRESSION: &str = "E759";
    pub const RESOURCE: &str = "E760";
    pub const EXPRESS: &str = "E761";
    pub const ENDLESS: &str = "W750";
    pub const WAITS: &str = "W752";
    pub const TOKEN: &str = "W754";
    pub const UNKNOWN_ERROR: &str = "W757";
}

/// How the values of a state are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Query {
    Path,
    Ata,
}

/// What is found in a definition of a machine that is Express or not.
pub(super) fn check(definition: &Node, express: bool) -> Vec<Fault> {
    let mut raised = Vec::new();
    definition.each_under("Error", &mut Vec::new(), &mut |_, error| raised.extend(error.text().map(str::to_owned)));
    let mut check = Check { express, query: Query::Path, names: BTreeMap::new(), raised, found: Vec::new() };
    check.top(definition);
    check.found.sort_by_key(|fault| (fault.place, fault.code));
    check.found
}

struct Check {
    express: bool,
    /// Language of the machine, which a state may have in its own place.
    query: Query,
    /// Names of all states so far.
    names: BTreeMap<String, Place>,
    /// Errors that states of it end with.
    raised: Vec<String>,
    found: Vec<Fault>,
}

/// Longest name of a state.
const LONGEST_NAME: usize = 80;

impl Check {
    fn tell(&mut self, code: &'static str, place: Place, message: impl Into<String>) {
        self.found.push(Fault { code, place, message: message.into(), fix: None });
    }

    fn tell_with(&mut self, code: &'static str, place: Place, message: impl Into<String>, fix: impl Into<String>) {
        self.found.push(Fault { code, place, message: message.into(), fix: Some(fix.into()) });
    }

    fn top(&mut self, definition: &Node) {
        if !matches!(definition.yaml, Yaml::Map(_)) {
            return self.tell(code::FORM, definition.place, "a definition is a mapping with `StartAt` and `States`");
        }
        self.query = self.query_of(definition, Query::Path);
        self.fields("the definition", definition, fields::MACHINE, self.query);
        self.machine(definition, "the definition");
    }

    /// The language that a machine or a state says, or the one around it.
    fn query_of(&mut self, node: &Node, around: Query) -> Query {
        match node.get("QueryLanguage").map(|said| (said.text(), said.place)) {
            None => around,
            Some((Some("JSONata"), _)) => Query::Ata,
            Some((Some("JSONPath"), place)) => {
                if around == Query::Ata {
                    self.tell(code::FIELD, place, "a machine in JSONata has no states in JSONPath");
                }
                Query::Path
            }
            Some((_, place)) => {
                self.tell_with(code::FIELD, place, "`QueryLanguage` is JSONPath or JSONata", "write one of the two");
                around
            }
        }
    }

    /// States with where they start: a machine, a branch, or what a Map does with each item.
    fn machine(&mut self, machine: &Node, what: &str) {
        let Some(states) = machine.get("States") else {
            return self.tell(code::FORM, machine.place, format!("{what} has no `States`"));
        };
        let Yaml::Map(entries) = &states.yaml else {
            return self.tell(code::FORM, states.place, "`States` is a mapping of states by name");
        };
        if entries.is_empty() {
            return self.tell(code::FORM, states.place, format!("{what} has no states"));
        }
        for entry in entries {
            self.name(&entry.key, entry.place);
            self.state(&entry.key, entry.place, &entry.value);
        }
        match machine.get("StartAt") {
            None => self.tell(code::FORM, machine.place, format!("{what} has no `StartAt`")),
            Some(start) => match start.text() {
                Some(name) => self.flow(machine, entries, name, start.place),
                None => self.tell(code::FORM, start.place, "`StartAt` is the name of a state"),
            },
        }
    }

    /// A name stands once in a whole machine, also in its branches.
    fn name(&mut self, name: &str, place: Place) {
        let length = name.chars().count();
        if length > LONGEST_NAME || name.is_empty() {
            self.tell(code::NAMES, place, format!("the name of a state has {length} characters; it has 1 to {LONGEST_NAME}"));
        }
        if let Some(first) = self.names.insert(name.to_owned(), place) {
            self.tell(code::NAMES, place, format!("a second state is called `{name}`; the first stands in line {}", first.line));
        }
    }
}

/// The text of a node, where all of it is known.
fn known(node: &Node) -> Option<&str> {
    node.text().filter(|text| is_known(text))
}

/// What a node is, in a word.
fn kind(node: &Node) -> &'static str {
    match node.yaml {
        Yaml::Null => "nothing",
        Yaml::Bool(_) => "a truth value",
        Yaml::Number(_) => "a number",
        Yaml::Text(_) => "a text",
        Yaml::List(_) => "a list",
        Yaml::Map(_) => "a mapping",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::source::diagnostic::Source;

    /// `code line` of each fault of a definition in YAML.
    pub(super) fn faults(text: &str) -> Vec<String> {
        faults_of(text, false)
    }

    pub(super) fn faults_of(text: &str, express: bool) -> Vec<String> {
        let source = Arc::new(Source::new(Path::new("flow.yaml"), text.to_owned()));
        let Ok(tree) = Node::parse(&source) else { panic!("no YAML: {text}") };
        check(&tree, express).into_iter().map(|fault| format!("{} {}", fault.code, fault.place.line)).collect()
    }

    #[test]
    fn a_machine_in_order_has_no_faults() {
        let text = include_str!("sample.yaml");
        assert_eq!(faults(text), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_machine_is_told() {
        assert_eq!(faults("- 1"), ["E751 1"]);
        assert_eq!(faults("StartAt: A"), ["E751 1"]);
        assert_eq!(faults("States: { A: { Type: Succeed } }"), ["E751 1"]);
        assert_eq!(faults("StartAt: A\nStates: {}"), ["E751 2"]);
        assert_eq!(faults("StartAt: A\nQueryLanguage: SQL\nStates: { A: { Type: Succeed } }"), ["E752 2"]);
        assert_eq!(faults("StartAt: A\nStartat: A\nStates: { A: { Type: Succeed } }"), ["E752 2"]);
    }

    #[test]
    fn a_name_stands_once() {
        let text = "StartAt: A\nStates:\n  A:\n    Type: Parallel\n    End: true\n    Branches:\n    - StartAt: A\n      States:\n        A: { Type: Succeed }\n";
        assert_eq!(faults(text), ["E758 9"]);
    }
}
