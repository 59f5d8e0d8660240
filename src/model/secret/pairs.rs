//! Names with their values inside a text: connection strings, JSON and YAML, `.env` files, command
//! lines, XML.

use std::ops::Range;

use super::names::{Says, says};

/// Values of telling names in a text.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, c) in text.char_indices() {
        let value = match c {
            '=' => assigned(text, at),
            ':' => mapped(text, at),
            '>' => tagged(text, at),
            '-' => flagged(text, at),
            _ => None,
        };
        if let Some(value) = value.filter(|value| !is_placeholder(&text[value.clone()])) {
            found.push(value);
        }
    }
}

/// What stands for a value: a variable, a format, stars.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'', '\\']);
    let stars = !value.is_empty() && value.chars().all(|c| matches!(c, '…' | '*' | 'x' | 'X' | '.' | '?' | '_' | '-'));
    let wrapped = |open: &str, close: char| value.starts_with(open) && value.ends_with(close) && value.matches(open).count() == 1;
    let variable = value.strip_prefix('$').is_some_and(|name| {
        !name.is_empty()
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    value.is_empty()
        || stars
        || variable
        || wrapped("${", '}')
        || wrapped("{", '}')
        || wrapped("<", '>')
        || wrapped("%", '%')
        || value.starts_with("{{")
        || value.starts_with("$(")
        || matches!(value, "(sensitive)" | "null" | "~" | "None" | "undefined" | "%s" | "{}" | "REDACTED" | "[REDACTED]")
}

/// The name that ends before `end`, without quotes.
fn name_before(text: &str, end: usize) -> Option<(usize, &str)> {
    let bare = text[..end].trim_end_matches([' ', '\t']);
    let unquoted = bare.trim_end_matches(['"', '\'', '\\', '`']);
    let start = unquoted
        .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']')))
        .map_or(0, |at| at + unquoted[at..].chars().next().map_or(1, char::len_utf8));
    let name = &unquoted[start..];
    (name.len() >= 2).then_some((start, name))
}

/// Text between quotes at the start of `text`, which may themselves be escaped: `\"…\"`.
fn quoted(text: &str) -> Option<Range<usize>> {
    let slashes = text.len() - text.trim_start_matches('\\').len();
    let quote = text[slashes..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let start = slashes + 1;
    let mut escaped = 0;
    let mut doubled = false;
    for (at, c) in text[start..].char_indices() {
        // As many backslashes as before the first quote close it; YAML doubles a single quote.
        let closes = if slashes == 0 { escaped % 2 == 0 } else { escaped <= slashes };
        if c == '\\' {
            escaped += 1;
            continue;
        }
        if c == quote && closes && !std::mem::take(&mut doubled) {
            doubled = quote == '\'' && text[start + at + 1..].starts_with('\'');
            if !doubled {
                return Some(start..start + at - escaped.min(slashes));
            }
        }
        escaped = 0;
    }
    Some(start..text.len())
}

/// `name=value`, `name = 'value'`, `name => value`.
fn assigned(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text[..at].trim_end_matches(':');
    if before.ends_with(['!', '<', '>', '=']) {
        return None;
    }
    let (_, name) = name_before(text, before.len())?;
    if says(name) != Says::Secret {
        return None;
    }
    let rest = text[at + 1..].trim_start_matches(['>', '=']).trim_start_matches([' ', '\t']);
    let start = text.len() - rest.len();
    if let Some(inner) = quoted(rest) {
        return Some(start + inner.start..start + inner.end);
    }
    // Between semicolons a value may hold blanks.
    let connection = text[..at].contains(';') || rest.split('\n').next().is_some_and(|line| line.contains(';'));
    let stop = |c: char| matches!(c, ';' | '&' | '"' | '\n' | '\r') || (c.is_whitespace() && !connection);
    let length = rest.find(stop).unwrap_or(rest.len());
    (length > 0).then_some(start..start + length)
}

/// `name: value`, `"name":"value"`.
fn mapped(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at + 1..];
    let (from, name) = name_before(text, at)?;
    if rest.starts_with(['/', ':', '=']) || says(name) != Says::Secret {
        return None;
    }
    let before = text[..from].trim_end_matches(['"', '\'', '\\', '`']);
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let start = at + 1 + blanks;
    let rest = &text[start..];
    if let Some(inner) = quoted(rest) {
        return Some(start + inner.start..start + inner.end);
    }
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    let bare = before.trim_end_matches([' ', '\t', '-', '#']);
    let begins = bare.is_empty() || bare.ends_with(['\n', '{', '[', ',', ';', '(']);
    // A JSON Schema tells of what is a secret, and holds none.
    if rest.starts_with("{\"type\"") || rest.starts_with("{\"$ref\"") {
        return None;
    }
    if blanks == 0 {
        // `arn:aws:secretsmanager:…:secret:name`, `secret:name`: a colon that parts an address.
        let addresses = before.ends_with([':', '/', '.', '@']) || matches!(name, "secret" | "secrets" | "token");
        return (begins && !addresses && !line.is_empty()).then_some(start..start + word(line));
    }
    if matches!(line.trim(), "" | "|" | ">" | "|-" | ">-" | "|+" | ">+") {
        return if line.trim().is_empty() { None } else { block(text, at, start + line.len()) };
    }
    if line.starts_with(['{', '[', '&', '*', '!']) && !says_authorization(name) {
        return None;
    }
    let first = word(line);
    let one_word = first == line.trim_end().len();
    let odd = line[..first].bytes().any(|b| b.is_ascii_digit() || (b.is_ascii_punctuation() && !matches!(b, b'.' | b',' | b'-')));
    // At the start of a line a key has all of it; in a sentence, a word that is none.
    let entry = begins && (one_word || !reads_as_prose(line));
    if entry || says_authorization(name) {
        let flow = bare.ends_with(['{', '[', ',']);
        let end = if flow { line.find([',', '}', ']']).unwrap_or(line.len()) } else { line.find(" #").unwrap_or(line.len()) };
        return (end > 0).then(|| start..start + line[..end].trim_end().len());
    }
    (one_word || odd).then_some(start..start + first)
}

