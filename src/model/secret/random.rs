//! Random text under a name that says nothing: long, of letters and digits that make no words.

/// Characters of random pieces from which on a text is taken for a key.
const LEAST: usize = 20;

/// Whether the whole text has the look of a key: not a digest in hex, a UUID, an ARN, an address or
/// words.
pub(super) fn is_random(text: &str) -> bool {
    let text = text.trim();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-' | b'.' | b'~');
    if text.len() < LEAST || !text.bytes().all(plain) || is_hex(text) || is_digest(text) {
        return false;
    }
    let pieces = text.split(|c: char| !c.is_ascii_alphanumeric());
    let (mut mixed, mut small) = (0, 0);
    for piece in pieces {
        let runs = runs(piece);
        let short = runs.iter().filter(|run| run.len() <= 2).count();
        let has = |test: fn(&u8) -> bool| piece.as_bytes().iter().any(test);
        let (upper, lower, digit) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase), has(u8::is_ascii_digit));
        let is_wordless = short >= 2 && (upper && lower || digit);
        if is_wordless && (upper || !is_hex(piece)) {
            mixed += piece.len();
        }
        if !upper && lower && digit && short >= 8 && !is_hex(piece) {
            small += piece.len();
        }
    }
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let classes = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    (classes && mixed >= LEAST && entropy(text) > 3.5) || (small >= LEAST + 4 && entropy(text) > 3.5)
}

/// Whether it could be a key where the name says that one may stand here.
pub(super) fn is_key_like(text: &str) -> bool {
    let text = text.trim();
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let one_word = !text.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '.' | ':' | ',' | '$' | '{'));
    let letters = has(u8::is_ascii_lowercase) || has(u8::is_ascii_uppercase);
    let short = runs(text).iter().filter(|run| run.len() <= 2).count();
    is_random(text) || (one_word && text.len() >= 12 && letters && has(u8::is_ascii_digit) && (short >= 3 || is_hex(text)))
}

/// Whether it is neither a word, a number nor a name of a method where the name says that a secret stands here,
/// or how one is made: letters and digits, and not only a number behind words.
pub(super) fn is_no_word(text: &str) -> bool {
    let text = text.trim();
    let plain = !text.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '$' | '{' | '*'));
    let lower = text.to_ascii_lowercase();
    let is_method = METHODS.iter().any(|method| lower.contains(method));
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let letters = stem.bytes().any(|b| b.is_ascii_alphabetic());
    plain && text.len() >= 7 && !is_method && letters && stem.bytes().any(|b| b.is_ascii_digit())
}

/// In names of methods, which have digits.
const METHODS: [&str; 12] = ["oauth", "sha1", "sha2", "sha3", "sha5", "sha-", "md5", "hs256", "hs384", "hs512", "ed25519", "x509"];

/// Hex digits, with or without dashes: a digest, a commit, a UUID.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// `sha256-…`: a digest that says so.
fn is_digest(text: &str) -> bool {
    ["sha1", "sha256", "sha384", "sha512", "md5"]
        .iter()
        .any(|name| text.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '='])))
}

/// Letters that read as one word, or digits: `Jalr`, `FEMI`, `2024`.
fn runs(text: &str) -> Vec<String> {
    super::words::words(text)
}

fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    text.bytes().for_each(|b| counts[usize::from(b)] += 1);
    let length = text.len() as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / length).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_is_told_from_words_and_digests() {
        for text in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "Zm9vYmFyMTIzNDU2Nzg5MDEyMzQ1Njc4OTA=",
            "h7Gk2LpQ9xVb3NmR8tYw5Zc1",
            "k3j2h4g5f6d7s8a9p0o1x2w3",
            "dGhpc2lzYXZlcnlzZWNyZXRrZXkxMjM0NQ==",
        ] {
            assert!(is_random(text), "{text}");
        }
        for text in [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            "etl-ingestion-bucket-of-the-data-engineering-team",
            "landing/2024/Orders/InvoiceExport2024.parquet",
            "MyStack-LambdaFunction-1A2B3C4D5E6F7",
            "IngestionHandlerFunctionStack2024Production",
            "arn:aws:lambda:eu-central-1:123456789012:function:api",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "subnet-0a1b2c3d4e5f60718",
            "cdk-hnb659fds-assets-123456789012-us-east-1",
            "com.example.etl.Handler::handleRequest",
        ] {
            assert!(!is_random(text), "{text}");
        }
    }
}
