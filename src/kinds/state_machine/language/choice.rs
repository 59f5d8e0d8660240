//! Choices: rules of JSONPath compare one variable, those of JSONata hold a condition.

use super::fields::{Field, In, Shape};
use super::{Check, Query, code, kind, known, paths};
use crate::model::reference::is_known;
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::{Node, Yaml};

/// What is compared with.
#[derive(Clone, Copy)]
enum With {
    Text,
    Number,
    Flag,
    Time,
    Path,
}

/// Operators that have a form with `Path` at the end as well.
const ORDERED: [(&str, With); 3] = [("String", With::Text), ("Numeric", With::Number), ("Timestamp", With::Time)];
const ORDERS: [&str; 5] = ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"];
const TESTS: [&str; 6] = ["IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"];
/// What combines rules.
const COMBINED: [&str; 3] = ["And", "Or", "Not"];
/// What a rule has beside its comparison.
const BESIDE: [&str; 4] = ["Variable", "Next", "Comment", "Assign"];
/// What a rule of JSONata has.
const CONDITION: &[Field] = &[
    Field("Condition", Shape::Any, In::Ata),
    Field("Next", Shape::Text, In::Both),
    Field("Comment", Shape::Text, In::Both),
    Field("Assign", Shape::Expressions, In::Ata),
    Field("Output", Shape::Expressions, In::Ata),
];

/// What an operator compares with; none where it is no operator.
fn compared(operator: &str) -> Option<With> {
    match operator {
        "BooleanEquals" => return Some(With::Flag),
        "BooleanEqualsPath" => return Some(With::Path),
        "StringMatches" => return Some(With::Text),
        test if TESTS.contains(&test) => return Some(With::Flag),
        _ => {}
    }
    let (with, order) = ORDERED.iter().find_map(|(kind, with)| Some((*with, operator.strip_prefix(kind)?)))?;
    let plain = order.strip_suffix("Path");
    ORDERS.contains(&plain.unwrap_or(order)).then_some(if plain.is_some() { With::Path } else { with })
}

fn operators() -> Vec<String> {
    let ordered = ORDERED.iter().flat_map(|(kind, _)| ORDERS.iter().map(move |order| format!("{kind}{order}")));
    let paths = ordered.clone().map(|operator| format!("{operator}Path"));
    let others = ["BooleanEquals", "BooleanEqualsPath", "StringMatches"].iter().chain(&TESTS).chain(&COMBINED);
    ordered.chain(paths).chain(others.map(|operator| (*operator).to_owned())).collect()
}

impl Check {
    pub(super) fn choices(&mut self, name: &str, place: Place, state: &Node, query: Query) {
        let rules = state.get("Choices");
        let Some(Yaml::List(items)) = rules.map(|node| &node.yaml) else {
            if rules.is_none() {
                self.tell(code::CHOICE, place, format!("the state `{name}` has no `Choices`"));
            }
            return;
        };
        if items.is_empty() {
            let place = rules.map_or(place, |rules| rules.place);
            self.tell(code::CHOICE, place, format!("the state `{name}` has nothing to choose from"));
        }
        for rule in items {
            if !matches!(rule.yaml, Yaml::Map(_)) {
                self.tell(code::CHOICE, rule.place, format!("a choice is a mapping, not {}", kind(rule)));
                continue;
            }
            if rule.get("Next").is_none() {
                self.tell(code::CHOICE, rule.place, "a choice has no `Next`");
            }
            match query {
                Query::Path => self.rule(rule, true),
                Query::Ata => self.condition(rule),
            }
        }
    }

    fn condition(&mut self, rule: &Node) {
        self.fields("a choice in JSONata", rule, CONDITION, Query::Ata);
        match rule.get("Condition") {
            None => self.tell(code::CHOICE, rule.place, "a choice has no `Condition`"),
            Some(Node { yaml: Yaml::Bool(_), .. }) => {}
            Some(node) => match known(node) {
                Some(text) if text.starts_with("{%") => {
                    if let Some(wrong) = paths::expression(text) {
                        self.tell(code::EXPRESSION, node.place, wrong);
                    }
                }
                None if node.text().is_some() => {}
                _ => self.tell(code::CHOICE, node.place, "a condition is an expression in `{% %}`, true or false"),
            },
        }
    }

