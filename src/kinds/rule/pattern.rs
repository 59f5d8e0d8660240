//! Event patterns as EventBridge takes them (EventBridge User Guide, "Comparison operators for use in event
//! patterns"; what each takes is in the matcher that AWS published, aws/event-ruler).

use serde_json::{Map, Value};

use crate::model::reference::{is_known, least_length};
use crate::source::diagnostic::suggest;

/// Characters of a pattern without white space (docs/aws-facts.md §19).
pub(super) const LONGEST: i64 = 2_048;
/// Operators by what they take is below.
const OPERATORS: [&str; 8] = ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];
/// What stands for several patterns, one of which has to match.
pub const OR: &str = "$or";
/// Numbers that are compared.
const NUMBERS: f64 = 5e9;

/// What is wrong with a pattern, and how to mend it where that is known.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where in the pattern.
    pub path: Vec<String>,
    /// What is wrong there.
    pub what: String,
    /// How to mend it.
    pub fix: Option<String>,
}

/// Everything that EventBridge refuses of a pattern; filters of event sources are patterns, too.
pub fn check(pattern: &Value) -> Vec<Wrong> {
    let mut found = Look { path: Vec::new(), found: Vec::new() };
    match pattern {
        Value::Object(fields) => found.fields(fields),
        _ => found.wrong("is no mapping of fields to lists"),
    }
    found.found
}

/// What is wrong with a list of values and operators, as a filter policy of SNS has them, too.
pub fn check_values(values: &[Value]) -> Option<String> {
    let mut found = Look { path: Vec::new(), found: Vec::new() };
    found.values(values);
    found.found.into_iter().next().map(|wrong| wrong.what)
}

/// The least length that it has as it is sent.
pub(super) fn length(pattern: &Value) -> i64 {
    least_length(&pattern.to_string())
}

struct Look {
    path: Vec<String>,
    found: Vec<Wrong>,
}

impl Look {
    fn wrong(&mut self, what: impl Into<String>) {
        self.found.push(Wrong { path: self.path.clone(), what: what.into(), fix: None });
    }

    fn mended(&mut self, what: impl Into<String>, fix: String) {
        self.found.push(Wrong { path: self.path.clone(), what: what.into(), fix: Some(fix) });
    }

    fn at(&mut self, part: &str, look: impl FnOnce(&mut Self)) {
        self.path.push(part.to_owned());
        look(self);
        self.path.pop();
    }

    fn fields(&mut self, fields: &Map<String, Value>) {
        if fields.is_empty() {
            self.wrong("is an empty mapping");
        }
        for (name, value) in fields {
            self.at(name, |look| match value {
                _ if name == OR => look.alternatives(value),
                Value::Object(inner) => {
                    if let Some(operator) = operator_of(inner) {
                        look.mended(format!("has `{operator}` outside a list"), format!("write `{name}: [{{ {operator}: … }}]`"));
                    } else {
                        look.fields(inner);
                    }
                }
                Value::Array(values) => look.values(values),
                _ => look.mended("has a bare value, not a list", format!("write `{name}: [{}]`", shown(value))),
            });
        }
    }

    fn alternatives(&mut self, value: &Value) {
        let Value::Array(all) = value else { return self.wrong("is no list of mappings") };
        if all.len() < 2 {
            self.wrong("needs two mappings at least");
        }
        for (index, one) in all.iter().enumerate() {
            self.at(&index.to_string(), |look| match one {
                Value::Object(fields) => look.fields(fields),
                _ => look.wrong("is no mapping"),
            });
        }
    }

    fn values(&mut self, values: &[Value]) {
        if values.is_empty() {
            self.wrong("is an empty list, which nothing matches");
        }
        for (index, value) in values.iter().enumerate() {
            self.at(&index.to_string(), |look| match value {
                Value::Object(operator) => look.operator(operator),
                Value::Array(_) => look.wrong("is a list in a list"),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            });
        }
    }

    fn operator(&mut self, expression: &Map<String, Value>) {
        let mut entries = expression.iter();
        let (Some((operator, operand)), None) = (entries.next(), entries.next()) else {
            return self.wrong(format!("has {} operators; AWS takes one in each mapping", expression.len()));
        };
        match (operator.as_str(), operand) {
            ("prefix" | "suffix", Value::String(_)) | ("equals-ignore-case", Value::String(_)) | ("exists", Value::Bool(_)) => {}
            ("prefix" | "suffix", Value::Object(inner)) => match inner.iter().collect::<Vec<_>>()[..] {
                [(name, Value::String(_))] if name == "equals-ignore-case" => {}
                _ => self.wrong(format!("`{operator}` takes a text, or `{{ equals-ignore-case: text }}`")),
            },
            ("prefix" | "suffix" | "equals-ignore-case", _) => self.wrong(format!("`{operator}` takes a text")),
            ("exists", _) => self.wrong("`exists` takes true or false"),
            ("wildcard", operand) => self.wildcard("wildcard", operand),
            ("cidr", Value::String(block)) => self.cidr(block),
            ("cidr", _) => self.wrong("`cidr` takes a text such as 10.0.0.0/24"),
            ("numeric", Value::Array(parts)) => self.numeric(parts),
            ("numeric", _) => self.wrong("`numeric` takes a list such as `[\">\", 0, \"<=\", 5]`"),
            ("anything-but", operand) => self.anything_but(operand),
            ("exactly", _) => {}
            _ => self.mended(format!("has an operator `{operator}`, which EventBridge does not know"), suggest(operator, OPERATORS)),
        }
    }

