//! Which values must not be shown. A value is secret-looking by the name it stands under or by its
//! own shape; what is secret-looking reaches no plan, log or error in clear.

/// What is printed in place of a secret-looking value.
pub const HIDDEN: &str = "(sensitive)";

const TELLING_NAMES: [&str; 12] = [
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "CREDENTIAL",
    "AUTH_KEY",
    "CONNECTION_STRING",
    "DATABASE_URL",
];
const TELLING_PREFIXES: [&str; 9] = ["AKIA", "ASIA", "ghp_", "gho_", "github_pat_", "xoxb-", "sk-", "sk_live_", "-----BEGIN"];

/// Whether a value under this name looks like a secret. References to a secret (an ARN, a
/// parameter's path) are names, not secrets.
pub fn looks_secret(name: &str, value: &str) -> bool {
    if value.is_empty() || value.starts_with("arn:") || value.starts_with("${") || value.starts_with('/') {
        return false;
    }
    let name = name.to_ascii_uppercase();
    let told = TELLING_NAMES.iter().any(|telling| name.contains(telling));
    told || TELLING_PREFIXES.iter().any(|prefix| value.starts_with(prefix)) || has_password(value) || is_dense(value)
}

/// `scheme://user:password@host`.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

/// Long, without spaces, of mixed characters and with more than four bits of entropy a character:
/// the shape of a key, not of a name, an address or a sentence.
fn is_dense(value: &str) -> bool {
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-'));
    if value.len() < 28 || !plain {
        return false;
    }
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && entropy(value) > 4.0
}

fn entropy(value: &str) -> f64 {
    let mut counts = [0u32; 256];
    value.bytes().for_each(|b| counts[usize::from(b)] += 1);
    let length = value.len() as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / length).map(|p| -p * p.log2()).sum()
}

/// Takes the echoed values out of Lambda's "exceeded the 4KB limit" error, which quotes the whole
/// environment after `String measured:` (aws-facts §3).
pub fn redact_message(message: &str) -> String {
    match message.find("String measured:") {
        Some(at) => format!("{}String measured: {HIDDEN}", &message[..at]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_shapes_tell() {
        assert!(looks_secret("DB_PASSWORD", "hunter2"));
        assert!(looks_secret("X", "AKIAIOSFODNN7EXAMPLE"));
        assert!(looks_secret("URL", "postgres://me:pw@db.example.com/x"));
        assert!(looks_secret("X", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
    }

    #[test]
    fn plain_settings_are_shown() {
        for (name, value) in [
            ("LOG_LEVEL", "INFO"),
            ("BATCH_SIZE", "100"),
            ("DB_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:1:secret:x"),
            ("INGESTION_BUCKET", "etl-ingestion-bucket-of-the-data-engineering-team"),
            ("URL", "https://example.com/a/b@c"),
        ] {
            assert!(!looks_secret(name, value), "{name}={value}");
        }
    }

    #[test]
    fn the_environment_that_aws_echoes_is_cut() {
        let shown = redact_message("exceeded the 4KB limit. String measured: {\"A\":\"hunter2\"}");
        assert!(!shown.contains("hunter2"));
    }
}
