//! Names of buckets: those that a stack makes, and those that it is told of.

use crate::model::counted;

/// What begins or ends the names of things that are no general buckets (bucket naming rules).
const RESERVED: [(&str, &[&str]); 2] =
    [("begins", &["xn--", "sthree-", "amzn-s3-demo-"]), ("ends", &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", OF_ACCOUNT])];
/// How those end that an account alone can make.
const OF_ACCOUNT: &str = "-an";
const SHORTEST: usize = 3;
const LONGEST: usize = 63;

/// What is wrong with a name, and how to mend it where the rule's own way says too little.
pub(in crate::kinds) fn wrong(name: &str) -> Option<(String, Option<String>)> {
    let length = name.chars().count();
    if length < SHORTEST {
        return Some((format!("has {}; S3 takes {SHORTEST} to {LONGEST}", counted(length, "character")), None));
    }
    if length > LONGEST {
        let fix = format!("take {} away, or give it a `name` of its own", counted(length - LONGEST, "character"));
        return Some((format!("has {length} characters; S3 takes {SHORTEST} to {LONGEST}"), Some(fix)));
    }
    if let Some(character) = name.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))) {
        let character = if character == ' ' { "a space".to_owned() } else { format!("`{}`", character.escape_debug()) };
        let better = name.to_ascii_lowercase().replace(['_', ' '], "-");
        let fix = (better != name && wrong(&better).is_none()).then(|| format!("write `name: {better}`"));
        return Some((format!("holds {character}"), fix));
    }
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !is_end(name.chars().next()) || !is_end(name.chars().next_back()) {
        return Some(("has no letter or digit at each end".to_owned(), None));
    }
    if name.contains("..") {
        return Some(("has two dots beside each other".to_owned(), None));
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some(("is an IP address".to_owned(), None));
    }
    let reserved = RESERVED.iter().find_map(|(at, words)| {
        let has = |word: &&&str| if *at == "begins" { name.starts_with(**word) } else { name.ends_with(**word) };
        words.iter().find(has).map(|word| format!("{at} with `{word}`, which S3 keeps for itself"))
    });
    reserved.map(|wrong| (wrong, None))
}

/// What is wrong with the name of a bucket that somebody else may have made: of those that S3 itself ends, one kind is
/// of buckets.
pub(in crate::kinds) fn wrong_elsewhere(name: &str) -> Option<String> {
    wrong(name.strip_suffix(OF_ACCOUNT).unwrap_or(name)).map(|(what, _)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_s3_takes_them() {
        for right in ["abc", "my-data-2026", "a.b.c", "1-2", &"x".repeat(63), "etl-dev-raw-123456789012"] {
            assert_eq!(wrong(right), None, "{right}");
        }
        for no in [
            "ab",
            "Raw",
            "raw_data",
            "-raw",
            "raw-",
            "a..b",
            "10.0.0.1",
            "xn--a",
            "raw-s3alias",
            "raw--x-s3",
            "sthree-a",
            "a:b",
            "é_b:",
            &"x".repeat(64),
        ] {
            assert!(wrong(no).is_some(), "{no}");
        }
        assert_eq!(wrong("My_Data").and_then(|(_, fix)| fix).as_deref(), Some("write `name: my-data`"));
    }
}
