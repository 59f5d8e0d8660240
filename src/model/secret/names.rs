//! What a name says of the value that stands under it.

use super::lists::{ABOUT, BEFORE_PASS, DIGESTS, ENDINGS, KEYS, LOOKUPS, PASSING, SECRETS, SETTINGS};
use super::words::words;

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// A digest or a version stands here: random text is what is expected.
    Digest,
    /// Nothing: the value's own form decides.
    Nothing,
    /// A key of some sort: the value's form decides, and less of it is enough.
    Perhaps,
    /// A secret, or how one is made, what it is called or whether there is one: what is no word is the secret.
    Likely,
    /// A secret stands here, whatever it looks like.
    Secret,
}

/// Words that do so together.
const PHRASES: [&[&str]; 21] = [
    &["pass", "phrase"],
    &["pass", "word"],
    &["pass", "code"],
    &["connection", "string"],
    &["connection", "strings"],
    &["connect", "string"],
    &["conn", "string"],
    &["conn", "str"],
    &["database", "url"],
    &["database", "uri"],
    &["db", "url"],
    &["db", "uri"],
    &["seed", "phrase"],
    &["recovery", "phrase"],
    &["recovery", "code"],
    &["recovery", "codes"],
    &["backup", "codes"],
    &["vault", "secret", "id"],
    &["role", "secret", "id"],
    &["approle", "secret", "id"],
    &["sas", "url"],
];

/// Before `auth`: where one may well be asked for a password.
#[rustfmt::skip]
const DOORS: [&str; 19] = [
    "admin", "amqp", "api", "client", "database", "db", "ftp", "git", "kafka", "ldap", "mail", "mongo", "mqtt", "mysql", "pg", "postgres",
    "rabbitmq", "sftp", "user",
];

/// Before `cookie`: what lets in whoever has it.
const SESSIONS: [&str; 5] = ["session", "auth", "login", "remember", "sso"];

/// Whether a name is of what is told about a secret, such as where it lies.
pub(super) fn is_about(name: &str) -> bool {
    words(name).iter().any(|word| ABOUT.contains(&word.as_str()))
}

/// What a name says of the value under it.
pub(super) fn says(name: &str) -> Says {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let phrase =
        |at: usize| PHRASES.iter().find(|phrase| words[at..].starts_with(phrase)).map(|phrase| (at, at + phrase.len(), Says::Secret));
    let places = || (0..words.len()).rev();
    let Some((start, end, says)) = places().find_map(phrase).or_else(|| places().find_map(|at| secret_at(&words, at))) else {
        return if words.iter().any(|word| DIGESTS.contains(word)) { Says::Digest } else { Says::Nothing };
    };
    let about = words[end..].iter().any(|word| ABOUT.contains(word));
    let setting = words[..start].iter().any(|word| SETTINGS.contains(word));
    if about || setting { Says::Nothing } else { says }
}

/// The secret whose name begins with the word at `at`: first word, word behind it, what it says.
fn secret_at(words: &[&str], at: usize) -> Option<(usize, usize, Says)> {
    let word = words[at];
    let secret = Some((at, at + 1, Says::Secret));
    match word {
        "pass" => {
            let around = [at.checked_sub(1).map(|before| words[before]), words.get(at + 1).copied()];
            let passes = around.into_iter().flatten().any(|word| PASSING.contains(&word));
            return if passes { None } else { secret };
        }
        "key" | "keys" => return key_at(words, at),
        // Of one word, these are other things as well.
        "pat" | "sas" if at > 0 => return secret,
        "pat" | "hmac" => return Some((at, at + 1, Says::Likely)),
        "refresh" if at > 0 && matches!(words[at - 1], "oauth" | "oidc") => return Some((at, at + 1, Says::Likely)),
        "auth" if at > 0 && at + 1 == words.len() => {
            let of_a_service = ["redis", "basic", "http", "npm", "docker", "registry", "proxy", "smtp", "valkey"].contains(&words[at - 1]);
            let says = if of_a_service { Says::Secret } else { Says::Likely };
            return (of_a_service || DOORS.contains(&words[at - 1])).then_some((at, at + 1, says));
        }
        "cookie" if at > 0 && SESSIONS.contains(&words[at - 1]) => return Some((at, at + 1, Says::Likely)),
        "cookie" | "signature" => return Some((at, at + 1, Says::Perhaps)),
        _ => {}
    }
    let glued = ENDINGS.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending));
    let short = ["pass", "pwd", "pw"].iter().any(|ending| word.strip_suffix(ending).is_some_and(|before| BEFORE_PASS.contains(&before)));
    let whole = SECRETS.contains(&word) || ENDINGS.contains(&word);
    if glued || short || whole { secret } else { None }
}

fn key_at(words: &[&str], at: usize) -> Option<(usize, usize, Says)> {
    let before: Vec<&str> = words[..at].iter().copied().filter(|word| !word.bytes().all(|b| b.is_ascii_digit())).collect();
    let last = before.last()?;
    // `S3_KEY` is cut to `s`, `3` and `key`.
    if LOOKUPS.contains(last) || *last == "s" {
        return None;
    }
    if KEYS.contains(last) {
        return Some((at - 1, at + 1, Says::Secret));
    }
    // `KEY_FOO` names anything; at the end it may be a key of anything.
    (at + 1 == words.len()).then_some((at, at + 1, Says::Perhaps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_words() {
        for name in [
            "DB_PASS",
            "SIGNING_KEY",
            "DSN",
            "dbPassword",
            "APIKEY",
            "PWD",
            "PASSPHRASE",
            "CREDENTIALS",
            "PRIVATE_KEY",
            "PGPASSWORD",
            "DB_PASSWORD_PROD",
            "PASSWORD2",
            "spring.datasource.password",
            "refreshToken",
            "SECRET_KEY_BASE",
            "GITHUB_PAT",
            "DBPASS",
            "SharedAccessKey",
            "x-api-key",
            "CONNECTION_STRING",
            "SALT",
            "STRIPE_API_KEYS",
            "VAULT_SECRET_ID",
            "USER_PIN",
            "REDIS_AUTH",
        ] {
            assert_eq!(says(name), Says::Secret, "{name}");
        }
        for name in [
            "TOKENIZER",
            "MAX_TOKENS",
            "SECRET_NAME",
            "SECRET_ARN",
            "TOKEN_URL",
            "TOKEN_TTL",
            "PASSWORD_MIN_LENGTH",
            "KEY_PREFIX",
            "PRIMARY_KEY",
            "S3_KEY",
            "PARTITION_KEY",
            "KMS_KEY_ID",
            "AUTHOR",
            "AUTH_MODE",
            "PASSIVE",
            "COMPASS",
            "kms_key",
            "PASS_RATE",
            "allow_credentials",
            "SECRETARY",
            "TOKENS_PER_MINUTE",
            "KEYBOARD",
            "MONKEY",
            "url_auth",
            "auth",
            "SECRET_ID",
            "TURKEY",
        ] {
            assert!(matches!(says(name), Says::Nothing | Says::Digest), "{name}: {:?}", says(name));
        }
        assert_eq!(says("ACME_KEY"), Says::Perhaps);
        for name in ["DB_AUTH", "SESSION_COOKIE", "HMAC", "OAUTH_REFRESH", "PAT"] {
            assert_eq!(says(name), Says::Likely, "{name}");
        }
        for name in ["HMAC_ALGORITHM", "SESSION_COOKIE_NAME", "ENABLE_AUTH", "OAUTH_REFRESH_URL", "PATH", "REFRESH"] {
            assert_eq!(says(name), Says::Nothing, "{name}");
        }
    }
}
