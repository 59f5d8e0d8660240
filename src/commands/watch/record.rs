//! Who made a drift: asked of AWS's record when it is found, and again as long as it may come late.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::look::Watcher;
use super::state::Question;
use super::{Ending, stopped};
use crate::aws::AwsError;
use crate::commands::planned::PlannedStack;
use crate::commands::who::{self, Asked, Own, Window};
use crate::model::who::Who;
use crate::model::{EndpointKind, ResourceId, Scope};
use crate::report;
use crate::report::watch::What;

/// How long it may take to ask who made a drift, before it is told without.
const LONGEST: Duration = Duration::from_secs(20);
/// How far back the record is asked about what the first look finds.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// When a look read what is there.
#[derive(Debug, Clone, Copy)]
pub struct Looked {
    /// When it began.
    pub begin: Timestamp,
    /// When all was read.
    pub end: Timestamp,
    /// Whether it looked at everything.
    pub is_deep: bool,
}

/// What looks and heals before had seen and written.
#[derive(Debug, Default)]
pub struct Past {
    /// When the last look began that did not fail.
    look: Option<Timestamp>,
    /// When the last one at everything did.
    deep: Option<Timestamp>,
    heals: Vec<Healing>,
}

/// A heal, or what was tried of one.
#[derive(Debug)]
struct Healing {
    stack: String,
    begin: Timestamp,
    end: Timestamp,
    /// What was as desired at its end.
    done: BTreeSet<ResourceId>,
}

impl Past {
    /// Notes a look that ended.
    pub fn looked(&mut self, looked: Looked) {
        self.look = Some(looked.begin);
        if looked.is_deep {
            self.deep = Some(looked.begin);
        }
        // No window goes back further than that, nor is anything asked for longer.
        let oldest = self.deep.unwrap_or_else(|| earlier(looked.begin, BEFORE)).min(looked.begin);
        let oldest = earlier(oldest, SignedDuration::try_from(who::LATE).unwrap_or_default());
        self.heals.retain(|heal| heal.end >= oldest);
    }

    /// Forgets what was written to a stack.
    pub fn forget(&mut self, stack: &str) {
        self.heals.retain(|heal| heal.stack != stack);
    }

    /// Notes what was written since then, and what is as desired now.
    pub fn wrote(&mut self, stack: &str, begin: Timestamp, done: BTreeSet<ResourceId>) {
        self.heals.push(Healing { stack: stack.to_owned(), begin, end: Timestamp::now(), done });
    }

    /// When a drift that a look found happened: since it was last seen to be as desired, and before it was read.
    fn window(&self, stack: &str, id: &ResourceId, looked: Looked) -> Window {
        // What only a look at everything sees may be older than the last look.
        let before = if looked.is_deep { self.deep } else { self.look };
        let before = before.unwrap_or_else(|| earlier(looked.end, BEFORE));
        let healed = self.heals.iter().filter(|heal| heal.stack == stack && heal.done.contains(id)).map(|heal| heal.end).max();
        // The record has whole seconds: what it has of the very second of a heal may be what was healed.
        let after = healed.and_then(|end| Timestamp::from_second(end.as_second() + 1).ok());
        Window { since: before.max(after.unwrap_or(before)), until: looked.end, own: Own::default() }
    }

    /// What was written to a stack with these credentials.
    fn own(&self, stack: &str, caller: &str) -> Own {
        let spans = self.heals.iter().filter(|heal| heal.stack == stack).map(|heal| (heal.begin, heal.end)).collect();
        Own { caller: caller.to_owned(), spans }
    }
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Watcher<'_> {
    /// Who made these, as far as AWS's record has it, and of what stood before and was not known then.
    pub(super) async fn who(
        &mut self,
        stack: &PlannedStack,
        drifted: &[ResourceId],
        looked: Looked,
        stop: &Ending,
    ) -> BTreeMap<ResourceId, Who> {
        let scope = &stack.loaded.scope;
        let Some(caller) = self.files.session().map(|session| session.caller.clone()) else { return BTreeMap::new() };
        if self.args.no_who || self.state.is_record_closed || self.is_local(scope) {
            return BTreeMap::new();
        }
        let until = self.start.elapsed() + who::LATE;
        let steps = stack.planned.plan.steps.iter().filter(|step| drifted.contains(&step.id));
        let new = steps.map(|step| {
            let window = self.state.past.window(&scope.stack, &step.id, looked);
            Question { stack: scope.stack.clone(), asked: Asked::of(&stack.planned, step, window), until }
        });
        let new: Vec<Question> = new.collect();
        let (open, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.state.questions).into_iter().partition(|one| one.stack == scope.stack);
        self.state.questions = others;
        let open = open.into_iter().filter(|one| !drifted.contains(&one.asked.id));
        let questions: Vec<Question> = new.into_iter().chain(open).collect();
        // A heal may have come since a question was asked first.
        let own = self.state.past.own(&scope.stack, &caller);
        let asked = |one: &Question| one.asked.clone().not_by(own.clone());
        let asked: Vec<Asked> = questions.iter().map(asked).collect();
        let found = match ask(stack, &asked, stop).await {
            Ok(found) => {
                self.state.record_failure = None;
                found
            }
            Err(error) => {
                self.not_asked(scope, &error);
                BTreeMap::new()
            }
        };
        if self.state.is_record_closed {
            return found;
        }
        for question in questions {
            match found.get(&question.asked.id) {
                Some(who) if !drifted.contains(&question.asked.id) => {
                    self.teller.tell(Some(scope), What::Who { id: question.asked.id, who: who.clone() });
                }
                Some(_) => {}
                None => self.state.questions.push(question),
            }
        }
        found
    }

