//! A new field of a resource, in the style of what stands around it.

use std::ops::Range;

use super::Left;
use super::tree::{is_own, nothing};
use crate::source::node::{Entry, Parsed, Yaml};

/// Bytes, with what takes their place.
type Spots = Vec<(Range<usize>, String)>;

/// After which of a resource's fields a new one is put, the first that there is.
const NEIGHBOURS: [&str; 7] = ["architecture", "reserved_concurrency", "timeout", "memory", "handler", "runtime", "source"];

/// The field put into the resource.
pub(super) fn into(text: &str, resource: &Entry<Parsed>, field: &str, value: &str) -> Result<Spots, Left> {
    let at = resource.value.used.start;
    match &resource.value.yaml {
        Yaml::Null => {
            let written = resource.value.used.clone();
            let put = format!("{{ {field}: {value} }}");
            if text.get(written.clone()).ok_or(Left::Form)?.is_empty() {
                Ok(vec![(nothing(text, &resource.value), format!(" {put}"))])
            } else {
                Ok(vec![(written, put)])
            }
        }
        Yaml::Map(entries) if text.get(at..).is_some_and(|rest| rest.starts_with('{')) => {
            braces(text, at, entries, resource.place.line, &format!("{field}: {value}"))
        }
        Yaml::Map(entries) => lines(text, at, entries, &format!("{field}: {value}")),
        _ => Err(Left::Form),
    }
}

/// The end of a line's text, and of the line with what ends it.
fn line_end(text: &str, from: usize) -> (usize, usize) {
    match text[from..].find('\n') {
        Some(length) => {
            let end = from + length;
            (if text[..end].ends_with('\r') { end - 1 } else { end }, end + 1)
        }
        None => (text.len(), text.len()),
    }
}

/// What ends lines there.
fn ending(text: &str, near: usize) -> &str {
    let (end, next) = line_end(text, near);
    if next > end {
        return &text[end..next];
    }
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Into a mapping of lines. `at` is its first key.
fn lines(text: &str, at: usize, entries: &[Entry<Parsed>], new: &str) -> Result<Spots, Left> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = &text[start..at];
    if !indent.bytes().all(|byte| byte == b' ') || indent.is_empty() {
        return Err(Left::Form);
    }
    let short = |entry: &&Entry<Parsed>| {
        let used = text.get(entry.value.used.clone()).unwrap_or_default();
        let scalar = !matches!(entry.value.yaml, Yaml::Map(_) | Yaml::List(_)) || used.starts_with('*');
        scalar && is_own(entry) && !used.is_empty() && !used.contains('\n') && entry.place.line == entry.value.place.line
    };
    let neighbour = NEIGHBOURS.iter().find_map(|name| entries.iter().filter(short).find(|entry| entry.key == *name));
    let after = match neighbour {
        Some(entry) => Some(entry.value.used.end),
        None if text[at..].starts_with("<<:") => Some(at),
        None => None,
    };
    let eol = ending(text, at);
    Ok(match after {
        Some(at) => {
            let (end, next) = line_end(text, at);
            // The last line of a file may have no end.
            if next == end { vec![(end..end, format!("{eol}{indent}{new}"))] } else { vec![(next..next, format!("{indent}{new}{eol}"))] }
        }
        None => {
            // Above the comments of the first key, which are its own.
            let mut first = start;
            while let Some(above) = text[..first].strip_suffix('\n') {
                let begin = above.rfind('\n').map_or(0, |newline| newline + 1);
                if !above[begin..].trim_start().starts_with('#') {
                    break;
                }
                first = begin;
            }
            vec![(first..first, format!("{indent}{new}{eol}"))]
        }
    })
}

/// Into a mapping in braces, which opens at `open`.
fn braces(text: &str, open: usize, entries: &[Entry<Parsed>], line: usize, new: &str) -> Result<Spots, Left> {
    let (last, close) = closing(text, open).ok_or(Left::Form)?;
    if last == open {
        let inner = &text[open + 1..close];
        return if inner.trim().is_empty() { Ok(vec![(open + 1..close, format!(" {new} "))]) } else { Err(Left::Form) };
    }
    let behind = last + 1;
    let has_comma = text[last..].starts_with(',');
    // Each on a line of its own, or all in a row.
    let own_line = entries.last().map(|entry| entry.place.line).filter(|last| *last != line).and_then(|_| {
        let start = text[..last].rfind('\n')? + 1;
        let indent: &str = &text[start..start + text[start..].len() - text[start..].trim_start_matches(' ').len()];
        (start > open && text[last..close].contains('\n')).then_some(indent)
    });
    let comma = if has_comma { "" } else { "," };
    let trailing = if has_comma { "," } else { "" };
    Ok(match own_line {
        Some(indent) => {
            let (end, _) = line_end(text, last);
            let put = format!("{}{indent}{new}{trailing}", ending(text, last));
            if end == behind {
                vec![(end..end, format!("{comma}{put}"))]
            } else {
                vec![(behind..behind, comma.to_owned()), (end..end, put)]
            }
        }
        None => vec![(behind..behind, format!("{comma} {new}{trailing}"))],
    })
}

/// Of what opens at `open`, the last byte that is no space and no comment before the end, and the end.
fn closing(text: &str, open: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut depth, mut last, mut at) = (0_usize, open, open);
    // A quote begins a text only where a value may begin.
    let mut may_begin = true;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => (depth, may_begin) = (depth + 1, true),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some((last, at));
                }
                may_begin = false;
            }
            quote @ (b'"' | b'\'') if may_begin => {
                at = quoted(bytes, at, quote)?;
                may_begin = false;
            }
            b'#' if at > 0 && bytes[at - 1].is_ascii_whitespace() => {
                at += text[at..].find('\n')?;
                continue;
            }
            b',' | b':' => may_begin = true,
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ => may_begin = false,
        }
        last = at;
        at += 1;
    }
    None
}

/// Where a quoted text ends.
fn quoted(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => {
                if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                    at += 1;
                } else {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
}
