//! Triggers that one resource gives up and another takes, where no order would do, since who takes one
//! waits for the giver: the giver's step leaves them, and once all is taken, the rest of it is done.

use tokio::time::Instant;

use super::events::{EventKind, Fault, Outcome};
use super::scheduler::Run;
use crate::contract::{Driver, KindError, WriteCx, read_as_meant};
use crate::kinds;
use crate::model::plan::Sides;
use crate::model::{Attributes, ResourceId, Step, handover};

/// A step whose calls are done, or of which the first part is.
pub(super) struct Half {
    pub step: Step,
    /// The attributes that it told.
    pub told: Attributes,
    /// When it began to call.
    pub begun: Option<Instant>,
}

/// The desired side that the first part of a step brings about: with what it is to give up.
///
/// # Errors
/// A side is no spec of its kind.
pub(super) fn first_part(driver: &dyn Driver, sides: &mut Sides) -> Result<(), KindError> {
    if let (Some(node), Some(have)) = (&mut sides.want, &sides.have) {
        node.spec = handover::keeping(&node.spec, &have.spec, driver)?;
    }
    Ok(())
}

impl Run<'_> {
    /// Does the rest of steps whose triggers were taken.
    pub(super) async fn hand_over(&mut self) {
        for mut half in std::mem::take(&mut self.halves) {
            let outcome = match self.who_took_nothing(&half.step.id) {
                Some(taker) => self.left(&half.step, &taker),
                None => match self.second_part(&half.step).await {
                    Ok(more) => {
                        self.report.wrote = true;
                        half.told.extend(more);
                        self.done(half);
                        continue;
                    }
                    Err(error) => {
                        let words = format!("its triggers were taken, and it could not be done with them: {error}");
                        self.failed(&half.step, &error, words)
                    }
                },
            };
            self.report.outcomes.insert(half.step.id, (half.step.action, outcome));
        }
    }

    /// What becomes of a step that is to give up what nobody has taken.
    fn left(&self, step: &Step, taker: &ResourceId) -> Outcome {
        let stopped = *self.cx.stop.borrow();
        self.send(step, stopped.map_or(EventKind::Failed, EventKind::Stopped));
        let error =
            format!("{taker} was to take a trigger of it and was not done: what starts it is left as it was, all else of it is done");
        let (cause, hint) = (error.clone(), format!("mend what kept {taker}, and apply again"));
        Outcome::Failed { error, hint, fault: stopped.map_or(Fault::Other, Fault::Stopped), cause }
    }

    async fn second_part(&self, step: &Step) -> Result<Attributes, KindError> {
        let (Some(driver), Some(node)) = (kinds::driver(&step.id.kind), self.wanted(&step.id)) else { return Ok(Attributes::new()) };
        let call = self.cx.write.call.until(self.cx.stop.clone());
        let write = WriteCx { call: call.clone(), ..self.cx.write.clone() };
        let Some(seen) = read_as_meant(driver, &self.cx.read.through(call), &node).await? else { return Ok(Attributes::new()) };
        driver.update(&write, &node, &seen).await
    }

    /// One that was to take a trigger and has not.
    fn who_took_nothing(&self, giver: &ResourceId) -> Option<ResourceId> {
        let is_done = |taker: &&ResourceId| matches!(self.report.outcomes.get(*taker), Some((_, Outcome::Done)));
        self.early.get(giver)?.iter().find(|taker| !is_done(taker)).cloned()
    }
}
