//! The end of an apply: what the read-back found, what is written once more, and what it all comes to.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::events::{Event, EventKind, Fault, Outcome};
use super::readback::ReadBack;
use super::scheduler::Run;
use super::strangers::{are_beside_guard, paths};
use super::verify::{self, Item, Problem, Verified, Written};
use crate::contract::{Driver, KindError, WriteCx};
use crate::kinds;
use crate::model::{Action, ResourceId, Stop, Wait};

/// How often a run writes once more what another one, which lost, wrote over it.
const REWRITES: usize = 2;

impl Run<'_> {
    /// Waits for the read-back. Where two applies met, all is looked at once more, since each may have
    /// written over what the other one had read back; then what AWS guards decides which of them wins, and
    /// the other one stops: what the winner finds overwritten that has no guard, it writes once more.
    pub(super) async fn verify(&mut self) {
        let read_back = self.read_back.take().filter(|_| self.report.stopped.is_none());
        if let Some(read_back) = read_back {
            match self.verified(read_back).await {
                Ok(verified) => self.take(verified),
                Err(why) => self.report.stopped = Some(why),
            }
        }
        self.report.attributes = std::mem::take(&mut self.attributes);
    }

    async fn verified(&self, read_back: ReadBack) -> Result<Verified, Stop> {
        let mut verified = self.unless_stopped(read_back).await?;
        if self.is_contested.load(Ordering::Relaxed) || verified.overtaken().next().is_some() {
            let clean: Vec<Item> = self.items.values().filter(|item| !verified.problems.contains_key(&item.id)).cloned().collect();
            self.look_again(&mut verified, &clean).await?;
        }
        for _ in 0..REWRITES {
            if !self.has_won(&verified) {
                break;
            }
            let again = self.write_once_more(&mut verified).await;
            if again.is_empty() {
                break;
            }
            self.look_again(&mut verified, &again).await?;
        }
        Ok(verified)
    }

    async fn look_again(&self, verified: &mut Verified, items: &[Item]) -> Result<(), Stop> {
        let mut read_back = ReadBack::start(&self.cx.read, &self.events, self.start);
        items.iter().for_each(|item| read_back.look(item.clone()));
        verified.add(items, self.unless_stopped(read_back).await?);
        Ok(())
    }

    /// What a read-back finds, or why the run ended while it read: nothing is in flight then.
    async fn unless_stopped(&self, read_back: ReadBack) -> Result<Verified, Stop> {
        let mut stop = self.cx.stop.clone();
        tokio::select! {
            verified = read_back.end() => Ok(verified),
            // An error says that nobody can say stop any more, and then the other one ends.
            Ok(why) = stop.wait_for(Option::is_some) => Err((*why).unwrap_or(Stop::Interrupted)),
        }
    }

    /// Writes what somebody else wrote over, and gives what is to be read back of it.
    async fn write_once_more(&self, verified: &mut Verified) -> Vec<Item> {
        let mut again = Vec::new();
        let lost: Vec<(Item, Box<Written>)> = verified
            .overtaken()
            .filter_map(|(id, seen)| {
                let item = self.items.get(id)?.clone();
                let written = item.written.clone()?;
                Some((item, Box::new(Written { planned_from: Some(seen.clone()), ..*written })))
            })
            .collect();
        let write = WriteCx { call: self.cx.write.call.until(self.cx.stop.clone()), ..self.cx.write.clone() };
        for (item, written) in lost {
            let (Some(driver), Some(seen)) = (kinds::driver(&item.id.kind), &written.planned_from) else { continue };
            let why = "another apply wrote it too, and lost; writing it once more".to_owned();
            self.tell(&item, Wait { why, what: item.name.clone(), so_far: Duration::ZERO, bound: None, is_retry: true });
            match driver.update(&write, &written.node, seen).await {
                Ok(_) => again.push(Item { written: Some(written), ..item }),
                Err(error) => {
                    let text = format!("another apply wrote it too, and it could not be written once more: {error}");
                    verified.problems.insert(item.id, Problem::Differs(text));
                }
            }
        }
        again
    }

    fn tell(&self, item: &Item, wait: Wait) {
        // The receiver is gone only when nobody watches any more.
        let _ = self.events.send(Event { id: item.id.clone(), action: item.action, kind: EventKind::Waiting(wait) });
    }

    /// Whether this run wrote something guarded, all of which is as it wrote it.
    fn has_won(&self, verified: &Verified) -> bool {
        let guarded = |id: &ResourceId| kinds::driver(&id.kind).filter(|driver| driver.beside_guard().is_some());
        let mut written = self.report.outcomes.iter().filter_map(|(id, (_, outcome))| Some((guarded(id)?, id, outcome))).peekable();
        let is_ours = |(driver, id, outcome): (&dyn Driver, &ResourceId, &Outcome)| {
            matches!(outcome, Outcome::Done)
                && match verified.problems.get(id) {
                    None => true,
                    Some(Problem::Overtaken(changes, _)) => are_beside_guard(driver, &paths(changes)),
                    Some(Problem::Differs(_) | Problem::Unread(_)) => false,
                }
        };
        written.peek().is_some() && written.all(is_ours)
    }

    /// What the read-back found: what is not as it was written has failed.
    fn take(&mut self, verified: Verified) {
        let Verified { attributes, problems, ran } = verified;
        self.ran.extend(ran);
        for (id, seen) in attributes {
            let told = self.items.get(&id).and_then(|item| item.written.as_ref()).map(|written| written.told.clone());
            let known = self.attributes.entry(id).or_default();
            known.extend(seen);
            known.extend(told.unwrap_or_default());
        }
        for (id, problem) in problems {
            let outcome = match problem {
                Problem::Overtaken(changes, _) if verify::is_kept_in_another_form(&changes) => {
                    let error = format!("AWS keeps it in another form: {}", verify::sides(&changes));
                    let hint = "write it in the stack file as AWS keeps it, then plan again".to_owned();
                    Outcome::Failed { cause: error.clone(), error, hint, fault: Fault::Other }
                }
                Problem::Overtaken(changes, _) => {
                    let hint = KindError::Overtaken { fields: paths(&changes) }.hint();
                    // Nobody can tell the two apart.
                    let why = "another apply was faster, or AWS keeps it in another form";
                    let error = format!("{}; {why}", verify::shows_other(&verify::sides(&changes)));
                    Outcome::Failed { cause: error.clone(), error, hint, fault: Fault::Overtaken }
                }
                Problem::Differs(error) => {
                    let hint = "plan again: another client may be changing the same resource".to_owned();
                    Outcome::Failed { cause: error.clone(), error, hint, fault: Fault::NotKept }
                }
                Problem::Unread(error) => {
                    let fault = if error.is_credentials() { Fault::Credentials } else { Fault::Other };
                    let told = format!("it was written, and could not be read back: {error}");
                    Outcome::Failed { error: told, hint: error.hint(), fault, cause: format!("read back: {}", error.cause()) }
                }
            };
            let action = self.report.outcomes.get(&id).map_or(Action::Update, |(action, _)| *action);
            self.report.outcomes.insert(id, (action, outcome));
        }
    }
}
