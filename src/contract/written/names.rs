//! What ARNs, addresses and names stand for in the words of a file: resources of it by their keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::Attributes;
use crate::model::reference::{Reference, map_texts, plain, references_in, template};

/// Resources by what names them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// By what only one resource can be called: ARNs and URLs.
    texts: BTreeMap<String, Reference>,
    /// Keys by section and physical name.
    named: BTreeMap<(String, String), String>,
    /// Where in the file each is asked for: under its own key, or where what brings it along is.
    homes: BTreeMap<(String, String), Vec<String>>,
    /// Those whose key means their alias.
    aliased: BTreeSet<(String, String)>,
}

impl Names {
    /// Adds what a resource is called. `home` is where in the file it is asked for: section and key, or
    /// those of what brings it along. Of what is added more than once, the last says whether there is an
    /// alias that its key means.
    pub fn add(&mut self, section: &str, key: &str, home: &[String], attributes: &Attributes) {
        self.aliased.remove(&(section.to_owned(), key.to_owned()));
        if attributes.contains_key("alias_arn") {
            self.means_alias(section, key);
        }
        self.homes.insert((section.to_owned(), key.to_owned()), home.to_vec());
        for (attribute, value) in attributes {
            let reference = || Reference { section: section.to_owned(), key: key.to_owned(), attribute: attribute.clone() };
            if attribute == "name" {
                self.named.insert((section.to_owned(), value.clone()), key.to_owned());
            } else if ["arn:", "https://", "http://"].iter().any(|begin| value.starts_with(begin)) {
                self.texts.entry(value.clone()).or_insert_with(reference);
            }
        }
    }

    /// Adds a resource that stands under its own key, of a file whose texts are references already: nothing
    /// else becomes one.
    pub fn add_named(&mut self, section: &str, key: &str, name: &str) {
        let name: Attributes = [("name".to_owned(), name.to_owned())].into();
        self.add(section, key, &[section, key].map(str::to_owned), &name);
    }

    /// Says that the key of a resource means its alias, and its ARN another thing.
    pub fn means_alias(&mut self, section: &str, key: &str) {
        self.aliased.insert((section.to_owned(), key.to_owned()));
    }

    /// What a text names, where it names one resource and says nothing else.
    pub fn reference(&self, text: &str) -> Option<Reference> {
        Reference::whole(text).or_else(|| self.texts.get(&plain(text)).cloned())
    }

    /// The key of what an ARN names in a section of the file, where the key means the same.
    pub fn key(&self, section: &str, text: &str) -> Option<String> {
        let is_meant = |of: &Reference| of.attribute != "arn" || !self.aliased.contains(&(of.section.clone(), of.key.clone()));
        let of = self.reference(text).filter(|of| of.section == section && is_meant(of) && self.is_declared(section, &of.key));
        of.map(|of| of.key)
    }

    /// The key of what has a name in a section of the file.
    pub fn named(&self, section: &str, text: &str) -> Option<String> {
        self.by_name(section, text).filter(|key| self.is_declared(section, key))
    }

    /// Whether what an ARN or a name names in a section is brought along by what is asked for at `home`.
    pub fn is_brought(&self, section: &str, text: &str, home: &[String]) -> bool {
        let brought = |key: &String| {
            let of = self.homes.get(&(section.to_owned(), key.clone()));
            !self.is_declared(section, key) && of.is_some_and(|of| of.get(..2) == home.get(..2))
        };
        // Names are compared where nothing but a resource of the stack is meant: somebody has brought it.
        let by_name = self.by_name(section, text).filter(|_| self.of_section(section, text).is_none());
        self.of_section(section, text).as_ref().is_some_and(brought) || by_name.is_some_and(|key| !self.is_declared(section, &key))
    }

    fn of_section(&self, section: &str, text: &str) -> Option<String> {
        self.reference(text).filter(|reference| reference.section == section).map(|reference| reference.key)
    }

    fn by_name(&self, section: &str, text: &str) -> Option<String> {
        self.of_section(section, text).or_else(|| self.named.get(&(section.to_owned(), plain(text))).cloned())
    }

    fn is_declared(&self, section: &str, key: &str) -> bool {
        self.homes.get(&(section.to_owned(), key.to_owned())).is_some_and(|home| home.iter().eq([section, key]))
    }

    /// A text in which the ARN of a resource of the file, alone or with something behind it, is written
    /// as a reference.
    pub fn mention(&self, text: &str) -> String {
        if references_in(text).next().is_some() {
            return text.to_owned();
        }
        let whole = plain(text);
        // The longest first.
        let cuts = std::iter::once(whole.len()).chain(whole.rmatch_indices([':', '/']).map(|(at, _)| at));
        let found = cuts.into_iter().find_map(|at| Some((self.texts.get(&whole[..at])?, at)));
        found.map_or_else(|| text.to_owned(), |(reference, at)| format!("${{{reference}}}{}", template(&whole[at..])))
    }

    /// [`Names::mention`] in every text of a value.
    pub fn mentions(&self, value: &Value) -> Value {
        map_texts(value.clone(), &|text| self.mention(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_the_file_is_named_by_its_key() {
        let mut names = Names::default();
        let arn = "arn:aws:sqs:us-east-1:111122223333:dlq";
        let attributes = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let home = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        names.add(
            "queues",
            "dlq",
            &home(&["queues", "dlq"]),
            &attributes(&[("arn", arn), ("name", "dlq-dev"), ("url", "https://sqs/1/dlq")]),
        );
        names.add("roles", "work", &home(&["functions", "work", "role"]), &attributes(&[("arn", "arn:aws:iam::1:role/work")]));
        assert_eq!(names.key("queues", arn).as_deref(), Some("dlq"));
        assert_eq!(names.key("queues", "${queues.dlq.arn}").as_deref(), Some("dlq"));
        assert_eq!(names.key("topics", arn), None);
        assert_eq!(names.named("queues", "dlq-dev").as_deref(), Some("dlq"));
        assert_eq!(names.key("roles", "arn:aws:iam::1:role/work"), None, "it stands under no key of the file");
        assert!(names.is_brought("roles", "arn:aws:iam::1:role/work", &home(&["functions", "work"])));
        assert!(!names.is_brought("roles", "arn:aws:iam::1:role/work", &home(&["functions", "other"])));
        assert_eq!(names.mention("arn:aws:iam::1:role/work"), "${roles.work.arn}");
        assert_eq!(names.mention("https://sqs/1/dlq"), "${queues.dlq.url}");
        assert_eq!(names.mention(&format!("{arn}/x$${{y.z.a}}")), "${queues.dlq.arn}/x$${y.z.a}");
        assert_eq!(names.mention(&format!("{arn}-old")), format!("{arn}-old"));
        assert_eq!(names.mention("dlq-dev"), "dlq-dev");
        names.means_alias("queues", "dlq");
        assert_eq!(names.key("queues", arn), None, "the key would mean another thing");
        assert_eq!(names.mention(arn), "${queues.dlq.arn}");
    }
}
