//! Which fields machines and states have, and what stands in them.

use super::{Check, Query, code, kind, paths};
use crate::model::reference::is_known;
use crate::source::diagnostic::suggest;
use crate::source::node::{Node, Yaml};

/// What stands in a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Text,
    Flag,
    /// A whole number in a range; in JSONata an expression may give it.
    Whole(i64, i64),
    /// A number in a range.
    Number(f64, f64),
    Any,
    Mapping,
    List,
    /// A path into the input, null for nothing of it.
    Path,
    /// A path of which a value could be put, null for none.
    Reference,
    /// Values, of which those under keys with `.$` at their end are paths and functions.
    Template,
    /// Values in which texts in `{% %}` are expressions.
    Expressions,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// In which language a field exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    Both,
    Path,
    Ata,
}

/// A field.
pub(super) struct Field(pub &'static str, pub Shape, pub In);

const COMMENT: Field = Field("Comment", Shape::Text, In::Both);
const LANGUAGE: Field = Field("QueryLanguage", Shape::Text, In::Both);
/// Longest time, in seconds: a bit more than three years.
pub(super) const LONGEST: i64 = 99_999_999;

const START_AT: Field = Field("StartAt", Shape::Text, In::Both);
const ALL_STATES: Field = Field("States", Shape::Mapping, In::Both);

pub(super) const MACHINE: &[Field] = &[
    COMMENT,
    START_AT,
    ALL_STATES,
    LANGUAGE,
    Field("Version", Shape::Text, In::Both),
    Field("TimeoutSeconds", Shape::Whole(1, LONGEST), In::Both),
];
pub(super) const BRANCH: &[Field] = &[COMMENT, START_AT, ALL_STATES, LANGUAGE];
pub(super) const PROCESSOR: &[Field] = &[COMMENT, START_AT, ALL_STATES, LANGUAGE, Field("ProcessorConfig", Shape::Mapping, In::Both)];

/// What every state has.
const COMMON: &[Field] = &[COMMENT, LANGUAGE, Field("Type", Shape::Text, In::Both)];
/// What goes in and comes out.
const THROUGH: &[Field] =
    &[Field("InputPath", Shape::Path, In::Path), Field("OutputPath", Shape::Path, In::Path), Field("Output", Shape::Expressions, In::Ata)];
const ASSIGN: &[Field] = &[Field("Assign", Shape::Template, In::Path), Field("Assign", Shape::Expressions, In::Ata)];
const ONWARDS: &[Field] = &[Field("Next", Shape::Text, In::Both), Field("End", Shape::Flag, In::Both)];
const RESULT_PATH: &[Field] = &[Field("ResultPath", Shape::Reference, In::Path)];
const SELECTED: &[Field] = &[Field("ResultSelector", Shape::Template, In::Path)];
const PARAMETERS: &[Field] = &[Field("Parameters", Shape::Template, In::Path)];
const ARGUMENTS: &[Field] = &[Field("Arguments", Shape::Expressions, In::Ata)];
const GUARDED: &[Field] = &[Field("Retry", Shape::List, In::Both), Field("Catch", Shape::List, In::Both)];
const TASK: &[Field] = &[
    Field("Resource", Shape::Text, In::Both),
    Field("TimeoutSeconds", Shape::Whole(1, LONGEST), In::Both),
    Field("TimeoutSecondsPath", Shape::Reference, In::Path),
    Field("HeartbeatSeconds", Shape::Whole(1, LONGEST), In::Both),
    Field("HeartbeatSecondsPath", Shape::Reference, In::Path),
    Field("Credentials", Shape::Any, In::Both),
];
const PASS: &[Field] = &[Field("Result", Shape::Any, In::Path)];
const WAIT: &[Field] = &[
    Field("Seconds", Shape::Whole(0, LONGEST), In::Both),
    Field("Timestamp", Shape::Text, In::Both),
    Field("SecondsPath", Shape::Path, In::Path),
    Field("TimestampPath", Shape::Path, In::Path),
];
const CHOICE: &[Field] = &[Field("Choices", Shape::List, In::Both), Field("Default", Shape::Text, In::Both)];
const FAIL: &[Field] = &[
    Field("Error", Shape::Text, In::Both),
    Field("Cause", Shape::Text, In::Both),
    Field("ErrorPath", Shape::Template, In::Path),
    Field("CausePath", Shape::Template, In::Path),
];
const PARALLEL: &[Field] = &[Field("Branches", Shape::List, In::Both)];
const MAP: &[Field] = &[
    Field("ItemProcessor", Shape::Mapping, In::Both),
    Field("Iterator", Shape::Mapping, In::Path),
    Field("ItemsPath", Shape::Path, In::Path),
    Field("Items", Shape::Expressions, In::Ata),
    Field("ItemSelector", Shape::Template, In::Path),
    Field("ItemSelector", Shape::Expressions, In::Ata),
    Field("ItemReader", Shape::Mapping, In::Both),
    Field("ItemBatcher", Shape::Mapping, In::Both),
    Field("ResultWriter", Shape::Mapping, In::Both),
    Field("MaxConcurrency", Shape::Whole(0, LONGEST), In::Both),
    Field("MaxConcurrencyPath", Shape::Path, In::Path),
    Field("Label", Shape::Text, In::Both),
    Field("ToleratedFailureCount", Shape::Whole(0, LONGEST), In::Both),
    Field("ToleratedFailureCountPath", Shape::Path, In::Path),
    Field("ToleratedFailurePercentage", Shape::Number(0.0, 100.0), In::Both),
    Field("ToleratedFailurePercentagePath", Shape::Path, In::Path),
];

/// The fields of a type of state, in groups; none where there is no such type.
pub(super) fn of_type(name: &str) -> Option<&'static [&'static [Field]]> {
    let groups: &[&[Field]] = match name {
        "Task" => &[COMMON, THROUGH, ASSIGN, ONWARDS, RESULT_PATH, SELECTED, PARAMETERS, ARGUMENTS, GUARDED, TASK],
        "Pass" => &[COMMON, THROUGH, ASSIGN, ONWARDS, RESULT_PATH, PARAMETERS, PASS],
        "Wait" => &[COMMON, THROUGH, ASSIGN, ONWARDS, WAIT],
        "Choice" => &[COMMON, THROUGH, ASSIGN, CHOICE],
        "Succeed" => &[COMMON, THROUGH],
        "Fail" => &[COMMON, FAIL],
        "Parallel" => &[COMMON, THROUGH, ASSIGN, ONWARDS, RESULT_PATH, SELECTED, PARAMETERS, ARGUMENTS, GUARDED, PARALLEL],
        "Map" => &[COMMON, THROUGH, ASSIGN, ONWARDS, RESULT_PATH, SELECTED, PARAMETERS, GUARDED, MAP],
        _ => return None,
    };
    Some(groups)
}

