//! Addresses that let in whoever has them: with a password, a token or a signature.

use std::ops::Range;

use super::names::{Says, says};
use super::pairs::is_placeholder;
use super::random;

/// Names of query parameters that say more there than elsewhere.
const SIGNATURES: [&str; 12] = [
    "sig",
    "signature",
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
    "x-goog-signature",
    "x-goog-credential",
    "hmac",
    "se_sig",
    "policy_signature",
    "auth",
    "authkey",
];
/// Hosts and paths of webhooks whose path is the secret.
const WEBHOOKS: [&str; 10] = [
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "hooks.slack.com/triggers/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/webhookb2/",
    "outlook.office.com/webhook/",
    "hooks.zapier.com/hooks/catch/",
    "api.telegram.org/bot",
    "chat.googleapis.com/v1/spaces/",
];

/// Secrets within the addresses of a text.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    // `jdbc:oracle:thin:user/password@host`.
    for (at, scheme) in text.match_indices("jdbc:oracle:") {
        let start = at + scheme.len();
        let address = text[start..].split(char::is_whitespace).next().unwrap_or_default();
        if let Some((info, _)) = address.split_once('@')
            && let Some((user, password)) = info.split_once('/')
            && !is_placeholder(password)
        {
            found.push(start + user.len() + 1..start + user.len() + 1 + password.len());
        }
    }
    // The same without a scheme: `user/password@//host/service`, `user/password@host:1521/service`.
    for (at, _) in text.match_indices('@') {
        let word = text[..at].rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',')).next().unwrap_or_default();
        let start = at - word.len();
        if let Some((user, password)) = text[start..at].split_once('/')
            && !user.is_empty()
            && !user.contains([':', '@'])
            && !password.is_empty()
            && !password.contains('/')
            && !is_placeholder(password)
            && is_database(&text[at + 1..])
        {
            found.push(start + user.len() + 1..at);
        }
    }
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let length =
            text[start..].find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`')).unwrap_or(text.len() - start);
        let url = start..start + length;
        userinfo(text, url.clone(), found);
        query(text, url.clone(), found);
        let rest = &text[url.clone()];
        if let Some(mark) = WEBHOOKS.iter().find_map(|mark| rest.find(mark).map(|at| at + mark.len())) {
            let secret = url.start + mark..url.end;
            if secret.len() >= 8 && !is_placeholder(&text[secret.clone()]) {
                found.push(secret);
            }
        }
    }
}

/// `//host` or `host:port`, as Oracle's connect strings go on.
fn is_database(rest: &str) -> bool {
    let host = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))).unwrap_or(rest.len());
    let port = rest[host..].strip_prefix(':').is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
    rest.starts_with("//") || (host > 0 && port)
}

/// `user:password@host`, `:password@host`, `token@host`. A password may hold any character, so the
/// last `@` before the path ends it.
fn userinfo(text: &str, url: Range<usize>, found: &mut Vec<Range<usize>>) {
    let rest = &text[url.clone()];
    // An address of JDBC for Oracle has a slash between user and password: `thin:user/password@host`.
    let authority = rest.find(['/', '?', '#']).map_or(rest, |end| &rest[..end]);
    let at = authority.rfind('@').or_else(|| password_with_a_slash(rest));
    let Some(at) = at else { return };
    let info = &rest[..at];
    let (skipped, secret) = match info.split_once(':') {
        Some((user, password)) => (user.len() + 1, password),
        None if info.len() >= 16 && info.bytes().any(|b| b.is_ascii_digit()) => (0, info),
        // Who alone stands before a host of the web has no password: the token is the user.
        None if text[..url.start].ends_with("https://") && is_token(info) => (0, info),
        None => return,
    };
    if !secret.is_empty() && !is_placeholder(secret) {
        found.push(url.start + skipped..url.start + at);
    }
}

/// Whether it is no name of a user, such as `svcuser01` or `jane.doe42`: digits stand within it.
fn is_token(user: &str) -> bool {
    let stem = user.trim_end_matches(|c: char| c.is_ascii_digit());
    let plain = user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'~'));
    plain && user.len() >= 10 && stem.bytes().any(|b| b.is_ascii_digit())
}

/// A password that was not encoded may hold what ends an authority: the `@` is then further on, with
/// a colon before all of it.
fn password_with_a_slash(rest: &str) -> Option<usize> {
    let colon = rest.find(':')?;
    let stop = rest.find(['/', '?', '#'])?;
    let at = rest.rfind('@')?;
    let port = rest[colon + 1..stop].bytes().all(|b| b.is_ascii_digit());
    (colon < stop && stop < at && !port).then_some(at)
}

fn query(text: &str, url: Range<usize>, found: &mut Vec<Range<usize>>) {
    let rest = &text[url.clone()];
    let Some(from) = rest.find(['?', '#']) else { return };
    parameters(text, url.start + from + 1..url.end, found);
}

/// `name=value` between `&`: of an address, or of the query alone, as Azure gives its signatures.
pub(super) fn parameters(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut at = range.start;
    for pair in text[range].split(['&', ';', '#', '?']) {
        if let Some((name, value)) = pair.split_once('=')
            && is_secret_parameter(name, value)
        {
            let start = at + name.len() + 1;
            found.push(start..start + value.len());
        }
        at += pair.len() + 1;
    }
}

fn is_secret_parameter(name: &str, value: &str) -> bool {
    if value.is_empty() || is_placeholder(value) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        name if SIGNATURES.contains(&name) => true,
        "key" | "code" | "access" | "k" => value.len() >= 16 && random::is_key_like(value),
        _ => says(name) == Says::Secret,
    }
}

/// Whether the path of a webhook's address holds what nobody could guess.
pub(super) fn is_telling_webhook(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let guessable = |part: &str| part.len() < 16 || !part.bytes().any(|b| b.is_ascii_digit());
    path.contains('?') || path.split(['/', '?', '&', '=']).any(|part| !guessable(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_of_any_length_ends_a_word() {
        let mut found = Vec::new();
        let text = "x\u{2005}me/hunter2@db:1521/orders";
        find(text, &mut found);
        assert_eq!(found.iter().map(|range| &text[range.clone()]).collect::<Vec<_>>(), ["hunter2"]);
    }
}
