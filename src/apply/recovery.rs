//! Going on where nobody knows whether a write was done, or where somebody else was there first: look
//! at what is there, compare, and do what is left. Reads may lag behind (docs/aws-facts.md §4), so one
//! look is not the last.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::strangers::{Planned, paths};
use crate::aws::AwsError;
use crate::contract::{Driver, KindError, ReadCx, WriteCx, read_as_meant};
use crate::model::plan::{Comparison, Obstacle};
use crate::model::{Attributes, Node, Owner, Seen, Wait};

/// How long it is looked and gone on.
const BOUND: Duration = Duration::from_secs(90);
/// How long another apply of the same files may be in the middle of a resource.
const HALF_DONE: Duration = Duration::from_secs(20);
/// Pause before the first look.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause between two.
const LONGEST: Duration = Duration::from_secs(5);

/// What recovering has at hand.
pub(super) struct Cx<'a> {
    pub read: &'a ReadCx,
    pub write: &'a WriteCx,
    pub driver: &'a dyn Driver,
    /// Set where somebody else is met: it was there already, or was changed since it was read.
    pub is_contested: &'a AtomicBool,
}

/// Why it has to be looked.
enum Doubt {
    /// An answer was lost: it may be done.
    Lost(AwsError),
    /// It is there already.
    Exists(AwsError),
    /// It was changed since it was read.
    Overtaken(AwsError),
}

impl Doubt {
    fn of(error: AwsError) -> Result<Self, AwsError> {
        if error.is_in_doubt() {
            Ok(Self::Lost(error))
        } else if error.already_exists() {
            Ok(Self::Exists(error))
        } else if error.is_overtaken() {
            Ok(Self::Overtaken(error))
        } else {
            Err(error)
        }
    }

    fn error(self) -> AwsError {
        match self {
            Self::Lost(error) | Self::Exists(error) | Self::Overtaken(error) => error,
        }
    }

    fn why(&self) -> String {
        match self {
            Self::Lost(error) => format!("{} may be done ({}); looking", error.operation, error.short()),
            Self::Exists(_) => "it is there already; looking whose it is".to_owned(),
            Self::Overtaken(_) => "it was changed since it was read; looking".to_owned(),
        }
    }
}

impl Cx<'_> {
    /// Brings `node` to its end from a first result. `have` is what was planned from.
    pub async fn recover(&self, node: &Node, have: Option<&Seen>, first: Result<Attributes, KindError>) -> Result<Attributes, KindError> {
        let start = Instant::now();
        let (mut result, mut pause, mut told) = (first, FIRST, Attributes::new());
        // Of what changed while one of our own answers was lost, nobody can say who changed it.
        let mut may_be_ours = false;
        loop {
            let doubt = match result {
                Ok(more) => {
                    told.extend(more);
                    return Ok(told);
                }
                Err(KindError::Aws(error)) => Doubt::of(error)?,
                Err(other) => return Err(other),
            };
            if start.elapsed() >= BOUND {
                return Err(doubt.error().into());
            }
            let wait = Wait { why: doubt.why(), what: node.name.clone(), so_far: start.elapsed(), bound: Some(BOUND), is_retry: true };
            self.write.wait(pause, &wait).await?;
            pause = (pause * 2).min(LONGEST);
            may_be_ours |= matches!(doubt, Doubt::Lost(_));
            self.is_contested.fetch_or(!matches!(doubt, Doubt::Lost(_)), Ordering::Relaxed);
            let seen = read_as_meant(self.driver, self.read, node).await?;
            result = match (seen, doubt) {
                (Some(seen), doubt) if seen.owner.is_ours() => {
                    let Comparison { changes, .. } = self.driver.compare(&node.spec, &seen, node.artifact.as_ref())?;
                    if changes.is_empty() && seen.owner == Owner::Ours {
                        told.extend(seen.attributes);
                        return Ok(told);
                    }
                    let planned = Planned::from(self.driver, node, have)?;
                    let strangers = planned.strangers(&changes);
                    match may_be_ours || strangers.is_empty() || planned.has_passed_guard(&changes) {
                        true => self.driver.update(self.write, node, &seen).await,
                        false if start.elapsed() >= HALF_DONE => return Err(KindError::Overtaken { fields: paths(&strangers) }),
                        // Another apply of the same files may be half done with it.
                        false => Err(doubt.error().into()),
                    }
                }
                (Some(seen), doubt) => return Err(self.taken(&doubt.error(), node, &seen).into()),
                // What was there is gone again, or the read does not know it yet: then the create says so once more.
                (None, Doubt::Lost(_) | Doubt::Exists(_)) => self.driver.create(self.write, node).await,
                (None, Doubt::Overtaken(error)) => Err(error.into()),
            };
        }
    }

    /// What is not ours came since the plan. What helps is what a plan would say of it.
    fn taken(&self, error: &AwsError, node: &Node, seen: &Seen) -> AwsError {
        let obstacle = Obstacle::of(&self.write.scope, &seen.owner);
        let helps = match &obstacle {
            Some(Obstacle::Unmarked) if self.driver.adopts_unmarked() => {
                "carries no mark; plan again, which takes it over and shows what changes of it".to_owned()
            }
            Some(obstacle) if obstacle.is_adoptable() => format!("{obstacle}; plan again, and take it over with --adopt"),
            Some(obstacle) => format!("{obstacle}; plan again, which says what helps"),
            None => "is being changed; plan again".to_owned(),
        };
        AwsError { message: format!("{} was made by somebody else since the plan, and {helps}", node.name), ..error.clone() }
    }
}
