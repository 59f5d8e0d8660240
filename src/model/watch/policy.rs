//! What a stack file lets `watch --heal` do: `heal: { only, never }`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::super::ResourceId;
use super::super::diff::is_below;

/// A kind, or one resource of it, or a field of either: `table`, `function/loader`, `function:environment`,
/// `function/loader:environment.LOG_LEVEL`, `function:event_sources[queue: in].batch_size`. A field is written
/// as a line of a plan has it, or as its JSON does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The kind.
    pub kind: String,
    /// Name of the one resource; all of the kind where none is said.
    pub name: Option<String>,
    /// Path of the field; all of them where none is said.
    pub field: Option<String>,
}

/// A text that names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind, address or field of one")]
pub struct NotAPart(String);

impl FromStr for Part {
    type Err = NotAPart;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || NotAPart(text.to_owned());
        let (address, field) = match text.split_once(':') {
            Some((address, field)) => (address, Some(field)),
            None => (text, None),
        };
        let (kind, name) = match address.split_once('/') {
            Some((kind, name)) => (kind, Some(name)),
            None => (address, None),
        };
        let empty = kind.is_empty() || name.is_some_and(str::is_empty) || field.is_some_and(str::is_empty);
        // An entry of a list in a field has a blank in it.
        if empty || address.chars().any(char::is_whitespace) {
            return Err(refuse());
        }
        Ok(Self { kind: kind.to_owned(), name: name.map(str::to_owned), field: field.map(str::to_owned) })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if let Some(name) = &self.name {
            write!(f, "/{name}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ":{field}")?;
        }
        Ok(())
    }
}

impl Part {
    fn is_of(&self, id: &ResourceId) -> bool {
        self.kind == id.kind && self.name.as_ref().is_none_or(|name| *name == id.name)
    }

    /// Whether it is about all of a resource.
    fn holds(&self, id: &ResourceId) -> bool {
        self.is_of(id) && self.field.is_none()
    }

    /// Whether it is about all of a field of a resource.
    fn holds_field(&self, id: &ResourceId, path: &str) -> bool {
        self.is_of(id) && self.field.as_ref().is_none_or(|field| is_below(path, field))
    }

    /// Whether it is about a field of a resource, or about a part of one that is set as a whole.
    fn touches_field(&self, id: &ResourceId, path: &str) -> bool {
        self.holds_field(id, path) || (self.is_of(id) && self.field.as_ref().is_some_and(|field| is_below(field, path)))
    }
}

/// What the fields of a plan are called in the words of their file, by resource and path in its spec.
pub type Words = BTreeMap<ResourceId, BTreeMap<String, BTreeSet<String>>>;

/// A field that differs, by all names that a file may give it.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Its path in the spec, and how the JSON of a plan writes it.
    pub paths: [&'a str; 2],
    /// The places in the file that it is about, as lines of a plan write them.
    pub words: Option<&'a BTreeSet<String>>,
}

impl Field<'_> {
    fn all(&self) -> impl Iterator<Item = &str> {
        self.paths.into_iter().chain(self.words.into_iter().flatten().map(String::as_str))
    }

    /// Whether all of it is meant by what says so of one name.
    fn is_all(&self, is_meant: impl Fn(&str) -> bool) -> bool {
        let by_word = self.words.is_some_and(|words| !words.is_empty() && words.iter().all(|word| is_meant(word)));
        by_word || self.paths.into_iter().any(is_meant)
    }
}

/// What may be healed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    only: Option<Vec<Part>>,
    never: Vec<Part>,
}

/// Why something may not be healed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forbidden {
    /// `never` names it.
    Never(Part),
    /// `only` does not name it.
    NotInOnly,
}

impl Policy {
    /// What a file says.
    ///
    /// # Errors
    /// A text that names no part.
    pub fn of(only: Option<&[String]>, never: &[String]) -> Result<Self, NotAPart> {
        let parts = |texts: &[String]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<Part>, _>>();
        Ok(Self { only: only.map(parts).transpose()?, never: parts(never)? })
    }

    /// Why a resource as a whole may not be made, replaced or deleted.
    pub fn forbids(&self, id: &ResourceId) -> Option<Forbidden> {
        self.why_not(|part| part.holds(id), |only| only.iter().any(|part| part.holds(id)))
    }

    /// Why a field may not be set. `never` keeps one of which it names a part alone, `only` lets through one
    /// of which it names all.
    pub fn forbids_field(&self, id: &ResourceId, field: Field<'_>) -> Option<Forbidden> {
        let is_kept = |part: &Part| field.all().any(|name| part.touches_field(id, name));
        self.why_not(is_kept, |only| field.is_all(|name| only.iter().any(|part| part.holds_field(id, name))))
    }

