//! Taking away instances of what is watched whose time has come, where the file lets it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Ending;
use super::look::Watcher;
use super::tell::whole;
use crate::apply::{Outcome, Report};
use crate::aws::without_request_ids;
use crate::commands::expired::{self, Unasked, Verdict};
use crate::commands::interrupt::unless_stopped;
use crate::commands::lease;
use crate::commands::planned::PlannedStack;
use crate::error::Error;
use crate::live::survey::survey;
use crate::model::inventory::Instance;
use crate::model::{Action, Scope};
use crate::report::watch::{Fate, What};
use crate::source::loaded::Protection;

/// What is remembered of instances that have a time, by region.
#[derive(Default)]
pub struct Expirations {
    told: BTreeMap<(String, Instance), Fate>,
    leases: BTreeMap<(String, Instance), lease::Seen>,
}

impl Expirations {
    /// Forgets those that are not there any more, as far as regions were searched.
    fn keep(&mut self, there: &BTreeSet<(String, Instance)>, unsearched: &BTreeSet<String>) {
        let stays = |key: &(String, Instance)| unsearched.contains(&key.0) || there.contains(key);
        self.told.retain(|key, _| stays(key));
        self.leases.retain(|key, _| stays(key));
    }
}

/// Watched stacks that a look leaves, whole or as they are.
#[derive(Default)]
pub struct Over {
    /// Over, or gone: nothing is told of what they lack.
    pub gone: BTreeSet<String>,
    /// Those of a region that could not be searched: nobody knows whether they are over, so nothing of them is
    /// made anew.
    pub unknown: BTreeSet<String>,
}

/// What is to be done about the instances of one region.
struct Region<'a> {
    /// The watched stacks whose file lets it.
    stacks: Vec<&'a PlannedStack>,
    now: Timestamp,
}

impl Region<'_> {
    /// The watched stack that an instance is one of.
    fn of(&self, instance: &Instance) -> Option<&PlannedStack> {
        self.stacks.iter().copied().find(|stack| {
            let scope = &stack.loaded.scope;
            (&scope.stack, &scope.env) == (&instance.stack, &instance.env)
        })
    }
}

fn lets(stack: &PlannedStack) -> bool {
    stack.loaded.heal.expired && stack.loaded.protection == Protection::Open
}

/// Whether nothing of a stack stands.
fn is_absent(stack: &PlannedStack) -> bool {
    let mut steps = stack.planned.plan.steps.iter();
    steps.len() > 0 && steps.all(|step| step.action == Action::Create)
}

