//! The patterns of physical names.

use std::collections::BTreeMap;

use crate::model::account;
use crate::model::reference::{Piece, compose, pieces, plain};

/// What stands for the key in a pattern.
pub(crate) const NAME: Piece<'_> = Piece::Expression("name");

/// A resource that keeps the name which a pattern gave it under another key, with all that it brings along.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its section.
    pub section: String,
    /// Its key.
    pub to: String,
    /// The key that it had.
    pub from: String,
    /// The patterns of another stack, where it comes from one.
    pub naming: Option<Naming>,
    /// The name of that stack.
    pub stack: Option<String>,
}

/// The patterns of physical names, templates with everything but `${name}` filled in.
#[derive(Debug, Clone)]
pub struct Naming {
    pub(crate) default: String,
    pub(crate) by_section: BTreeMap<String, String>,
}

impl Naming {
    /// Patterns that nobody knows: they could have made any name.
    pub fn unknown() -> Self {
        Self { default: "${name}".to_owned(), by_section: BTreeMap::new() }
    }

    /// The physical name that a key of a section gets.
    pub fn physical(&self, section: &str, key: &str) -> String {
        let pattern = self.by_section.get(section).unwrap_or(&self.default);
        let named = pieces(pattern).into_iter().map(|piece| if piece == NAME { Piece::Text(key) } else { piece });
        plain(&compose(named))
    }

    /// Fills the account in, once AWS has told it.
    pub fn settle_account(&mut self, id: &str) {
        self.default = account::fill(&self.default, id);
        self.by_section.values_mut().for_each(|pattern| *pattern = account::fill(pattern, id));
    }

    /// The key that a section's pattern made this name of; none where the pattern gives no such name.
    pub fn key_of(&self, section: &str, name: &str) -> Option<String> {
        let pattern = self.by_section.get(section).unwrap_or(&self.default);
        let (before, after) = around(pattern);
        let of = |name: &str| Some(name.strip_prefix(&before)?.strip_suffix(&after)?.to_owned());
        name.strip_suffix(".fifo").and_then(of).or_else(|| of(name)).filter(|key| !key.is_empty())
    }

    /// Whether a pattern, any section's, could have made this name. What a kind puts around a name
    /// counts as part of the name.
    pub fn could_have_made(&self, name: &str) -> bool {
        let bare = name.strip_suffix(".fifo").unwrap_or(name);
        let fits = |pattern: &String| {
            let (before, after) = around(pattern);
            [name, bare].iter().any(|name| name.contains(&before) && name.ends_with(&after))
        };
        fits(&self.default) || self.by_section.values().any(fits)
    }
}

/// What stands before the key in a pattern, and what behind it.
fn around(pattern: &str) -> (String, String) {
    let pieces = pieces(pattern);
    let mut parts = pieces.splitn(2, |piece| *piece == NAME).map(|part| part.iter().map(Piece::text).collect::<String>());
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_whether_a_pattern_could_have_made_it() {
        let by_section = [("roles".to_owned(), "${name}-dev-eu-west-1".to_owned())].into();
        let naming = Naming { default: "etl-${name}-dev".into(), by_section };
        for name in ["etl-orders-dev", "/aws/lambda/etl-orders-dev", "etl-orders-dev.fifo", "api-role-dev-eu-west-1"] {
            assert!(naming.could_have_made(name), "{name}");
        }
        for name in ["payments", "etl-orders-prod", "orders-dev"] {
            assert!(!naming.could_have_made(name), "{name}");
        }
        assert_eq!(naming.key_of("queues", "etl-orders-dev").as_deref(), Some("orders"));
        assert_eq!(naming.key_of("queues", "etl-orders-dev.fifo").as_deref(), Some("orders"));
        assert_eq!(naming.key_of("roles", "api-dev-eu-west-1").as_deref(), Some("api"));
        for (section, name) in [("queues", "orders-dev"), ("queues", "etl--dev"), ("roles", "etl-api-dev")] {
            assert_eq!(naming.key_of(section, name).as_deref(), None, "{name}");
        }
        assert_eq!(naming.physical("roles", "x"), "x-dev-eu-west-1");
        assert_eq!(naming.physical("queues", "x"), "etl-x-dev");
    }
}
