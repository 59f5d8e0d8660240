//! Words that AWS takes in a field.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::scalar::VARIABLE;

/// A closed list of words.
pub trait Words: Copy + Eq + 'static {
    /// Name of the list, for the schema.
    const LIST: &'static str;
    /// Each word with what it stands for, in the order in which they are told.
    const WORDS: &'static [(&'static str, Self)];
    /// The words alone.
    const SPELLINGS: &'static [&'static str];
}

/// A word of a list, or one that the list does not have: AWS may know more than this version does.
/// Files with such a word are refused by a rule; in live AWS it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word<T>(Cow<'static, str>, PhantomData<T>);

impl<T: Words> Word<T> {
    /// AWS's spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it stands for, none where the list does not have it.
    pub fn known(&self) -> Option<T> {
        T::WORDS.iter().find(|(word, _)| *word == self.0).map(|(_, meaning)| *meaning)
    }

    /// Whether it is this one.
    pub fn is(&self, meaning: T) -> bool {
        self.known() == Some(meaning)
    }

    /// Every word of the list.
    pub fn all() -> impl Iterator<Item = &'static str> {
        T::WORDS.iter().map(|(word, _)| *word)
    }
}

impl<T: Words> From<T> for Word<T> {
    fn from(meaning: T) -> Self {
        // A list that leaves a meaning out says nothing of it.
        let word = T::WORDS.iter().find(|(_, other)| *other == meaning).map_or("", |(word, _)| *word);
        Self(Cow::Borrowed(word), PhantomData)
    }
}

impl<T> From<&str> for Word<T> {
    fn from(word: &str) -> Self {
        Self(Cow::Owned(word.to_owned()), PhantomData)
    }
}

impl<T: Words> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<T: Words> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: Words> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|word| Self(Cow::Owned(word), PhantomData))
    }
}

impl<T: Words> JsonSchema for Word<T> {
    fn schema_name() -> Cow<'static, str> {
        T::LIST.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::all().collect();
        json_schema!({"anyOf": [{"enum": words}, {"type": "string", "pattern": VARIABLE}]})
    }
}

/// Declares a list of words: an enum, and AWS's spelling of each of its variants.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$about])* $variant),+ }

        impl $crate::source::word::Words for $name {
            const LIST: &'static str = stringify!($name);
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
            const SPELLINGS: &'static [&'static str] = &[$($word),+];
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    words! {
        /// How loud.
        Loudness {
            /// Not much.
            Low = "low",
            /// Much.
            High = "HIGH",
        }
    }

    #[test]
    fn a_word_is_known_or_kept_as_it_is() {
        let word: Word<Loudness> = serde_json::from_str("\"HIGH\"").unwrap();
        assert!(word.is(Loudness::High));
        assert_eq!(word, Word::from(Loudness::High));
        let other: Word<Loudness> = serde_json::from_str("\"Deafening\"").unwrap();
        assert_eq!((other.known(), serde_json::to_string(&other).unwrap()), (None, "\"Deafening\"".to_owned()));
        assert_eq!(Word::<Loudness>::all().collect::<Vec<_>>(), ["low", "HIGH"]);
    }
}