fn says_authorization(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("authorization")
}

/// Bytes of the first word of a line.
fn word(line: &str) -> usize {
    let end = line.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '}' | ']' | ')')).unwrap_or(line.len());
    line[..end].trim_end_matches('.').len()
}

/// Three words or more, all of small letters: `see the wiki`.
fn reads_as_prose(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let plain = |word: &&&str| word.trim_end_matches(['.', ',']).chars().all(|c| c.is_lowercase() || c == '\'');
    words.len() >= 3 && words.iter().filter(plain).count() * 4 >= words.len() * 3
}

/// Lines of a block scalar: those that are further in than its key.
fn block(text: &str, key: usize, end: usize) -> Option<Range<usize>> {
    let line = &text[text[..key].rfind('\n').map_or(0, |at| at + 1)..key];
    let indent = line.len() - line.trim_start().len();
    let start = end + 1;
    let mut last = start;
    for line in text.get(start..)?.split_inclusive('\n') {
        let inner = line.len() - line.trim_start().len();
        if !line.trim().is_empty() && inner <= indent {
            break;
        }
        last += line.len();
    }
    (last > start).then_some(start..last)
}

/// `<name>value</name>`.
fn tagged(text: &str, at: usize) -> Option<Range<usize>> {
    let open = text[..at].rfind('<')?;
    let name = text[open + 1..at].split_whitespace().next()?;
    if name.starts_with('/') || says(name) != Says::Secret {
        return None;
    }
    let length = text[at + 1..].find('<')?;
    (length > 0).then_some(at + 1..at + 1 + length)
}

/// `--name value`, and `-u user:password`.
fn flagged(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text[..at].chars().next_back();
    let rest = &text[at..];
    if before.is_some_and(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '[' | '(')) {
        return None;
    }
    if let Some(tail) = rest.strip_prefix("-u ").or_else(|| rest.strip_prefix("--user ")) {
        let word = tail.split_whitespace().next()?.trim_matches(['"', '\'']);
        let start = text.len() - tail.len() + tail.find(word)?;
        let (user, password) = word.split_once(':')?;
        return (!password.is_empty()).then_some(start + user.len() + 1..start + word.len());
    }
    let flag = rest.strip_prefix("--")?;
    let (name, value) = flag.split_once([' ', '\t'])?;
    if name.contains('=') || says(name) != Says::Secret {
        return None;
    }
    let trimmed = value.trim_start();
    let start = text.len() - trimmed.len();
    if let Some(inner) = quoted(trimmed) {
        return Some(start + inner.start..start + inner.end);
    }
    let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
    (length > 0 && !trimmed.starts_with('-')).then_some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_calls_an_error_hides_nothing_of_what_it_says() {
        let codes = [
            "AuthorizationError",
            "AuthorizationErrorException",
            "CredentialsError",
            "InvalidClientTokenId",
            "MissingAuthenticationTokenException",
            "SecretsManagerException",
            "TokenAlreadyExistsException",
            "PasswordHistoryPolicyViolationException",
            "com.amazonaws.sns#InvalidTokenFault",
        ];
        for code in codes {
            let said =
                format!("sns:Publish on x: {code}: User: arn:aws:iam::111122223333:user/a is not authorized to perform: SNS:Publish");
            let mut found = Vec::new();
            find(&said, &mut found);
            assert!(found.is_empty(), "{code}: {:?}", found.into_iter().map(|range| &said[range]).collect::<Vec<_>>());
        }
        let mut found = Vec::new();
        find("AuthorizationError: password=hunter2-x", &mut found);
        assert_eq!(found.len(), 1, "what stands in it is hidden as ever");
    }
}
