//! What was written must equal what was desired once it is read back, or the step has failed. Each
//! resource stands for itself: one that cannot be read says nothing of the others. When each is read is
//! `readback`'s to say.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::critical::Ran;
use super::strangers::{Planned, paths};
use crate::aws::AwsError;
use crate::contract::{Driver, ReadCx};
use crate::model::form::is_another_form;
use crate::model::plan::Comparison;
use crate::model::{Action, Attributes, Change, Node, Owner, ResourceId, Scope, Seen, Unread, diff};

/// What a read shows that is neither what was planned from nor what was written was written by somebody
/// else; after so long it is no longer a part of a write that spreads.
const SPREAD: Duration = Duration::from_secs(8);

/// Both sides of fields that are not as they were written.
pub(super) fn sides(changes: &[Change]) -> String {
    let side = |change: &Change| format!("{} is {} where {} was written", change.shown_path(), change.before, change.after);
    changes.iter().map(side).collect::<Vec<_>>().join(", ")
}

/// Whether AWS keeps what was written in a form of its own.
pub(super) fn is_kept_in_another_form(changes: &[Change]) -> bool {
    changes.iter().all(|change| is_another_form(change.before.true_value(), change.after.true_value()))
}

/// What is told of a resource whose fields are not as they were written.
pub(super) fn shows_other(what: &str) -> String {
    format!("what AWS shows is not what was written: {what}")
}

/// A resource that a step has written or deleted.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Its address.
    pub id: ResourceId,
    /// Its physical name.
    pub name: String,
    /// What was done.
    pub action: Action,
    /// What was written; none where it was deleted.
    pub written: Option<Box<Written>>,
}

/// What was written of a resource.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// The desired side, with its values.
    pub node: Node,
    /// What that was planned from, where it was there.
    pub planned_from: Option<Seen>,
    /// What AWS's answers told: a read that does not show it is from before.
    pub told: Attributes,
}

/// What a read-back found.
#[derive(Default)]
pub(super) struct Verified {
    /// Attributes of what is there.
    pub attributes: BTreeMap<ResourceId, Attributes>,
    /// What is not as it should be, by resource.
    pub problems: BTreeMap<ResourceId, Problem>,
    /// Where the time went.
    pub ran: Vec<Ran>,
}

impl Verified {
    /// Takes over what a further read-back found of these.
    pub fn add(&mut self, items: &[Item], more: Self) {
        let Self { attributes, problems, ran } = more;
        self.attributes.extend(attributes);
        items.iter().for_each(|item| drop(self.problems.remove(&item.id)));
        self.problems.extend(problems);
        self.ran.extend(ran);
    }

    /// What somebody else has written since, as it is now.
    pub fn overtaken(&self) -> impl Iterator<Item = (&ResourceId, &Seen)> {
        self.problems.iter().filter_map(|(id, problem)| match problem {
            Problem::Overtaken(changes, seen) if !is_kept_in_another_form(changes) => Some((id, &**seen)),
            Problem::Overtaken(..) | Problem::Differs(_) | Problem::Unread(_) => None,
        })
    }
}

/// Why a resource is not verified.
pub(super) enum Problem {
    /// It is not as it was written.
    Differs(String),
    /// These fields are neither what was written nor what was there: somebody else wrote them since, or
    /// AWS keeps them in another form.
    Overtaken(Vec<Change>, Box<Seen>),
    /// It cannot be read.
    Unread(AwsError),
}

impl Problem {
    /// What is wrong.
    pub fn text(&self) -> String {
        match self {
            Self::Differs(what) => what.clone(),
            Self::Overtaken(changes, _) => shows_other(&paths(changes).join(", ")),
            Self::Unread(error) => error.to_string(),
        }
    }

    /// Whether no further read will say anything else. `before` is what the one before this said, after
    /// pauses of so much together.
    pub fn is_final(&self, before: Option<&Self>, so_far: Duration) -> bool {
        match self {
            // What is read twice alike and says the same stays so.
            Self::Overtaken(changes, _) => {
                let is_again = matches!(before, Some(Self::Overtaken(before, _)) if before == changes);
                so_far >= SPREAD || (is_again && is_kept_in_another_form(changes))
            }
            Self::Differs(_) | Self::Unread(_) => false,
        }
    }
}