impl Check {
    /// The fields of a mapping: unknown ones, those of the other language, and what stands in each.
    pub(super) fn fields(&mut self, what: &str, node: &Node, all: &[Field], query: Query) {
        self.fields_of(what, node, &[all], query);
    }

    pub(super) fn fields_of(&mut self, what: &str, node: &Node, groups: &[&[Field]], query: Query) {
        let all = || groups.iter().flat_map(|group| group.iter());
        for entry in node.entries() {
            let mut of_name = all().filter(|Field(name, ..)| *name == entry.key).peekable();
            if of_name.peek().is_none() {
                let fix = suggest(&entry.key, all().map(|Field(name, ..)| *name));
                self.tell_with(code::FIELD, entry.place, format!("{what} has no field `{}`", entry.key), fix);
                continue;
            }
            let fits = |language: In| language == In::Both || (language == In::Ata) == (query == Query::Ata);
            match of_name.find(|Field(_, _, language)| fits(*language)) {
                Some(Field(name, shape, _)) => self.shape(name, &entry.value, *shape, query),
                None => {
                    let (other, own) = if query == Query::Ata { ("JSONPath", "JSONata") } else { ("JSONata", "JSONPath") };
                    let fix = match query {
                        Query::Ata => "in JSONata write `Arguments`, `Output`, `Assign` and `Items`",
                        Query::Path => "write `QueryLanguage: JSONata`, or use the field of JSONPath",
                    };
                    let message = format!("`{}` is a field of {other}, and {what} is in {own}", entry.key);
                    self.tell_with(code::FIELD, entry.place, message, fix);
                }
            }
        }
    }

