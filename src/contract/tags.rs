//! What a change of tags asks of AWS.

use std::collections::BTreeMap;
use std::future::Future;

use super::KindError;
use crate::aws::AwsError;
use crate::model::mark::OWN_TAGS;
use crate::model::{Owner, Reach, Scope};

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
    pub fn between(scope: &Scope, reach: Reach, owner: &Owner, have: &Tags, want: &Tags) -> Self {
        let mut set: Tags = want.iter().filter(|(key, value)| have.get(*key) != Some(value)).map(|(k, v)| (k.clone(), v.clone())).collect();
        if *owner != Owner::Ours {
            set.extend(scope.mark(reach));
        }
        let remove = have.keys().filter(|key| !want.contains_key(*key)).cloned().collect();
        Self { set, remove }
    }

    /// Sends it: `set` the tags to set, `remove` the keys to remove, each only where there are some.
    ///
    /// # Errors
    /// A call failed.
    pub async fn send<S, R>(&self, set: impl FnOnce(Tags) -> S, remove: impl FnOnce(Vec<String>) -> R) -> Result<(), KindError>
    where
        S: Future<Output = Result<(), AwsError>>,
        R: Future<Output = Result<(), AwsError>>,
    {
        if !self.set.is_empty() {
            set(self.set.clone()).await?;
        }
        if !self.remove.is_empty() {
            remove(self.remove.clone()).await?;
        }
        Ok(())
    }

    /// The edit that makes a mark whole.
    pub fn mark(scope: &Scope, reach: Reach) -> Self {
        Self { set: scope.mark(reach), remove: Vec::new() }
    }

    /// The edit that takes every tag of etlctl's off: a tag that is not there is removed without a word.
    pub fn release() -> Self {
        Self { set: Tags::new(), remove: OWN_TAGS.map(str::to_owned).into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_sets_what_differs_removes_what_is_gone_and_marks_what_is_adopted() {
        let scope = Scope {
            partition: "aws".into(),
            account: "1".into(),
            region: "r".into(),
            stack: "s".into(),
            env: "dev".into(),
            instance: "pr1".into(),
        };
        let tags = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Tags>();
        let (have, want) = (tags(&[("a", "1"), ("b", "2"), ("c", "3")]), tags(&[("a", "1"), ("b", "9")]));
        let edit = TagEdit::between(&scope, Reach::Region, &Owner::Ours, &have, &want);
        assert_eq!(edit, TagEdit { set: tags(&[("b", "9")]), remove: vec!["c".into()] });
        for owner in [Owner::Unmarked, Owner::Incomplete] {
            let marked = TagEdit::between(&scope, Reach::Account, &owner, &want, &want);
            let whole = [("etlctl:stack", "s"), ("etlctl:env", "dev"), ("etlctl:instance", "pr1"), ("etlctl:region", "r")];
            assert_eq!(marked.set, tags(&whole));
        }
    }
}