    /// A rule of JSONPath: one comparison, or others combined. Only the outermost leads somewhere.
    fn rule(&mut self, rule: &Node, outermost: bool) {
        if !matches!(rule.yaml, Yaml::Map(_)) {
            return self.tell(code::CHOICE, rule.place, format!("a rule is a mapping, not {}", kind(rule)));
        }
        let mut said = Vec::new();
        for entry in rule.entries() {
            match entry.key.as_str() {
                "Next" | "Assign" if !outermost => {
                    self.tell(code::CHOICE, entry.place, format!("`{}` stands in the outermost rule alone", entry.key));
                }
                key if BESIDE.contains(&key) => {}
                key if COMBINED.contains(&key) || compared(key).is_some() => said.push(entry),
                key => {
                    let all = operators();
                    let fix = suggest(key, all.iter().map(String::as_str).chain(BESIDE));
                    let fix = if fix.starts_with("one of") {
                        "write an operator such as StringEquals or NumericLessThan".to_owned()
                    } else {
                        fix
                    };
                    self.tell_with(code::CHOICE, entry.place, format!("there is no operator `{key}`"), fix);
                    return;
                }
            }
        }
        let [one] = said[..] else {
            let message =
                if said.is_empty() { "a rule compares nothing".to_owned() } else { format!("a rule has {} comparisons", said.len()) };
            return self.tell_with(code::CHOICE, rule.place, message, "write one, or combine rules with `And`, `Or` and `Not`");
        };
        match (one.key.as_str(), &one.value.yaml) {
            ("And" | "Or", Yaml::List(rules)) if !rules.is_empty() => rules.iter().for_each(|rule| self.rule(rule, false)),
            ("And" | "Or", _) => self.tell(code::CHOICE, one.value.place, format!("`{}` holds a list of rules", one.key)),
            ("Not", Yaml::Map(_)) => self.rule(&one.value, false),
            ("Not", _) => self.tell(code::CHOICE, one.value.place, "`Not` holds a rule"),
            _ => self.comparison(rule, &one.key, &one.value),
        }
    }

    fn comparison(&mut self, rule: &Node, operator: &str, value: &Node) {
        match rule.get("Variable").map(|node| (node, known(node))) {
            None => self.tell(code::CHOICE, rule.place, format!("`{operator}` compares a `Variable`, and there is none")),
            Some((node, Some(path))) => {
                if let Some(wrong) = paths::path(path) {
                    self.tell(code::EXPRESSION, node.place, wrong);
                }
            }
            Some(_) => {}
        }
        if value.text().is_some_and(|text| !is_known(text)) {
            return;
        }
        let wanted = match (compared(operator), &value.yaml) {
            (Some(With::Text), Yaml::Text(_)) | (Some(With::Number), Yaml::Number(_)) | (Some(With::Flag), Yaml::Bool(_)) => return,
            (Some(With::Time), Yaml::Text(text)) if text.parse::<jiff::Timestamp>().is_ok() => return,
            (Some(With::Path), Yaml::Text(text)) => {
                if let Some(wrong) = paths::path(text) {
                    self.tell(code::EXPRESSION, value.place, wrong);
                }
                return;
            }
            (Some(With::Text), _) => "a text",
            (Some(With::Number), _) => "a number",
            (Some(With::Flag), _) => "true or false",
            (Some(With::Time), _) => "a time such as 2027-01-31T08:00:00Z",
            (Some(With::Path), _) | (None, _) => "a path such as `$.limit`",
        };
        self.tell_with(
            code::CHOICE,
            value.place,
            format!("`{operator}` compares with {wanted}, not with {}", kind(value)),
            format!("write {wanted}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::faults;

    fn of_rule(rule: &str) -> Vec<String> {
        faults(&format!("StartAt: A\nStates:\n  B: {{ Type: Succeed }}\n  A:\n    Type: Choice\n    Choices:\n    - {rule}\n"))
    }

    #[test]
    fn rules_compare_one_thing_in_its_form() {
        for fine in [
            "{ Variable: $.a, NumericLessThanEqualsPath: $.b, Next: B }",
            "{ Not: { Variable: $.a, IsPresent: true }, Next: B }",
            "{ And: [{ Variable: $.a, StringMatches: 'x*' }, { Variable: $.t, TimestampLessThan: '2027-01-31T08:00:00Z' }], Next: B }",
        ] {
            assert_eq!(of_rule(fine), Vec::<String>::new(), "{fine}");
        }
        for wrong in [
            "{ Variable: $.a, NumericEquals: 1 }",
            "{ Variable: $.a, NumericEquals: '1', Next: B }",
            "{ Variable: $.a, NumericEqual: 1, Next: B }",
            "{ Variable: $.a, NumericEquals: 1, IsPresent: true, Next: B }",
            "{ NumericEquals: 1, Next: B }",
            "{ And: [], Next: B }",
            "{ Not: { Variable: $.a, IsPresent: true, Next: B }, Next: B }",
            "{ Variable: $.a, Next: B }",
        ] {
            let found = of_rule(wrong);
            assert!(found.contains(&"E756 7".to_owned()), "{wrong}: {found:?}");
        }
        assert_eq!(of_rule("{ Variable: a, NumericEquals: 1, Next: B }"), ["E759 7"]);
    }

    #[test]
    fn conditions_are_expressions() {
        let of = |rule: &str| {
            faults(&format!(
                "StartAt: A\nQueryLanguage: JSONata\nStates:\n  B: {{ Type: Succeed }}\n  A: {{ Type: Choice, Choices: [{rule}] }}\n"
            ))
        };
        assert_eq!(of("{ Condition: '{% $states.input.a > 1 %}', Next: B }"), Vec::<String>::new());
        assert_eq!(of("{ Condition: 'a > 1', Next: B }"), ["E756 5"]);
        assert_eq!(of("{ Variable: $.a, NumericEquals: 1, Next: B }"), ["E756 5", "E752 5", "E752 5"]);
    }
}