    fn why_not(&self, is_kept: impl Fn(&Part) -> bool, is_let: impl Fn(&[Part]) -> bool) -> Option<Forbidden> {
        if let Some(part) = self.never.iter().find(|part| is_kept(part)) {
            return Some(Forbidden::Never(part.clone()));
        }
        let allowed = self.only.as_ref().is_none_or(|only| is_let(only));
        (!allowed).then_some(Forbidden::NotInOnly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(only: Option<&[&str]>, never: &[&str]) -> Policy {
        let texts = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        Policy::of(only.map(texts).as_deref(), &texts(never)).unwrap()
    }

    #[test]
    fn parts_are_read_and_written_alike() {
        for text in [
            "table",
            "function/loader",
            "function:environment",
            "function/loader:environment.LOG_LEVEL",
            "log_group//aws/lambda/x",
            "function:event_sources[queue: in].batch_size",
        ] {
            assert_eq!(text.parse::<Part>().map(|part| part.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "/x", "function/", "function:", ":memory", "function /x", "function /x:memory"] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }

    /// What the policy says of a field that goes by one path alone.
    fn of_path(policy: &Policy, id: &ResourceId, path: &str) -> Option<Forbidden> {
        policy.forbids_field(id, Field { paths: [path, path], words: None })
    }

    #[test]
    fn never_wins_and_only_leaves_the_rest_out() {
        let (loader, api, table) = ("function/loader".parse().unwrap(), "function/api".parse().unwrap(), "table/t".parse().unwrap());
        let all = Policy::default();
        assert!(all.forbids(&table).is_none() && of_path(&all, &api, "memory").is_none());
        let some = policy(Some(&["function", "table:tags"]), &["function/loader", "function:environment"]);
        assert_eq!(some.forbids(&loader), Some(Forbidden::Never("function/loader".parse().unwrap())));
        assert_eq!(some.forbids(&api), None, "of what is made anew the field has no other value");
        assert!(matches!(of_path(&some, &loader, "memory"), Some(Forbidden::Never(_))));
        assert!(matches!(of_path(&some, &api, "environment.A"), Some(Forbidden::Never(_))));
        assert_eq!(of_path(&some, &api, "environments"), None);
        assert_eq!(of_path(&some, &table, "tags.Extra"), None);
        assert_eq!(some.forbids_field(&table, Field { paths: ["tags.etlctl:protect", "protect"], words: None }), None);
        assert_eq!(some.forbids(&table), Some(Forbidden::NotInOnly), "a field of it is not all of it");
        assert_eq!(of_path(&some, &"queue/q".parse().unwrap(), "delay"), Some(Forbidden::NotInOnly));
    }

    #[test]
    fn a_field_is_meant_by_its_path_and_by_the_words_of_the_file() {
        let (id, words) = ("queue/q".parse().unwrap(), BTreeSet::from(["redrive.queue".to_owned()]));
        let field = Field { paths: ["redrive.dead_letter"; 2], words: Some(&words) };
        for part in ["queue:redrive.queue", "queue/q:redrive.dead_letter", "queue:redrive"] {
            assert!(matches!(policy(None, &[part]).forbids_field(&id, field), Some(Forbidden::Never(_))), "{part}");
            assert_eq!(policy(Some(&[part]), &[]).forbids_field(&id, field), None, "{part}");
        }
        for part in ["queue:redrive.max_receives", "queue:queue", "topic:redrive.queue"] {
            assert_eq!(policy(None, &[part]).forbids_field(&id, field), None, "{part}");
            assert_eq!(policy(Some(&[part]), &[]).forbids_field(&id, field), Some(Forbidden::NotInOnly), "{part}");
        }
    }

    #[test]
    fn a_part_of_what_is_set_as_a_whole_keeps_it_and_lets_it_through_alone_never() {
        let (id, both) = ("function/f".parse().unwrap(), BTreeSet::from(["source".to_owned(), "s3".to_owned()]));
        let whole = Field { paths: ["vpc"; 2], words: None };
        assert!(matches!(policy(None, &["function:vpc.subnets"]).forbids_field(&id, whole), Some(Forbidden::Never(_))));
        assert_eq!(policy(Some(&["function:vpc.subnets"]), &[]).forbids_field(&id, whole), Some(Forbidden::NotInOnly));
        let code = Field { paths: ["code"; 2], words: Some(&both) };
        assert!(matches!(policy(None, &["function:s3"]).forbids_field(&id, code), Some(Forbidden::Never(_))));
        assert_eq!(policy(Some(&["function:s3"]), &[]).forbids_field(&id, code), Some(Forbidden::NotInOnly));
        assert_eq!(policy(Some(&["function:s3", "function:source"]), &[]).forbids_field(&id, code), None);
    }
}