    /// The record was not told: for good where it may not be, and until the next look where that passes.
    fn not_asked(&mut self, scope: &Scope, error: &AwsError) {
        let why = error.to_string();
        if error.is_denied() {
            self.state.is_record_closed = true;
            self.teller.tell(Some(scope), What::NobodyKnows { why });
            return;
        }
        let code = error.code_or_kind();
        if self.state.record_failure.as_ref() != Some(&code) {
            self.state.record_failure = Some(code);
            report::note(&format!("note: who made a drift is asked again at the next look: {why}"));
        }
    }

    fn is_local(&self, scope: &Scope) -> bool {
        let connected = self.files.session().and_then(|session| session.connected.iter().find(|one| one.loaded.scope == *scope));
        connected.is_none_or(|connected| connected.kind() == EndpointKind::Local)
    }
}

/// Asks the record. Nobody where it takes too long, or the watcher is to end.
async fn ask(stack: &PlannedStack, asked: &[Asked], stop: &Ending) -> Result<BTreeMap<ResourceId, Who>, AwsError> {
    let mut stop = stop.clone();
    let asking = async {
        tokio::select! {
            found = who::find(&stack.read, asked, who::WATCHING) => found,
            _ = stopped(&mut stop) => Ok(BTreeMap::new()),
        }
    };
    timeout(LONGEST, asking).await.unwrap_or_else(|_| Ok(BTreeMap::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn looked(begin: i64, is_deep: bool) -> Looked {
        Looked { begin: at(begin), end: at(begin + 10), is_deep }
    }

    #[test]
    fn a_drift_happened_since_the_last_look_that_saw_as_much() {
        let (mut past, id) = (Past::default(), ResourceId::new("queue", "q"));
        let since = |past: &Past, look| past.window("jobs", &id, look).since;
        assert_eq!(since(&past, looked(200_000, false)), at(200_010 - 24 * 3600), "nobody has looked before");
        past.looked(looked(200_000, true));
        past.looked(looked(200_300, false));
        assert_eq!(since(&past, looked(200_600, false)), at(200_300));
        assert_eq!(since(&past, looked(200_600, true)), at(200_000), "what only a deep look sees may be older");
        assert_eq!(past.window("jobs", &id, looked(200_600, false)).until, at(200_610));
    }

    #[test]
    fn a_drift_after_a_heal_happened_after_it_and_the_heal_is_the_watchers_own() {
        let (mut past, id) = (Past::default(), ResourceId::new("queue", "q"));
        let before = Timestamp::now().as_second() - 600;
        past.looked(looked(before, false));
        past.wrote("jobs", at(before + 20), [id.clone()].into());
        let healed = past.heals[0].end;
        let look = Looked { begin: healed, end: healed, is_deep: false };
        assert_eq!(past.window("jobs", &id, look).since, at(healed.as_second() + 1));
        assert_eq!(past.window("jobs", &ResourceId::new("queue", "other"), look).since, at(before));
        assert_eq!(past.window("else", &id, look).since, at(before));
        let own = past.own("jobs", "me");
        assert_eq!((own.spans, own.caller), (vec![(at(before + 20), healed)], "me".to_owned()));
        assert!(past.own("else", "me").spans.is_empty());
    }

    #[test]
    fn what_no_window_reaches_is_forgotten() {
        let mut past = Past::default();
        past.heals.push(Healing { stack: "jobs".into(), begin: at(10_000), end: at(10_001), done: BTreeSet::new() });
        past.looked(looked(9_000, true));
        past.looked(looked(90_000, false));
        assert_eq!(past.heals.len(), 1, "the next deep look asks that far back");
        past.looked(looked(11_000, true));
        assert_eq!(past.heals.len(), 1, "what was found by the look before is asked for still");
        past.looked(looked(11_300, true));
        assert!(past.heals.is_empty());
    }
}
