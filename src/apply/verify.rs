//! Reading back what was written: it must equal what was desired, or the step has failed. Each
//! resource stands for itself: one that cannot be read says nothing of the others.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::strangers::{Planned, paths};
use crate::aws::AwsError;
use crate::contract::{Driver, ReadCx};
use crate::kinds;
use crate::model::form::is_another_form;
use crate::model::plan::Comparison;
use crate::model::{Attributes, Change, Node, Owner, ResourceId, Seen, Unread, Wait, diff};

/// Pauses between reads: AWS is eventually consistent, for IAM and SQS up to a minute.
const PAUSES: [u64; 9] = [0, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 20_000];

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

/// What an apply has done.
#[derive(Debug, Clone, Default)]
pub(super) struct Done {
    /// What was written.
    pub written: BTreeMap<ResourceId, Node>,
    /// What that was planned from, where it was there.
    pub planned_from: BTreeMap<ResourceId, Seen>,
    /// Physical names of what was deleted.
    pub deleted: BTreeMap<ResourceId, String>,
    /// What AWS's answers told: a read that does not show it is from before.
    pub told: BTreeMap<ResourceId, Attributes>,
}

/// What a read-back found.
#[derive(Default)]
pub(super) struct Verified {
    /// Attributes of what is there.
    pub attributes: BTreeMap<ResourceId, Attributes>,
    /// What is not as it should be, by resource.
    pub problems: BTreeMap<ResourceId, Problem>,
}

impl Verified {
    /// Takes over what a further read-back found of these.
    pub fn add(&mut self, done: &Done, more: Self) {
        let Self { attributes, problems } = more;
        self.attributes.extend(attributes);
        self.problems.retain(|id, _| !done.written.contains_key(id) && !done.deleted.contains_key(id));
        self.problems.extend(problems);
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
    fn text(&self) -> String {
        match self {
            Self::Differs(what) => what.clone(),
            Self::Overtaken(changes, _) => shows_other(&paths(changes).join(", ")),
            Self::Unread(error) => error.to_string(),
        }
    }
}

/// Reads what was written until all of it is as desired, and what was deleted until none of it is
/// there. Only what was not right is read again.
pub(super) async fn verify(cx: &ReadCx, mut done: Done, tell: impl Fn(&ResourceId, Wait)) -> Verified {
    let mut verified = Verified::default();
    let bound = Duration::from_millis(PAUSES.iter().sum());
    let mut so_far = Duration::ZERO;
    for pause in PAUSES.map(Duration::from_millis) {
        tokio::time::sleep(pause).await;
        so_far += pause;
        // Answers that one run may share are from before the writes.
        let Verified { attributes, problems } = once(&cx.fresh(), &done).await;
        verified.attributes.extend(attributes);
        let before = std::mem::replace(&mut verified.problems, problems);
        let is_over = |(id, problem): (&ResourceId, &Problem)| match problem {
            // What is read twice alike and says the same stays so.
            Problem::Overtaken(changes, _) => {
                let is_again = matches!(before.get(id), Some(Problem::Overtaken(before, _)) if before == changes);
                so_far >= SPREAD || (is_again && is_kept_in_another_form(changes))
            }
            Problem::Differs(_) | Problem::Unread(_) => false,
        };
        if verified.problems.iter().all(is_over) {
            break;
        }
        for (id, problem) in &verified.problems {
            let why = format!("{}; reading again", problem.text());
            tell(id, Wait { why, what: id.name.clone(), so_far, bound: Some(bound), is_retry: true });
        }
        done.written.retain(|id, _| verified.problems.contains_key(id));
        done.deleted.retain(|id, _| verified.problems.contains_key(id));
    }
    verified
}

async fn once(cx: &ReadCx, done: &Done) -> Verified {
    let reads = kinds::registry().iter().map(|driver| async move {
        let of_kind = |id: &ResourceId| id.kind == driver.name();
        let names = done.written.values().filter(|node| of_kind(&node.id)).map(|node| node.name.clone());
        let names: Vec<String> = names.chain(done.deleted.iter().filter(|(id, _)| of_kind(id)).map(|(_, name)| name.clone())).collect();
        (*driver, each(cx, *driver, &names).await)
    });
    let mut verified = Verified::default();
    for (driver, seen) in join_all(reads).await {
        for node in done.written.values().filter(|node| node.id.kind == driver.name()) {
            let id = &node.id;
            let problem = match seen.get(&node.name) {
                None => match driver.is_over(&node.spec, Timestamp::now()) {
                    Ok(true) => None,
                    Ok(false) => Some(Problem::Differs("it is not there after the apply".to_owned())),
                    Err(error) => Some(Problem::Differs(error.to_string())),
                },
                Some(Err(error)) => Some(Problem::Unread(error.clone())),
                Some(Ok(seen)) => {
                    verified.attributes.insert(id.clone(), seen.attributes.clone());
                    differs(cx, driver, node, seen, done)
                }
            };
            verified.problems.extend(problem.map(|problem| (id.clone(), problem)));
        }
        for (id, name) in done.deleted.iter().filter(|(id, _)| id.kind == driver.name()) {
            let problem = match seen.get(name) {
                Some(Err(error)) => Some(Problem::Unread(error.clone())),
                // A layer's name may live on with another environment's versions.
                Some(Ok(seen)) if seen.owner.is_ours() => Some(Problem::Differs("it is still there after it was deleted".to_owned())),
                Some(Ok(_)) | None => None,
            };
            verified.problems.extend(problem.map(|problem| (id.clone(), problem)));
        }
    }
    verified
}

/// Reads all at once, and where that fails each by itself.
async fn each(cx: &ReadCx, driver: &dyn Driver, names: &[String]) -> BTreeMap<String, Result<Seen, AwsError>> {
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
fn differs(cx: &ReadCx, driver: &dyn Driver, node: &Node, seen: &Seen, done: &Done) -> Option<Problem> {
    let chosen = match driver.chosen(&cx.scope, &node.spec, seen) {
        Ok(chosen) => chosen,
        Err(error) => return Some(Problem::Differs(error.to_string())),
    };
    let seen = chosen.as_ref().unwrap_or(seen);
    let told = done.told.get(&node.id).filter(|told| !told.is_empty());
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
    let mut strangers = match Planned::from(driver, node, done.planned_from.get(&node.id)) {
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
        let mut paths: Vec<String> = changes.iter().map(|change| change.path.clone()).collect();
        if paths.is_empty() {
            paths.push("its mark".to_owned());
        }
        return Some(Problem::Differs(shows_other(&paths.join(", "))));
    }
    let told = told.filter(|_| stands != Some(true));
    let unknown = told.into_iter().flatten().find(|(name, value)| seen.attributes.get(*name) != Some(*value));
    unknown.map(|(name, value)| Problem::Differs(format!("AWS does not show its {name} {value} yet")))
}
