//! What a stack file lets `watch --heal` do: `heal: { only, never }`.

use std::fmt;
use std::str::FromStr;

use super::super::ResourceId;
use super::super::diff::is_below;

/// A kind, or one resource of it, or a field of either: `table`, `function/loader`, `function:environment`,
/// `function/loader:environment.LOG_LEVEL`.
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
        if empty || text.chars().any(char::is_whitespace) {
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

    /// Whether it is about a field of a resource.
    fn holds_field(&self, id: &ResourceId, path: &str) -> bool {
        self.is_of(id) && self.field.as_ref().is_none_or(|field| is_below(path, field))
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
        self.why_not(|part| part.holds(id))
    }

    /// Why a field may not be set. The path may be written in two ways.
    pub fn forbids_field(&self, id: &ResourceId, paths: [&str; 2]) -> Option<Forbidden> {
        self.why_not(|part| paths.iter().any(|path| part.holds_field(id, path)))
    }

    fn why_not(&self, is_it: impl Fn(&Part) -> bool) -> Option<Forbidden> {
        if let Some(part) = self.never.iter().find(|part| is_it(part)) {
            return Some(Forbidden::Never(part.clone()));
        }
        let allowed = self.only.as_ref().is_none_or(|only| only.iter().any(is_it));
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
        for text in ["table", "function/loader", "function:environment", "function/loader:environment.LOG_LEVEL", "log_group//aws/lambda/x"]
        {
            assert_eq!(text.parse::<Part>().map(|part| part.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "/x", "function/", "function:", ":memory", "function /x"] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }

    #[test]
    fn never_wins_and_only_leaves_the_rest_out() {
        let (loader, api, table) = ("function/loader".parse().unwrap(), "function/api".parse().unwrap(), "table/t".parse().unwrap());
        let all = Policy::default();
        assert!(all.forbids(&table).is_none() && all.forbids_field(&api, ["memory", "memory"]).is_none());
        let some = policy(Some(&["function", "table:tags"]), &["function/loader", "function:environment"]);
        assert_eq!(some.forbids(&loader), Some(Forbidden::Never("function/loader".parse().unwrap())));
        assert_eq!(some.forbids(&api), None, "of what is made anew the field has no other value");
        assert!(matches!(some.forbids_field(&loader, ["memory", "memory"]), Some(Forbidden::Never(_))));
        assert!(matches!(some.forbids_field(&api, ["environment.A", "environment.A"]), Some(Forbidden::Never(_))));
        assert_eq!(some.forbids_field(&api, ["environments", "environments"]), None);
        assert_eq!(some.forbids_field(&table, ["tags.Extra", "tags.Extra"]), None);
        assert_eq!(some.forbids_field(&table, ["tags.etlctl:protect", "protect"]), None);
        assert_eq!(some.forbids(&table), Some(Forbidden::NotInOnly), "a field of it is not all of it");
        assert_eq!(some.forbids_field(&"queue/q".parse().unwrap(), ["delay", "delay"]), Some(Forbidden::NotInOnly));
    }
}
