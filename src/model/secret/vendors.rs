//! Tokens that say by their beginning whose they are.

use std::ops::Range;
use std::sync::OnceLock;

/// Beginning of a token and how many characters of a token follow at least.
type Beginning = (&'static str, usize);

/// As the vendors document them. What follows holds a digit or a capital letter, so that names with
/// the same beginning are not meant.
const BEGINNINGS: [Beginning; 118] = [
    // AWS
    ("AKIA", 12),
    ("ASIA", 12),
    ("ABIA", 12),
    ("ACCA", 12),
    ("amzn.mws.", 20),
    ("bedrock-api-key-", 8),
    ("ABSKQmVkcm9ja0FQSUtleS", 8),
    // Source hosts, registries, builds
    ("ghp_", 6),
    ("gho_", 6),
    ("ghu_", 6),
    ("ghs_", 6),
    ("ghr_", 6),
    ("github_pat_", 6),
    ("glpat-", 6),
    ("gldt-", 6),
    ("glrt-", 6),
    ("glrtr-", 6),
    ("glft-", 6),
    ("glsoat-", 6),
    ("glcbt-", 6),
    ("glptt-", 6),
    ("glagent-", 6),
    ("gloas-", 6),
    ("glffct-", 6),
    ("glimt-", 6),
    ("npm_", 20),
    ("pypi-Ag", 10),
    ("rubygems_", 20),
    ("dckr_pat_", 6),
    ("dckr_oat_", 6),
    ("CLOJARS_", 20),
    ("oy2", 40),
    ("cio", 30),
    ("CCIPAT_", 10),
    ("bkua_", 10),
    ("ATATT3", 10),
    ("ATCTT3", 10),
    ("ATBB", 24),
    ("sqp_", 20),
    ("squ_", 20),
    ("sgp_", 20),
    // Chat
    ("xoxb-", 6),
    ("xoxp-", 6),
    ("xoxa-", 6),
    ("xoxr-", 6),
    ("xoxs-", 6),
    ("xoxo-", 6),
    ("xoxd-", 6),
    ("xoxc-", 6),
    ("xoxe-", 6),
    ("xoxe.", 6),
    ("xapp-", 6),
    // Payment
    ("sk_live_", 6),
    ("sk_test_", 6),
    ("sk_prod_", 6),
    ("rk_live_", 6),
    ("rk_test_", 6),
    ("rk_prod_", 6),
    ("whsec_", 8),
    ("sq0csp-", 10),
    ("sq0atp-", 10),
    ("EAAAE", 40),
    ("access_token$production$", 10),
    ("access_token$sandbox$", 10),
    ("FLWSECK", 10),
    ("EZAK", 30),
    ("EZTK", 30),
    ("shippo_live_", 10),
    ("shippo_test_", 10),
    ("shpat_", 6),
    ("shpca_", 6),
    ("shppa_", 6),
    ("shpss_", 6),
    // Models and data
    ("sk-proj-", 6),
    ("sk-ant-", 6),
    ("sk-svcacct-", 6),
    ("sk-admin-", 6),
    ("sk-or-", 8),
    ("sk-", 16),
    ("gsk_", 20),
    ("xai-", 20),
    ("pplx-", 20),
    ("r8_", 20),
    ("hf_", 10),
    ("api_org_", 10),
    ("AIza", 20),
    ("ya29.", 10),
    ("GOCSPX-", 10),
    ("1//0", 20),
    ("dapi", 32),
    ("dkea", 32),
    ("dose", 32),
    ("LTAI", 16),
    ("PMAK-", 10),
    ("figd_", 10),
    ("lin_api_", 10),
    ("lin_oauth_", 10),
    ("secret_", 32),
    ("ntn_", 20),
    ("sbp_", 20),
    ("pscale_tkn_", 10),
    ("pscale_pw_", 10),
    ("pscale_oauth_", 10),
    // Mail and messages
    ("SG.", 16),
    ("xkeysib-", 10),
    ("key-", 32),
    // Clouds, vaults, watchers
    ("dop_v1_", 10),
    ("doo_v1_", 10),
    ("dor_v1_", 10),
    ("hvs.", 8),
    ("hvb.", 8),
    ("hvr.", 8),
    ("AGE-SECRET-KEY-1", 8),
    ("dp.pt.", 10),
    ("dp.st.", 10),
    ("pul-", 30),
    ("tskey-", 10),
    ("NRAK-", 10),
];

/// The same for those whose list is long enough already.
const MORE: [Beginning; 14] = [
    ("NRJS-", 10),
    ("NRIQ-", 10),
    ("glsa_", 10),
    ("glc_", 20),
    ("sntrys_", 10),
    ("sntryu_", 10),
    ("phx_", 20),
    ("fo1_", 20),
    ("fm2_", 20),
    ("ops_eyJ", 10),
    ("A3-", 26),
    ("EAACEdEose0cBA", 4),
    ("rdme_", 20),
    ("v2.public.", 40),
];

/// Tokens of vendors in a text.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let boundary = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        match boundary.then(|| length_at(text, at)).flatten() {
            Some(length) => {
                found.push(at..at + length);
                at += length;
            }
            None => at += 1,
        }
    }
}