/// What a read says of a resource: none where it is as it should be.
pub(super) fn judge(scope: &Scope, driver: &dyn Driver, item: &Item, seen: Option<&Result<Seen, AwsError>>) -> Option<Problem> {
    match (&item.written, seen) {
        (_, Some(Err(error))) => Some(Problem::Unread(error.clone())),
        (Some(written), Some(Ok(seen))) => differs(scope, driver, written, seen),
        (Some(written), None) => match driver.is_over(&written.node.spec, Timestamp::now()) {
            Ok(true) => None,
            Ok(false) => Some(Problem::Differs("it is not there after the apply".to_owned())),
            Err(error) => Some(Problem::Differs(error.to_string())),
        },
        // A layer's name may live on with another environment's versions.
        (None, Some(Ok(seen))) if seen.owner.is_ours() => Some(Problem::Differs("it is still there after it was deleted".to_owned())),
        (None, Some(Ok(_)) | None) => None,
    }
}

/// Reads all at once, and where that fails each by itself.
pub(super) async fn each(cx: &ReadCx, driver: &dyn Driver, names: &[String]) -> BTreeMap<String, Result<Seen, AwsError>> {
    match driver.read(cx, names).await {
        Ok(seen) => seen.into_iter().map(|seen| (seen.name.clone(), Ok(seen))).collect(),
        Err(error) if names.len() == 1 => names.iter().map(|name| (name.clone(), Err(error.clone()))).collect(),
        Err(_) => {
            let one = names.iter().map(|name| async move {
                match driver.read(&cx.fresh(), std::slice::from_ref(name)).await {
                    Ok(seen) => seen.into_iter().next().map(|seen| (name.clone(), Ok(seen))),
                    Err(error) => Some((name.clone(), Err(error))),
                }
            });
            join_all(one).await.into_iter().flatten().collect()
        }
    }
}

/// What of a resource is not as it was written.
fn differs(scope: &Scope, driver: &dyn Driver, written: &Written, seen: &Seen) -> Option<Problem> {
    let Written { node, planned_from, told } = written;
    let chosen = match driver.chosen(scope, &node.spec, seen) {
        Ok(chosen) => chosen,
        Err(error) => return Some(Problem::Differs(error.to_string())),
    };
    let seen = chosen.as_ref().unwrap_or(seen);
    let told = Some(told).filter(|told| !told.is_empty());
    let stands = match told.map(|told| driver.stands(seen, told)).transpose() {
        Ok(stands) => stands,
        Err(error) => return Some(Problem::Differs(error.to_string())),
    };
    let Comparison { changes, .. } = match driver.compare(&node.spec, seen, node.artifact.as_ref()) {
        Ok(compared) => compared,
        Err(error) => return Some(Problem::Differs(error.to_string())),
    };
    // Where what was published stands, what others publish is no difference of it.
    let changes = if driver.publishes() && stands == Some(true) { Vec::new() } else { changes };
    if let Some(Unread { field, why }) = seen.unread.first() {
        return Some(Problem::Differs(format!("{field} cannot be read back: {why}")));
    }
    let mut strangers = match Planned::from(driver, node, planned_from.as_ref()) {
        Ok(planned) => planned.strangers(&changes),
        Err(error) => return Some(Problem::Differs(error.to_string())),
    };
    if !strangers.is_empty() && seen.owner == Owner::Ours {
        let sensitive = match driver.sensitive(&seen.spec) {
            Ok(sensitive) => sensitive,
            Err(error) => return Some(Problem::Differs(error.to_string())),
        };
        diff::hide(&mut strangers, &node.sensitive.union(&sensitive).cloned().collect());
        return Some(Problem::Overtaken(strangers, Box::new(seen.clone())));
    }
    if !changes.is_empty() || seen.owner != Owner::Ours {
        let mut paths: Vec<String> = changes.iter().map(Change::shown_path).collect();
        if paths.is_empty() {
            paths.push("its mark".to_owned());
        }
        return Some(Problem::Differs(shows_other(&paths.join(", "))));
    }
    let told = told.filter(|_| stands != Some(true));
    let unknown = told.into_iter().flatten().find(|(name, value)| seen.attributes.get(*name) != Some(*value));
    unknown.map(|(name, value)| Problem::Differs(format!("AWS does not show its {name} {value} yet")))
}