    fn wildcard(&mut self, of: &str, operand: &Value) {
        let Value::String(text) = operand else { return self.wrong(format!("`{of}` takes a text")) };
        if !is_known(text) {
            return;
        }
        let (mut after_star, mut escaped) = (false, false);
        for c in text.chars() {
            if escaped {
                if !matches!(c, '*' | '\\') {
                    return self.wrong(format!("`{of}` has a `\\` before `{c}`; it stands before `*` and `\\` alone"));
                }
                (escaped, after_star) = (false, false);
            } else if c == '*' && after_star {
                return self.wrong(format!("`{of}` has two `*` one after the other"));
            } else {
                (escaped, after_star) = (c == '\\', c == '*');
            }
        }
        if escaped {
            self.wrong(format!("`{of}` ends in a `\\` that stands for nothing"));
        }
    }

    fn cidr(&mut self, block: &str) {
        if !is_known(block) {
            return;
        }
        let fits = block.split_once('/').is_some_and(|(address, bits)| {
            let most = match address.parse() {
                Ok(std::net::IpAddr::V4(_)) => 32,
                Ok(std::net::IpAddr::V6(_)) => 128,
                Err(_) => return false,
            };
            bits.parse::<u32>().is_ok_and(|bits| bits <= most)
        });
        if !fits {
            self.wrong(format!("`{block}` is no block of addresses such as 10.0.0.0/24"));
        }
    }

    fn numeric(&mut self, parts: &[Value]) {
        let known = |value: &Value| value.as_str().filter(|word| ["=", "<", "<=", ">", ">="].contains(word)).map(str::to_owned);
        if let Some(far) = parts.iter().filter_map(Value::as_f64).find(|number| number.abs() > NUMBERS) {
            return self.wrong(format!("`numeric` compares numbers from -5,000,000,000 to 5,000,000,000, and {far} is none of them"));
        }
        match parts {
            [operator, Value::Number(_)] if known(operator).is_some() => {}
            [low, Value::Number(from), high, Value::Number(to)] => {
                let is_range = low.as_str().is_some_and(|word| word.starts_with('>')) && known(low).is_some();
                let is_range = is_range && high.as_str().is_some_and(|word| word.starts_with('<')) && known(high).is_some();
                if !is_range {
                    self.wrong("`numeric` takes the lower bound first: `[\">=\", 0, \"<\", 5]`");
                } else if from.as_f64() >= to.as_f64() {
                    self.wrong(format!("`numeric` holds no number: {from} is not below {to}"));
                }
            }
            _ => self.wrong("`numeric` takes one of =, <, <=, >, >= and a number, or two of them: `[\">\", 0, \"<=\", 5]`"),
        }
    }

    fn anything_but(&mut self, operand: &Value) {
        const TAKES: &str =
            "`anything-but` takes a text, a number, a list of either, or one of prefix, suffix, equals-ignore-case and wildcard";
        match operand {
            Value::String(_) | Value::Number(_) => {}
            Value::Array(values) if values.is_empty() => self.wrong("`anything-but` has an empty list"),
            Value::Array(values) if values.iter().all(Value::is_string) || values.iter().all(Value::is_number) => {}
            Value::Array(_) => self.wrong("`anything-but` takes a list of texts or of numbers, not of both and nothing else"),
            Value::Object(inner) => match inner.iter().collect::<Vec<_>>()[..] {
                [(operator, operand)] if ["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&operator.as_str()) => {
                    let of = format!("anything-but {operator}");
                    let texts = operand.as_array().map_or_else(|| vec![operand], |all| all.iter().collect());
                    let is_empty = |text: &&Value| text.as_str().is_some_and(str::is_empty);
                    if texts.is_empty() || !texts.iter().all(|text| text.is_string()) {
                        self.wrong(format!("`{of}` takes a text, or a list of texts"));
                    } else if operator.ends_with("fix") && texts.iter().any(is_empty) {
                        self.wrong(format!("`{of}` has an empty text"));
                    } else if operator == "wildcard" {
                        texts.iter().for_each(|text| self.wildcard(&of, text));
                    }
                }
                _ => self.wrong(TAKES),
            },
            Value::Null | Value::Bool(_) => self.wrong(TAKES),
        }
    }
}

