//! Whether a source file offers a function, as far as its text tells.

use super::contents::Contents;
use super::handlers::Language;

/// What the text tells about a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Export {
    /// It is exported or defined, or nobody can tell.
    There,
    /// The word stands there, but not as an export.
    Doubtful,
    /// The word stands nowhere; what the file offers instead.
    Missing(Vec<String>),
}

/// Larger files are bundles, whose text says little.
const LARGEST: u64 = 512 * 1024;

/// Looks for `name` in a file of a package; nothing where the file cannot be judged.
pub(super) fn look(contents: &Contents<'_>, path: &str, language: Language, name: &str) -> Option<Export> {
    Some(judge(&contents.text(path, LARGEST)?, language, name))
}

fn judge(text: &str, language: Language, name: &str) -> Export {
    let (is_open, offered): (bool, Vec<String>) = match language {
        Language::Node => (is_open_node(text), node(text)),
        Language::Python => (is_open_python(text), python(text)),
        Language::Ruby => (text.contains("define_method") || text.contains("require"), ruby(text)),
        _ => return Export::There,
    };
    if offered.iter().any(|offered| offered == name) || is_open {
        return Export::There;
    }
    if words(text).any(|word| word == name) { Export::Doubtful } else { Export::Missing(offered) }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).filter(|word| !word.is_empty())
}

fn first_word(text: &str) -> Option<String> {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// Exports that are made at run time, or taken over from elsewhere.
fn is_open_node(text: &str) -> bool {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let whole = dense.match_indices("module.exports=").any(|(at, found)| !dense[at + found.len()..].starts_with('{'));
    // `const out = module.exports` may be given anything later.
    let is_alias = |line: &str| {
        let line = line.trim_end().trim_end_matches(';');
        ["= module.exports", "= exports"].iter().any(|end| line.ends_with(end))
    };
    whole
        || text.lines().any(is_alias)
        || [
            "export*",
            "exports[",
            "(exports",
            "(module.exports",
            "exports,",
            ",exports)",
            "[\"exports\"]",
            "['exports']",
            "={...",
            ",...",
            "this.",
        ]
        .iter()
        .any(|sign| dense.contains(sign))
}

fn node(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, sign) in text.match_indices("exports.") {
        let rest = &text[at + sign.len()..];
        found.extend(first_word(rest).filter(|word| rest[word.len()..].trim_start().starts_with('=')));
    }
    for (at, sign) in text.match_indices("export") {
        let rest = text[at + sign.len()..].trim_start();
        found.extend(names_in_braces(rest, " as "));
        let rest = rest.strip_prefix("default ").unwrap_or(rest);
        let rest = rest.strip_prefix("async ").map_or(rest, str::trim_start);
        let declares = ["function* ", "function ", "const ", "let ", "var ", "class "];
        let Some(declared) = declares.iter().find_map(|word| rest.strip_prefix(word)) else { continue };
        found.extend(first_word(declared));
        // `export const { handler } = make()`.
        found.extend(declared.trim_start().strip_prefix('{').into_iter().flat_map(|rest| words(braced(rest))).map(str::to_owned));
    }
    for (at, sign) in text.match_indices("module.exports") {
        let rest = text[at + sign.len()..].trim_start();
        let rest = rest.strip_prefix('=').map_or("", str::trim_start);
        // Every word within the braces may be a key: better one too many than a false alarm.
        found.extend(rest.strip_prefix('{').into_iter().flat_map(|rest| words(braced(rest))).map(str::to_owned));
    }
    found.sort();
    found.dedup();
    found
}

/// The text up to the brace that closes the one before it.
fn braced(text: &str) -> &str {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn names_in_braces(text: &str, renames: &str) -> Vec<String> {
    let Some(inside) = text.strip_prefix('{').map(braced) else { return Vec::new() };
    inside.split(',').filter_map(|item| first_word(item.rsplit(renames).next().unwrap_or(item))).collect()
}

fn is_open_python(text: &str) -> bool {
    ["import *", "globals()", "__getattr__", "exec(", "setattr(", "sys.modules", "vars()", "locals()"]
        .iter()
        .any(|sign| text.contains(sign))
}

/// Names that are defined, assigned or imported, at any depth: `if` and `try` hold definitions too.
fn python(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut imports = false;
    let mut nested = false;
    for line in text.lines() {
        let code = line.trim_start();
        let indented = code.len() < line.len();
        if !indented && !code.is_empty() && !code.starts_with(['#', ')', '@']) {
            // What lies within these is not the module's.
            nested = code.starts_with("def ") || code.starts_with("async def ") || code.starts_with("class ");
        }
        if indented && nested {
            continue;
        }
        let defined = ["def ", "async def ", "class "].iter().find_map(|word| code.strip_prefix(word));
        if let Some(rest) = defined {
            found.extend(first_word(rest));
        } else if imports || code.starts_with("import ") || code.starts_with("from ") {
            // An import in parentheses goes on over lines.
            imports = (imports || code.contains('(')) && !code.contains(')');
            found.extend(words(code).map(str::to_owned));
        } else if code.contains('=') {
            let targets = code.rsplit_once('=').map_or("", |(targets, _)| targets);
            found.extend(words(targets).map(str::to_owned));
        }
    }
    found.retain(|word| !["import", "from", "as", "self"].contains(&word.as_str()));
    found.sort();
    found.dedup();
    found
}

/// Methods, and classes for handlers of the form `file.Class.method`.
fn ruby(text: &str) -> Vec<String> {
    let defines = |line: &str| {
        let line = line.trim_start();
        let rest = ["def self.", "def ", "class ", "module "].iter().find_map(|word| line.strip_prefix(word))?;
        first_word(rest)
    };
    let mut found: Vec<String> = text.lines().filter_map(defines).collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str, language: Language, name: &str) -> bool {
        matches!(judge(text, language, name), Export::Missing(_))
    }

    #[test]
    fn ways_to_export_from_node() {
        for text in [
            "exports.handler = async () => {}",
            "module.exports.handler = f",
            "module.exports = { handler };",
            "module.exports = { a: 1, handler: f }",
            "export const handler = async () => {}",
            "export async function handler() {}",
            "export { main as handler } from './x.mjs'",
            "var a=1;export{a as handler};",
            "export const { handler } = make()",
            "module.exports = require('./x')",
            "export * from './x.mjs'",
            "Object.assign(exports, require('./x'))",
            "module.exports = { ...rest }",
        ] {
            assert_eq!(judge(text, Language::Node, "handler"), Export::There, "{text}");
        }
        assert_eq!(judge("exports.main = 1", Language::Node, "handler"), Export::Missing(vec!["main".into()]));
        assert_eq!(judge("exports.main = 1; const handler = 2;", Language::Node, "handler"), Export::Doubtful);
    }

    #[test]
    fn ways_to_define_in_python() {
        for text in [
            "def handler(event, context):\n    pass\n",
            "from app import handler\n",
            "from app import (\n    a,\n    handler,\n)\n",
            "from app import run as handler\n",
            "handler = make()\n",
            "a = handler = make()\n",
            "try:\n    from x import handler\nexcept ImportError:\n    handler = None\n",
            "from app import *\n",
        ] {
            assert_eq!(judge(text, Language::Python, "handler"), Export::There, "{text}");
        }
        assert!(missing("def main(event, context):\n    pass\n", Language::Python, "handler"));
        assert_eq!(judge("class A:\n    def handler(self):\n        pass\n", Language::Python, "handler"), Export::Doubtful);
    }
}
