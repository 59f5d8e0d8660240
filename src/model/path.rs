//! Paths of fields, written in one way wherever they are shown: `tags["a.b"]`, `redrive.max_receives`.

use super::unseen::acts;

/// A path as it is written. What is more than letters, digits, `_` and `-` stands in quotes, as JSON
/// writes them, so that a dot or a bracket within a key is none of the path.
pub fn written<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for key in keys {
        push(&mut text, key);
    }
    text
}

/// Puts one more key behind a path.
pub fn push(text: &mut String, key: &str) {
    if is_plain(key) {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(key);
    } else {
        text.push('[');
        for c in serde_json::Value::from(key).to_string().chars() {
            // Nobody sees it, and it acts on what stands beside it.
            if acts(c) {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")));
            } else {
                text.push(c);
            }
        }
        text.push(']');
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// The keys of a path that [`written`] wrote. What is not written so is one key.
pub fn keys(path: &str) -> Vec<String> {
    read(path).unwrap_or_else(|| vec![path.to_owned()])
}

fn read(path: &str) -> Option<Vec<String>> {
    let (mut keys, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        rest = if keys.is_empty() { rest } else { rest.strip_prefix('.').unwrap_or(rest) };
        match rest.strip_prefix('[') {
            Some(quoted) => {
                let mut read = serde_json::Deserializer::from_str(quoted).into_iter::<String>();
                keys.push(read.next()?.ok()?);
                rest = quoted.get(read.byte_offset()..)?.strip_prefix(']')?;
            }
            None => {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                keys.push(rest[..end].to_owned());
                rest = &rest[end..];
            }
        }
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_word_is_quoted() {
        let path = |keys: &[&str]| written(keys.iter().copied());
        assert_eq!(path(&["tags", "a.b"]), "tags[\"a.b\"]");
        assert_eq!(path(&["event_sources", "arn:aws:sqs:r:1:in", "batch_size"]), "event_sources[\"arn:aws:sqs:r:1:in\"].batch_size");
        assert_eq!(path(&["environment", "LOG_LEVEL"]), "environment.LOG_LEVEL");
        assert_eq!(path(&["tags", "größe"]), "tags.größe");
    }

    proptest! {
        #[test]
        fn a_path_is_read_as_it_was_written(keys_of in prop::collection::vec("[a-c.\\[\\]\"\\\\ -]{0,4}", 1..4)) {
            prop_assert_eq!(keys(&written(keys_of.iter().map(String::as_str))), keys_of);
        }
    }
}