fn length_at(text: &str, at: usize) -> Option<usize> {
    if !text.is_char_boundary(at) {
        return None;
    }
    let rest = &text[at..];
    let first = *rest.as_bytes().first()?;
    let known = by_first_byte()[usize::from(first)].iter().find_map(|(start, least)| {
        let tail = rest.strip_prefix(start)?;
        let length = token(tail);
        let tail = &tail[..length];
        let varied = tail.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        (length >= *least && varied).then_some(start.len() + length)
    });
    known.or_else(|| patterned(rest))
}

/// Bytes of the token at the start of a text.
fn token(text: &str) -> usize {
    let all = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'~' | b'+' | b'/' | b'=')).count();
    text[..all].trim_end_matches('.').len()
}

fn by_first_byte() -> &'static [Vec<Beginning>] {
    static TABLE: OnceLock<Vec<Vec<Beginning>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = vec![Vec::new(); 256];
        for beginning in BEGINNINGS.iter().chain(&MORE) {
            table[usize::from(beginning.0.as_bytes()[0])].push(*beginning);
        }
        table
    })
}

/// Tokens that are known by more than their beginning.
fn patterned(rest: &str) -> Option<usize> {
    let length = token(rest);
    let word = &rest[..length];
    let is = |text: &str, test: fn(u8) -> bool| text.bytes().all(test);
    let url_safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    // Twilio's API keys.
    if let Some(tail) = word.strip_prefix("SK")
        && tail.len() == 32
        && is(tail, |b| b.is_ascii_hexdigit())
    {
        return Some(length);
    }
    // Vault's service tokens before 1.10.
    if let Some(tail) = word.strip_prefix("s.")
        && tail.len() == 24
        && is(tail, |b| b.is_ascii_alphanumeric())
    {
        return Some(length);
    }
    // Mailchimp: 32 hex digits and a data centre.
    if let Some((hex, centre)) = word.split_once("-us")
        && hex.len() == 32
        && is(hex, |b| b.is_ascii_hexdigit())
        && !centre.is_empty()
        && is(centre, |b| b.is_ascii_digit())
    {
        return Some(length);
    }
    // Telegram's bots: a number, a colon, 35 characters.
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if (8..=12).contains(&digits)
        && let Some(tail) = rest[digits..].strip_prefix(':')
        && tail.starts_with("AA")
    {
        let tail = tail.bytes().take_while(|b| url_safe(*b)).count();
        return (tail >= 30).then_some(digits + 1 + tail);
    }
    // JSON Web Tokens, and those of others in the same three parts, such as Discord's.
    let parts: Vec<&str> = word.split('.').collect();
    if word.starts_with("eyJ") && parts.len() >= 2 && parts[0].len() >= 12 && parts[1].len() >= 6 {
        return Some(length);
    }
    if let [id, time, mac] = parts[..]
        && (23..=30).contains(&id.len())
        && (6..=7).contains(&time.len())
        && mac.len() >= 27
        && matches!(id.as_bytes()[0], b'M' | b'N' | b'O')
    {
        return Some(length);
    }
    // Terraform Cloud's and Azure's have their mark in the middle.
    if let Some((before, after)) = word.split_once(".atlasv1.")
        && before.len() == 14
        && after.len() >= 20
    {
        return Some(length);
    }
    if let Some((before, after)) = word.split_once("Q~")
        && before.len() == 4
        && after.len() >= 30
    {
        return Some(length);
    }
    crypt(rest)
}

/// Hashes of passwords: `$2b$12$…`, `$6$…`, `$argon2id$…`.
fn crypt(rest: &str) -> Option<usize> {
    let kinds = ["$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$y$", "$apr1$", "$argon2", "$scrypt$", "$pbkdf2"];
    kinds.iter().any(|kind| rest.starts_with(kind)).then_some(())?;
    let length =
        rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'$' | b'.' | b'/' | b'=' | b',' | b'+' | b'-')).count();
    (length >= 20).then_some(length)
}
