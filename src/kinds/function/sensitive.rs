//! Which variables of a function's environment hold what nobody may see. The function carries their
//! names, so that a plan hides the live value of a variable that has left the files, too.

use std::collections::BTreeSet;

use super::spec::Spec;
use super::write::{set_tags, untag};
use crate::contract::tags::Tags;
use crate::contract::{KindError, WriteCx};
use crate::model::diff::entry_path;
use crate::model::mark::SENSITIVE_TAG;

/// Characters of a tag's value (docs/aws-facts.md §3; Lambda API Reference, TagResource).
const LONGEST: usize = 256;
/// Stands for all variables, where their names are too long for a tag. No variable is named so.
const ALL: &str = "@all";

/// Normal form of a set of variables: what a tag can say of it.
pub(super) fn normal(variables: BTreeSet<String>) -> BTreeSet<String> {
    if value(&variables).len() > LONGEST { BTreeSet::from([ALL.to_owned()]) } else { variables }
}

fn value(variables: &BTreeSet<String>) -> String {
    variables.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// What the tags of a live function say.
pub(super) fn of_tags(tags: &Tags) -> BTreeSet<String> {
    tags.get(SENSITIVE_TAG).into_iter().flat_map(|value| value.split(' ')).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The tag of a function that is created, none where it has no such variable.
pub(super) fn tag(variables: &BTreeSet<String>) -> Option<(String, String)> {
    (!variables.is_empty()).then(|| (SENSITIVE_TAG.to_owned(), value(variables)))
}

/// Paths of a spec that nobody may see.
pub(super) fn paths(spec: &Spec) -> BTreeSet<String> {
    let path = |name: &String| if name == ALL { "environment".to_owned() } else { entry_path("environment", name) };
    spec.sensitive_variables.iter().map(path).collect()
}

/// Brings the tag from `from` to `to`.
pub(super) async fn write(cx: &WriteCx, name: &str, from: &BTreeSet<String>, to: &BTreeSet<String>) -> Result<(), KindError> {
    match tag(to) {
        _ if from == to => Ok(()),
        Some((key, value)) => Ok(set_tags(cx, name, [(key, value)].into()).await?),
        None => Ok(untag(cx, name, vec![SENSITIVE_TAG.to_owned()]).await?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> BTreeSet<String> {
        (0..count).map(|n| format!("VARIABLE_{n:03}")).collect()
    }

    #[test]
    fn a_tag_gives_back_what_it_was_given() {
        for count in [0, 1, 19, 20, 100] {
            let wanted = normal(names(count));
            let tags: Tags = tag(&wanted).into_iter().collect();
            assert!(tags.values().all(|value| value.len() <= LONGEST));
            assert_eq!(of_tags(&tags), wanted, "{count}");
            assert_eq!(wanted.contains(ALL), count > 19, "{count}");
        }
    }
}
