//! Values of resources set in the text of a stack file. Nothing else of the text changes: no comment, no
//! order, no quotes, no end of a line. What cannot be set so is left, with the reason.

mod insert;
mod origin;
mod tree;

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use self::tree::{entry, is_alias, is_own, meant, nothing, plain, wanted};
use super::diagnostic::{Diagnostic, Source};
use super::node::{Entry, Parsed, Yaml};

/// What stands under the keys `functions`, `work` and `memory`, for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The section.
    pub section: String,
    /// The key of its kind under `defaults`.
    pub kind: String,
    /// The key of the resource.
    pub key: String,
    /// The field.
    pub field: String,
    /// What it is set to: a word or a number, as it is written without quotes.
    pub value: String,
}

/// A text with values set in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edited {
    /// The text.
    pub text: String,
    /// What was not set, and why.
    pub left: Vec<(Edit, Left)>,
}

/// Why a value is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// The file has no such resource.
    Absent,
    /// The resource is an alias: it is written elsewhere, with this name.
    Alias(String),
    /// It comes from a mapping that is merged in.
    Merged,
    /// It is written in a way in which nothing can be put in.
    Form,
    /// The value goes over several lines.
    Lines,
    /// Others use what would change, by its anchor.
    Shared,
    /// An environment of the file sets the variable that the value comes from.
    Environment {
        /// The environment.
        env: String,
        /// The variable.
        variable: String,
    },
    /// The variable that the value comes from is one of the process environment.
    Process(String),
    /// The value is more than a variable, or what differs from environment to environment.
    Built(String),
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("the file has no such resource"),
            Self::Alias(name) => write!(f, "the resource is the alias `{name}`, and whoever else uses that would change too"),
            Self::Merged => f.write_str("the resource comes from a mapping that is merged in; set the value there"),
            Self::Form => f.write_str("the resource is written in a way that cannot be edited without loss"),
            Self::Lines => f.write_str("the value goes over several lines"),
            Self::Shared => f.write_str("others use it by its anchor, and would change too"),
            Self::Environment { env, variable } => {
                write!(f, "it comes from `{variable}`, which the environment {env} sets; on the resource it would hold in all of them")
            }
            Self::Process(variable) => write!(f, "it comes from `{variable}`, which the process environment sets"),
            Self::Built(text) => write!(f, "it is built from `{text}`"),
        }
    }
}

/// Sets values in the text of a stack file. What has its value already is as it was.
///
/// # Errors
/// The text is no YAML.
pub fn set(path: &Path, text: &str, edits: &[Edit]) -> Result<Edited, Diagnostic> {
    let parse = |text: &str| Parsed::of(&Arc::new(Source::new(path, text.to_owned())));
    let mut edited = Edited { text: text.to_owned(), left: Vec::new() };
    let mut tree = parse(text)?;
    for edit in edits {
        let outcome = one(&edited.text, &tree, edit).and_then(|change| {
            let Some(change) = change else { return Ok(None) };
            let text = change.of(&edited.text);
            // Aliases are written out on both sides, so that what else would change shows.
            let now = parse(&text).map_err(|_| Left::Form)?;
            let same = plain(&now) == wanted(plain(&tree), edit, change.value);
            if same { Ok(Some((text, now))) } else { Err(if change.shares { Left::Shared } else { Left::Form }) }
        });
        match outcome {
            Ok(Some((text, now))) => (edited.text, tree) = (text, now),
            Ok(None) => {}
            Err(left) => edited.left.push((edit.clone(), left)),
        }
    }
    Ok(edited)
}

/// What changes in a text.
struct Change {
    /// Bytes, from the first to the last, with what takes their place.
    spots: Vec<(Range<usize>, String)>,
    /// What YAML then reads.
    value: Value,
    /// Whether there are aliases in the file, which may stand for what changes.
    shares: bool,
}

impl Change {
    fn of(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        let mut from = 0;
        for (spot, with) in &self.spots {
            out.push_str(&text[from..spot.start]);
            out.push_str(with);
            from = spot.end;
        }
        out.push_str(&text[from..]);
        out
    }
}

