//! Parts of a function that have reads of their own. Lambda's quota for these is small and shared with all
//! other clients, so that they are read where the files want them or the function's own mark says that
//! they were set: a part that leaves the files is still seen.

use std::collections::BTreeSet;

use super::spec::Spec;
use super::write::set_tags;
use super::{Function, api};
use crate::aws::{AwsError, Op};
use crate::contract::tags::Tags;
use crate::contract::{Kind, Look, ReadCx, WriteCx};
use crate::model::Owner;
use crate::model::mark::BESIDE_TAG;

/// A part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Aliases,
    EventInvoke,
    Permissions,
    Provisioned,
    Url,
}

impl Part {
    const ALL: [Self; 5] = [Self::Aliases, Self::EventInvoke, Self::Permissions, Self::Provisioned, Self::Url];

    /// The field, and its word in the mark.
    fn field(self) -> &'static str {
        match self {
            Self::Aliases => "aliases",
            Self::EventInvoke => "event_invoke",
            Self::Permissions => "permissions",
            Self::Provisioned => "provisioned_concurrency",
            Self::Url => "url",
        }
    }

    /// What reads it.
    fn op(self) -> &'static Op {
        match self {
            Self::Aliases => &api::LIST_ALIASES,
            Self::EventInvoke => &api::LIST_FUNCTION_EVENT_INVOKE_CONFIGS,
            Self::Permissions => &api::GET_POLICY,
            Self::Provisioned => &api::GET_PROVISIONED_CONCURRENCY_CONFIG,
            Self::Url => &api::LIST_FUNCTION_URL_CONFIGS,
        }
    }

    fn is_in(self, spec: &Spec) -> bool {
        match self {
            Self::Aliases => !spec.aliases.is_empty(),
            Self::EventInvoke => spec.event_invoke.is_some(),
            Self::Permissions => !spec.permissions.is_empty() || !spec.notifications.is_empty(),
            Self::Provisioned => spec.aliases.values().any(|alias| alias.provisioned_concurrency.is_some()),
            Self::Url => spec.url.is_some(),
        }
    }
}

/// Parts.
pub(super) type Parts = BTreeSet<Part>;

/// The parts that a spec has.
pub(super) fn of(spec: &Spec) -> Parts {
    Part::ALL.into_iter().filter(|part| part.is_in(spec)).collect()
}

/// What the mark of a live function says was set; none where it says nothing: one of an older version of
/// etlctl, or of somebody else.
pub(super) fn marked(tags: &Tags) -> Option<Parts> {
    Some(told(tags.get(BESIDE_TAG)?))
}

/// The parts that the words of a mark tell of.
pub(super) fn told(words: &str) -> Parts {
    let words: BTreeSet<&str> = words.split(' ').collect();
    Part::ALL.into_iter().filter(|part| words.contains(part.field())).collect()
}

/// The tag that says so.
pub(super) fn tag(parts: &Parts) -> (String, String) {
    (BESIDE_TAG.to_owned(), parts.iter().map(|part| part.field()).collect::<Vec<_>>().join(" "))
}

/// What a read of this function looks at.
pub(super) struct Looked {
    pub parts: Parts,
    /// Aliases that the file wants: what stands at them is asked for before anything says that they are there.
    pub aliases: Vec<String>,
}

/// What a read of this function looks at. What it passes over is noted.
pub(super) fn looked_at(cx: &ReadCx, name: &str, tags: &Tags) -> Looked {
    let wanted = cx.wanted(Function::NAME, name).filter(|_| cx.look != Look::Marked);
    // Of what is no spec nobody knows what it wants.
    let Ok(wanted) = wanted.map(|spec| serde_json::from_value::<Spec>(spec.clone())).transpose() else {
        return Looked { parts: Part::ALL.into_iter().collect(), aliases: Vec::new() };
    };
    let aliases = wanted.iter().flat_map(|spec| spec.aliases.keys().cloned()).collect();
    let marked = marked(tags).filter(|_| cx.look != Look::All && Owner::of(&cx.scope, Function::REACH, tags) == Owner::Ours);
    // What others made and the files name is adopted or in the way: both ask for all of it.
    let Some(marked) = marked else { return Looked { parts: Part::ALL.into_iter().collect(), aliases } };
    let parts: Parts = marked.into_iter().chain(wanted.iter().flat_map(of)).collect();
    for part in Part::ALL.into_iter().filter(|part| !parts.contains(part)) {
        // Without an alias there is none to be asked about.
        if part != Part::Provisioned || parts.contains(&Part::Aliases) {
            cx.pass_over((Function::NAME, name), part.field(), part.op());
        }
    }
    Looked { parts, aliases }
}

/// Brings the mark from `from` to `to`.
pub(super) async fn write(cx: &WriteCx, name: &str, from: Option<&Parts>, to: &Parts) -> Result<(), AwsError> {
    if from == Some(to) { Ok(()) } else { set_tags(cx, name, [tag(to)].into()).await }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_gives_back_what_it_was_given_and_none_is_not_nothing() {
        for parts in [Parts::new(), [Part::Url].into(), Part::ALL.into_iter().collect()] {
            assert_eq!(marked(&Tags::from([tag(&parts)])), Some(parts));
        }
        assert_eq!(marked(&Tags::new()), None);
    }
}
