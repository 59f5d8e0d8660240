//! What a plan should make its reader look at before its steps.

use std::collections::BTreeMap;

use super::live::Neighbours;
use super::plan::{Action, Obstacle, Planned, Step};
use super::{Owner, ResourceId};

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Nothing of the stack is kept, all of it is made anew under other names.
    AllAnew {
        /// Resources that would be made.
        created: usize,
        /// Resources that would be deleted.
        deleted: usize,
        /// What the names held and what they hold now, where most of them differ in the same way.
        renamed: Option<(String, String)>,
    },
    /// Nothing of this instance is there, and another one is.
    FirstOfInstance,
    /// The same stack and environment stands elsewhere too: instance, region, resources that were met.
    Neighbour {
        /// Its name.
        instance: String,
        /// Its region, where it is another one.
        region: Option<String>,
        /// Resources of it that were met.
        resources: usize,
    },
    /// These carry our mark, and no pattern of names could have made theirs.
    OddNames {
        /// Their addresses.
        ids: Vec<ResourceId>,
        /// How they get out of it, where no tag of their own can be taken off.
        way_out: Option<&'static str>,
    },
    /// What a destroy was to take by these addresses is not there.
    NotThere(Vec<ResourceId>),
    /// What a destroy does not take though the files name it, each with its name and why: it is not ours.
    NotOurs(Vec<(ResourceId, String, Obstacle)>),
    /// What is not wanted of a resource, and stays until AWS can remove it; and why.
    Left(ResourceId, String),
    /// These carry a mark of version 0.1 that does not tell their region, and no file names them: they stay.
    Unclaimed(Vec<ResourceId>),
    /// A resource keeps the name that it had under another address.
    Moved {
        /// Its address.
        to: ResourceId,
        /// The one that it had, with its stack where that is another one.
        from: String,
        /// The name; none where nothing of that address was found.
        name: Option<String>,
        /// What it brings along and is made anew all the same, and why.
        anew: Option<(Vec<ResourceId>, &'static str)>,
    },
    /// A resource of another stack is made anew, since AWS lets its marks be rewritten no more; and why.
    Anew {
        /// Its address.
        to: ResourceId,
        /// The one that it had.
        from: String,
        /// Why.
        why: &'static str,
    },
    /// An entry of a bucket takes the place of one that the plan gives nothing else for.
    Displaces {
        /// Whose the new one is.
        by: ResourceId,
        /// The one that goes.
        entry: String,
        /// Whose that is, where the files name it.
        of: Option<ResourceId>,
    },
    /// Another stack takes these over, and has not yet: they stay.
    Claimed {
        /// Its name.
        by: String,
        /// Their addresses.
        ids: Vec<ResourceId>,
    },
    /// What is new under one key, and what goes under another, are of the same code or the same spec.
    Rekeyed {
        /// What is new.
        to: ResourceId,
        /// What goes, by the key that gave it its name.
        from: ResourceId,
    },
    /// The instance has expired at this time, and still stands.
    Expired(String),
    /// So many resources carry a mark of version 0.1, which an apply completes.
    OldMarks(usize),
}