fn one(text: &str, tree: &Parsed, edit: &Edit) -> Result<Option<Change>, Left> {
    let section = entry(tree, &edit.section).ok_or(Left::Absent)?;
    if let Some(name) = is_alias(text, &section.value) {
        return Err(Left::Alias(name));
    }
    let resource = entry(&section.value, &edit.key).ok_or(Left::Absent)?;
    if !is_own(resource) {
        return Err(Left::Merged);
    }
    if let Some(name) = is_alias(text, &resource.value) {
        return Err(Left::Alias(name));
    }
    let own = entry(&resource.value, &edit.field);
    if own.is_some_and(|own| plain(&own.value) == meant(&edit.value, false) || plain(&own.value) == meant(&edit.value, true)) {
        return Ok(None);
    }
    let from_defaults = || entry(&entry(&entry(tree, "defaults")?.value, &edit.kind)?.value, &edit.field);
    if let Some(Yaml::Text(written)) = own.or_else(from_defaults).map(|entry| &entry.value.yaml) {
        origin::check(tree, written)?;
    }
    let shares = text.contains('*');
    match own.filter(|own| is_own(own)) {
        Some(own) => replaced(text, own, edit, shares).map(Some),
        None => {
            let spots = insert::into(text, resource, &edit.field, &edit.value)?;
            Ok(Some(Change { spots, value: meant(&edit.value, false), shares }))
        }
    }
}

