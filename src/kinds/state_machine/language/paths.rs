//! Paths, functions and expressions: their form, as far as it can be told without their input. Each check
//! gives what is wrong.

use crate::source::diagnostic::suggest;

/// Functions of the Amazon States Language, without `States.` before them.
const FUNCTIONS: [&str; 18] = [
    "Array",
    "ArrayContains",
    "ArrayGetItem",
    "ArrayLength",
    "ArrayPartition",
    "ArrayRange",
    "ArrayUnique",
    "Base64Decode",
    "Base64Encode",
    "Format",
    "Hash",
    "JsonMerge",
    "JsonToString",
    "MathAdd",
    "MathRandom",
    "StringSplit",
    "StringToJson",
    "UUID",
];
const STATES: &str = "States.";

/// A path into the input, the context (`$$`) or variables.
pub(super) fn path(text: &str) -> Option<String> {
    if text.starts_with(STATES) {
        return Some(format!("`{text}` is a function, and a path is asked for"));
    }
    if !text.starts_with('$') {
        return Some(format!("`{text}` is no path: a path begins with `$`"));
    }
    unbalanced(text)
}

/// A path that names one place, where a value could be put.
pub(super) fn reference(text: &str) -> Option<String> {
    if let Some(wrong) = path(text) {
        return Some(wrong);
    }
    if text.starts_with("$$") {
        return Some(format!("`{text}` leads into the context, which nobody writes"));
    }
    let is_many = text.contains("..") || text.contains(['*', '?', '@']) || in_brackets(text).any(|inside| inside.contains([',', ':']));
    is_many.then(|| format!("`{text}` may name several values, and one place is asked for"))
}

/// What stands under a key with `.$` at its end.
pub(super) fn path_or_function(text: &str) -> Option<String> {
    if text.starts_with(STATES) { function(text) } else { path(text).map(|_| not_either(text)).or_else(|| unbalanced(text)) }
}

fn not_either(text: &str) -> String {
    if text.starts_with('$') {
        return unbalanced(text).unwrap_or_default();
    }
    format!("`{text}` is neither a path, which begins with `$`, nor a function, which begins with `States.`")
}

/// A function with its arguments, which may be functions themselves.
fn function(text: &str) -> Option<String> {
    if let Some(wrong) = unbalanced(text) {
        return Some(wrong);
    }
    let outside = without_quotes(text);
    for (at, _) in outside.match_indices(STATES) {
        let rest = &outside[at + STATES.len()..];
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        if !FUNCTIONS.contains(&name.as_str()) {
            return Some(format!("there is no function `{STATES}{name}`; {}", suggest(&name, FUNCTIONS)));
        }
        if !rest[name.len()..].trim_start().starts_with('(') {
            return Some(format!("`{STATES}{name}` has no arguments: write `{STATES}{name}(…)`"));
        }
    }
    let is_whole = outside.trim_end().ends_with(')');
    (!is_whole).then(|| format!("`{text}` goes on behind its function"))
}

/// A text of JSONata: all of it in `{% %}`, or none.
pub(super) fn expression(text: &str) -> Option<String> {
    match (text.starts_with("{%"), text.ends_with("%}")) {
        (false, false) => None,
        (true, true) if text.len() >= 4 => {
            let inside = text[2..text.len() - 2].trim();
            if inside.is_empty() {
                return Some("`{% %}` holds no expression".to_owned());
            }
            unbalanced(inside)
        }
        _ => Some(format!("`{text}` is an expression on one side only: it begins with `{{%` and ends with `%}}`, or does neither")),
    }
}

/// Whether quotes and brackets close. Comments and regular expressions of JSONata may hold either, and are
/// left alone.
fn unbalanced(text: &str) -> Option<String> {
    if text.contains('/') {
        return None;
    }
    let wrong = || Some(format!("a quote or a bracket of `{text}` is open"));
    let mut open = Vec::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(begun), c) if c == begun => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => open.push(c),
            (None, ')' | ']' | '}') => {
                let begun = match c {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if open.pop() != Some(begun) {
                    return wrong();
                }
            }
            (None, _) => {}
        }
    }
    if quote.is_some() || !open.is_empty() { wrong() } else { None }
}

/// What stands between brackets, and is no quoted name.
fn in_brackets(text: &str) -> impl Iterator<Item = &str> {
    text.split('[').skip(1).filter_map(|part| part.split(']').next()).filter(|inside| !inside.trim_start().starts_with(['\'', '"']))
}

/// The text with spaces in place of what is quoted.
fn without_quotes(text: &str) -> String {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let hide = |c: char| {
        let hidden = is_quoted && c != '\'';
        let ends = c == '\'' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        if ends {
            is_quoted = !is_quoted;
        }
        if hidden { ' ' } else { c }
    };
    // One space a character: only ASCII is looked for, and offsets are of the new text.
    text.chars().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_with_a_dollar_and_close() {
        for fine in ["$", "$.a.b[0]", "$$.Execution.Id", "$.a[?(@.b == 1)]", "$variable.x", "$['a']"] {
            assert_eq!(path(fine), None, "{fine}");
        }
        for wrong in ["a", "$.a[0", "$['a]", "States.UUID()"] {
            assert!(path(wrong).is_some(), "{wrong}");
        }
        assert!(reference("$.a[0].b").is_none() && reference("$['a,b']").is_none());
        for many in ["$..a", "$.a[*]", "$.a[1:2]", "$$.Execution", "$.a[?(@.b)]", "$.a[0,1]"] {
            assert!(reference(many).is_some(), "{many}");
        }
    }

    #[test]
    fn functions_are_those_that_there_are() {
        for fine in
            ["$.a", "States.UUID()", "States.Format('{} of States.{}', $.a, States.MathAdd(1, $.b))", r"States.Format('it\'s {}', $.a)"]
        {
            assert_eq!(path_or_function(fine), None, "{fine}");
        }
        for wrong in ["a", "States.Uuid()", "States.UUID", "States.Format('{}', $.a", "States.MathAdd(1, 2) + 1"] {
            assert!(path_or_function(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn an_expression_is_whole() {
        for fine in ["plain", "{% $states.input.a %}", "{% $a[b = 'x)'] %}", "{% $match(a, /[(]/) %}"] {
            assert_eq!(expression(fine), None, "{fine}");
        }
        for wrong in ["{% a", "a %}", "{%%}", "{% %}", "{% (a %}"] {
            assert!(expression(wrong).is_some(), "{wrong}");
        }
    }
}