impl Watcher<'_> {
    /// Takes away what has expired. Gives the watched stacks that are not to be mended: what is over is not
    /// made anew, and neither is what is gone.
    pub(super) async fn take_expired(&mut self, planned: &[PlannedStack], unread: &[(Scope, Error)], stop: &Ending) -> Over {
        let mut over = Over::default();
        let mut regions: BTreeMap<&str, Vec<&PlannedStack>> = BTreeMap::new();
        for stack in planned.iter().filter(|stack| self.args.heal && lets(stack)) {
            regions.entry(&stack.loaded.scope.region).or_default().push(stack);
        }
        // What was told of a stack that cannot be read stays told.
        let mut unsearched: BTreeSet<String> = unread.iter().map(|(scope, _)| scope.region.clone()).collect();
        let mut there = BTreeSet::new();
        for (region, stacks) in regions {
            let absent: Vec<Instance> =
                stacks.iter().filter(|stack| is_absent(stack)).map(|stack| Instance::in_scope(&stack.loaded.scope)).collect();
            let region_of = Region { stacks, now: Timestamp::now() };
            let Some(verdicts) = self.verdicts(region, &region_of, stop).await else {
                over.unknown.extend(region_of.stacks.iter().map(|stack| stack.loaded.scope.stack.clone()));
                unsearched.insert(region.to_owned());
                continue;
            };
            for (instance, verdict) in verdicts {
                let Some(stack) = region_of.of(&instance) else { continue };
                there.insert((region.to_owned(), instance.clone()));
                if matches!(verdict, Verdict::Over) && Instance::in_scope(&stack.loaded.scope) == instance {
                    over.gone.insert(instance.stack.clone());
                }
                self.take(region, &region_of, (stack, &instance, verdict), stop).await;
            }
            for instance in absent {
                let Some(stack) = region_of.of(&instance) else { continue };
                over.gone.insert(instance.stack.clone());
                there.insert((region.to_owned(), instance.clone()));
                self.tell_fate(&stack.loaded.scope, &instance, Fate::Absent);
            }
        }
        self.state.expirations.keep(&there, &unsearched);
        over
    }

    /// The instances that have a time; none at all where not all could be searched, which is told, or it is told to
    /// end before.
    async fn verdicts(&mut self, region: &str, region_of: &Region<'_>, stop: &Ending) -> Option<Vec<(Instance, Verdict)>> {
        let first = region_of.stacks.first()?;
        let found = match unless_stopped(stop, survey(&first.read)).await? {
            Ok(found) => found,
            Err(error) => {
                self.not_searched(first, error.to_string(), error.hint());
                return None;
            }
        };
        if !found.unread.is_empty() {
            let error = Error::Unsearched(found.unread);
            self.not_searched(first, format!("{region}: {}", whole(&error)), error.hint());
            return None;
        }
        // Environments that are protected are none of those that may go.
        Some(expired::verdicts(&found, &BTreeSet::new(), region_of.now))
    }

    fn not_searched(&mut self, first: &PlannedStack, error: String, hint: String) {
        let scope = &first.loaded.scope;
        self.tell_fate(scope, &Instance::in_scope(scope), Fate::Failed { error, hint });
    }

    async fn take(
        &mut self,
        region: &str,
        of: &Region<'_>,
        (stack, instance, verdict): (&PlannedStack, &Instance, Verdict),
        stop: &Ending,
    ) {
        let scope = &stack.loaded.scope;
        if let Verdict::Left(why) = verdict {
            return self.tell_fate(scope, instance, Fate::Left { why });
        }
        if stop.borrow().is_some() {
            return;
        }
        let begin = Timestamp::now();
        let seen = self.state.expirations.leases.entry((region.to_owned(), instance.clone())).or_default();
        let unasked = Unasked { region, instance, now: of.now, lock: stack.loaded.lock };
        let fate = match expired::take(self.global, unasked, seen, stop.clone()).await {
            // What was destroyed is found for a while.
            Ok(Ok(None)) => return,
            Ok(Ok(Some(report))) => {
                self.state.past.wrote(&scope.stack, begin, BTreeSet::new());
                fate(&report)
            }
            Ok(Err(holder)) => Fate::Left { why: format!("{holder} holds its lease") },
            Err(error) => Fate::Failed { hint: hint(&error), error: whole(&error) },
        };
        self.tell_fate(scope, instance, fate);
    }

    /// Tells what became of an instance, once as long as it is the same.
    fn tell_fate(&mut self, scope: &Scope, instance: &Instance, fate: Fate) {
        let key = (scope.region.clone(), instance.clone());
        let same = |fate: &Fate| match fate {
            Fate::Failed { error, hint } => Fate::Failed { error: without_request_ids(error), hint: hint.clone() },
            other => other.clone(),
        };
        let told = self.state.expirations.told.insert(key, same(&fate));
        // What was taken is not there: that is no news.
        if told.as_ref() == Some(&same(&fate)) || (told == Some(Fate::Taken) && fate == Fate::Absent) {
            return;
        }
        let scope = Scope { instance: instance.instance.clone(), ..scope.clone() };
        self.teller.shared.set(|figures, _| match fate {
            Fate::Taken => figures.expired += 1,
            Fate::Failed { .. } | Fate::Left { .. } | Fate::Absent => {}
        });
        self.teller.tell(Some(&scope), What::Expired(fate));
    }
}

/// What an apply came to.
fn fate(report: &Report) -> Fate {
    let failed = report.outcomes.iter().filter_map(|(id, (_, outcome))| match outcome {
        Outcome::Done => None,
        Outcome::Failed { error, hint, .. } => Some((format!("{id}: {error}"), hint.clone())),
        Outcome::Skipped(why) => Some((format!("{id}: {why}"), String::new())),
    });
    let failed: Vec<(String, String)> = failed.collect();
    let again = "what is left of it is tried again at the next look".to_owned();
    match (failed.iter().find(|(_, hint)| !hint.is_empty()), report.stopped) {
        _ if failed.is_empty() && report.stopped.is_none() => Fate::Taken,
        (Some((_, hint)), _) => Fate::Failed { error: texts(&failed), hint: hint.clone() },
        (None, Some(stop)) if failed.is_empty() => Fate::Failed { error: stop.to_string(), hint: again },
        (None, _) => Fate::Failed { error: texts(&failed), hint: again },
    }
}

fn texts(failed: &[(String, String)]) -> String {
    failed.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("; ")
}

/// What helps where nobody can be asked.
fn hint(error: &Error) -> String {
    match error {
        Error::Full { .. } => "etlctl destroy --expired --empty deletes it with all that it holds".to_owned(),
        error => error.hint(),
    }
}