/// The value in the place of the one that is there, in its quotes.
fn replaced(text: &str, own: &Entry<Parsed>, edit: &Edit, shares: bool) -> Result<Change, Left> {
    let value = &own.value;
    if matches!(value.yaml, Yaml::List(_) | Yaml::Map(_)) && is_alias(text, value).is_none() {
        return Err(Left::Form);
    }
    let written = text.get(value.used.clone()).ok_or(Left::Form)?.trim_end();
    if written.contains('\n') || own.place.line != value.place.line {
        return Err(Left::Lines);
    }
    let mut spot = value.used.start..value.used.start + written.len();
    let (with, quoted) = match written.chars().next() {
        None => {
            spot = nothing(text, value);
            (format!(" {}", edit.value), false)
        }
        Some(quote @ ('"' | '\'')) => (format!("{quote}{}{quote}", edit.value), true),
        Some('|' | '>') => return Err(Left::Lines),
        Some(_) => (edit.value.clone(), false),
    };
    Ok(Change { spots: vec![(spot, with)], value: meant(&edit.value, quoted), shares })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(field: &str, value: &str) -> Edit {
        let [section, kind, key] = ["functions", "function", "work"].map(str::to_owned);
        Edit { section, kind, key, field: field.to_owned(), value: value.to_owned() }
    }

    /// Sets the field of `functions.work`, and once more, which changes nothing.
    fn edited(text: &str, field: &str, value: &str) -> Result<String, Left> {
        let path = Path::new("stack.yaml");
        let once = set(path, text, &[edit(field, value)]).map_err(|_| Left::Form)?;
        if let Some((_, left)) = once.left.first() {
            assert_eq!(once.text, text);
            return Err(left.clone());
        }
        assert_eq!(set(path, &once.text, &[edit(field, value)]).ok(), Some(once.clone()), "a second time");
        Ok(once.text)
    }

    #[test]
    fn nothing_but_the_value_changes() {
        let rows = [
            ("plain", "functions:\n  work:\n    memory: 3008\n", "functions:\n  work:\n    memory: 512\n"),
            (
                "comment",
                "functions:\n  work:\n    memory:   3008   # why 3008: it was so\n",
                "functions:\n  work:\n    memory:   512   # why 3008: it was so\n",
            ),
            ("double quotes", "functions:\n  work: { memory: \"3008\" }", "functions:\n  work: { memory: \"512\" }"),
            ("single quotes", "functions:\n  work: {memory: '3008',a: 1}\n", "functions:\n  work: {memory: '512',a: 1}\n"),
            (
                "CRLF",
                "functions:\r\n  work:\r\n    memory: 3008\r\n    a: b\r\n",
                "functions:\r\n  work:\r\n    memory: 512\r\n    a: b\r\n",
            ),
            (
                "byte order mark",
                "\u{feff}a: é\nfunctions:\n  work: { memory: 3008 }\n",
                "\u{feff}a: é\nfunctions:\n  work: { memory: 512 }\n",
            ),
            ("tab", "functions:\n   work:\n        memory:\t3008\t# é\n", "functions:\n   work:\n        memory:\t512\t# é\n"),
            ("alone in its file", "functions: {work: {memory: 3008}}", "functions: {work: {memory: 512}}"),
            ("quoted keys", "\"functions\":\n  'work':\n    \"memory\": 3008\n", "\"functions\":\n  'work':\n    \"memory\": 512\n"),
            ("unused anchor", "functions:\n  work:\n    memory: &m 3008\n", "functions:\n  work:\n    memory: &m 512\n"),
            (
                "alias",
                "a: &m 3008\nfunctions:\n  work: { memory: *m , b: *m }\n",
                "a: &m 3008\nfunctions:\n  work: { memory: 512 , b: *m }\n",
            ),
            ("no value", "functions:\n  work:\n    memory:\n    a: b\n", "functions:\n  work:\n    memory: 512\n    a: b\n"),
            (
                "variable",
                "variables: { m: 3008 }\nfunctions:\n  work:\n    memory: ${m}  # all\n",
                "variables: { m: 3008 }\nfunctions:\n  work:\n    memory: 512  # all\n",
            ),
            (
                "quoted variable",
                "variables: { m: 3008 }\nfunctions:\n  work: { memory: \"${m}\" }\n",
                "variables: { m: 3008 }\nfunctions:\n  work: { memory: \"512\" }\n",
            ),
            (
                "others",
                "functions:\n  other: { memory: 3008 }\n  work: { memory: 3008 }\n",
                "functions:\n  other: { memory: 3008 }\n  work: { memory: 512 }\n",
            ),
        ];
        for (what, before, after) in rows {
            assert_eq!(edited(before, "memory", "512").as_deref(), Ok(after), "{what}");
            assert_eq!(edited(after, "memory", "512").as_deref(), Ok(after), "{what}");
        }
        let text = "functions:\n  work: { timeout: 300s, architecture: x86_64 }\n";
        let path = Path::new("stack.yaml");
        let both = set(path, text, &[edit("timeout", "45s"), edit("architecture", "arm64"), edit("memory", "512")]);
        assert_eq!(
            both.map(|both| both.text).ok().as_deref(),
            Some("functions:\n  work: { timeout: 45s, architecture: arm64, memory: 512 }\n")
        );
    }

    #[test]
    fn what_is_not_there_is_put_beside_its_kind() {
        let rows = [
            (
                "after its neighbour",
                "functions:\n  # Works.\n  work:\n    # From here.\n    source: a   # src\n    timeout: 30s\n\n  # Rests.\n  other: {}\n",
                "functions:\n  # Works.\n  work:\n    # From here.\n    source: a   # src\n    timeout: 30s\n    memory: 512\n\n  # Rests.\n  other: {}\n",
            ),
            ("no end of line", "functions:\n  work:\n    source: a", "functions:\n  work:\n    source: a\n    memory: 512"),
            ("CRLF", "functions:\r\n  work:\r\n      source: a\r\n", "functions:\r\n  work:\r\n      source: a\r\n      memory: 512\r\n"),
            (
                "before what is long",
                "functions:\n  work:\n    # Above.\n    environment:\n      A: b\n",
                "functions:\n  work:\n    memory: 512\n    # Above.\n    environment:\n      A: b\n",
            ),
            ("empty braces", "functions:\n  work: {}  # here\n", "functions:\n  work: { memory: 512 }  # here\n"),
            (
                "braces",
                "functions:\n  work: { source: \"a}b\", l: [1, {b: '}'}] } # here\n",
                "functions:\n  work: { source: \"a}b\", l: [1, {b: '}'}], memory: 512 } # here\n",
            ),
            ("last comma", "functions:\n  work: {source: a,}\n", "functions:\n  work: {source: a, memory: 512,}\n"),
            (
                "braces over lines",
                "functions:\n  work: {\n    source: a,\n    b: it's # last } one\n  }\n",
                "functions:\n  work: {\n    source: a,\n    b: it's, # last } one\n    memory: 512\n  }\n",
            ),
            (
                "and CRLF",
                "functions:\r\n  work: {\r\n    source: a,\r\n  }\r\n",
                "functions:\r\n  work: {\r\n    source: a,\r\n    memory: 512,\r\n  }\r\n",
            ),
            ("nothing", "functions:\n  work:\n  other:\n", "functions:\n  work: { memory: 512 }\n  other:\n"),
            ("null", "functions:\n  work: null # none\n", "functions:\n  work: { memory: 512 } # none\n"),
            (
                "defaults",
                "defaults: { function: { memory: 3008 } }\nfunctions:\n  work: { source: a }\n",
                "defaults: { function: { memory: 3008 } }\nfunctions:\n  work: { source: a, memory: 512 }\n",
            ),
            (
                "defaults from a variable",
                "variables:\n  m: 3008\ndefaults:\n  function: { memory: \"${m}\" }\nfunctions:\n  work:\n    source: a\n",
                "variables:\n  m: 3008\ndefaults:\n  function: { memory: \"${m}\" }\nfunctions:\n  work:\n    source: a\n    memory: 512\n",
            ),
            (
                "merge",
                "a: &base\n  memory: 3008\nfunctions:\n  work:\n    <<: *base # all\n    source: a\n  other: *base\n",
                "a: &base\n  memory: 3008\nfunctions:\n  work:\n    <<: *base # all\n    source: a\n    memory: 512\n  other: *base\n",
            ),
            (
                "merge alone",
                "a: &base\n  memory: 3008\nfunctions:\n  work:\n    <<: *base # all\n",
                "a: &base\n  memory: 3008\nfunctions:\n  work:\n    <<: *base # all\n    memory: 512\n",
            ),
            (
                "merge in braces",
                "a: &base { memory: 3008 }\nfunctions:\n  work: { <<: *base }\n",
                "a: &base { memory: 3008 }\nfunctions:\n  work: { <<: *base, memory: 512 }\n",
            ),
        ];
        for (what, before, after) in rows {
            assert_eq!(edited(before, "memory", "512").as_deref(), Ok(after), "{what}");
        }
    }

    #[test]
    fn what_would_change_more_or_nothing_is_left() {
        let built = |text: &str| Left::Built(text.to_owned());
        let rows = [
            ("functions:\n  other: {}\n", Left::Absent),
            ("a: 1\n", Left::Absent),
            ("a: &b { memory: 3008 }\nfunctions:\n  work: *b\n  other: *b\n", Left::Alias("b".to_owned())),
            ("a: &b { work: { memory: 3008 } }\nfunctions: *b\n", Left::Alias("b".to_owned())),
            ("a: &b { work: { memory: 3008 } }\nfunctions:\n  <<: *b\n  other: {}\n", Left::Merged),
            ("functions:\n  work:\n    memory: &m 3008\n  other:\n    memory: *m\n", Left::Shared),
            ("functions:\n  work: &w\n    memory: 3008\n  other: *w\n", Left::Shared),
            ("functions:\n  work: &w\n    source: a\n  other:\n    <<: *w\n", Left::Shared),
            ("functions:\n  work:\n    memory: >-\n      3008\n", Left::Lines),
            ("functions:\n  work: [memory, 3008]\n", Left::Form),
            ("functions:\n  work: { memory: [3008] }\n", Left::Form),
            ("variables: { a: 30, b: 08 }\nfunctions:\n  work: { memory: \"${a}${b}\" }\n", built("${a}${b}")),
            ("variables: { a: 30 }\ndefaults: { function: { memory: \"${a}8\" } }\nfunctions:\n  work: {}\n", built("${a}8")),
            ("variables: { a: \"${env}\" }\nfunctions:\n  work: { memory: \"${a}\" }\n", built("${env}")),
            ("variables: { a: { from_env: M, default: 3008 } }\nfunctions:\n  work: { memory: \"${a}\" }\n", Left::Process("a".to_owned())),
            (
                "environments: { dev: {}, prod: { variables: { b: 512 } } }\nvariables: { a: \"${b}\", b: 3008 }\ndefaults: { function: { memory: \"${a}\" } }\nfunctions:\n  work:\n",
                Left::Environment { env: "prod".to_owned(), variable: "b".to_owned() },
            ),
        ];
        for (text, left) in rows {
            assert_eq!(edited(text, "memory", "512"), Err(left), "{text}");
        }
    }
}