/// The notes of a plan. `could_have_named` tells whether the files' patterns could have made a step's name, `way_out` how
/// what has no tags of its own gets out of a stack, by its kind.
pub fn notes(
    planned: &Planned,
    neighbours: &Neighbours,
    could_have_named: impl Fn(&Step) -> bool,
    way_out: impl Fn(&str) -> Option<&'static str>,
) -> Vec<Note> {
    let plan = &planned.plan;
    let of = |action| plan.steps.iter().filter(move |step| step.action == action);
    let (created, deleted) = (plan.count(Action::Create), plan.count(Action::Delete));
    let nothing_kept = created > 0 && plan.steps.iter().all(|step| matches!(step.action, Action::Create | Action::Delete));
    let mut notes = Vec::new();
    if nothing_kept && deleted > 0 {
        let renamed = renamed(&of(Action::Create).collect::<Vec<_>>(), &of(Action::Delete).collect::<Vec<_>>());
        notes.push(Note::AllAnew { created, deleted, renamed });
    }
    if nothing_kept && deleted == 0 && !neighbours.is_empty() {
        notes.push(Note::FirstOfInstance);
    }
    notes.extend(neighbours.iter().map(|(neighbour, resources)| Note::Neighbour {
        instance: neighbour.instance.clone(),
        region: (neighbour.region != plan.scope.region).then(|| neighbour.region.clone()),
        resources: *resources,
    }));
    // Where all is renamed, the file's names are the odd ones.
    let renamed = nothing_kept && deleted > 0;
    let mut odd: BTreeMap<Option<&'static str>, Vec<ResourceId>> = BTreeMap::new();
    for step in of(Action::Delete).filter(|_| !renamed).filter(|step| !could_have_named(step)) {
        odd.entry(way_out(&step.id.kind)).or_default().push(step.id.clone());
    }
    notes.extend(odd.into_iter().map(|(way_out, ids)| Note::OddNames { ids, way_out }));
    notes.extend(planned.left.iter().map(|(id, what)| Note::Left(id.clone(), what.clone())));
    let old = planned.incomplete_marks().count();
    if old > 0 {
        notes.push(Note::OldMarks(old));
    }
    notes
}

impl Planned {
    /// Whether an apply has anything to write: changes, or marks to complete.
    pub fn has_work(&self) -> bool {
        self.plan.has_changes() || self.incomplete_marks().next().is_some()
    }

    /// Resources that stay and carry a mark of version 0.1, or one without region.
    pub fn incomplete_marks(&self) -> impl Iterator<Item = &ResourceId> {
        self.sides
            .iter()
            .filter(|(_, sides)| sides.want.is_some() && sides.have.as_ref().is_some_and(|have| have.owner == Owner::Incomplete))
            .map(|(id, _)| id)
    }
}

/// The part in which most names of what goes differ from those of what comes.
fn renamed(created: &[&Step], deleted: &[&Step]) -> Option<(String, String)> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for old in deleted {
        let pairs = created.iter().filter(|new| new.id.kind == old.id.kind).map(|new| difference(&old.name, &new.name));
        // The shortest difference is that between the two names of one thing.
        if let Some(pair) = pairs.flatten().min_by_key(|(old, new)| old.len() + new.len()) {
            *seen.entry(pair).or_default() += 1;
        }
    }
    let (pair, times) = seen.into_iter().max_by_key(|(_, times)| *times)?;
    (times * 2 > deleted.len()).then_some(pair)
}

/// The middles of two names that begin or end alike, cut where words end.
fn difference(old: &str, new: &str) -> Option<(String, String)> {
    let words = |name: &str| name.split_inclusive(['-', '_', '.', '/']).map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (words(old), words(new));
    let ahead = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let behind = a[ahead..].iter().rev().zip(b[ahead..].iter().rev()).take_while(|(x, y)| x == y).count();
    if ahead + behind == 0 {
        return None;
    }
    let middle = |words: &[String]| words[ahead..words.len() - behind].concat().trim_matches(['-', '_', '.', '/']).to_owned();
    Some((middle(&a), middle(&b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fingerprint;

    #[test]
    fn a_renaming_is_told_by_the_part_that_changed() {
        let step = |kind: &str, name: &str| Step {
            id: ResourceId::new(kind, name),
            name: name.to_owned(),
            action: Action::Keep,
            changes: Vec::new(),
            needs: std::collections::BTreeSet::new(),
            fingerprint: Fingerprint::of(None, None),
        };
        let old = [step("queue", "lambda-dlq-dev"), step("function", "api-dev"), step("function", "api-worker-dev")];
        let new = [step("queue", "lambda-dlq-pr42"), step("function", "api-pr42"), step("function", "api-worker-pr42")];
        let (old, new): (Vec<&Step>, Vec<&Step>) = (old.iter().collect(), new.iter().collect());
        assert_eq!(renamed(&new, &old), Some(("dev".into(), "pr42".into())));
        assert_eq!(difference("orders", "payments"), None);
    }
}
