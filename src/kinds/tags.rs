//! What a change of tags asks of AWS.

use std::collections::BTreeMap;

use crate::model::{Owner, Scope};

/// Tags of a resource, without the marks.
pub type Tags = BTreeMap<String, String>;

/// Tags to set and keys to remove, the mark included where it is not there yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagEdit {
    /// Tags to set.
    pub set: Tags,
    /// Keys to remove.
    pub remove: Vec<String>,
}

impl TagEdit {
    /// The edit that leads from `have` to `want`.
    pub fn between(scope: &Scope, owner: &Owner, have: &Tags, want: &Tags) -> Self {
        let mut set: Tags = want.iter().filter(|(key, value)| have.get(*key) != Some(value)).map(|(k, v)| (k.clone(), v.clone())).collect();
        if *owner != Owner::Ours {
            set.extend(scope.mark());
        }
        let remove = have.keys().filter(|key| !want.contains_key(*key)).cloned().collect();
        Self { set, remove }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_sets_what_differs_removes_what_is_gone_and_marks_what_is_adopted() {
        let scope = Scope { partition: "aws".into(), account: "1".into(), region: "r".into(), stack: "s".into(), env: "dev".into() };
        let tags = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Tags>();
        let (have, want) = (tags(&[("a", "1"), ("b", "2"), ("c", "3")]), tags(&[("a", "1"), ("b", "9")]));
        let edit = TagEdit::between(&scope, &Owner::Ours, &have, &want);
        assert_eq!(edit, TagEdit { set: tags(&[("b", "9")]), remove: vec!["c".into()] });
        let adopted = TagEdit::between(&scope, &Owner::Unmarked, &want, &want);
        assert_eq!(adopted.set, tags(&[("etlctl:stack", "s"), ("etlctl:env", "dev")]));
    }
}
