//! What a change of tags asks of AWS.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Whether what is removed goes first, since there may be no room for both.
    removes_first: bool,
}

/// Tags that a resource has at most (<https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>).
const MOST: usize = 50;

impl TagEdit {
    /// The edit that leads from `have` to `want`.
    pub fn between(scope: &Scope, reach: Reach, owner: &Owner, have: &Tags, want: &Tags) -> Self {
        let mut set: Tags = want.iter().filter(|(key, value)| have.get(*key) != Some(value)).map(|(k, v)| (k.clone(), v.clone())).collect();
        if *owner != Owner::Ours {
            set.extend(scope.mark(reach));
        }
        let remove: Vec<String> = have.keys().filter(|key| !want.contains_key(*key)).cloned().collect();
        // What of etlctl's own is there beside them is not known here.
        let others: BTreeSet<&String> = have.keys().chain(set.keys()).filter(|key| !OWN_TAGS.contains(&key.as_str())).collect();
        Self { removes_first: others.len() + OWN_TAGS.len() > MOST, set, remove }
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
        let (sets, removes) = (!self.set.is_empty(), !self.remove.is_empty());
        let (set, remove) = (|| set(self.set.clone()), || remove(self.remove.clone()));
        match (sets, removes) {
            (true, true) if self.removes_first => {
                remove().await?;
                set().await?;
            }
            (true, true) => {
                set().await?;
                remove().await?;
            }
            (true, false) => set().await?,
            (false, true) => remove().await?,
            (false, false) => {}
        }
        Ok(())
    }

    /// The edit that makes a mark whole.
    pub fn mark(scope: &Scope, reach: Reach) -> Self {
        Self { set: scope.mark(reach), ..Self::default() }
    }

    /// The edit that takes every tag of etlctl's off: a tag that is not there is removed without a word.
    pub fn release() -> Self {
        Self { remove: OWN_TAGS.map(str::to_owned).into(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope {
            partition: "aws".into(),
            account: "1".into(),
            region: "r".into(),
            stack: "s".into(),
            env: "dev".into(),
            instance: "pr1".into(),
        }
    }

    /// The calls of an edit in their order.
    async fn sent(have: &Tags, want: &Tags) -> Vec<String> {
        let calls = std::sync::Mutex::new(Vec::new());
        let noted = |what: String| {
            calls.lock().unwrap().push(what);
            std::future::ready(Ok(()))
        };
        let edit = TagEdit::between(&scope(), Reach::Region, &Owner::Ours, have, want);
        let set = |tags: Tags| noted(format!("set {}", tags.len()));
        edit.send(set, |keys| noted(format!("remove {}", keys.len()))).await.unwrap();
        calls.into_inner().unwrap()
    }

    #[tokio::test]
    async fn the_new_stands_before_the_old_goes_where_there_is_room_for_both() {
        let many = |from: usize, to: usize| (from..to).map(|number| (format!("key-{number}"), String::new())).collect::<Tags>();
        assert_eq!(sent(&many(0, 10), &many(5, 15)).await, ["set 5", "remove 5"]);
        assert_eq!(sent(&many(0, 30), &many(20, 50)).await, ["remove 20", "set 20"]);
        assert_eq!(sent(&many(0, 40), &many(0, 46)).await, ["set 6"]);
        assert_eq!(sent(&many(0, 46), &many(0, 3)).await, ["remove 43"]);
    }

    #[test]
    fn an_edit_sets_what_differs_removes_what_is_gone_and_marks_what_is_adopted() {
        let scope = scope();
        let tags = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Tags>();
        let (have, want) = (tags(&[("a", "1"), ("b", "2"), ("c", "3")]), tags(&[("a", "1"), ("b", "9")]));
        let edit = TagEdit::between(&scope, Reach::Region, &Owner::Ours, &have, &want);
        assert_eq!(edit, TagEdit { set: tags(&[("b", "9")]), remove: vec!["c".into()], removes_first: false });
        for owner in [Owner::Unmarked, Owner::Incomplete] {
            let marked = TagEdit::between(&scope, Reach::Account, &owner, &want, &want);
            let whole = [("etlctl:stack", "s"), ("etlctl:env", "dev"), ("etlctl:instance", "pr1"), ("etlctl:region", "r")];
            assert_eq!(marked.set, tags(&whole));
        }
    }
}
