//! Mending what a look chose to mend.

use std::collections::{BTreeMap, BTreeSet};

use super::Ending;
use super::look::Watcher;
use super::tell::findings;
use crate::apply::{Outcome, Report};
use crate::commands::planned::PlannedStack;
use crate::commands::session::Session;
use crate::commands::{carry, lease};
use crate::error::Error;
use crate::model::plan::Options;
use crate::model::watch::{Chosen, Left, WHOLE};
use crate::model::{ResourceId, Scope};
use crate::report::watch::What;

impl Watcher<'_> {
    /// Carries out what was chosen.
    pub(super) async fn heal(&mut self, stack: PlannedStack, chosen: Chosen, is_deep: bool, stop: &Ending) {
        let Chosen { planned, heals, left } = chosen;
        let scope = stack.loaded.scope.clone();
        let Some(session) = self.files.session() else { return };
        let Some(connected) = session.connected.iter().find(|connected| connected.loaded.scope == scope) else { return };
        let shown = stack.planned.plan.clone();
        let seen = self.state.leases.entry(scope.stack.clone()).or_default();
        let (locks, quiet) = (stack.loaded.lock, self.global.quiet);
        let work = async {
            // Who held the lease before may have changed it meanwhile.
            if locks && still(session, &scope, is_deep).await?.is_none_or(|now| now.planned.plan != shown) {
                return Err(Error::Stale(vec![scope.stack.clone()]));
            }
            carry::chosen(session, PlannedStack { planned, ..stack }, quiet, stop.clone()).await
        };
        match lease::hold_if_free(session, connected, seen, work).await {
            Ok(Ok(report)) => {
                self.state.put_off.remove(&scope.stack);
                self.state.failed.remove(&(scope.stack.clone(), None));
                self.healed(&scope, &report, &heals, &left);
            }
            Ok(Err(holder)) => {
                self.teller.shared.set(|figures, _| figures.put_off += 1);
                let before = self.state.put_off.insert(scope.stack.clone(), holder.clone());
                if before.as_ref() != Some(&holder) {
                    self.teller.tell(Some(&scope), What::PutOff { holder });
                }
            }
            Err(error) => {
                let told = [vec![error.to_string()], findings(&error)].concat().join("; ");
                self.heal_failed(&scope, None, told, error.hint());
            }
        }
    }

    fn healed(
        &mut self,
        scope: &Scope,
        report: &Report,
        heals: &BTreeMap<ResourceId, BTreeSet<String>>,
        left: &BTreeMap<ResourceId, BTreeMap<String, Left>>,
    ) {
        let now_is = self.start.elapsed();
        for (id, (action, outcome)) in &report.outcomes {
            let Some(paths) = heals.get(id) else { continue };
            match outcome {
                Outcome::Done => {
                    self.state.fights.healed(&scope.stack, id, paths.iter().map(String::as_str), now_is);
                    if left.contains_key(id) {
                        self.state.drifts.healed_in(&scope.stack, id, paths);
                    } else {
                        self.state.drifts.healed(&scope.stack, id);
                    }
                    self.state.failed.remove(&(scope.stack.clone(), Some(id.clone())));
                    self.teller.shared.set(|figures, _| figures.heals += 1);
                    let fields = paths.iter().filter(|path| *path != WHOLE).cloned().collect();
                    self.teller.tell(Some(scope), What::Healed { id: id.clone(), action: *action, fields });
                }
                Outcome::Failed { error, hint, fault: _ } => self.heal_failed(scope, Some(id), error.clone(), hint.clone()),
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

/// The same stack planned once more.
async fn still(session: &Session, scope: &Scope, deep: bool) -> Result<Option<PlannedStack>, Error> {
    let options = Options { deep, tells: true, ..Options::default() };
    let again = session.plan_again(&options, false).await?;
    Ok(again.into_iter().find(|stack| stack.loaded.scope == *scope))
}
