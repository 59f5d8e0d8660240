//! Mending what a look chose to mend.

use jiff::Timestamp;

use super::Ending;
use super::look::Watcher;
use super::tell::whole;
use crate::apply::{Fault, Outcome, Report};
use crate::commands::interrupt::unless_stopped;
use crate::commands::planned::PlannedStack;
use crate::commands::session::Session;
use crate::commands::{carry, lease};
use crate::error::Error;
use crate::model::plan::Options;
use crate::model::watch::{Chosen, WHOLE};
use crate::model::{ResourceId, Scope};
use crate::report::watch::What;

impl Watcher<'_> {
    /// Carries out what was chosen.
    pub(super) async fn heal(&mut self, stack: PlannedStack, chosen: Chosen, is_deep: bool, stop: &Ending) {
        let scope = stack.loaded.scope.clone();
        let Some(session) = self.files.session() else { return };
        let Some(connected) = session.connected.iter().find(|connected| connected.loaded.scope == scope) else { return };
        let begin = Timestamp::now();
        let seen = self.state.leases.entry(scope.stack.clone()).or_default();
        let (locks, quiet) = (stack.loaded.lock, self.global.quiet);
        let work = async {
            // Who held the lease before may have changed it meanwhile.
            if locks {
                match unless_stopped(stop, is_still(session, &stack, &chosen, is_deep)).await.transpose()? {
                    Some(true) => {}
                    Some(false) => return Err(Error::Stale(vec![scope.stack.clone()])),
                    None => return Ok(Report::default()),
                }
            }
            let planned = chosen.part(stack.planned);
            carry::chosen(session, PlannedStack { planned, ..stack }, quiet, stop.clone()).await
        };
        match lease::hold_if_free(session, connected, seen, work).await {
            Ok(Ok(report)) => {
                self.state.put_off.remove(&scope.stack);
                self.state.failed.remove(&(scope.stack.clone(), None));
                self.healed(&scope, &report, &chosen, begin);
            }
            Ok(Err(holder)) => {
                self.teller.shared.set(|figures, _| figures.put_off += 1);
                let before = self.state.put_off.insert(scope.stack.clone(), holder.clone());
                if before.as_ref() != Some(&holder) {
                    self.teller.tell(Some(&scope), What::PutOff { holder });
                }
            }
            Err(error) => {
                self.heal_failed(&scope, None, whole(&error), hint(&error));
            }
        }
    }

    fn healed(&mut self, scope: &Scope, report: &Report, Chosen { heals, left }: &Chosen, begin: Timestamp) {
        let now_is = self.start.elapsed();
        let is_done = |id: &ResourceId| report.outcomes.get(id).is_some_and(|(_, outcome)| matches!(outcome, Outcome::Done));
        let done = heals.keys().filter(|id| is_done(id) && !left.contains_key(*id)).cloned().collect();
        self.state.past.wrote(&scope.stack, begin, done);
        for (id, (action, outcome)) in &report.outcomes {
            let Some(paths) = heals.get(id) else { continue };
            match outcome {
                Outcome::Done => {
                    self.state.fights.healed(&scope.stack, id, paths.iter().map(String::as_str), now_is);
                    if left.contains_key(id) {
                        self.state.drifts.healed_in(&scope.stack, id, paths);
                    } else {
                        self.state.drifts.healed(&scope.stack, id);
                        self.state.pending.healed(&scope.stack, id);
                    }
                    self.state.failed.remove(&(scope.stack.clone(), Some(id.clone())));
                    self.teller.shared.set(|figures, _| figures.heals += 1);
                    let fields = paths.iter().filter(|path| *path != WHOLE).cloned().collect();
                    self.teller.tell(Some(scope), What::Healed { id: id.clone(), action: *action, fields });
                }
                Outcome::Failed { error, hint, fault, cause: _ } => {
                    // Who changes it back before it is read back fights too.
                    if matches!(fault, Fault::Overtaken | Fault::NotKept) {
                        self.state.fights.healed(&scope.stack, id, paths.iter().map(String::as_str), now_is);
                    }
                    self.heal_failed(scope, Some(id), error.clone(), hint.clone());
                }
                // Why stands with what it waited for, or it was told to end.
                Outcome::Skipped(_) => {}
            }
        }
    }

    fn heal_failed(&mut self, scope: &Scope, id: Option<&ResourceId>, error: String, hint: String) {
        self.teller.shared.set(|figures, _| figures.failed_heals += 1);
        if self.state.is_another_failure(&scope.stack, id, &error) {
            self.teller.tell(Some(scope), What::HealFailed { id: id.cloned(), error, hint });
        }
    }
}

/// What helps, where nobody has made a plan of his own.
fn hint(error: &Error) -> String {
    match error {
        Error::Stale(_) => "what is live changed while the lease was taken; it is tried again at the next look".to_owned(),
        error => error.hint(),
    }
}

/// Whether a stack planned once more is the same, and so is what would go with what was chosen of it.
async fn is_still(session: &Session, stack: &PlannedStack, chosen: &Chosen, deep: bool) -> Result<bool, Error> {
    let options = Options { deep, tells: true, ..Options::default() };
    let again = session.plan_one_again(&stack.loaded.scope, &options).await?;
    let is_same = |id: &ResourceId, again: &PlannedStack| stack.stakes.get(id) == again.stakes.get(id);
    Ok(again.is_some_and(|again| again.planned.plan == stack.planned.plan && chosen.heals.keys().all(|id| is_same(id, &again))))
}
