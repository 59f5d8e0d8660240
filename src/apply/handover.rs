//! Triggers that one resource gives up and another takes, where no order would do, since who takes one
//! waits for the giver: the giver's step leaves them, and once all is taken, the rest of it is done.

use super::events::{Fault, Outcome};
use super::scheduler::{Run, attribute};
use crate::contract::{Driver, KindError, WriteCx, read_as_meant};
use crate::kinds;
use crate::model::plan::Sides;
use crate::model::reference;
use crate::model::{Attributes, Node, ResourceId, Step, handover};

/// A step of which the first part is done.
pub(super) struct Half {
    step: Step,
    told: Attributes,
}

impl Half {
    /// With the attributes that the first part told.
    pub fn new(step: Step, told: Attributes) -> Self {
        Self { step, told }
    }
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
        for Half { step, mut told } in std::mem::take(&mut self.halves) {
            match self.second_part(&step).await {
                Ok(more) => {
                    self.report.wrote = true;
                    told.extend(more);
                    self.look_at(&step, told);
                }
                Err(outcome) => {
                    self.report.outcomes.insert(step.id, (step.action, outcome));
                }
            }
        }
    }

    async fn second_part(&mut self, step: &Step) -> Result<Attributes, Outcome> {
        if let Some(taker) = self.who_took_nothing(&step.id) {
            let error =
                format!("{taker} was to take a trigger of it and was not done: what starts it is left as it was, all else of it is done");
            let hint = format!("mend what kept {taker}, and apply again");
            let fault = self.cx.stop.borrow().map_or(Fault::Other, Fault::Stopped);
            return Err(Outcome::Failed { cause: error.clone(), error, hint, fault });
        }
        let rest = async {
            let (Some(driver), Some(node)) = (kinds::driver(&step.id.kind), self.wanted(&step.id)) else { return Ok(Attributes::new()) };
            let call = self.cx.write.call.until(self.cx.stop.clone());
            let write = WriteCx { call: call.clone(), ..self.cx.write.clone() };
            let Some(seen) = read_as_meant(driver, &self.cx.read.through(call), &node).await? else { return Ok(Attributes::new()) };
            driver.update(&write, &node, &seen).await
        };
        rest.await.map_err(|error: KindError| {
            let text = format!("its triggers were taken, and it could not be done with them: {error}");
            Outcome::Failed { error: text, hint: error.hint(), fault: Fault::Other, cause: error.cause() }
        })
    }

    /// One that was to take a trigger and has not.
    fn who_took_nothing(&self, giver: &ResourceId) -> Option<ResourceId> {
        let is_done = |taker: &&ResourceId| matches!(self.report.outcomes.get(*taker), Some((_, Outcome::Done)));
        self.early.get(giver)?.iter().find(|taker| !is_done(taker)).cloned()
    }

    /// The desired side of a resource, with all its references resolved and its stored values.
    fn wanted(&self, id: &ResourceId) -> Option<Node> {
        let mut node = self.sides.get(id)?.want.clone()?;
        reference::resolve(&mut node.spec, &|reference| attribute(&self.attributes, reference));
        Some(node.filled().unwrap_or(node))
    }
}
