//! Rust text without comments, literals and test modules, and the paths that it names.

use std::path::Path;

/// The code of a file: comments and what stands in quotes are blanks, line numbers stay.
pub struct Code {
    pub text: String,
}

impl Code {
    pub fn read(path: &Path) -> Self {
        let text = without_literals(&std::fs::read_to_string(path).unwrap());
        Self { text: without_tests(&text, path) }
    }

    /// Lines with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// The unit tests of a file are its last item; anything after them would escape every rule.
fn without_tests(text: &str, path: &Path) -> String {
    let Some(at) = text.find("#[cfg(test)]\nmod tests {") else {
        assert!(!text.contains("#[cfg(test)]"), "{}: only `mod tests` is for tests alone", path.display());
        return text.to_owned();
    };
    let end = text[at..].find("\n}").map(|end| at + end + 2).unwrap();
    assert!(text[end..].trim().is_empty(), "{}: code stands behind the unit tests", path.display());
    text[..at].to_owned()
}

fn without_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => line_end(&chars, at),
            ('/', Some('*')) => block_comment_end(&chars, at),
            ('r', Some('"' | '#')) if !is_name(at.checked_sub(1).map(|i| chars[i])) => raw_string_end(&chars, at),
            ('"', _) => string_end(&chars, at),
            ('\'', Some('\\')) => char_end(&chars, at + 2),
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => {
                out.push(chars[at]);
                at += 1;
                continue;
            }
        };
        // A blank keeps what stands before and behind apart.
        out.push(' ');
        out.extend(chars[at..end].iter().filter(|c| **c == '\n'));
        at = end;
    }
    out
}

fn is_name(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

fn line_end(chars: &[char], from: usize) -> usize {
    chars[from..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| from + length)
}

fn block_comment_end(chars: &[char], from: usize) -> usize {
    (from + 2..chars.len()).find(|i| chars[*i] == '/' && chars[*i - 1] == '*').map_or(chars.len(), |i| i + 1)
}

/// `r"…"` and `r#"…"#`; what is neither (`r#name`) is one character.
fn raw_string_end(chars: &[char], from: usize) -> usize {
    let hashes = chars[from + 1..].iter().take_while(|c| **c == '#').count();
    let open = from + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return from + 1;
    }
    let closes = |i: &usize| chars[*i] == '"' && chars[*i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    (open + 1..chars.len()).find(closes).map_or(chars.len(), |i| i + 1 + hashes)
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn char_end(chars: &[char], from: usize) -> usize {
    (from + 1..chars.len()).find(|i| chars[*i] == '\'').map_or(chars.len(), |i| i + 1)
}

/// A line, and the path that it names.
pub type Import = (usize, Vec<String>);

/// Every path of two parts or more, each with its line: in `use` trees every leaf, in code every
/// `a::b`. Paths that begin with a generic argument (`<T as X>::y`) name nothing to import.
pub fn imports(text: &str) -> Vec<Import> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (_, token) = &tokens[at];
        let continues = at > 0 && tokens[at - 1].1 == "::";
        if is_name(token.chars().next()) && !continues && tokens.get(at + 1).is_some_and(|(_, next)| next == "::") {
            at = tree(&tokens, at, &mut Vec::new(), &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Follows one path, through braces to each of its leaves; returns where it ends.
fn tree(tokens: &[(usize, String)], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<Import>) -> usize {
    let depth = prefix.len();
    let line = tokens[at].0;
    loop {
        match tokens.get(at).map(|(_, token)| token.as_str()) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|(_, token)| token != "}") {
                    at = if tokens[at].1 == "," { at + 1 } else { tree(tokens, at, prefix, found) };
                }
                prefix.truncate(depth);
                return at + 1;
            }
            Some(name) if is_name(name.chars().next()) => prefix.push(name.to_owned()),
            // `*`, or the generic argument behind a `::`.
            _ => break,
        }
        at += 1;
        if tokens.get(at).is_none_or(|(_, token)| token != "::") {
            break;
        }
        at += 1;
    }
    found.push((line, prefix.clone()));
    prefix.truncate(depth);
    // `use a::b as c`, and whatever cannot begin a path.
    while depth > 0 && tokens.get(at).is_some_and(|(_, token)| token != "," && token != "}") {
        at += 1;
    }
    at
}

/// Names, `::`, and every other character for itself.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if is_name(Some(first)) {
                rest.find(|c: char| !is_name(Some(c))).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            found.push((index + 1, rest[..length].to_owned()));
            rest = rest[length..].trim_start();
        }
    }
    found
}
