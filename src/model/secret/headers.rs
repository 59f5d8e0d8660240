//! Private keys in their armour, and what stands in an `Authorization` header.

use std::ops::Range;

/// What PEM and OpenPGP put in armour and everybody may see.
const PUBLIC: [&str; 8] = [
    "CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "X509 CERTIFICATE",
    "X509 CRL",
    "CERTIFICATE REQUEST",
    "NEW CERTIFICATE REQUEST",
    "DH PARAMETERS",
    "EC PARAMETERS",
];

/// Schemes of the header.
const SCHEMES: [&str; 8] = ["bearer", "basic", "token", "digest", "apikey", "negotiate", "ssws", "aws4-hmac-sha256"];

/// Private keys: from the first line of the armour to its last, or as far as there is text.
pub(super) fn armour(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = text[from..].find("-----BEGIN ").map(|at| at + from) {
        let label = text[at + 11..].split("-----").next().unwrap_or_default();
        let begun = at + 11 + label.len();
        let closing = format!("-----END {label}-----");
        let end = text[begun..].find(&closing).map_or(text.len(), |end| begun + end + closing.len());
        let public = PUBLIC.contains(&label) || label.contains("PUBLIC KEY") || label.ends_with("SIGNATURE");
        if !public {
            found.push(at..end);
        }
        from = end.max(at + 11);
    }
    let putty = ["PuTTY-User-Key-File-", "openssh-key-v1"];
    if let Some(at) = putty.iter().filter_map(|mark| text.find(mark)).min() {
        found.push(at..text.len());
    }
}

/// `Bearer …`, `Basic …`: what follows the scheme.
pub(super) fn credentials(text: &str, found: &mut Vec<Range<usize>>) {
    let lower = text.to_ascii_lowercase();
    for scheme in SCHEMES {
        for (at, _) in lower.match_indices(scheme) {
            let boundary = at == 0 || !lower.as_bytes()[at - 1].is_ascii_alphanumeric();
            let rest = &text[at + scheme.len()..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let start = at + scheme.len() + blanks;
            let length = text[start..]
                .bytes()
                .take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b',' | b';' | b'<' | b'`' | b')'))
                .count();
            if boundary && blanks > 0 && is_credential(&text[start..start + length], at == 0 && start + length == text.trim_end().len()) {
                found.push(start..start + length);
            }
        }
    }
}

/// Whether it is no word of a sentence: `Bearer tokens expire`, `Basic monitoring`. `alone`: nothing
/// else stands in the text.
fn is_credential(word: &str, alone: bool) -> bool {
    let varied = word.bytes().any(|b| b.is_ascii_digit() || matches!(b, b'=' | b'+' | b'_' | b'.' | b'-' | b'~' | b'/' | b':'));
    let capitals = word.bytes().skip(1).any(|b| b.is_ascii_uppercase());
    let marked = word.starts_with(['$', '{', '<', '%', '*', '(']);
    let word = word.trim_end_matches(['.', ':', '!', '?']);
    !marked
        && word.len() >= 6
        && ((varied && word.bytes().any(|b| b.is_ascii_digit())) || capitals || word.len() >= 24 || (alone && varied && word.len() >= 8))
}
