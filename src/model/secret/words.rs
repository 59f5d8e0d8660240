//! Names as words: `dbPassword`, `DB_PASSWORD` and `db-password2` are the same two words.

/// The words of a name in small letters. It is cut at everything that is no letter, between digits
/// and letters, and where camel case begins a word.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|at| chars[at]);
        let starts = before.is_some_and(|before| {
            let after_is_small = chars.get(index + 1).is_some_and(|c| c.is_lowercase());
            let camel = c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && after_is_small));
            camel || c.is_ascii_digit() != before.is_ascii_digit()
        });
        if (starts || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        for (name, wanted) in [
            ("DB_PASSWORD", "db password"),
            ("dbPassword", "db password"),
            ("DBPassword", "db password"),
            ("S3_KEY", "s 3 key"),
            ("APIKey", "api key"),
            ("x-amz-security-token", "x amz security token"),
            ("PASSWORD2", "password 2"),
            ("spring.datasource.password", "spring datasource password"),
        ] {
            assert_eq!(words(name).join(" "), wanted, "{name}");
        }
    }
}