/// The operator that stands where a list of values should. An event may have fields of such names, too: what
/// an operator takes tells them apart, since what is below a field is a mapping or a list.
fn operator_of(fields: &Map<String, Value>) -> Option<&str> {
    let mut all = fields.iter();
    let (Some((operator, operand)), None) = (all.next(), all.next()) else { return None };
    let takes_it = match operand {
        Value::Array(_) => false,
        Value::Object(inner) => operator_of(inner).is_some(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    };
    (takes_it && OPERATORS.contains(&operator.as_str())).then_some(operator)
}

/// A bare value in a list, as a file has it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_of_the_user_guide_are_taken() {
        for values in [
            json!(["a", 1, true, null, ""]),
            json!([{"prefix": "us-"}, {"suffix": ".png"}, {"prefix": {"equals-ignore-case": "eventb"}}, {"suffix": {"equals-ignore-case": "x"}}]),
            json!([{"anything-but": "a"}, {"anything-but": ["a", "b"]}, {"anything-but": 1}, {"anything-but": [1, 2]}]),
            json!([{"anything-but": {"prefix": "a"}}, {"anything-but": {"suffix": ["a", "b"]}}, {"anything-but": {"wildcard": "*/lib/*"}}]),
            json!([{"anything-but": {"equals-ignore-case": ["a", "b"]}}]),
            json!([{"numeric": ["=", 100]}, {"numeric": [">", 10, "<=", 20]}, {"numeric": ["<", -3.5e2]}]),
            json!([{"cidr": "10.0.0.0/24"}, {"cidr": "2001:db8::/32"}, {"cidr": "${x.y.z}"}]),
            json!([{"exists": false}, {"equals-ignore-case": "alice"}, {"wildcard": "dir/*.p\\*g"}]),
        ] {
            let found = check(&json!({"detail": {"field": values}}));
            assert!(found.is_empty(), "{found:?}");
        }
        for fields in
            [json!({"prefix": ["raw/"]}), json!({"exists": ["x"]}), json!({"numeric": {"cidr": [5]}, "suffix": [{"wildcard": "*"}]})]
        {
            let found = check(&json!({"detail": {"requestParameters": fields}}));
            assert!(found.is_empty(), "{found:?}");
        }
        assert!(check(&json!({"source": ["a"], "$or": [{"detail": {"a": [1]}}, {"region": ["r"]}]})).is_empty());
    }

    #[test]
    fn what_is_refused_is_found_where_it_stands() {
        let wrong = |pattern: Value| check(&pattern).into_iter().map(|wrong| (wrong.path.join("."), wrong.what)).collect::<Vec<_>>();
        for (pattern, at) in [
            (json!("text"), ""),
            (json!({}), ""),
            (json!({"source": "aws.s3"}), "source"),
            (json!({"source": []}), "source"),
            (json!({"source": [["aws.s3"]]}), "source.0"),
            (json!({"detail": {}}), "detail"),
            (json!({"detail": {"a": {"prefix": "x"}}}), "detail.a"),
            (json!({"detail": {"a": {"prefix": {"equals-ignore-case": "x"}}}}), "detail.a"),
            (json!({"detail": {"a": {"exists": true}}}), "detail.a"),
            (json!({"a": [{"starts-with": "x"}]}), "a.0"),
            (json!({"a": ["x", {"prefix": "x", "suffix": "y"}]}), "a.1"),
            (json!({"a": [{"prefix": 1}]}), "a.0"),
            (json!({"a": [{"prefix": {"wildcard": "x"}}]}), "a.0"),
            (json!({"a": [{"exists": "true"}]}), "a.0"),
            (json!({"a": [{"numeric": 5}]}), "a.0"),
            (json!({"a": [{"numeric": ["==", 5]}]}), "a.0"),
            (json!({"a": [{"numeric": ["<", 5, ">", 0]}]}), "a.0"),
            (json!({"a": [{"numeric": [">", 5, "<", 5]}]}), "a.0"),
            (json!({"a": [{"numeric": [">", 6e9]}]}), "a.0"),
            (json!({"a": [{"anything-but": ["x", 1]}]}), "a.0"),
            (json!({"a": [{"anything-but": []}]}), "a.0"),
            (json!({"a": [{"anything-but": true}]}), "a.0"),
            (json!({"a": [{"anything-but": {"prefix": ""}}]}), "a.0"),
            (json!({"a": [{"anything-but": {"numeric": ["=", 1]}}]}), "a.0"),
            (json!({"a": [{"cidr": "10.0.0.0"}]}), "a.0"),
            (json!({"a": [{"cidr": "10.0.0.0/33"}]}), "a.0"),
            (json!({"a": [{"wildcard": "a**"}]}), "a.0"),
            (json!({"a": [{"wildcard": "a\\b"}]}), "a.0"),
            (json!({"a": [{"anything-but": {"wildcard": "a**"}}]}), "a.0"),
            (json!({"$or": [{"a": [1]}]}), "$or"),
            (json!({"$or": {"a": [1]}}), "$or"),
            (json!({"$or": [{"a": [1]}, {"b": 2}]}), "$or.1.b"),
        ] {
            let found = wrong(pattern.clone());
            assert_eq!(found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), [at], "{pattern}: {found:?}");
        }
    }
}