    /// What stands in one field.
    pub(super) fn shape(&mut self, name: &str, node: &Node, shape: Shape, query: Query) {
        // A text that is still filled in may become anything.
        if node.text().is_some_and(|text| !is_known(text)) {
            return;
        }
        let is_expression = query == Query::Ata && node.text().is_some_and(|text| text.starts_with("{%"));
        if is_expression && !matches!(shape, Shape::List | Shape::Mapping | Shape::Flag) {
            return self.expressions(node);
        }
        let wanted = match (shape, &node.yaml) {
            (Shape::Any, _) | (Shape::Text, Yaml::Text(_)) | (Shape::Flag, Yaml::Bool(_)) => return,
            (Shape::Mapping, Yaml::Map(_)) | (Shape::List, Yaml::List(_)) => return,
            (Shape::Whole(min, max), Yaml::Number(number)) if number.as_i64().is_some_and(|n| (min..=max).contains(&n)) => return,
            (Shape::Number(min, max), Yaml::Number(number)) if number.as_f64().is_some_and(|n| (min..=max).contains(&n)) => return,
            (Shape::Path | Shape::Reference, Yaml::Null) => return,
            (Shape::Path, Yaml::Text(text)) => return self.told(node, paths::path(text)),
            (Shape::Reference, Yaml::Text(text)) => return self.told(node, paths::reference(text)),
            (Shape::Template, Yaml::Text(text)) if text.starts_with(['$', 'S']) => return self.told(node, paths::path_or_function(text)),
            (Shape::Template, _) => return self.template(node),
            (Shape::Expressions, _) => return self.expressions(node),
            (Shape::Word(words), Yaml::Text(text)) if words.contains(&text.as_str()) => return,
            (Shape::Text, _) => "a text".to_owned(),
            (Shape::Flag, _) => "true or false".to_owned(),
            (Shape::Mapping, _) => "a mapping".to_owned(),
            (Shape::List, _) => "a list".to_owned(),
            (Shape::Whole(min, max), _) => format!("a whole number from {min} to {max}"),
            (Shape::Number(min, f64::INFINITY), _) => format!("a number of {min} or more"),
            (Shape::Number(min, max), _) => format!("a number from {min} to {max}"),
            (Shape::Path | Shape::Reference, _) => "a path such as `$.items`, or null".to_owned(),
            (Shape::Word(words), _) => format!("one of {}", words.join(", ")),
        };
        let is = match &node.yaml {
            Yaml::Number(number) => format!("{number}"),
            Yaml::Text(text) if text.chars().count() < 40 => format!("`{text}`"),
            _ => kind(node).to_owned(),
        };
        self.tell_with(code::FIELD, node.place, format!("`{name}` is {is}"), format!("write {wanted}"));
    }

    fn told(&mut self, node: &Node, wrong: Option<String>) {
        if let Some(wrong) = wrong {
            self.tell(code::EXPRESSION, node.place, wrong);
        }
    }

    /// Values of JSONPath: what stands under a key that ends in `.$` is a path or a function.
    fn template(&mut self, node: &Node) {
        match &node.yaml {
            Yaml::List(items) => items.iter().for_each(|item| self.template(item)),
            Yaml::Map(entries) => {
                for entry in entries {
                    if !entry.key.ends_with(".$") {
                        self.template(&entry.value);
                        continue;
                    }
                    match entry.value.text() {
                        Some(text) if is_known(text) => self.told(&entry.value, paths::path_or_function(text)),
                        Some(_) => {}
                        None => {
                            let message = format!("`{}` holds {}, not a path or a function", entry.key, kind(&entry.value));
                            self.tell(code::EXPRESSION, entry.value.place, message);
                        }
                    }
                }
            }
            Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) | Yaml::Text(_) => {}
        }
    }

    /// Values of JSONata: a text in `{% %}` is an expression.
    fn expressions(&mut self, node: &Node) {
        match &node.yaml {
            Yaml::Text(text) if is_known(text) => self.told(node, paths::expression(text)),
            Yaml::List(items) => items.iter().for_each(|item| self.expressions(item)),
            Yaml::Map(entries) => entries.iter().for_each(|entry| self.expressions(&entry.value)),
            Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) | Yaml::Text(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::faults;

    fn of_state(state: &str) -> Vec<String> {
        faults(&format!("StartAt: A\nStates:\n  A: {state}"))
    }

    #[test]
    fn fields_are_those_of_the_type_and_of_the_language() {
        assert_eq!(of_state("{ Type: Pass, End: true, Resource: x }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: Pass, End: true, Output: 1 }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: Pass, End: true, Output: 1, QueryLanguage: JSONata }"), Vec::<String>::new());
        assert_eq!(of_state("{ Type: Pass, End: true, Result: 1, QueryLanguage: JSONata }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: Succeed, Next: A }"), ["E752 3"]);
    }

    #[test]
    fn what_stands_in_a_field_has_its_form() {
        assert_eq!(of_state("{ Type: Pass, End: yes }"), ["E755 3", "E752 3"]);
        assert_eq!(of_state("{ Type: Pass, End: true, InputPath: input }"), ["E759 3"]);
        assert_eq!(of_state("{ Type: Pass, End: true, ResultPath: $.a }"), Vec::<String>::new());
        assert_eq!(of_state("{ Type: Pass, End: true, ResultPath: '$.a[*]' }"), ["E759 3"]);
        assert_eq!(of_state("{ Type: Pass, End: true, Parameters: { 'a.$': 1 } }"), ["E759 3"]);
        assert_eq!(of_state("{ Type: Wait, End: true, Seconds: -1 }"), ["E752 3"]);
        assert_eq!(of_state("{ Type: Wait, End: true, Seconds: '{% $n %}', QueryLanguage: JSONata }"), Vec::<String>::new());
        assert_eq!(of_state("{ Type: Pass, End: true, Output: '{% $n', QueryLanguage: JSONata }"), ["E759 3"]);
    }
}
